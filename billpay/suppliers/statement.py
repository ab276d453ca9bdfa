"""
A supplier's account as the company sees it: what was billed, credited and paid, and the balance after each.

Built from the documents themselves, read through the supplier's relations. The balance is what is owed less credit and
money on account, so at the last line it equals the supplier's balance today. Using credit, or allocating money on
account, moves nothing between the two parties and is no line.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet, Sum

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
    """One kind of document: where it is read, its own date, its amount, and which way it counts."""

    rows: QuerySet[Any]
    kind: str
    page: str
    dated: str
    amount: str
    sign: int
    standing: str
    rank: int

    def before(self, day: date) -> int:
        """What documents dated before `day` come to; the void ones count until the day they were void from."""
        counts = Q(**{f"{self.dated}__lt": day}, status__in=(self.standing, VOID))
        standing = self.rows.filter(counts).exclude(status=VOID, voided_on__lt=day)
        found = standing.order_by().aggregate(sum=Sum(self.amount, default=0))
        return self.sign * int(found["sum"])

    def between(self, since: date, until: date) -> list[tuple[date, int, str, Any, int]]:
        """(day, order within the day, kind, document, minor) of each movement."""
        within = Q(**{f"{self.dated}__range": (since, until)}) | Q(voided_on__range=(since, until))
        moved: list[tuple[date, int, str, Any, int]] = []
        for row in self.rows.filter(within, status__in=(self.standing, VOID)).exclude(**{self.amount: 0}):
            on, minor = getattr(row, self.dated), self.sign * getattr(row, self.amount)
            if since <= on <= until:
                moved.append((on, self.rank, self.kind, row, minor))
            if row.voided_on and since <= row.voided_on <= until:
                moved.append((row.voided_on, self.rank + 3, f"{self.kind} void", row, -minor))
        return moved


def _sources(supplier: Supplier, currency: str) -> list[_Source]:
    """Of one day, bills come first, then credit notes, then payments, then what was made void."""
    bills, notes = supplier.bills.filter(currency=currency), supplier.credit_notes.filter(currency=currency)
    payments = supplier.payments.filter(currency=currency)
    return [
        _Source(bills, "Bill", "bills:detail", "issued_on", "total_minor", 1, OPEN, 0),
        _Source(notes, "Credit note", "credit_notes:detail", "issued_on", "total_minor", -1, OPEN, 1),
        _Source(payments, "Payment", "payments:detail", "paid_on", "amount_minor", -1, COMPLETED, 2),
    ]


def currencies(supplier: Supplier) -> list[str]:
    """The currencies there is anything in, the usual one first."""
    found = {supplier.currency}
    for rows in (supplier.bills, supplier.credit_notes, supplier.payments):
        found |= set(rows.order_by().values_list("currency", flat=True).distinct())
    return [supplier.currency, *sorted(found - {supplier.currency})]


def last_day(supplier: Supplier, currency: str, *, today: date) -> date:
    """Today, or the day of the last document if that is later: a statement up to it closes at the balance."""
    latest = today
    for source in _sources(supplier, currency):
        row = source.rows.filter(status__in=(source.standing, VOID)).order_by(f"-{source.dated}").first()
        latest = max(latest, getattr(row, source.dated)) if row else latest
    return latest


def draw(supplier: Supplier, *, currency: str, since: date, until: date) -> Statement:
    """The statement of one currency, from `since` to `until`, both included: six queries."""
    sources = _sources(supplier, currency)
    opening = sum(source.before(since) for source in sources)
    moved = [movement for source in sources for movement in source.between(since, until)]
    moved.sort(key=lambda one: (one[0], one[1], one[3].pk))
    balance, lines = opening, []
    for on, _, kind, row, minor in moved:
        balance += minor
        page = next(source.page for source in sources if kind.startswith(source.kind))
        lines.append(
            Line(
                on=on,
                kind=kind,
                number=row.number,
                reference=row.reference,
                amount=Money(minor, currency),
                balance=Money(balance, currency),
                page=page,
                pk=row.pk,
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
