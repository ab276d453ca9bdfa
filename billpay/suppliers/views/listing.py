"""The list of suppliers, and the same as a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import batched
from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from billpay.companies.access import MemberRequest, Permission, requires
from billpay.companies.export import csv_response
from billpay.companies.lists import paginate, sorting
from billpay.companies.models import Company
from billpay.htmx import render_part, wants_part
from billpay.money.value import Money
from billpay.suppliers import standing
from billpay.suppliers.forms import FilterForm
from billpay.suppliers.models import Supplier, SupplierQuerySet

HEADER = (
    "Supplier", "Currency", "Open balance", "Overdue", "Credit available", "Terms", "Discount percent", "Discount days",
    "Contact", "Email", "Phone", "Tax number", "Archived",
)  # fmt: skip
EXPORTED_AT_ONCE = 500


def _found(company: Company, form: FilterForm, sort: str, today: date) -> SupplierQuerySet:
    rows = company.suppliers.all()
    rows = rows.archived() if form.tab_code == "archived" else rows.active()
    if text := form.cleaned_data.get("q", "").strip():
        rows = rows.search(text)
    return standing.ordered(company, standing.narrowed(company, rows, form.shown, today=today), sort, today=today)


def _asked(request: MemberRequest) -> tuple[FilterForm, str]:
    form = FilterForm(request.GET, company=request.company)
    form.is_valid()
    return form, sorting(request, allowed=standing.SORTS, default="name")


@require_safe
@requires(Permission.VIEW)
def suppliers(request: MemberRequest, company: Company) -> HttpResponse:
    """The list; htmx gets its rows alone."""
    today = timezone.localdate()
    form, sort = _asked(request)
    page = paginate(request, _found(company, form, sort, today))
    shown: list[Supplier] = list(page.object_list)
    by_id = standing.standings(company, shown, today=today)
    context: dict[str, Any] = {
        "page": page,
        "rows": [{"supplier": supplier, "standing": by_id[supplier.pk]} for supplier in shown],
        "form": form,
        "sort": sort,
        "tab": form.tab_code,
        "query": _query(request.GET),
    }
    if not wants_part(request) or not page.paginator.count:
        context |= _surroundings(company, form)
        context["to_check"] = _to_check(company)
    return render_part(request, "suppliers/list.html", "rows", context)


def _query(data: QueryDict) -> str:
    kept = data.copy()
    for name in ("page", "per"):
        kept.pop(name, None)
    return kept.urlencode()


def _surroundings(company: Company, form: FilterForm) -> dict[str, Any]:
    address = reverse("suppliers:list", args=[company.slug])
    archived = Count("pk", filter=Q(archived_at__isnull=False))
    counts = company.suppliers.order_by().aggregate(archived=archived, all=Count("pk"))
    counts["active"] = counts["all"] - counts["archived"]
    return {
        "counts": counts,
        "hidden": counts[form.tab_code],
        "clear_href": address if form.tab_code == "active" else f"{address}?tab={form.tab_code}",
        "tabs": [
            {
                "label": label,
                "href": address if tab == "active" else f"{address}?tab={tab}",
                "count": counts[tab],
                "current": tab == form.tab_code,
            }
            for tab, label in FilterForm.TABS.items()
        ],
    }


def _to_check(company: Company) -> int:
    """How many suppliers have bank details that wait for a second person."""
    if not company.checks_bank_details:
        return 0
    return (
        company.suppliers.active().filter(pk__in=company.supplier_bank_accounts.to_check().values("supplier")).count()
    )


@require_safe
@requires(Permission.VIEW)
def export(request: MemberRequest, company: Company) -> HttpResponseBase:
    """Exactly the filtered, sorted list, every page of it; a row for each currency of a supplier."""
    today = timezone.localdate()
    form, sort = _asked(request)
    rows = _found(company, form, sort, today).iterator(chunk_size=EXPORTED_AT_ONCE)
    return csv_response(f"{company.slug}-suppliers-{today:%Y-%m-%d}", HEADER, _cells(company, rows, today))


def _cells(company: Company, rows: Iterator[Supplier], today: date) -> Iterator[tuple[Any, ...]]:
    for chunk in batched(rows, EXPORTED_AT_ONCE, strict=False):
        by_id = standing.standings(company, chunk, today=today)
        for supplier, currency, one in standing.sums_of(by_id, chunk):
            yield (
                supplier.name,
                currency,
                *(_in(currency, sums) for sums in (one.owed, one.overdue, one.credit)),
                supplier.terms_in_words,
                f"{supplier.discount_percent.normalize():f}" if supplier.discount_percent else "",
                supplier.discount_days if supplier.discount_percent else "",
                supplier.contact_name,
                supplier.email,
                supplier.phone,
                supplier.tax_number,
                "yes" if supplier.archived_at else "no",
            )


def _in(currency: str, sums: list[Money]) -> Money:
    return next((money for money in sums if money.currency == currency), Money.zero(currency))
