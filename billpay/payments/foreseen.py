"""What would change, as it is shown before a payment, an allocation or a refund is taken back (rule 14)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from billpay.documents.foreseen import Foreseen
from billpay.money.value import Money
from billpay.payments.models import Allocation


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
class PaidForeseen(Foreseen):
    """
    All that would change; `taken_back` are the discounts and write-offs among it.

    `ends` says that an undo leaves nothing of a payment without cash, which then is void.
    """

    taken_back: Sequence[Reduction] = ()
    ends: bool = False
