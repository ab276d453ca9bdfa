"""Pages about the books: the chart that owners keep, and the entries that the books make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet, Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billpay.companies import audit
from billpay.companies.access import MemberRequest, Permission, requires
from billpay.companies.lists import paginate
from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.htmx import see_other
from billpay.ledger import keeping, reports
from billpay.ledger.forms import AccountForm, DayForm, JournalFilter, TaxRateForm, TrackingForm
from billpay.ledger.models import JournalEntry
from billpay.money.value import Money


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
TABS = {
    "Accounts": "ledger:accounts",
    "Tax rates": "ledger:tax_rates",
    "Tracking": "ledger:tracking",
    "Journal": "ledger:journal",
    "Trial balance": "ledger:trial_balance",
}
SOURCES = {
    "bill": "bills:detail",
    "creditnote": "credit_notes:detail",
    "payment": "payments:detail",
    "refund": "payments:refund",
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


@require_safe
@requires(Permission.VIEW)
def journal(request: MemberRequest, company: Company) -> HttpResponse:
    """Entries, newest first, narrowed to days and to one account."""
    form = JournalFilter(request.GET, company=company)
    wanted = form.cleaned_data
    entries = company.journal_entries.all()
    if wanted.get("since"):
        entries = entries.filter(on__gte=wanted["since"])
    if wanted.get("until"):
        entries = entries.filter(on__lte=wanted["until"])
    account = wanted.get("account")
    if account:
        entries = entries.filter(pk__in=account.journal_lines.values("entry"))
    page = paginate(request, entries.select_related("created_by").prefetch_related("lines__account"), per_page=50)
    page.object_list = [_entry_row(company, entry, account and account.pk) for entry in page.object_list]
    context = {
        "form": form,
        "page": page,
        "account": account,
        "narrowed": form.narrows,
        "book_tabs": book_tabs(company, "ledger:journal"),
    }
    return render(request, "ledger/journal.html", context)


def _entry_row(company: Company, entry: JournalEntry, account_id: int | None) -> dict[str, Any]:
    """An entry with what it put on one account, or else its whole."""
    lines = [line for line in entry.lines.all() if account_id in (None, line.account_id)]
    debit, credit = sum(line.debit_minor for line in lines), sum(line.credit_minor for line in lines)
    return {
        "entry": entry,
        "debit": Money(debit, company.base_currency) if debit else None,
        "credit": Money(credit, company.base_currency) if credit else None,
        "accounts": [line.account for line in entry.lines.all()],
    }


@require_safe
@requires(Permission.VIEW)
def entry(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    found = get_object_or_404(
        company.journal_entries.select_related("created_by", "reverses").prefetch_related("lines__account"), pk=pk
    )
    lines = [
        {
            "account": line.account,
            "debit": Money(line.debit_minor, company.base_currency) if line.debit_minor else None,
            "credit": Money(line.credit_minor, company.base_currency) if line.credit_minor else None,
        }
        for line in found.lines.all()
    ]
    total = found.lines.aggregate(sum=Sum("debit_minor"))["sum"] or 0
    context = {
        "entry": found,
        "lines": lines,
        "total": Money(total, company.base_currency),
        "source_href": _source_href(company, found),
        "reversed_by": company.journal_entries.filter(reverses=found).first(),
    }
    return render(request, "ledger/entry.html", context)


def _source_href(company: Company, found: JournalEntry) -> str:
    """The page of what an entry was posted for, or "" if it has none."""
    name = SOURCES.get(found.source_kind)
    try:
        return reverse(name, args=[company.slug, found.source_id]) if name else ""
    except NoReverseMatch:
        return ""


@require_safe
@requires(Permission.VIEW)
def trial_balance(request: MemberRequest, company: Company) -> HttpResponse:
    form = DayForm(request.GET)
    form.full_clean()
    on = form.cleaned_data.get("on") or timezone.localdate()
    context = {
        "form": form,
        "on": on,
        "trial": reports.trial_balance(company, on=on),
        "book_tabs": book_tabs(company, "ledger:trial_balance"),
    }
    return render(request, "ledger/trial_balance.html", context)


def book_tabs(company: Company, current: str) -> list[dict[str, Any]]:
    return [
        {"label": label, "href": reverse(name, args=[company.slug]), "current": name == current}
        for label, name in TABS.items()
    ]
