"""
What the bills inbox shows: which bills, how many in each state, and how much is due when.

The list is read page by page; what belongs to a row (credit, files) is read for the rows of the page alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from iso4217 import Currency

from billpay.bills.forms import NOT_PLANNED, FilterForm
from billpay.bills.models import Attachment, Bill, BillQuerySet, BillState, Settlement, SettlementKind
from billpay.companies.models import Company
from billpay.documents.numbers import normalise
from billpay.money.locales import active_marks
from billpay.money.value import InvalidAmount, Money, parse

STATES: dict[str, tuple[str, ...]] = {
    "draft": (BillState.DRAFT,),
    "approve": (BillState.AWAITING_APPROVAL,),
    "awaiting": tuple(Bill.OUTSTANDING),
    "paid": (BillState.PAID,),
    "void": (BillState.VOID,),
}
SORTS: dict[str, tuple[str, ...]] = {
    "supplier": ("supplier__name", "id"),
    "number": ("normalised_number", "id"),
    "issued_on": ("issued_on", "id"),
    "due_on": ("due_on", "id"),
    "planned_on": ("planned_on", "id"),
    "total": ("total_minor", "id"),
    "outstanding": ("outstanding_minor", "id"),
    "state": ("state", "id"),
}
SOON = 7
COUNTED = 1000
RECENTLY = 30
PLANNED_SHOWN = 8

_DECIMALS: dict[int, list[str]] = {}
for _currency in Currency:
    if _currency.exponent is not None:
        _DECIMALS.setdefault(_currency.exponent, []).append(_currency.code)


def default_sort(tab: str) -> str:
    """What is to be done comes by due date; what is over, newest first."""
    return "due_on" if tab in {"draft", "approve", "awaiting"} else "-issued_on"


def ordered(bills: BillQuerySet, sort: str, *, tab: str) -> BillQuerySet:
    """In the order of `sort`, as in "due_on" or "-due_on"; the id settles ties."""
    down, name = sort.startswith("-"), sort.removeprefix("-")
    # What is owed has its due dates in an index of its own.
    names = ("owed_on", "id") if tab == "awaiting" and name == "due_on" else SORTS[name]
    return bills.order_by(*(f"-{field}" if down else field for field in names))


def find(company: Company, form: FilterForm, *, today: date) -> BillQuerySet:
    """The company's bills that the filters ask for. `form` has been validated; what it refused filters nothing."""
    asked = form.cleaned_data
    bills: BillQuerySet = company.bills.all()
    if form.tab_code == "awaiting":
        bills = bills.outstanding()
    elif form.tab_code in STATES:
        bills = bills.filter(state__in=STATES[form.tab_code])
    exact = {"supplier_id": "supplier", "due_on__gte": "due_from", "due_on__lte": "due_to", "currency": "currency"}
    bills = bills.filter(**{lookup: asked[name] for lookup, name in exact.items() if asked.get(name)})
    for name, comparison in (("amount_from", "gte"), ("amount_to", "lte")):
        if asked.get(name) is not None:
            bills = bills.filter(_total(comparison, asked[name].decimal()))
    if asked.get("planned") == NOT_PLANNED:
        bills = bills.filter(planned_on=None)
    elif asked.get("planned"):
        bills = bills.filter(planned_on=asked["planned"])
    if asked.get("paid_since"):
        bills = bills.filter(pk__in=_settled_since(asked["paid_since"]))
    if asked.get("credit"):
        credit = company.credit_notes.usable().filter(supplier=OuterRef("supplier"), currency=OuterRef("currency"))
        bills = bills.filter(Exists(credit), available_minor__gt=0)
    if asked.get("held"):
        bills = bills.held(today=today)
    return _search(bills, asked.get("q", "").strip(), company)


def _search(bills: BillQuerySet, text: str, company: Company) -> BillQuerySet:
    if not text:
        return bills
    match = Q(number__icontains=text) | Q(reference__icontains=text) | Q(normalised_number=normalise(text))
    match |= Q(supplier__in=company.suppliers.filter(name__icontains=text))
    decimal_mark, group_mark = active_marks()
    try:
        amount = parse(text, company.base_currency, decimal_mark=decimal_mark, group_mark=group_mark)
    except InvalidAmount:
        return bills.filter(match)
    return bills.filter(match | _total("exact", amount.decimal()))


def _total(comparison: str, amount: Decimal) -> Q:
    """The total compared with an amount in major units, whatever the currency's decimals."""
    match = Q()
    for places, currencies in _DECIMALS.items():
        minor = int(amount.scaleb(places))
        if comparison == "exact" and minor != amount.scaleb(places):
            continue
        among = {"currency__in": currencies} if places != 2 else {}
        matched = Q(**{f"total_minor__{comparison}": minor}, **among)
        if places == 2:
            matched &= ~Q(currency__in=[code for other, codes in _DECIMALS.items() if other != 2 for code in codes])
        match |= matched
    return match


def _settled_since(day: date) -> QuerySet[Settlement, int]:
    live = Settlement.objects.filter(on__gte=day, kind=SettlementKind.SETTLED, taken_back_by=None)
    return live.values_list("bill_id", flat=True)


@dataclass(frozen=True, slots=True)
class Row:
    """A bill in the list, with what is known of it beyond itself."""

    bill: Bill
    owed: Money | None
    credit: Money | None
    files: int
    late: bool
    held: bool
    discount: Money | None
    menu: str = ""


def rows_of(company: Company, bills: list[Bill], *, today: date, menus: Mapping[int, str]) -> list[Row]:
    """The rows of one page, with the `menus` drawn for their ids: two queries, whatever its length."""
    payable = [bill for bill in bills if bill.may_be_paid]
    credits: dict[tuple[int, str], int] = {}
    if payable:
        found = company.credit_notes.usable().filter(supplier__in={bill.supplier_id for bill in payable})
        sums = found.order_by().values_list("supplier", "currency").annotate(Sum("available_minor"))
        credits = {(supplier, currency): minor for supplier, currency, minor in sums}
    files = dict(
        Attachment.objects.filter(bill__in=bills).order_by().values_list("bill").annotate(Count("pk")) if bills else []
    )
    return [
        Row(
            bill=bill,
            owed=bill.outstanding or None,
            credit=_credit(credits.get((bill.supplier_id, bill.currency), 0), bill),
            files=files.get(bill.pk, 0),
            late=bill.is_overdue(today=today),
            held=bill.is_held(today=today),
            discount=_discount(bill, today),
            menu=menus.get(bill.pk, ""),
        )
        for bill in bills
    ]


def _discount(bill: Bill, today: date) -> Money | None:
    """What the terms of the bill take off if it is paid in time; whether some is taken already, its page says."""
    if bill.discount_until is None or not bill.may_be_paid:
        return None
    return bill.discount_on(today) or None


def _credit(minor: int, bill: Bill) -> Money | None:
    return Money(minor, bill.currency) if minor and bill.may_be_paid else None


def counts(company: Company) -> dict[str, int]:
    """
    How many bills each tab holds, counted up to `COUNTED`, in one query.

    In SQL by hand: building six bounded counts from querysets takes longer than the database takes to answer.
    """
    where: dict[str, tuple[str, list[str | date]]] = {
        tab: ("AND state = %s", [states[0]]) for tab, states in STATES.items() if len(states) == 1
    }
    where |= {"awaiting": ("AND owed_on > %s", [date.min]), "all": ("", [])}
    table = connection.ops.quote_name(Bill._meta.db_table)
    one = f"(SELECT COUNT(*) FROM (SELECT 1 FROM {table} WHERE company_id = %s {{}} LIMIT {COUNTED + 1}) counted)"  # noqa: S608
    parts = [one.format(condition) for condition, _ in where.values()]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", [p for _, more in where.values() for p in (company.pk, *more)])
        return dict(zip(where, cursor.fetchone(), strict=True))


def as_counted(number: int) -> str:
    """A count as people read it: "1,000+" where counting stopped."""
    return f"{COUNTED:,}+" if number > COUNTED else f"{number:,}"


@dataclass(frozen=True, slots=True)
class Figure:
    """So many bills, and their sums, one a currency: the company's own first."""

    count: int
    amounts: list[Money]


def _figure(sums: dict[str, tuple[int, int]], base: str) -> Figure:
    """`sums`: by currency, how many bills and how much."""
    shown = sorted((code for code, (count, _) in sums.items() if count), key=lambda code: (code != base, code))
    return Figure(sum(count for count, _ in sums.values()), [Money(sums[code][1], code) for code in shown])


@dataclass(frozen=True, slots=True)
class Owed:
    """A sum of outstanding bills that are due at one time and planned for one day, in one currency."""

    when: str
    planned_on: date | None
    currency: str
    count: int
    minor: int


def owed(company: Company, *, today: date) -> list[Owed]:
    """What is outstanding, `overdue`, due `soon` (today and the next seven days) or `later`: one query of one index."""
    last = today + timedelta(days=SOON)
    when = Case(
        When(owed_on__lt=today, then=Value("overdue")),
        When(owed_on__lte=last, then=Value("soon")),
        default=Value("later"),
        output_field=CharField(),
    )
    found = (
        company.bills.outstanding()
        .order_by()
        .annotate(when=when)
        .values_list("when", "planned_on", "currency")
        .annotate(Count("pk"), Sum("outstanding_minor"))
    )
    return [Owed(*row) for row in found]


def due(sums: Iterable[Owed], *, base: str) -> dict[str, Figure]:
    """What is outstanding by when it is due."""
    by_when: dict[str, dict[str, tuple[int, int]]] = {"overdue": {}, "soon": {}, "later": {}}
    for one in sums:
        count, minor = by_when[one.when].get(one.currency, (0, 0))
        by_when[one.when][one.currency] = (count + one.count, minor + one.minor)
    return {when: _figure(found, base) for when, found in by_when.items()}


def paid_since(company: Company, day: date) -> Figure:
    """Bills paid in full with a settlement since that day, and their totals. In SQL by hand, as `counts` is."""
    bill, settlement = (connection.ops.quote_name(model._meta.db_table) for model in (Bill, Settlement))
    sql = f"""
        SELECT currency, COUNT(*), SUM(total_minor) FROM {bill}
        WHERE company_id = %s AND state = %s AND id IN (
            SELECT bill_id FROM {settlement} live
            WHERE live."on" >= %s AND live.kind = %s
            AND NOT EXISTS (SELECT 1 FROM {settlement} back WHERE back.takes_back_id = live.id)
        )
        GROUP BY currency
    """  # noqa: S608  Only the names of our own tables are put in.
    with connection.cursor() as cursor:
        cursor.execute(sql, [company.pk, BillState.PAID, day, SettlementKind.SETTLED])
        found = {code: (count, int(minor)) for code, count, minor in cursor.fetchall()}
    return _figure(found, company.base_currency)


@dataclass(frozen=True, slots=True)
class PlannedDay:
    day: date | None
    figure: Figure


def planned(sums: Iterable[Owed], *, base: str) -> list[PlannedDay]:
    """Outstanding bills by the day they are planned for, the first days only, those without one last."""
    days: dict[date | None, dict[str, tuple[int, int]]] = {}
    for one in sums:
        count, minor = days.setdefault(one.planned_on, {}).get(one.currency, (0, 0))
        days[one.planned_on][one.currency] = (count + one.count, minor + one.minor)
    if set(days) <= {None}:
        return []
    dated = sorted(day for day in days if day)[:PLANNED_SHOWN]
    shown: list[date | None] = [*dated, *([None] if None in days else [])]
    return [PlannedDay(day, _figure(days[day], base)) for day in shown]


@dataclass(frozen=True, slots=True)
class Selection:
    """Ticked bills in figures: what is still to pay of them, one sum a currency, never mixed."""

    bills: list[Bill]
    matching: bool
    suppliers: int
    figure: Figure
    payable: int

    @classmethod
    def of(cls, bills: list[Bill], *, base: str, today: date, matching: bool = False) -> Selection:
        sums: dict[str, tuple[int, int]] = {}
        for bill in bills:
            count, minor = sums.get(bill.currency, (0, 0))
            owed = bill.total if bill.is_editable else bill.outstanding
            sums[bill.currency] = (count + 1, minor + owed.minor)
        return cls(
            bills=bills,
            matching=matching,
            suppliers=len({bill.supplier_id for bill in bills}),
            figure=_figure(sums, base),
            payable=sum(bill.is_payable(today=today) for bill in bills),
        )
