"""What holds a credit note: bills that it settles, payments that reserve it, money that the supplier sent back."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Sum

from billpay.credit_notes.models import CreditNote
from billpay.money.value import Money


@dataclass(frozen=True, slots=True)
class Held:
    """How much of the credit bills have, settled or reserved, and how much was sent back."""

    by_bills: Money
    by_refunds: Money

    @property
    def words(self) -> str:
        """How much of what is used was sent back, to go on with in a sentence."""
        return f"; {self.by_refunds} of it was refunded" if self.by_refunds else ""


def held_by(note: CreditNote) -> Held:
    """The sums of what holds it now. The rows are the payments' and refunds' own, read through their relations."""
    bills = note.allocations.live().aggregate(sum=Sum("amount_minor", default=0))["sum"]
    refunds = note.refunds.filter(refund__voided_on=None).aggregate(sum=Sum("amount_minor", default=0))["sum"]
    return Held(Money(bills, note.currency), Money(refunds, note.currency))
