"""What a supplier holds that may settle bills or be sent back: credit notes, and money on account of payments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from billpay.bills.models import Bill
from billpay.companies.models import Company
from billpay.credit_notes.models import CreditNote
from billpay.money.value import Money
from billpay.payments.actions import Part, Returned
from billpay.payments.models import Payment, Source


@dataclass(frozen=True, slots=True)
class Credit:
    """A credit note, or an earlier payment with money on account, and how much of it is free."""

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
        kind = "Credit note" if self.is_note else "Money on account of"
        return f"{kind} {self.row.number}"

    @property
    def on(self) -> date:
        """The day it is from."""
        return self.row.issued_on if isinstance(self.row, CreditNote) else self.row.paid_on

    def returned(self, amount: Money) -> Returned:
        """That much of it sent back by the supplier."""
        if isinstance(self.row, CreditNote):
            return Returned(amount, credit_note=self.row)
        return Returned(amount, from_payment=self.row)

    def part(self, bill: Bill, amount: Money) -> Part:
        if isinstance(self.row, CreditNote):
            return Part(bill, amount, Source.CREDIT_NOTE, credit_note=self.row)
        return Part(bill, amount, Source.ON_ACCOUNT, from_payment=self.row)


def credits_of(
    company: Company, *, suppliers: Iterable[int], currency: str, draft: Payment | None = None
) -> dict[int, list[Credit]]:
    """
    The free credit of suppliers: credit notes, then money on account, oldest first.

    :param draft: a payment being changed; what it reserves counts as free.
    """
    wanted = set(suppliers)
    held_notes, held_payments = _held_by(draft)
    found: dict[int, list[Credit]] = {pk: [] for pk in wanted}
    notes = company.credit_notes.filter(supplier__in=wanted, currency=currency, status=CreditNote.Status.OPEN)
    for note in notes.order_by("issued_on", "id").select_related("supplier"):
        free = note.available.minor + held_notes.get(note.pk, 0)
        if free > 0:
            found[note.supplier_id].append(Credit(note, Money(free, currency)))
    earlier = company.payments.with_money_on_account().filter(supplier__in=wanted, currency=currency)
    for payment in earlier.order_by("paid_on", "id").select_related("supplier"):
        free = payment.available_on_account.minor + held_payments.get(payment.pk, 0)
        if free > 0:
            found[payment.supplier_id].append(Credit(payment, Money(free, currency)))
    return found


def _held_by(draft: Payment | None) -> tuple[dict[int, int], dict[int, int]]:
    notes: dict[int, int] = {}
    payments: dict[int, int] = {}
    if draft is not None and draft.is_in_flight:
        for row in draft.allocations.live():
            if row.credit_note_id:
                notes[row.credit_note_id] = notes.get(row.credit_note_id, 0) + row.amount_minor
            if row.from_payment_id:
                payments[row.from_payment_id] = payments.get(row.from_payment_id, 0) + row.amount_minor
    return notes, payments
