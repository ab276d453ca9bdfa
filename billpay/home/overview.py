"""
What the dashboard shows: figures read in a fixed number of queries, whatever the number of bills.

Each currency is counted by itself. `about` is everything together in the base currency, foreign bills at the rate of
their own bill, as the books weigh them: near enough to plan by, and marked ≈ on screen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet, Sum
from django.utils.formats import date_format

from billpay.bills.inbox import SOON
from billpay.bills.models import Bill, BillState
from billpay.companies.models import AuditEvent, Company
from billpay.documents.models import Status
from billpay.money.value import Money
from billpay.payments.models import PaymentStatus

TOP = 8
EVENTS = 6
WEEKS = 4
REPEATED = (
    "bill.released",
    "bill.reserved",
    "bill.settled",
    "bill.unsettled",
    "bank_transaction.matched",
    "bank_transaction.unmatched",
)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of due dates, both ends included; an open end is None."""

    code: str
    label: str
    first: date | None
    last: date | None
    hint: str = ""

    @property
    def where(self) -> Q:
        match = Q()
        if self.first is not None:
            match &= Q(due_on__gte=self.first)
        if self.last is not None:
            match &= Q(due_on__lte=self.last)
        return match


@dataclass(frozen=True, slots=True)
class Figure:
    """How many, and their sums: one a currency, the company's own first. `about` where there is a foreign one."""

    count: int
    amounts: tuple[Money, ...] = ()
    about: Money | None = None
    weight: int = 0
    """All of it in base minor units, to draw it by."""


def ageing_spans(today: date) -> list[Span]:
    """How late bills are: not yet, and by thirty days."""
    day = timedelta(days=1)
    return [
        Span("current", "Not due yet", today, None),
        Span("late30", "1–30 days", today - 30 * day, today - day, "late"),
        Span("late60", "31–60 days", today - 60 * day, today - 31 * day, "late"),
        Span("late90", "61–90 days", today - 90 * day, today - 61 * day, "late"),
        Span("later", "91 days and more", None, today - 91 * day, "late"),
    ]


def cash_spans(today: date) -> list[Span]:
    """When money is needed: what is overdue now, and by weeks from today."""
    weeks = [(today + timedelta(days=7 * n), today + timedelta(days=7 * n + 6)) for n in range(WEEKS)]
    return [
        Span("overdue", "Overdue", None, today - timedelta(days=1)),
        *(Span(f"week{n}", _days(first, last), first, last) for n, (first, last) in enumerate(weeks, start=1)),
    ]


def _days(first: date, last: date) -> str:
    """As in "9–15 Mar" or "30 Mar – 5 Apr"."""
    if first.month == last.month:
        return f"{first.day}–{date_format(last, 'j M')}"
    return f"{date_format(first, 'j M')} – {date_format(last, 'j M')}"


def soon_span(today: date) -> Span:
    """Today and the next days, as the inbox counts them."""
    return Span("soon", f"Due in {SOON} days", today, today + timedelta(days=SOON))


@dataclass(frozen=True, slots=True)
class Owed:
    """What is outstanding: in all, by spans of due dates, and the due date of the oldest."""

    total: Figure
    by_span: Mapping[str, Figure]
    oldest: date | None


def owed(company: Company, spans: Sequence[Span]) -> Owed:
    """Outstanding bills by span: one query, and a second for the weight of foreign bills."""
    base = company.base_currency
    outstanding = company.bills.outstanding().order_by()
    sums = {f"{span.code}_sum": Sum("outstanding_minor", filter=span.where, default=0) for span in spans}
    counts = {f"{span.code}_count": Count("pk", filter=span.where) for span in spans}
    grouped = outstanding.values("currency").annotate(
        all_sum=Sum("outstanding_minor", default=0), all_count=Count("pk"), oldest=Min("due_on"), **sums, **counts
    )
    rows: list[dict[str, Any]] = [{**row} for row in grouped]
    foreign: dict[str, int] = {}
    if any(row["currency"] != base for row in rows):
        left = F("total_base_minor") - F("settled_base_minor")
        foreign = outstanding.exclude(currency=base).aggregate(
            all=Sum(left, default=0), **{span.code: Sum(left, filter=span.where, default=0) for span in spans}
        )

    def figure(code: str) -> Figure:
        found = {row["currency"]: (row[f"{code}_count"], row[f"{code}_sum"]) for row in rows}
        return _figure(found, base, foreign.get(code, 0))

    return Owed(
        total=figure("all"),
        by_span={span.code: figure(span.code) for span in spans},
        oldest=min((row["oldest"] for row in rows), default=None),
    )


def _figure(found: Mapping[str, tuple[int, int]], base: str, foreign_minor: int = 0) -> Figure:
    """`found`: by currency, how many and how much."""
    shown = sorted((code for code, (count, _) in found.items() if count), key=lambda code: (code != base, code))
    weight = found.get(base, (0, 0))[1] + foreign_minor
    return Figure(
        count=sum(count for count, _ in found.values()),
        amounts=tuple(Money(found[code][1], code) for code in shown),
        about=Money(weight, base) if any(code != base for code in shown) else None,
        weight=weight,
    )


def _summed(rows: QuerySet[Bill] | QuerySet, minor: str, base: str) -> Figure:  # type: ignore[type-arg]
    found = rows.order_by().values_list("currency").annotate(Count("pk"), Sum(minor))
    return _figure({code: (count, total) for code, count, total in found}, base)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for someone at the desk."""

    bills_to_approve: int
    payments_to_approve: int
    credits_to_approve: int
    to_reconcile: int
    credit: Figure
    on_account: Figure


def waiting(company: Company) -> Waiting:
    """Approvals, lines of the bank, unused credit and money on account: a query each."""
    base = company.base_currency
    notes = company.credit_notes
    open_credit = notes.filter(status=Status.OPEN, remaining_minor__gt=0)
    return Waiting(
        bills_to_approve=company.bills.filter(state=BillState.AWAITING_APPROVAL).count(),
        payments_to_approve=company.payments.filter(status=PaymentStatus.AWAITING_APPROVAL).count(),
        credits_to_approve=notes.filter(status=Status.AWAITING_APPROVAL).count(),
        to_reconcile=company.bank_transactions.to_reconcile().count(),
        credit=_summed(open_credit, "remaining_minor", base),
        on_account=_summed(company.payments.with_money_on_account(), "on_account_minor", base),
    )


@dataclass(frozen=True, slots=True)
class Creditor:
    """A supplier and what is owed to it in one currency."""

    pk: int
    name: str
    owed: Money
    count: int
    weight: int


def top_creditors(company: Company) -> list[Creditor]:
    """The suppliers most is owed to, by weight in the base currency: one query, and one for their names."""
    # The currency first: grouped by supplier first, SQLite walks the suppliers' index through every bill there is.
    rows: list[dict[str, Any]] = [
        {**row}
        for row in company.bills.outstanding()
        .order_by()
        .values("currency", "supplier")
        .annotate(
            owed=Sum("outstanding_minor"),
            weight=Sum(F("total_base_minor") - F("settled_base_minor")),
            count=Count("pk"),
        )
        .order_by("-weight", "supplier")[:TOP]
    ]
    names = company.suppliers.in_bulk([row["supplier"] for row in rows])
    return [
        Creditor(
            pk=row["supplier"],
            name=names[row["supplier"]].name,
            owed=Money(row["owed"], row["currency"]),
            count=row["count"],
            weight=row["weight"],
        )
        for row in rows
    ]


def latest_events(company: Company) -> list[AuditEvent]:
    """The latest things that people did, without the lines that repeat them for each bill or bank line."""
    return list(company.audit_events.exclude(verb__in=REPEATED).select_related("by")[:EVENTS])


@dataclass(frozen=True, slots=True)
class Step:
    """A step of setting a company up, and whether it is taken."""

    code: str
    done: bool


def first_steps(company: Company) -> list[Step]:
    """What there is to do before bills can be paid and reconciled."""
    return [
        Step("account", company.bank_accounts.exists()),
        Step("supplier", company.suppliers.exists()),
        Step("bill", company.bills.exists()),
        Step("statement", company.statements.exists()),
    ]
