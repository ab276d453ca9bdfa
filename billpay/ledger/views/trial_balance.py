"""The trial balance, on screen and as a file."""

from __future__ import annotations

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from billpay.companies.access import MemberRequest, Permission, requires
from billpay.companies.export import csv_response
from billpay.companies.models import Company
from billpay.ledger import reports
from billpay.ledger.forms import StandpointForm, asked_standpoint
from billpay.ledger.standpoint import Standpoint
from billpay.ledger.views.tabs import book_tabs

HEADER = ("As of", "As known on", "Code", "Account", "Type", "Currency", "Debit", "Credit")


@require_safe
@requires(Permission.VIEW)
def trial_balance(request: MemberRequest, company: Company) -> HttpResponse:
    form, at = asked_standpoint(request.GET, today=timezone.localdate())
    return _page(request, company, form, at)


def _page(request: MemberRequest, company: Company, form: StandpointForm, at: Standpoint) -> HttpResponse:
    context = {
        "form": form,
        "at": at,
        "trial": reports.trial_balance(company, at=at),
        "export_href": f"{reverse('ledger:trial_balance_export', args=[company.slug])}?{request.GET.urlencode()}",
        "book_tabs": book_tabs(company, "ledger:trial_balance"),
    }
    return render(request, "ledger/trial_balance.html", context, status=422 if form.errors else 200)


@require_safe
@requires(Permission.VIEW)
def export(request: MemberRequest, company: Company) -> HttpResponseBase:
    """The rows of the page; the page itself when a day cannot be read."""
    form, at = asked_standpoint(request.GET, today=timezone.localdate())
    if form.errors:
        return _page(request, company, form, at)
    drawn, currency = reports.trial_balance(company, at=at), company.base_currency
    rows = [
        (at.on, at.known_on, row.account.code, row.account.name, row.account.get_type_display(), currency, row.debit,
         row.credit)
        for row in drawn.rows
    ]  # fmt: skip
    rows.append((at.on, at.known_on, "", "Total", "", currency, drawn.debit, drawn.credit))
    return csv_response(f"{company.slug}-trial-balance-{at.slug}", HEADER, rows)
