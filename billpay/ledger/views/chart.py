"""The lists that owners keep: accounts, tax rates and tracking categories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billpay.companies import audit
from billpay.companies.access import MemberRequest, Permission, requires
from billpay.companies.lists import paginate
from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.htmx import see_other
from billpay.ledger import keeping, reports
from billpay.ledger.forms import AccountForm, TaxRateForm, TrackingForm
from billpay.ledger.views.tabs import book_tabs


@dataclass(frozen=True, slots=True)
class Chart:
    """One of the three lists that owners keep."""

    rows: str
    """The company's related name for it."""
    list_name: str
    noun: str
    form: type[AccountForm | TaxRateForm | TrackingForm]
    fields: tuple[str, ...]

    def of(self, company: Company) -> QuerySet[Any]:
        rows: QuerySet[Any] = getattr(company, self.rows).all()
        return rows


CHARTS = {
    "account": Chart("nominal_accounts", "ledger:accounts", "account", AccountForm, ("code", "name", "type")),
    "tax_rate": Chart("tax_rates", "ledger:tax_rates", "tax rate", TaxRateForm, ("code", "name", "percent")),
    "tracking": Chart("tracking_categories", "ledger:tracking", "tracking category", TrackingForm, ("name",)),
}


@require_safe
@requires(Permission.VIEW)
def accounts(request: MemberRequest, company: Company) -> HttpResponse:
    return _chart_page(request, company, "account")


@require_safe
@requires(Permission.VIEW)
def tax_rates(request: MemberRequest, company: Company) -> HttpResponse:
    return _chart_page(request, company, "tax_rate")


@require_safe
@requires(Permission.VIEW)
def tracking(request: MemberRequest, company: Company) -> HttpResponse:
    return _chart_page(request, company, "tracking")


def _chart_page(
    request: MemberRequest, company: Company, kind: str, *, error: str = "", archived: bool | None = None
) -> HttpResponse:
    chart = CHARTS[kind]
    archived = request.GET.get("show") == "archived" if archived is None else archived
    rows = chart.of(company)
    counts = {"all": rows.count(), "active": rows.filter(archived_at=None).count()}
    rows = rows.filter(archived_at__isnull=not archived)
    if kind == "account":
        rows = reports.with_balances(rows).select_related("bank_account")
    page = paginate(request, rows, per_page=100)
    if kind == "account":
        page.object_list = reports.balances(page.object_list, company.base_currency)
    context = {
        "kind": kind,
        "chart": chart,
        "page": page,
        "archived": archived,
        "archived_count": counts["all"] - counts["active"],
        "book_tabs": book_tabs(company, chart.list_name),
        "error": error,
    }
    return render(request, "ledger/chart.html", context, status=422 if error else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.LEDGER_EDIT)
def new(request: MemberRequest, company: Company, kind: str) -> HttpResponse:
    chart = CHARTS[kind]
    form = chart.form(request.POST or None)
    if request.method != "POST":
        return _form_page(request, company, kind, form)
    if form.is_valid():
        try:
            row = keeping.add(model=chart.form.model, company=company, values=form.cleaned_data, by=request.user)
        except Refused as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            messages.success(request, f"{row} is added.")
            return see_other(request, chart.list_name, company.slug)
    return _form_page(request, company, kind, form, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.LEDGER_EDIT)
def edit(request: MemberRequest, company: Company, kind: str, pk: int) -> HttpResponse:
    chart = CHARTS[kind]
    row = get_object_or_404(chart.of(company).select_related("company"), pk=pk)
    if request.method != "POST":
        form: forms.Form = chart.form(initial={name: getattr(row, name) for name in chart.fields})
        return _form_page(request, company, kind, form, row=row)
    form = chart.form(request.POST)
    if form.is_valid():
        try:
            row = keeping.change(row=row, values=form.cleaned_data, by=request.user)
        except Refused as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            messages.success(request, f"{row} is saved.")
            return see_other(request, chart.list_name, company.slug)
    return _form_page(request, company, kind, form, row=row, status=422)


def _form_page(
    request: MemberRequest, company: Company, kind: str, form: forms.Form, *, row: Any = None, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "row": row,
        "chart": CHARTS[kind],
        "list_href": reverse(CHARTS[kind].list_name, args=[company.slug]),
        "events": audit.trail(row)[:20] if row else [],
    }
    return render(request, "ledger/form.html", context, status=status)


@require_POST
@requires(Permission.LEDGER_EDIT)
def archive(request: MemberRequest, company: Company, kind: str, pk: int) -> HttpResponse:
    chart = CHARTS[kind]
    row = get_object_or_404(chart.of(company).select_related("company"), pk=pk)
    try:
        keeping.archive(row=row, by=request.user)
    except Refused as refusal:
        return _chart_page(request, company, kind, error=str(refusal), archived=False)
    undo = reverse(f"ledger:{kind}_restore", args=[company.slug, pk])
    messages.success(request, f"{row} is archived.", extra_tags=f"undo:{undo}")
    return see_other(request, chart.list_name, company.slug)


@require_POST
@requires(Permission.LEDGER_EDIT)
def restore(request: MemberRequest, company: Company, kind: str, pk: int) -> HttpResponse:
    chart = CHARTS[kind]
    row = get_object_or_404(chart.of(company).select_related("company"), pk=pk)
    keeping.restore(row=row, by=request.user)
    messages.success(request, f"{row} is in use again.")
    return see_other(request, chart.list_name, company.slug)
