"""
How a company stands with its suppliers: owed, overdue, credit, money on account.

Bills, credit notes and payments lie above suppliers, so they are read through the company's and the supplier's own
relations. Whatever the number of suppliers, the number of queries is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from billpay.companies.models import Company
from billpay.money.value import Money
from billpay.suppliers.models import Supplier, SupplierQuerySet

TIMED_BILLS = 100
"""How many of the bills paid last say how long this company takes to pay."""


@dataclass(slots=True)
class Standing:
    """Sums one a currency, the supplier's usual one first; a currency with nothing is left out."""

    owed: list[Money] = field(default_factory=list)
    overdue: list[Money] = field(default_factory=list)
    credit: list[Money] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Figures:
    """The head of a supplier's page. `balance` is owed less credit and money on account: what a statement closes at."""

    owed: list[Money]
    overdue: list[Money]
    credit: list[Money]
    on_account: list[Money]
    balance: list[Money]
    paid_this_year: list[Money]
    days_to_pay: int | None
    payable: int

    @property
    def differs(self) -> bool:
        """Whether credit or money on account makes the balance another than what is owed."""
        return bool(self.credit or self.on_account or self.balance != self.owed)


def standings(company: Company, suppliers: Sequence[Supplier], *, today: date) -> dict[int, Standing]:
    """Each supplier's standing, by id: two queries."""
    ids = [supplier.pk for supplier in suppliers]
    if not ids:
        return {}
    bills = (
        company.bills.outstanding()
        .filter(supplier__in=ids)
        .order_by()
        .values_list("supplier", "currency")
        .annotate(owed=Sum("outstanding_minor"), late=Sum("outstanding_minor", filter=Q(due_on__lt=today), default=0))
    )
    credits = (
        company.credit_notes.usable()
        .filter(supplier__in=ids)
        .order_by()
        .values_list("supplier", "currency")
        .annotate(Sum("available_minor"))
    )
    owed, overdue, credit = (_Sums() for _ in range(3))
    for supplier, currency, minor, late in bills:
        owed.put(supplier, currency, minor)
        overdue.put(supplier, currency, late)
    for supplier, currency, minor in credits:
        credit.put(supplier, currency, minor)
    return {
        one.pk: Standing(*(sums.of(one.pk, first=one.currency) for sums in (owed, overdue, credit)))
        for one in suppliers
    }


class _Sums:
    """Minor units by supplier and currency."""

    def __init__(self) -> None:
        self.minor: dict[int, dict[str, int]] = {}

    def put(self, supplier: int, currency: str, minor: int) -> None:
        self.minor.setdefault(supplier, {})[currency] = minor

    def of(self, supplier: int, *, first: str) -> list[Money]:
        return listed(self.minor.get(supplier, {}), first=first)


def listed(sums: Mapping[str, int], *, first: str) -> list[Money]:
    """Sums by currency as Money, the one named `first` at the front, nothing left out but zeros."""
    codes = sorted((code for code, minor in sums.items() if minor), key=lambda code: (code != first, code))
    return [Money(sums[code], code) for code in codes]


def figures(supplier: Supplier, *, today: date) -> Figures:
    """The head of one supplier's page."""
    first = supplier.currency
    owed = _by_currency(supplier.bills.outstanding(), Sum("outstanding_minor"))
    overdue = _by_currency(supplier.bills.overdue(today=today), Sum("outstanding_minor"))
    # Credit that a draft payment reserves is still credit: it counts in the balance, and not as available.
    open_notes = supplier.credit_notes.filter(status="open")
    remaining = _by_currency(open_notes, Sum("remaining_minor"))
    credit = _by_currency(open_notes, Sum("available_minor"))
    on_account = _by_currency(supplier.payments.with_money_on_account(), Sum("on_account_minor"))
    paid = _by_currency(
        supplier.payments.completed().filter(paid_on__range=(today.replace(month=1, day=1), today)), Sum("amount_minor")
    )
    codes = owed.keys() | remaining.keys() | on_account.keys()
    balance = {code: owed.get(code, 0) - remaining.get(code, 0) - on_account.get(code, 0) for code in codes}
    return Figures(
        owed=listed(owed, first=first),
        overdue=listed(overdue, first=first),
        credit=listed(credit, first=first),
        on_account=listed(on_account, first=first),
        balance=listed(balance, first=first),
        paid_this_year=listed(paid, first=first),
        days_to_pay=days_to_pay(supplier),
        payable=supplier.bills.payable().count(),
    )


def _by_currency(rows: QuerySet[Any], total: Sum) -> dict[str, int]:
    return dict(rows.order_by().values_list("currency").annotate(total))


def days_to_pay(supplier: Supplier) -> int | None:
    """From bill date to the day it was settled in full, on average of the bills paid last; None before the first."""
    paid = (
        supplier.bills.filter(state="paid", total_minor__gt=0)
        .annotate(
            paid_on=Max("settlements__on", filter=Q(settlements__takes_back=None, settlements__taken_back_by=None))
        )
        .filter(paid_on__isnull=False)
        .order_by("-paid_on", "-pk")
        .values_list("issued_on", "paid_on")[:TIMED_BILLS]
    )
    days = [max(on - issued, timedelta(0)).days for issued, on in paid]
    return round(sum(days) / len(days)) if days else None


SHOWN = {
    "": "All",
    "owed": "With an open balance",
    "overdue": "Overdue",
    "credit": "With credit available",
    "to_check": "With bank details to check",
}
"""What a list can be narrowed to."""


def narrowed(company: Company, suppliers: SupplierQuerySet, shown: str, *, today: date) -> SupplierQuerySet:
    """Only those owed something, overdue, with credit, or with bank details to check, as `SHOWN` names it."""
    if shown == "owed":
        return suppliers.filter(pk__in=company.bills.outstanding().values("supplier"))
    if shown == "overdue":
        return suppliers.filter(pk__in=company.bills.overdue(today=today).values("supplier"))
    if shown == "credit":
        return suppliers.filter(pk__in=company.credit_notes.usable().values("supplier"))
    if shown == "to_check":
        return suppliers.filter(pk__in=company.supplier_bank_accounts.to_check().values("supplier"))
    return suppliers


SORTS = ("name", "owed", "overdue", "credit", "terms")


def ordered(company: Company, suppliers: SupplierQuerySet, sort: str, *, today: date) -> SupplierQuerySet:
    """
    In the order of `sort`, one of `SORTS` with a minus before it for the other way round.

    Sums of several currencies are compared in the base currency, at the rates they are in the books.
    """
    down, name = ("-" if sort.startswith("-") else ""), sort.removeprefix("-")
    if name == "name":
        return suppliers.order_by(f"{down}name", f"{down}pk")
    if name == "terms":
        return suppliers.order_by(f"{down}terms", f"{down}terms_days", "name", "pk")
    if name == "credit":
        weighed = _base_sum(company.credit_notes.usable(), F("total_base_minor") - F("used_base_minor"))
    else:
        bills = company.bills.outstanding() if name == "owed" else company.bills.overdue(today=today)
        weighed = _base_sum(bills, F("total_base_minor") - F("settled_base_minor"))
    return suppliers.annotate(weighed=Coalesce(weighed, 0)).order_by(f"{down}weighed", "name", "pk")


def _base_sum(rows: QuerySet[Any], amount: Any) -> Subquery:
    mine = rows.filter(supplier=OuterRef("pk")).order_by().values("supplier")
    return Subquery(mine.annotate(sum=Sum(amount)).values("sum"))


def sums_of(
    standings_by_id: Mapping[int, Standing], suppliers: Iterable[Supplier]
) -> list[tuple[Supplier, str, Standing]]:
    """One row a supplier and currency, for a file: the usual currency always, others where there is something."""
    rows = []
    for supplier in suppliers:
        one = standings_by_id[supplier.pk]
        codes = {money.currency for money in (*one.owed, *one.overdue, *one.credit)} - {supplier.currency}
        rows += [(supplier, code, one) for code in (supplier.currency, *sorted(codes))]
    return rows
