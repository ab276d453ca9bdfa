"""The accounts to reconcile, and the lines of one."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from billpay.banking.models import BankAccount, BankTransactionQuerySet
from billpay.companies.access import MemberRequest, Permission, requires
from billpay.companies.lists import paginate
from billpay.companies.models import Company
from billpay.htmx import render_part
from billpay.reconciliation import desk
from billpay.reconciliation.views.parts import TABS, header


@require_safe
@requires(Permission.VIEW)
def start(request: MemberRequest, company: Company) -> HttpResponse:
    """Choose an account; go straight to the only one."""
    accounts = list(
        company.bank_accounts.active().annotate(
            to_review=Count(
                "transactions", filter=Q(transactions__excluded_at=None, transactions__unmatched_minor__gt=0)
            ),
            lines=Count("transactions"),
        )
    )
    if len(accounts) == 1:
        return redirect("reconciliation:account", company.slug, accounts[0].pk)
    return render(request, "reconciliation/start.html", {"accounts": accounts})


@require_safe
@requires(Permission.VIEW)
def account(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """The lines of one account, in tabs: to review with suggestions, matched, excluded."""
    found = get_object_or_404(company.bank_accounts.select_related("company", "nominal_account"), pk=pk)
    asked = request.GET.get("tab", "")
    tab = asked if asked in dict(TABS) else "review"
    query = request.GET.get("q", "").strip()[:100]
    page = paginate(request, _lines(found, tab, query))
    context: dict[str, Any] = {**header(company, found, tab=tab), "page": page, "q": query}
    if tab == "review":
        rows = desk.rows_of(found, list(page.object_list))
        desk.mark_certain(rows, [row.transaction.pk for row in context["certain"]])
        context["rows"] = rows
    else:
        matches = desk.with_matches(list(page.object_list))
        context["rows"] = [{"transaction": line, "matches": matches[line.pk]} for line in page.object_list]
    return render_part(request, "reconciliation/account.html", "body", context)


def _lines(account: BankAccount, tab: str, query: str) -> BankTransactionQuerySet:
    lines: BankTransactionQuerySet = account.transactions.all()
    if tab == "review":
        lines = lines.to_reconcile()
    elif tab == "matched":
        lines = lines.filter(matched_minor__gt=0)
    else:
        lines = lines.exclude(excluded_at=None).select_related("excluded_by")
    for word in query.split()[:5]:
        lines = lines.filter(Q(payee__icontains=word) | Q(reference__icontains=word) | Q(description__icontains=word))
    return lines
