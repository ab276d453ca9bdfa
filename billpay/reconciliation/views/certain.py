"""Everything that leaves no doubt, on one page: look, untick, match."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from billpay.companies.access import MemberRequest, Permission, requires
from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.htmx import see_other
from billpay.money.value import add_up
from billpay.reconciliation import actions, desk


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.RECONCILE)
def certain(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """GET lists them; POST matches those with their `match` value ("transaction:candidate", repeated)."""
    account = get_object_or_404(company.bank_accounts.select_related("company"), pk=pk)
    error, status = "", 200
    if request.method == "POST":
        asked = {pair for value in request.POST.getlist("match") if (pair := _pair(value))}
        try:
            if not asked:
                raise actions.ReconciliationError("Tick at least one line to match.")
            done = actions.match_certain(company=company, account=account, by=request.user, only=asked)
            return _done(request, company, account.pk, done)
        except Refused as refusal:
            error, status = str(refusal), 422
    rows = desk.certain_rows(account)
    total = add_up((row.transaction.unmatched for row in rows), account.currency)
    context = {"account": account, "rows": rows, "total": total, "error": error}
    return render(request, "reconciliation/certain.html", context, status=status)


def _done(request: MemberRequest, company: Company, pk: int, done: actions.Certain) -> HttpResponse:
    if done.group:
        lines = "1 line" if done.lines == 1 else f"{done.lines} lines"
        undo = reverse("reconciliation:undo", args=[company.slug, done.group])
        messages.success(request, f"{lines} matched.", extra_tags=f"undo:{undo}")
    if done.gone:
        left = "1 line was" if done.gone == 1 else f"{done.gone} lines were"
        messages.warning(request, f"{left} left alone: matched by someone else, or no longer beyond doubt.")
    return see_other(request, "reconciliation:account", company.slug, pk)


def _pair(value: str) -> tuple[int, str] | None:
    number, _, key = value.partition(":")
    return (int(number), key) if number.isascii() and number.isdigit() and len(number) < 19 else None
