"""The bills inbox, and its list as a file."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from billpay.bills import inbox as listing
from billpay.bills.forms import DEFAULT_TAB, NOT_PLANNED, TABS, FilterForm
from billpay.bills.models import Bill
from billpay.bills.views.menus import menus
from billpay.companies.access import MemberRequest, Permission, requires
from billpay.companies.export import csv_response
from billpay.companies.lists import paginate, sorting
from billpay.companies.models import Company
from billpay.htmx import render_part, wants_part

HEADER = (
    "Supplier", "Number", "Reference", "Bill date", "Due date", "Planned", "Currency",
    "Subtotal", "Tax", "Total", "Settled", "Outstanding", "Status",
    "Discount %", "Discount", "Discount until", "On hold because", "On hold until",
)  # fmt: skip
EXPORTED_AT_ONCE = 2000


def filters(data: QueryDict, company: Company) -> FilterForm:
    """The filters an address asks for, read."""
    form = FilterForm(data, company=company)
    form.is_valid()
    return form


@require_safe
@requires(Permission.VIEW)
def inbox(request: MemberRequest, company: Company) -> HttpResponse:
    """The list; htmx gets its rows alone, without the figures above them."""
    form, today = filters(request.GET, company), timezone.localdate()
    sort = sorting(request, allowed=listing.SORTS, default=listing.default_sort(form.tab_code))
    bills = listing.ordered(listing.find(company, form, today=today), sort, tab=form.tab_code)
    bills = bills.select_related("supplier")
    page = paginate(request, bills)
    shown = list(page.object_list)
    row_menus = menus(shown, request=request, company=company, today=today)
    context: dict[str, Any] = {
        "page": page,
        "rows": listing.rows_of(company, shown, today=today, menus=row_menus),
        "form": form,
        "sort": sort,
        "tab": form.tab_code,
        "today": today,
        "selection": listing.Selection.of([], base=company.base_currency, today=today),
        "query": _query(request.GET),
    }
    if not wants_part(request) or not page.paginator.count:
        context |= _surroundings(request, company, form, today)
    return render_part(request, "bills/list.html", "rows", context)


def _query(data: QueryDict) -> str:
    kept = data.copy()
    for name in ("page", "per"):
        kept.pop(name, None)
    return kept.urlencode()


def _surroundings(request: MemberRequest, company: Company, form: FilterForm, today: date) -> dict[str, Any]:
    """Tabs, money bar and planned days: one query each."""
    address = reverse("bills:list", args=[company.slug])
    counts = listing.counts(company)
    sums = listing.owed(company, today=today)
    if not wants_part(request):
        form.offer_suppliers()
    more = form.more() if form.opened else _untouched(get_language() or "", company.base_currency)
    awaiting = form.tab_code == DEFAULT_TAB and not form.narrows
    return {
        "counts": counts,
        "more_filters": more,
        "tabs": [
            {
                "label": label,
                "href": address if tab == DEFAULT_TAB else f"{address}?tab={tab}",
                "count": listing.as_counted(counts[tab]),
                "current": tab == form.tab_code,
            }
            for tab, label in TABS.items()
        ],
        "bar": _money_bar(company, sums, address, form, today),
        "planned": _planned(company, sums, address, form) if awaiting or form.cleaned_data.get("planned") else [],
        "clear_href": f"{address}?tab={form.tab_code}",
        "hidden": listing.as_counted(counts[form.tab_code]),
    }


@functools.lru_cache(maxsize=64)
def _untouched(_language: str, base_currency: str) -> SafeString:
    """The further filters with nothing in them: alike for everyone of one language and currency, so drawn once."""
    return FilterForm(QueryDict(), company=Company(base_currency=base_currency)).more()


def _money_bar(
    company: Company, sums: list[listing.Owed], address: str, form: FilterForm, today: date
) -> list[dict[str, Any]]:
    yesterday, last, since = (today + timedelta(days=n) for n in (-1, listing.SOON, -listing.RECENTLY))
    due = listing.due(sums, base=company.base_currency)
    shown = (
        ("Overdue", due["overdue"], "danger", {"due_to": yesterday}),
        (f"Due in {listing.SOON} days", due["soon"], "warning", {"due_from": today, "due_to": last}),
        ("Due later", due["later"], "info", {"due_from": last + timedelta(days=1)}),
        (
            f"Paid in {listing.RECENTLY} days",
            listing.paid_since(company, since),
            "success",
            {"tab": "paid", "paid_since": since},
        ),
    )
    asked = {name: value for name, value in form.cleaned_data.items() if value}
    items = []
    for label, figure, tone, query in shown:
        data = QueryDict(mutable=True)
        data.update({"tab": DEFAULT_TAB, **{name: str(value) for name, value in query.items()}})
        items.append(
            {
                "label": label,
                "href": f"{address}?{data.urlencode()}",
                "count": figure.count,
                "amounts": figure.amounts,
                "tone": tone if figure.count else "",
                "current": {"tab": DEFAULT_TAB, **asked} == {"tab": DEFAULT_TAB, **query},
            }
        )
    return items


def _planned(company: Company, sums: list[listing.Owed], address: str, form: FilterForm) -> list[dict[str, Any]]:
    asked = form.cleaned_data.get("planned")
    return [
        {
            "day": one.day,
            "figure": one.figure,
            "href": f"{address}?tab={DEFAULT_TAB}&planned={one.day or NOT_PLANNED}",
            "current": asked == (one.day or NOT_PLANNED),
        }
        for one in listing.planned(sums, base=company.base_currency)
    ]


@require_safe
@requires(Permission.VIEW)
def export(request: MemberRequest, company: Company) -> HttpResponseBase:
    """Exactly the filtered, sorted list, every page of it."""
    form = filters(request.GET, company)
    sort = sorting(request, allowed=listing.SORTS, default=listing.default_sort(form.tab_code))
    found = listing.find(company, form, today=timezone.localdate())
    bills = listing.ordered(found, sort, tab=form.tab_code).select_related("supplier").defer("note")
    return as_file(company, bills.iterator(chunk_size=EXPORTED_AT_ONCE))


def _discount(bill: Bill) -> tuple[object, ...]:
    if bill.discount_until is None:
        return None, None, None
    return f"{bill.discount_percent.normalize():f}", bill.discount, bill.discount_until


def _hold(bill: Bill, today: date) -> tuple[object, ...]:
    return (bill.hold_reason, bill.held_until) if bill.is_held(today=today) else (None, None)


def as_file(company: Company, bills: Iterator[Bill]) -> HttpResponseBase:
    """The bills as CSV, one a row."""
    today = timezone.localdate()
    return csv_response(
        f"{company.slug}-bills-{timezone.localdate():%Y-%m-%d}",
        HEADER,
        (
            (
                bill.supplier.name, bill.number, bill.reference, bill.issued_on, bill.due_on, bill.planned_on,
                bill.currency, bill.subtotal, bill.tax, bill.total, bill.settled, bill.outstanding,
                bill.get_state_display(),
                *_discount(bill), *_hold(bill, today),
            )
            for bill in bills
        ),
    )  # fmt: skip
