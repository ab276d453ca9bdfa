"""What a supplier may send money back of: credit that is left, and money on account, neither of it promised."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from billpay.companies.models import Company
from billpay.credit_notes.models import CreditNote
from billpay.payments.credits import Credit
from billpay.payments.models import Payment
from billpay.suppliers.models import Supplier

SHOWN = 100
"""So many of each kind are offered, the oldest first."""


def returnable(supplier: Supplier, *, first: CreditNote | Payment | None = None) -> list[Credit]:
    """All that `supplier` may send back, in every currency, oldest first; `first` is among it if anything is left."""
    notes = list(supplier.credit_notes.usable().select_related("supplier").order_by("issued_on", "id")[:SHOWN])
    paid = supplier.payments.with_free_money_on_account()
    payments = list(paid.select_related("supplier").order_by("paid_on", "id")[:SHOWN])
    if isinstance(first, CreditNote) and first not in notes and first.may_be_used and first.available:
        notes.append(first)
    if isinstance(first, Payment) and first not in payments and first.available_on_account:
        payments.append(first)
    return [
        *(Credit(note, note.available) for note in notes),
        *(Credit(payment, payment.available_on_account) for payment in payments),
    ]


def senders(company: Company) -> QuerySet[Supplier]:
    """The suppliers that may send anything back."""
    found: QuerySet[Supplier] = company.suppliers.filter(
        Q(pk__in=company.credit_notes.usable().values("supplier"))
        | Q(pk__in=company.payments.with_free_money_on_account().values("supplier"))
    )
    return found.order_by("name", "id")
