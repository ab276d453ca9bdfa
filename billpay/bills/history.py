"""
What settles a bill, what means to, and what did: in people's words.

The parts are the payments' own rows, read through the bill: a bill knows its settlements, and not what paid it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format

from billpay.bills.models import Bill, Settlement, SettlementKind
from billpay.companies.models import User
from billpay.money.value import Money

_WAITING = {
    "draft": "a draft",
    "awaiting_approval": "waiting for approval",
    "approved": "approved, without a day yet",
    "processing": "with the bank",
}
_ENDED = {"failed": "Failed", "rejected": "Rejected", "cancelled": "Cancelled"}


@dataclass(frozen=True, slots=True)
class Part:
    """One allocation to the bill: its row, the code of its state, and the state in words."""

    row: Any
    code: str
    words: str
    sub: str = ""

    @property
    def is_reserved(self) -> bool:
        return bool(self.row.is_live and not self.row.settlement_id)


def parts(bill: Bill) -> list[Part]:
    """Everything allocated to the bill, by the day of its payment: one query."""
    rows = bill.allocations.select_related("payment", "credit_note", "from_payment", "undone_by")
    return [_part(row) for row in rows.order_by("payment__paid_on", "pk")]


def _part(row: Any) -> Part:
    payment = row.payment
    if not row.is_live:
        ended = _ENDED.get(payment.status) if not row.settlement_id else None
        return Part(row, "void", f"{ended or ('Undone' if row.settlement_id else 'Let go')} {_day(row.undone_on)}")
    if row.settlement_id:
        return Part(row, "completed", "Settled")
    return Part(row, "reserved", "Reserved", f"by {payment.number}, {_waiting(payment)}")


def _waiting(payment: Any) -> str:
    if payment.status != "scheduled":
        return _WAITING[payment.status]
    day = _day(payment.execute_on)
    return f"stopped; it was to go out {day}" if payment.stopped_at else f"scheduled for {day}"


def _day(day: date) -> str:
    return str(date_format(day, "j M Y"))


@dataclass(frozen=True, slots=True)
class Sums:
    """What the settled part of a bill came from."""

    paid: Money
    credited: Money
    discount: Money
    written_off: Money


def sums(bill: Bill, found: Iterable[Part]) -> Sums:
    """Settled by source; what the rows do not name is cash or money on account."""
    by_source: dict[str, int] = {}
    for part in found:
        if part.row.is_live and part.row.settlement_id:
            by_source[part.row.source] = by_source.get(part.row.source, 0) + part.row.amount_minor
    named = [by_source.get(source, 0) for source in ("credit_note", "discount", "write_off")]
    return Sums(*(Money(minor, bill.currency) for minor in (bill.settled_minor - sum(named), *named)))


@dataclass(frozen=True, slots=True)
class Offer:
    """What settles all that is left of a bill on a day: so much cash, with the discount that goes with it."""

    cash: Money
    discount: Money


def offer(bill: Bill, found: Iterable[Part], *, on: date) -> Offer | None:
    """The early-payment discount as things stand (rule 18); None if there is none that day or nothing is left."""
    taken = sum(part.row.amount_minor for part in found if part.row.is_live and part.row.source == "discount")
    left = min(bill.discount_on(on).minor - taken, bill.available.minor)
    if left <= 0:
        return None
    discount = Money(left, bill.currency)
    return Offer(bill.available - discount, discount)


@dataclass(frozen=True, slots=True)
class Movement:
    """One dated step in reserving or settling, and the payment behind it where the step names one."""

    on: date
    words: str
    amount: Money
    payment: Any
    by: User | None


def movements(bill: Bill, found: Iterable[Part]) -> list[Movement]:
    """Every step that moved the bill's money, in the order they were made: one query."""
    behind = {part.row.settlement_id: part.row.payment for part in found if part.row.settlement_id}
    rows: Iterable[Settlement] = bill.settlements.select_related("created_by").order_by("pk")
    return [
        Movement(
            on=row.on,
            words=str(SettlementKind(row.kind).label),
            amount=Money(row.amount_minor, bill.currency),
            payment=behind.get(row.takes_back_id or row.pk),
            by=row.created_by,
        )
        for row in rows
    ]
