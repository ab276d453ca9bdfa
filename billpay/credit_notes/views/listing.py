"""The list of credit notes, and the same as a file."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from billpay.companies.access import MemberRequest, Permission, requires
from billpay.companies.export import csv_response
from billpay.companies.lists import paginate, sorting
from billpay.companies.models import Company
from billpay.credit_notes import listing
from billpay.credit_notes.forms import DEFAULT_TAB, TABS, FilterForm
from billpay.htmx import render_part, wants_part

HEADER = (
    "Supplier", "Number", "Reference", "Date", "Currency", "Subtotal", "Tax", "Total", "Used", "Remaining", "Status",
)  # fmt: skip
EXPORTED_AT_ONCE = 2000


def _asked(request: MemberRequest, company: Company) -> tuple[FilterForm, str]:
    form = FilterForm(request.GET, company=company)
    form.is_valid()
    return form, sorting(request, allowed=listing.SORTS, default=listing.DEFAULT_SORT)


@require_safe
@requires(Permission.VIEW)
def credit_notes(request: MemberRequest, company: Company) -> HttpResponse:
    """The list; htmx gets its rows alone."""
    form, sort = _asked(request, company)
    notes = listing.ordered(listing.find(company, form), sort).select_related("supplier").defer("note")
    page = paginate(request, notes)
    context: dict[str, Any] = {
        "page": page,
        "form": form,
        "sort": sort,
        "tab": form.tab_code,
        "today": timezone.localdate(),
        "query": _query(request.GET),
    }
    if not wants_part(request) or not page.paginator.count:
        context |= _surroundings(request, company, form)
    return render_part(request, "credit_notes/list.html", "rows", context)


def _query(data: QueryDict) -> str:
    kept = data.copy()
    for name in ("page", "per"):
        kept.pop(name, None)
    return kept.urlencode()


def _surroundings(request: MemberRequest, company: Company, form: FilterForm) -> dict[str, Any]:
    address = reverse("credit_notes:list", args=[company.slug])
    counts = listing.counts(company)
    if not wants_part(request):
        form.offer_suppliers()
    usable, available = listing.available(company)
    return {
        "counts": counts,
        "usable": usable,
        "available": available,
        "hidden": counts[form.tab_code],
        "clear_href": f"{address}?tab={form.tab_code}",
        "tabs": [
            {
                "label": label,
                "href": address if tab == DEFAULT_TAB else f"{address}?tab={tab}",
                "count": counts[tab],
                "current": tab == form.tab_code,
            }
            for tab, label in TABS.items()
        ],
    }


@require_safe
@requires(Permission.VIEW)
def export(request: MemberRequest, company: Company) -> HttpResponseBase:
    """Exactly the filtered, sorted list, every page of it."""
    form, sort = _asked(request, company)
    notes = listing.ordered(listing.find(company, form), sort).select_related("supplier").defer("note")
    return csv_response(
        f"{company.slug}-credit-notes-{timezone.localdate():%Y-%m-%d}",
        HEADER,
        (
            (
                note.supplier.name, note.number, note.reference, note.issued_on, note.currency, note.subtotal, note.tax,
                note.total, note.used, note.remaining, note.get_state_display(),
            )
            for note in notes.iterator(chunk_size=EXPORTED_AT_ONCE)
        ),
    )  # fmt: skip
