"""What would change, as it is shown before something is taken back (rule 14)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from billpay.bills.models import Bill
from billpay.credit_notes.models import CreditNote
from billpay.documents.ageing import Bucket
from billpay.ledger.models import NominalAccount
from billpay.money.value import Money
from billpay.payments.models import Allocation, Payment, Refund
from billpay.suppliers.models import Supplier

type Target = Bill | CreditNote | Payment | Refund | Supplier


@dataclass(frozen=True, slots=True)
class State:
    """A status as code and words, and where the outstanding part of a bill stands in the ageing."""

    code: str = ""
    label: str = ""
    bucket: Bucket | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """An amount in its own currency, and what it weighs in the books in the base currency."""

    amount: Money
    base: Money

    def plus(self, minor: int, base_minor: int) -> Balance:
        """With minor units of the one and the other added."""
        amount, base = self.amount, self.base
        return Balance(Money(amount.minor + minor, amount.currency), Money(base.minor + base_minor, base.currency))


@dataclass(frozen=True, slots=True)
class Change:
    """One balance with its status, before and after. `what` names the balance."""

    target: Target
    what: str
    before: Balance
    after: Balance
    state_before: State = field(default_factory=State)
    state_after: State = field(default_factory=State)

    @property
    def kind(self) -> str:
        """The model's name, as in "bill" or "creditnote"."""
        return self.target._meta.model_name or ""

    @property
    def is_foreign(self) -> bool:
        return self.before.amount.currency != self.before.base.currency


@dataclass(frozen=True, slots=True)
class Side:
    """What is posted to one account, in the base currency, and its balance (debits less credits) before and after."""

    account: NominalAccount
    net: Money
    before: Money

    @property
    def after(self) -> Money:
        return self.before + self.net

    @property
    def debit(self) -> Money | None:
        return self.net if self.net.minor > 0 else None

    @property
    def credit(self) -> Money | None:
        return -self.net if self.net.minor < 0 else None


@dataclass(frozen=True, slots=True)
class Reduction:
    """A discount or write-off that is taken back; `tax` is the part of a discount's `base` that was tax."""

    allocation: Allocation
    base: Money
    tax: Money

    @property
    def is_foreign(self) -> bool:
        return self.allocation.amount.currency != self.base.currency


@dataclass(frozen=True, slots=True)
class Foreseen:
    """
    All that would change. `taken_back` are the discounts and write-offs among it.

    `obstacle` says why it cannot be done at all, `closed` why not on that day; both are empty when it can be done.
    `earlier_period` is the day of the original when the books are closed there: it stays as it is.
    """

    on: date
    changes: list[Change]
    taken_back: list[Reduction]
    journal: list[Side]
    base_currency: str
    obstacle: str = ""
    closed: str = ""
    earlier_period: date | None = None

    @property
    def ages(self) -> bool:
        """Whether anything that changes stands in the ageing; nothing does when only money on account moves."""
        return any(change.state_after.bucket for change in self.changes)
