"""What a supplier may send money back of: credit that is left, and money on account, neither of it promised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from billpay.companies.models import Company
from billpay.credit_notes.models import CreditNote
from billpay.money.value import Money
from billpay.payments.actions import Returned
from billpay.payments.models import Payment
from billpay.suppliers.models import Supplier

SHOWN = 100
"""So many of each kind are offered, the oldest first."""


@dataclass(frozen=True, slots=True)
class Returnable:
    """A credit note, or a payment with money on account, and how much of it may come back."""

    row: CreditNote | Payment
    free: Money

    @property
    def is_note(self) -> bool:
        return isinstance(self.row, CreditNote)

    @property
    def key(self) -> str:
        return f"{'note' if self.is_note else 'payment'}-{self.row.pk}"

    @property
    def name(self) -> str:
        return f"Credit note {self.row.number}" if self.is_note else f"Money on account of {self.row.number}"

    @property
    def on(self) -> date:
        return self.row.issued_on if isinstance(self.row, CreditNote) else self.row.paid_on

    def part(self, amount: Money) -> Returned:
        if isinstance(self.row, CreditNote):
            return Returned(amount, credit_note=self.row)
        return Returned(amount, from_payment=self.row)


def returnable(supplier: Supplier, *, first: CreditNote | Payment | None = None) -> list[Returnable]:
    """All that `supplier` may send back, in every currency, oldest first; `first` is among it if anything is left."""
    notes = list(supplier.credit_notes.usable().select_related("supplier").order_by("issued_on", "id")[:SHOWN])
    paid = supplier.payments.with_free_money_on_account()
    payments = list(paid.select_related("supplier").order_by("paid_on", "id")[:SHOWN])
    if isinstance(first, CreditNote) and first not in notes and first.may_be_used and first.available:
        notes.append(first)
    if isinstance(first, Payment) and first not in payments and first.available_on_account:
        payments.append(first)
    return [
        *(Returnable(note, note.available) for note in notes),
        *(Returnable(payment, payment.available_on_account) for payment in payments),
    ]


def senders(company: Company) -> QuerySet[Supplier]:
    """The suppliers that may send anything back."""
    found: QuerySet[Supplier] = company.suppliers.filter(
        Q(pk__in=company.credit_notes.usable().values("supplier"))
        | Q(pk__in=company.payments.with_free_money_on_account().values("supplier"))
    )
    return found.order_by("name", "id")
