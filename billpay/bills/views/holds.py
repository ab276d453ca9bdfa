"""Putting a bill on hold, and lifting the hold."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from billpay.bills import actions, history
from billpay.bills.forms import HoldForm
from billpay.bills.models import Bill
from billpay.companies.access import MemberRequest, Permission, requires
from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.htmx import see_other


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.BILL_HOLD)
def hold(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """Why and until when, beside the payments on their way that it will stop; of a bill on hold, to be changed."""
    bill = _found(company, pk)
    initial = {"reason": bill.hold_reason, "until": bill.held_until}
    form = HoldForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.hold(bill=bill, today=timezone.localdate(), by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, f"Bill {bill.number} is on hold.")
            return see_other(request, "bills:detail", company.slug, pk)
    context = {
        "bill": bill,
        "form": form,
        "held": bill.is_held(today=timezone.localdate()),
        "reserved": [part for part in history.parts(bill) if part.is_reserved],
    }
    return render(request, "bills/hold.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Permission.BILL_HOLD)
def lift(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    bill = _found(company, pk)
    try:
        actions.lift_hold(bill=bill, by=request.user)
    except Refused as refusal:
        messages.info(request, str(refusal))
    else:
        messages.success(request, f"The hold on bill {bill.number} is lifted: it may be paid.")
    return see_other(request, "bills:detail", company.slug, pk)


def _found(company: Company, pk: int) -> Bill:
    bill: Bill = get_object_or_404(company.bills.select_related("supplier", "company", "held_by"), pk=pk)
    return bill
