"""Imported statements."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_safe

from billpay.banking import actions
from billpay.banking.views.accounts import account_tabs, account_with_figures
from billpay.companies.access import MemberRequest, Permission, requires
from billpay.companies.lists import paginate
from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.htmx import see_other


@require_safe
@requires(Permission.VIEW)
def listing(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """The statements of an account, the last import first."""
    account = account_with_figures(company, pk)
    statements = account.statements.select_related("imported_by", "bank_account")
    context = {
        "account": account,
        "page": paginate(request, statements),
        "account_tabs": account_tabs(company, account, "statements"),
    }
    return render(request, "banking/statements.html", context)


@require_safe
@requires(Permission.VIEW)
def detail(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    statement = get_object_or_404(company.statements.select_related("bank_account", "imported_by"), pk=pk)
    context = {
        "statement": statement,
        "account": statement.bank_account,
        "page": paginate(request, statement.transactions.order_by("booked_on", "pk"), per_page=50),
        "may_be_undone": actions.may_be_undone(statement),
    }
    return render(request, "banking/statement.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.IMPORT)
def undo(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """GET says what would go, POST takes it away."""
    statement = get_object_or_404(company.statements.select_related("bank_account"), pk=pk)
    context = {"statement": statement, "account": statement.bank_account}
    if request.method != "POST":
        return render(request, "banking/undo.html", context)
    try:
        account = actions.undo_import(statement=statement, by=request.user)
    except Refused as refusal:
        return render(request, "banking/undo.html", {**context, "error": str(refusal)}, status=422)
    messages.success(request, f"The import of {statement.file_name} is undone.")
    return see_other(request, "banking:statements", company.slug, account.pk)
