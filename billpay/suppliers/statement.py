"""
A supplier's account as the company sees it: what was billed, credited, paid and sent back, and the balance after each.

Built from the documents themselves, read through the supplier's relations. The balance is what is owed less credit and
money on account, so at the last line it equals the supplier's balance today. An early-payment discount or a write-off
makes less owed without any cash, so it is a line. Using credit, or allocating money on account, moves nothing between
the two parties and is none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, F, Max, Q, QuerySet, Sum, Value, When

from billpay.money.value import Money
from billpay.suppliers.models import Supplier

OPEN, VOID, COMPLETED = "open", "void", "completed"


@dataclass(frozen=True, slots=True)
class Line:
    """One movement. `amount` is what it adds to what is owed: a payment is negative. `page` names its URL."""

    on: date
    kind: str
    number: str
    reference: str
    amount: Money
    balance: Money
    page: str
    pk: int

    @property
    def billed(self) -> Money | None:
        return self.amount if self.amount.is_positive else None

    @property
    def paid(self) -> Money | None:
        return -self.amount if self.amount.is_negative else None


@dataclass(frozen=True, slots=True)
class Statement:
    """Lines from `since` to `until`, both included. Opening plus lines is closing."""

    supplier: Supplier
    currency: str
    since: date
    until: date
    opening: Money
    lines: list[Line]
    closing: Money

    @property
    def billed(self) -> Money:
        return self._sum(line.amount.minor for line in self.lines if line.amount.is_positive)

    @property
    def paid(self) -> Money:
        return self._sum(-line.amount.minor for line in self.lines if line.amount.is_negative)

    def _sum(self, minors: Iterable[int]) -> Money:
        return Money(sum(minors), self.currency)


@dataclass(frozen=True, slots=True)
class _Source:
    """
    One kind of movement: what makes it, its page, which way it counts, and its order within a day.

    `moves` carries `moved_on`, `moved_minor` and `gone_on` (the day it was taken back, if it was), and `shown_kind`,
    `shown_number`, `shown_reference` and `shown_pk` of the line.
    """

    moves: QuerySet[Any]
    page: str
    sign: int
    rank: int

    def before(self, day: date) -> int:
        """What is dated before `day` comes to; what was taken back counts until that day."""
        stood = Q(gone_on=None) | Q(gone_on__gte=day)
        found = self.moves.filter(stood, moved_on__lt=day).aggregate(sum=Sum("moved_minor", default=0))
        return self.sign * int(found["sum"])

    def between(self, since: date, until: date) -> list[_Moved]:
        within = Q(moved_on__range=(since, until)) | Q(gone_on__range=(since, until))
        moved: list[_Moved] = []
        for row in self.moves.filter(within).exclude(moved_minor=0).values(*_SHOWN):
            kind, minor = row["shown_kind"], self.sign * row["moved_minor"]
            if since <= row["moved_on"] <= until:
                moved.append(_Moved(row["moved_on"], self.rank, KINDS.get(kind, kind), minor, self.page, row))
            if row["gone_on"] and since <= row["gone_on"] <= until:
                kind = f"{KINDS.get(kind, kind)} {'undone' if kind in KINDS else 'void'}"
                moved.append(_Moved(row["gone_on"], self.rank + AFTER_ALL, kind, -minor, self.page, row))
        return moved


_SHOWN = ("moved_on", "moved_minor", "gone_on", "shown_kind", "shown_number", "shown_reference", "shown_pk")
KINDS = {"discount": "Discount", "write_off": "Write-off"}
"""What makes a bill smaller without cash, by its code on an allocation."""
AFTER_ALL = 10
"""Of one day, what was taken back comes after all that was done."""


@dataclass(frozen=True, slots=True)
class _Moved:
    on: date
    rank: int
    kind: str
    minor: int
    page: str
    row: dict[str, Any]


def _sources(supplier: Supplier, currency: str) -> list[_Source]:
    """Of one day, bills come first, then credit notes, payments with what they took off, and refunds."""

    def documents(rows: Any, standing: str, kind: str, on: str, minor: str) -> QuerySet[Any]:
        return _moves(
            rows.filter(currency=currency, status__in=(standing, VOID)),
            moved_on=F(on),
            moved_minor=F(minor),
            gone_on=F("voided_on"),
            shown_kind=Value(kind),
            shown_reference=F("reference"),
        )

    # One filter, so that all of it is about the same allocation; an unfinished payment's has no settlement yet.
    reduced = supplier.payments.filter(
        currency=currency, allocations__source__in=KINDS, allocations__settlement__isnull=False
    )
    reductions = _moves(
        reduced,
        moved_on=F("allocations__settlement__on"),
        moved_minor=F("allocations__amount_minor"),
        gone_on=F("allocations__undone_on"),
        shown_kind=F("allocations__source"),
        shown_reference=Case(
            When(allocations__reason="", then=F("allocations__bill__number")), default=F("allocations__reason")
        ),
    )
    bills = documents(supplier.bills, OPEN, "Bill", "issued_on", "total_minor")
    notes = documents(supplier.credit_notes, OPEN, "Credit note", "issued_on", "total_minor")
    payments = documents(supplier.payments, COMPLETED, "Payment", "paid_on", "amount_minor")
    refunds = documents(supplier.refunds, COMPLETED, "Refund", "received_on", "amount_minor")
    return [
        _Source(bills, "bills:detail", 1, 0),
        _Source(notes, "credit_notes:detail", -1, 1),
        _Source(payments, "payments:detail", -1, 2),
        _Source(reductions, "payments:detail", -1, 3),
        _Source(refunds, "payments:refund", 1, 4),
    ]


def _moves(rows: QuerySet[Any], **columns: Any) -> QuerySet[Any]:
    moves: QuerySet[Any] = rows.order_by().annotate(**columns, shown_number=F("number"), shown_pk=F("pk"))
    return moves


def currencies(supplier: Supplier) -> list[str]:
    """The currencies there is anything in, the usual one first."""
    found = {supplier.currency}
    for rows in (supplier.bills, supplier.credit_notes, supplier.payments, supplier.refunds):
        found |= set(rows.order_by().values_list("currency", flat=True).distinct())
    return [supplier.currency, *sorted(found - {supplier.currency})]


def last_day(supplier: Supplier, currency: str, *, today: date) -> date:
    """Today, or the day of the last document if that is later: a statement up to it closes at the balance."""
    latest = [source.moves.aggregate(day=Max("moved_on"))["day"] for source in _sources(supplier, currency)]
    days: list[date] = [today, *(day for day in latest if day)]
    return max(days)


def draw(supplier: Supplier, *, currency: str, since: date, until: date) -> Statement:
    """The statement of one currency, from `since` to `until`, both included: ten queries."""
    sources = _sources(supplier, currency)
    opening = sum(source.before(since) for source in sources)
    moved = [movement for source in sources for movement in source.between(since, until)]
    moved.sort(key=lambda one: (one.on, one.rank, one.row["shown_pk"]))
    balance, lines = opening, []
    for one in moved:
        balance += one.minor
        lines.append(
            Line(
                on=one.on,
                kind=one.kind,
                number=one.row["shown_number"],
                reference=one.row["shown_reference"],
                amount=Money(one.minor, currency),
                balance=Money(balance, currency),
                page=one.page,
                pk=one.row["shown_pk"],
            )
        )
    return Statement(
        supplier=supplier,
        currency=currency,
        since=since,
        until=until,
        opening=Money(opening, currency),
        lines=lines,
        closing=Money(balance, currency),
    )


def usual_start(today: date) -> date:
    """The first day of the month before last: about a quarter."""
    month = today.replace(day=1)
    for _ in range(2):
        month = (month - timedelta(days=1)).replace(day=1)
    return month
