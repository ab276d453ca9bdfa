"""The payment register, on screen and as a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from billpay.companies.access import MemberRequest, Permission, requires
from billpay.companies.export import csv_response
from billpay.companies.lists import paginate
from billpay.companies.models import Company
from billpay.reports.forms import RegisterForm, asked_register
from billpay.reports.register import BANK, Asked, Register
from billpay.snapshot import snapshot

HEADER = (
    "Date", "Type", "Number", "Supplier", "Account", "Method", "Reference", "Status", "Voided on", "Settles",
    "Currency", "Amount", "Fee", "Base currency", "Amount in base", "Account currency", "Left the account",
    "Bank statement",
)  # fmt: skip


@require_safe
@requires(Permission.VIEW)
def register(request: MemberRequest, company: Company) -> HttpResponse:
    form, asked = asked_register(request.GET, company=company, today=timezone.localdate())
    return _page(request, company, form, asked)


def _page(request: MemberRequest, company: Company, form: RegisterForm, asked: Asked) -> HttpResponse:
    found = Register(company, asked)
    with snapshot():
        page = paginate(request, found.keys(), per_page=50)
        page.object_list = found.entries(page.object_list)
        totals, shares = found.totals(), found.shares()
    context = {
        "form": form,
        "asked": asked,
        "page": page,
        "clear_href": reverse("reports:register", args=[company.slug]),
        "totals": totals,
        "shares": shares,
        "export_href": f"{reverse('reports:register_export', args=[company.slug])}?{request.GET.urlencode()}",
    }
    return render(request, "reports/register.html", context, status=422 if form.errors else 200)


@require_safe
@requires(Permission.VIEW)
def export(request: MemberRequest, company: Company) -> HttpResponseBase:
    """The entries that the page shows, of all its pages; the page itself when a filter cannot be read."""
    form, asked = asked_register(request.GET, company=company, today=timezone.localdate())
    if form.errors:
        return _page(request, company, form, asked)
    name = f"{company.slug}-payments-{asked.since:%Y-%m-%d}-{asked.until:%Y-%m-%d}"
    return csv_response(name, HEADER, _cells(Register(company, asked)))


def _cells(found: Register) -> Iterator[tuple[Any, ...]]:
    for entry in found.everything():
        row = entry.row
        yield (
            entry.on, "Refund" if entry.is_refund else "Payment", row.number, row.supplier.name,
            row.bank_account.name if row.bank_account else "", entry.method, row.reference, row.get_status_display(),
            row.voided_on, "; ".join(entry.settles), row.currency, entry.amount, entry.fee, entry.base_currency,
            entry.base, entry.bank.currency if entry.bank else "",
            entry.bank, BANK[entry.bank_state] if entry.bank_state else "",
        )  # fmt: skip
