"""The journal with its entries, on screen and as a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Prefetch, QuerySet, Sum
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from billpay.companies.access import MemberRequest, Permission, requires
from billpay.companies.export import csv_response
from billpay.companies.lists import paginate
from billpay.companies.models import Company
from billpay.ledger.forms import JournalFilter
from billpay.ledger.models import JournalEntry, JournalLine
from billpay.ledger.views.tabs import book_tabs
from billpay.money.value import Money

SOURCES = {
    "bill": "bills:detail",
    "creditnote": "credit_notes:detail",
    "payment": "payments:detail",
    "refund": "payments:refund",
}
HEADER = ("Entry", "Date", "Entered", "Kind", "Description", "Account", "Account name", "Debit", "Credit", "By")


@require_safe
@requires(Permission.VIEW)
def journal(request: MemberRequest, company: Company) -> HttpResponse:
    """Entries with their lines, newest first; of one account, its own lines alone."""
    return _page(request, company, JournalFilter(request.GET, company=company))


def _page(request: MemberRequest, company: Company, form: JournalFilter) -> HttpResponse:
    account = form.cleaned_data.get("account")
    shown = JournalLine.objects.select_related("account").order_by("pk")
    shown = shown.filter(account=account) if account else shown
    entries = form.entries().select_related("created_by").prefetch_related(Prefetch("lines", shown, to_attr="shown"))
    page = paginate(request, entries, per_page=50)
    page.object_list = [_row(company, entry) for entry in page.object_list]
    context = {
        "form": form,
        "page": page,
        "account": account,
        "sums": _sums(company, form.lines()) if account else None,
        "narrowed": form.narrows,
        "export_href": f"{reverse('ledger:journal_export', args=[company.slug])}?{request.GET.urlencode()}",
        "book_tabs": book_tabs(company, "ledger:journal"),
    }
    return render(request, "ledger/journal.html", context, status=422 if form.errors else 200)


def _sums(company: Company, lines: QuerySet[JournalLine]) -> dict[str, Money]:
    """What the lines of one account come to, on all pages: either side, and what one leaves over the other."""
    found = lines.order_by().aggregate(debit=Sum("debit_minor", default=0), credit=Sum("credit_minor", default=0))
    debit, credit = (Money(found[side], company.base_currency) for side in ("debit", "credit"))
    return {"debit": debit, "credit": credit, "balance": debit - credit}


def _row(company: Company, entry: JournalEntry) -> dict[str, Any]:
    """An entry as it is drawn. `entered` is the day it was entered, where that is another than its own."""
    entered = timezone.localdate(entry.created_at)
    return {
        "entry": entry,
        "entered": entered if entered != entry.on else None,
        "lines": [_line(company, line) for line in entry.shown],  # type: ignore[attr-defined]
    }


def _line(company: Company, line: JournalLine) -> dict[str, Any]:
    return {
        "account": line.account,
        "debit": Money(line.debit_minor, company.base_currency) if line.debit_minor else None,
        "credit": Money(line.credit_minor, company.base_currency) if line.credit_minor else None,
    }


@require_safe
@requires(Permission.VIEW)
def export(request: MemberRequest, company: Company) -> HttpResponseBase:
    """The lines that the page shows, of all its pages; the page itself when a filter cannot be read."""
    form = JournalFilter(request.GET, company=company)
    if form.errors:
        return _page(request, company, form)
    return csv_response(f"{company.slug}-journal-{form.slug}", HEADER, _cells(company, form.lines()))


def _cells(company: Company, lines: QuerySet[JournalLine]) -> Iterator[tuple[Any, ...]]:
    rows = lines.select_related("entry__created_by", "account").order_by("-entry__on", "-entry__pk", "pk")
    for line in rows.iterator(chunk_size=2000):
        entry, drawn = line.entry, _line(company, line)
        yield (
            entry.pk, entry.on, timezone.localtime(entry.created_at).replace(microsecond=0), entry.get_kind_display(),
            entry.description, line.account.code, line.account.name, drawn["debit"], drawn["credit"],
            entry.created_by or "",
        )  # fmt: skip


@require_safe
@requires(Permission.VIEW)
def entry(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    found = get_object_or_404(
        company.journal_entries.select_related("created_by", "reverses").prefetch_related("lines__account"), pk=pk
    )
    total = found.lines.aggregate(sum=Sum("debit_minor"))["sum"] or 0
    context = {
        "entry": found,
        "lines": [_line(company, line) for line in found.lines.all()],
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
