"""
What the schedule page shows: how much goes out on which day, and what that leaves on each account.

Sums are read once for all days; payments one by one only for the page that is looked at.
"""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from babel import Locale
from django import forms
from django.db.models import Case, CharField, Count, F, Prefetch, Q, Sum, Value, When

from billpay.banking import business_days
from billpay.banking.models import BankAccount
from billpay.bills import actions as bills
from billpay.bills.models import Bill
from billpay.companies.models import Company
from billpay.money.value import Money, convert
from billpay.payments import actions
from billpay.payments.models import Allocation, Payment, PaymentStatus, Source
from billpay.payments.models.payment import PaymentQuerySet

RAIL = 12
"""So many are listed beside the calendar; the rest is a link."""
_S = PaymentStatus
_ON_IT = Q(status=_S.SCHEDULED) | Q(status=_S.AWAITING_APPROVAL, execute_on__isnull=False)
_STATE = Case(
    When(status=_S.SCHEDULED, stopped_at__isnull=False, then=Value("stopped")),
    default=F("status"),
    output_field=CharField(),
)


@dataclass(slots=True)
class Figure:
    """So many payments or bills, and their sums by currency in minor units."""

    count: int = 0
    sums: dict[str, int] = field(default_factory=dict)

    def add(self, count: int, minor: int, currency: str) -> None:
        self.count += count
        self.sums[currency] = self.sums.get(currency, 0) + minor

    def merge(self, other: Figure) -> None:
        self.count += other.count
        for currency, minor in other.sums.items():
            self.sums[currency] = self.sums.get(currency, 0) + minor

    @property
    def amounts(self) -> list[Money]:
        """Never added up over currencies; those of nothing are left out."""
        return [Money(minor, currency) for currency, minor in sorted(self.sums.items()) if minor]


@dataclass(frozen=True, slots=True)
class Balance:
    """What the books would say of an account at the end of a day. `short` is by how much it is below zero."""

    account: BankAccount
    after: Money

    @property
    def short(self) -> Money | None:
        return -self.after if self.after.minor < 0 else None


@dataclass(slots=True)
class Day:
    """
    One day of the schedule. `closed` says why banks are, with the accounts it holds for where it isn't all.

    `scheduled` goes out; `awaiting` asks for this day and is not approved yet; `planned` are bills without a payment.
    """

    day: date
    today: date
    closed: str
    scheduled: Figure = field(default_factory=Figure)
    awaiting: Figure = field(default_factory=Figure)
    planned: Figure = field(default_factory=Figure)
    balances: list[Balance] = field(default_factory=list)

    @property
    def is_today(self) -> bool:
        return self.day == self.today

    @property
    def is_past(self) -> bool:
        return self.day < self.today

    @property
    def has_any(self) -> bool:
        return bool(self.scheduled.count or self.awaiting.count or self.planned.count)


@dataclass(frozen=True, slots=True)
class _Flow:
    """Payments of one state, day, account, currency and rate, added up."""

    state: str
    execute_on: date | None
    bank_account: int | None
    currency: str
    rate: object
    count: int
    minor: int
    bank_minor: int


class Outlook:
    """All days of a company's schedule, in three queries."""

    def __init__(self, company: Company, *, today: date) -> None:
        self.company, self.today = company, today
        self.accounts = {
            row.pk: row for row in company.bank_accounts.with_figures().select_related("company").order_by("name", "pk")
        }
        self._calendars = [row for row in self.accounts.values() if row.archived_at is None]
        self.states: dict[str, Figure] = {}
        self._days: dict[date, Day] = {}
        self._leaves: dict[date, dict[int, int]] = {}
        self._with_the_bank: dict[int, int] = {}
        for flow in self._flows():
            self._count(flow)
        for day, currency, count, minor in self._planned():
            self.day(day).planned.add(count, minor, currency)
        self._project()

    def day(self, day: date) -> Day:
        """A day with its figures, also where there are none."""
        if day not in self._days:
            self._days[day] = Day(day, self.today, self.closed_because(day))
        return self._days[day]

    def days(self) -> list[Day]:
        """Those with figures."""
        return [day for day in self._days.values() if day.has_any]

    def opens(self) -> dict[date, Q]:
        """The first day, from today on, on which banks are open, with the payments that go out from them."""
        found = {self.today: Q(bank_account=None)}
        for account in self.accounts.values():
            day = business_days.shift(self.today, account.calendar, "next")
            found[day] = found.get(day, Q()) | Q(bank_account=account.pk)
        return found

    def goes_out_on(self, payment: Payment) -> date | None:
        """The day on which it really goes: what is due goes today, or when its bank opens again."""
        return self._effective(payment.execute_on, payment.bank_account_id)

    def closed_because(self, day: date) -> str:
        """Why banks are closed: weekend, or holidays by name, with the accounts they close where some stay open."""
        if day.weekday() >= 5:
            return business_days.WEEKDAYS[day.weekday()]
        names: dict[str, list[str]] = {}
        for account in self._calendars:
            if why := account.closed_because(day):
                names.setdefault(why, []).append(account.name)
        everywhere = len(self._calendars)
        return ", ".join(
            why if len(closed) == everywhere else f"{why} ({', '.join(closed)})" for why, closed in names.items()
        )

    def between(self, first: date, last: date) -> Figure:
        """What is scheduled from the first to the last day, both included."""
        total = Figure()
        for day in self._days.values():
            if first <= day.day <= last:
                total.merge(day.scheduled)
        return total

    def _effective(self, day: date | None, account_id: int | None) -> date | None:
        if day is None or day > self.today:
            return day
        account = self.accounts.get(account_id) if account_id else None
        return business_days.shift(self.today, account.calendar, "next") if account else self.today

    def _flows(self) -> Iterable[_Flow]:
        found = (
            self.company.payments.filter(_ON_IT | Q(status__in=(_S.APPROVED, _S.PROCESSING)))
            .order_by()
            .annotate(state=_STATE)
            .values_list("state", "execute_on", "bank_account", "currency", "rate")
            .annotate(Count("pk"), Sum("amount_minor"), Sum("bank_minor"))
        )
        return (_Flow(*row) for row in found)

    def _count(self, flow: _Flow) -> None:
        self.states.setdefault(flow.state, Figure()).add(flow.count, flow.minor, flow.currency)
        if flow.state == _S.PROCESSING:
            self._leave(self._with_the_bank, flow)
        day = self._effective(flow.execute_on, flow.bank_account)
        if day is None:
            return
        if flow.state == _S.SCHEDULED:
            self.day(day).scheduled.add(flow.count, flow.minor, flow.currency)
            self._leave(self._leaves.setdefault(day, {}), flow)
        elif flow.state == _S.AWAITING_APPROVAL:
            self.day(day).awaiting.add(flow.count, flow.minor, flow.currency)

    def _leave(self, leaves: dict[int, int], flow: _Flow) -> None:
        """Add what leaves an account, in the base currency, in which the books are kept."""
        if flow.bank_account is None or not flow.bank_minor:
            return
        account, base = self.accounts[flow.bank_account], self.company.base_currency
        minor = flow.bank_minor
        if account.currency != base:
            minor = convert(Money(minor, account.currency), flow.rate, base).minor  # type: ignore[arg-type]
        leaves[account.pk] = leaves.get(account.pk, 0) + minor

    def _planned(self) -> Iterable[tuple[date, str, int, int]]:
        found = self.company.bills.payable().filter(planned_on__gte=self.today).order_by()
        sums = found.values_list("planned_on", "currency").annotate(Count("pk"), Sum("available_minor"))
        return ((day, currency, count, minor) for day, currency, count, minor in sums if day)

    def _project(self) -> None:
        """Give each day on which money leaves an account, and today, what is left on it."""
        left = {pk: row.books_balance.minor - self._with_the_bank.get(pk, 0) for pk, row in self.accounts.items()}
        for day in sorted({*self._leaves, self.today}):
            leaves = self._leaves.get(day, {})
            for pk, minor in leaves.items():
                left[pk] -= minor
            shown = [
                account
                for account in self.accounts.values()
                if account.pk in leaves or (day == self.today and account.archived_at is None)
            ]
            base = self.company.base_currency
            self.day(day).balances = [Balance(account, Money(left[account.pk], base)) for account in shown]


@dataclass(slots=True)
class Item:
    """A payment on the schedule. `why` says what keeps it from going out, or will, as things stand."""

    payment: Payment
    day: date | None
    bills: list[str]
    why: str
    form: forms.Form | None = None

    @property
    def state(self) -> str:
        return "stopped" if self.payment.stopped_at else self.payment.status


def on_schedule(company: Company) -> PaymentQuerySet:
    """Payments that have a day or ask for one: stopped ones first, then by day."""
    rank = Case(When(stopped_at__isnull=False, then=Value(0)), default=Value(1))
    rows: PaymentQuerySet = company.payments.filter(_ON_IT)
    return with_all(rows).order_by(rank, "execute_on", "pk")


def without_a_day(company: Company) -> PaymentQuerySet:
    """Approved, and nobody has said when."""
    return with_all(company.payments.filter(status=_S.APPROVED)).order_by("pk")


def with_all(payments: PaymentQuerySet) -> PaymentQuerySet:
    """With what an item shows of it: a fixed number of queries."""
    live = Allocation.objects.live().select_related("bill").order_by("pk")
    return payments.select_related("company", "supplier", "bank_account").prefetch_related(
        Prefetch("allocations", queryset=live, to_attr="parts")
    )


def items(payments: Collection[Payment], outlook: Outlook) -> list[Item]:
    """Each payment with its day, its bills and what is in its way. Two queries for each currency."""
    blocked = actions.blocked(payments)
    found = []
    for payment in payments:
        day = outlook.goes_out_on(payment)
        parts: list[Allocation] = payment.parts  # type: ignore[attr-defined]
        numbers = list(dict.fromkeys(part.bill.number for part in parts))
        why = blocked.get(payment.pk, "") or _in_the_way(payment, parts, day or outlook.today)
        found.append(Item(payment, day, numbers, why))
    return found


def _in_the_way(payment: Payment, parts: Iterable[Allocation], day: date) -> str:
    account = payment.bank_account
    if account is not None and account.archived_at is not None:
        return f"{account.name} is archived; nothing is paid from it any more."
    for part in parts:
        bill = part.bill
        if bill.is_held(today=day):
            until = f" until {bill.held_until:%-d %B %Y}" if bill.held_until else ""
            return f"Bill {bill.number} is on hold{until}: {bill.hold_reason}."
        if part.source == Source.DISCOUNT and not bill.discount_on(day):
            return f"The discount on bill {bill.number} runs out before that day, on {bill.discount_until:%-d %B %Y}."
    return ""


def unplanned(company: Company, *, today: date) -> tuple[int, list[Bill]]:
    """How many bills have no day, and the first of them by due date: overdue first."""
    rows = bills.unplanned(company, today=today)
    return rows.count(), list(rows.select_related("supplier").order_by("owed_on", "pk")[:RAIL])


def next_payment_day(accounts: Iterable[BankAccount], *, after: date) -> tuple[date, list[BankAccount]] | None:
    """The next weekly payment day of any account, and whose it is; None where no account has one."""
    days = [(day, row) for row in accounts if row.archived_at is None and (day := row.next_payment_day(after))]
    if not days:
        return None
    first = min(day for day, _ in days)
    return first, [row for day, row in days if day == first]


def weeks_of(month: date, locale: str) -> list[list[date]]:
    """The weeks that a month touches, each beginning as the locale has it."""
    return Calendar(Locale.parse(locale).first_week_day).monthdatescalendar(month.year, month.month)


def week_of(day: date, locale: str) -> list[date]:
    """The seven days of its week."""
    first = day - timedelta(days=(day.weekday() - Locale.parse(locale).first_week_day) % 7)
    return [first + timedelta(days=number) for number in range(7)]
