"""Paying one bill in one step."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from billpay.bills.models import Bill
from billpay.companies import idempotency
from billpay.companies.access import Permission, requires
from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.htmx import see_other
from billpay.payments import actions
from billpay.payments.actions import PaymentError
from billpay.payments.forms.direct import PayBillForm
from billpay.payments.planning import credits_of
from billpay.payments.subjects import lately_paid

FUTURE = "A payment dated in the future is not made yet. Keep it as a draft, or change the date."


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PAYMENT_MAKE)
def pay_bill(request: HttpRequest, company: Company, pk: int) -> HttpResponse:
    """Draw the form; POST records the payment, or with `action=draft` keeps it as a draft. See `PayBillForm`."""
    bill = get_object_or_404(company.bills.select_related("supplier"), pk=pk)
    form = _form(request, company, bill)
    if request.method != "POST":
        return _page(request, company, bill, form)
    try:
        sent = form.fields["key"].clean(request.POST.get("key"))
    except ValidationError:
        form.is_valid()
        return _page(request, company, bill, form, status=422)
    keep = request.POST.get("action") == "draft"
    try:
        location = idempotency.once(
            company=company,
            key=sent,
            content={**form.content(), "bill": bill.pk, "keep": keep},
            by=request.user,  # type: ignore[arg-type]
            path=request.path,
            act=lambda: _pay(request, company, form, keep=keep),
        )
    except idempotency.KeyReused as refusal:
        form.full_clean()
        return _page(request, company, bill, form, error=str(refusal), status=422)
    except Refused as refusal:
        if str(refusal):
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return _page(request, company, bill, form, status=422)
    return see_other(request, location)


def _form(request: HttpRequest, company: Company, bill: Bill) -> PayBillForm:
    credits = credits_of(company, suppliers=[bill.supplier_id], currency=bill.currency)[bill.supplier_id]
    data = request.POST if request.method == "POST" else None
    return PayBillForm(data, company=company, bill=bill, credits=credits, today=timezone.localdate())


def _pay(request: HttpRequest, company: Company, form: PayBillForm, *, keep: bool) -> str:
    """:raises Refused: without words when the form says what is wrong itself."""
    if not form.is_valid() or form.order is None:
        raise PaymentError("")
    if form.cleaned_data["paid_on"] > timezone.localdate() and not keep:
        raise PaymentError(FUTURE, field="paid_on")
    payment = actions.pay(
        company=company,
        header=form.header(draft=keep),
        order=form.order,
        by=request.user,  # type: ignore[arg-type]
    )
    return reverse("payments:detail" if keep else "payments:done", args=[company.slug, payment.pk])


def _page(
    request: HttpRequest, company: Company, bill: Bill, form: PayBillForm, *, error: str = "", status: int = 200
) -> HttpResponse:
    today = timezone.localdate()
    lately = lately_paid(company, suppliers=[bill.supplier_id], around=today, currency=bill.currency)
    twins = [payment for payment in lately if payment.amount and payment.amount in {bill.total, bill.available}]
    context = {
        "bill": bill,
        "form": form,
        "error": error,
        "today": today,
        "twins": twins[:3],
        "misses_details": not bill.supplier.bank_accounts.filter(archived_at=None).exists(),
    }
    return render(request, "payments/pay_bill.html", context, status=status)
