"""What would change, as it is shown before something is taken back (rule 14)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Model

from billpay.documents.ageing import Bucket
from billpay.ledger.models import NominalAccount
from billpay.money.value import Money


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

    @property
    def nothing(self) -> Balance:
        """Zero in both currencies."""
        return self.plus(-self.amount.minor, -self.base.minor)


@dataclass(frozen=True, slots=True)
class Change:
    """
    One balance with its status, before and after. `what` names the balance.

    `target` is a bill, credit note, payment, refund or supplier.
    """

    target: Model
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

    @property
    def ages(self) -> bool:
        """Whether it stands in the ageing, before or after."""
        return bool(self.state_before.bucket or self.state_after.bucket)


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
class Foreseen:
    """
    All that would change.

    `obstacle` says why it cannot be done at all, `closed` why not on that day; both are empty when it can be done.
    `earlier_period` is the day of the original when the books are closed there: it stays as it is.
    """

    on: date
    changes: Sequence[Change]
    journal: Sequence[Side]
    base_currency: str
    obstacle: str = ""
    closed: str = ""
    earlier_period: date | None = None

    @property
    def ages(self) -> bool:
        """Whether anything that changes stands in the ageing; nothing does when only money on account moves."""
        return any(change.ages for change in self.changes)
