"""AP ageing: of all suppliers, of one, and as files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from billpay.companies.access import MemberRequest, Permission, requires
from billpay.companies.export import csv_response
from billpay.companies.lists import paginate, sorting
from billpay.companies.models import Company
from billpay.ledger import reports as ledger
from billpay.ledger.forms import StandpointForm, asked_standpoint
from billpay.ledger.reports import Control
from billpay.ledger.standpoint import Standpoint
from billpay.money.value import Money, add_up
from billpay.reports.ageing import Ageing, Row, ageing
from billpay.reports.kinds import COLUMNS
from billpay.reports.papers import Paper, papers
from billpay.snapshot import snapshot
from billpay.suppliers.models import Supplier

SORTS = ("supplier", "base")
HEADER = ("As of", "As known on", "Supplier", "Currency", *COLUMNS, "Total")
PAPERS_HEADER = (
    "As of", "As known on", "Supplier", "Type", "Number", "Date", "Due", "Days overdue", "Column", "Currency",
    "Original", "Left", "Base currency", "Left in base",
)  # fmt: skip


@require_safe
@requires(Permission.VIEW)
def summary(request: MemberRequest, company: Company) -> HttpResponse:
    """`?on=` and `?known=` say from where to look."""
    form, at = asked_standpoint(request.GET, today=timezone.localdate())
    return _page(request, company, form, at)


def _page(request: MemberRequest, company: Company, form: StandpointForm, at: Standpoint) -> HttpResponse:
    with snapshot():
        drawn, control = ageing(company, at=at), ledger.control_account(company, at=at)
    sort = sorting(request, allowed=SORTS, default="supplier")
    context = {
        "form": form,
        "at": at,
        "columns": COLUMNS,
        "ageing": drawn,
        "page": paginate(request, _sorted(drawn, sort), per_page=50),
        "sort": sort,
        "control": control,
        "difference": drawn.total - control.owed,
        "query": urlencode(_query(at)),
        "account_href": _account_href(company, control, at),
        "export_href": f"{reverse('reports:ageing_export', args=[company.slug])}?{request.GET.urlencode()}",
    }
    return render(request, "reports/ageing.html", context, status=422 if form.errors else 200)


def _sorted(drawn: Ageing, sort: str) -> list[Row]:
    """By supplier as they come, or by what each row weighs in the company's own currency."""
    rows = drawn.rows if sort.endswith("supplier") else sorted(drawn.rows, key=lambda row: sum(row.base))
    return rows[::-1] if sort.startswith("-") else rows


def _account_href(company: Company, control: Control, at: Standpoint) -> str:
    """The lines of the payables account that count from where one stands."""
    days = {"account": control.account.pk, "until": at.on, "known": at.known_on}
    return f"{reverse('ledger:journal', args=[company.slug])}?{urlencode({k: v for k, v in days.items() if v})}"


def _query(at: Standpoint) -> dict[str, str]:
    days = {"on": at.on, "known": at.known_on}
    return {name: day.isoformat() for name, day in days.items() if day}


@require_safe
@requires(Permission.VIEW)
def export(request: MemberRequest, company: Company) -> HttpResponseBase:
    """The rows and totals of the page, in the order it has them; the page itself when a day cannot be read."""
    form, at = asked_standpoint(request.GET, today=timezone.localdate())
    if form.errors:
        return _page(request, company, form, at)
    with snapshot():
        drawn = ageing(company, at=at)
    sort = sorting(request, allowed=SORTS, default="supplier")
    base = f"Total in {company.base_currency}"

    def cells(name: str, currency: str, amounts: Iterable[Money], total: Money, weight: Money | None) -> list[Any]:
        return [at.on, at.known_on, name, currency, *amounts, total, weight]

    rows = [cells(row.supplier, row.currency, row.amounts, row.total, row.weight) for row in _sorted(drawn, sort)]
    rows += [cells("Total", one.currency, one.amounts, one.total, one.weight) for one in drawn.currencies]
    rows.append(cells(base, drawn.base_currency, drawn.base, drawn.total, drawn.total))
    return csv_response(f"{company.slug}-ageing-{at.slug}", (*HEADER, base), rows)


@require_safe
@requires(Permission.VIEW)
def supplier(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """The papers behind one supplier's rows."""
    found: Supplier = get_object_or_404(company.suppliers.select_related("company"), pk=pk)
    form, at = asked_standpoint(request.GET, today=timezone.localdate())
    return _supplier_page(request, company, found, form, at)


def _supplier_page(
    request: MemberRequest, company: Company, found: Supplier, form: StandpointForm, at: Standpoint
) -> HttpResponse:
    with snapshot():
        drawn = papers(found, at=at)
    query = urlencode(_query(at))
    context = {
        "supplier": found,
        "form": form,
        "at": at,
        "papers": [(paper, reverse(paper.page, args=[company.slug, paper.pk])) for paper in drawn],
        "totals": _totals(drawn),
        "base": add_up((paper.base for paper in drawn), company.base_currency),
        "query": query,
        "export_href": f"{reverse('reports:ageing_supplier_export', args=[company.slug, found.pk])}?{query}",
    }
    return render(request, "reports/ageing_supplier.html", context, status=422 if form.errors else 200)


def _totals(drawn: list[Paper]) -> list[Money]:
    codes = dict.fromkeys(paper.left.currency for paper in drawn)
    return [add_up((paper.left for paper in drawn if paper.left.currency == code), code) for code in codes]


@require_safe
@requires(Permission.VIEW)
def supplier_export(request: MemberRequest, company: Company, pk: int) -> HttpResponseBase:
    found: Supplier = get_object_or_404(company.suppliers.select_related("company"), pk=pk)
    form, at = asked_standpoint(request.GET, today=timezone.localdate())
    if form.errors:
        return _supplier_page(request, company, found, form, at)
    with snapshot():
        drawn = papers(found, at=at)
    rows = [
        (
            at.on, at.known_on, found.name, one.kind, one.number, one.on, one.due_on,
            one.days_late if one.due_on else None, one.column_name, one.left.currency, one.total, one.left,
            company.base_currency, one.base,
        )
        for one in drawn
    ]  # fmt: skip
    return csv_response(f"{company.slug}-ageing-{found.name}-{at.slug}", PAPERS_HEADER, rows)
