"""Taking matches back, and voiding payments that may be matched."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from billpay.companies.access import MemberRequest, Permission, owned, requires
from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.htmx import see_other, wants_part
from billpay.reconciliation import actions, desk, foreseeing
from billpay.reconciliation.forms import VoidForm
from billpay.reconciliation.views.parts import reload, swapped


@require_POST
@requires(Permission.RECONCILE)
def undo(request: MemberRequest, company: Company, group: uuid.UUID) -> HttpResponse:
    """Undo a group of matches, or with `transaction` only those of it on one bank line."""
    known = company.matches.filter(group=group)
    first = known.first()
    if first is None:
        raise Http404("No such match.")
    asked = request.POST.get("transaction")
    line = owned(company.bank_transactions.filter(matches__in=known).distinct(), [asked])[0] if asked else None
    back = line or first.transaction
    try:
        rows = actions.unmatch(company=company, group=group, by=request.user, transaction=line)
    except Refused as refusal:
        if wants_part(request):
            return _in_place(request, company, back.pk, problem=str(refusal), status=409)
        messages.error(request, str(refusal))
        return see_other(request, "reconciliation:account", company.slug, back.bank_account_id)
    if wants_part(request) and request.POST.get("from") == "list":
        return _in_place(request, company, back.pk)
    lines = len({row.transaction_id for row in rows})
    what = "The line is" if lines == 1 else f"{lines} lines are"
    messages.success(request, f"Match undone. {what} back among those to review.")
    return see_other(request, "reconciliation:account", company.slug, back.bank_account_id)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PAYMENT_VOID)
def void_payment(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """GET shows what will change; POST voids, undoing matches first."""
    payment = get_object_or_404(company.payments.select_related("supplier", "bank_account", "batch"), pk=pk)
    today = timezone.localdate()
    form = VoidForm(
        request.POST if request.method == "POST" else None, initial={"on": max(today, payment.paid_on)}, label_suffix=""
    )
    status = 200
    if request.method == "POST":
        try:
            if form.is_valid():
                actions.void_payment(
                    payment=payment,
                    on=form.cleaned_data["on"],
                    reason=form.cleaned_data["reason"],
                    by=request.user,
                )
                messages.success(request, f"{payment.number} is void. Its bills are outstanding again.")
                return see_other(request, "payments:detail", company.slug, payment.pk)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        payment.refresh_from_db()
        status = 422
    context = {"payment": payment, "form": form, "changes": foreseeing.of_void(payment)}
    return render(request, "reconciliation/void_payment.html", context, status=status)


def _in_place(
    request: MemberRequest, company: Company, pk: int, *, problem: str = "", status: int = 200
) -> HttpResponse:
    line = reload(company, pk)
    row = {"row": desk.rows_of(line.bank_account, [line])[0], "problem": problem}
    return swapped(request, company, line.bank_account, row, status=status)
