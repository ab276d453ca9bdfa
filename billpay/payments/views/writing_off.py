"""Writing off what is left of a bill."""

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
from billpay.payments.forms.write_off import WriteOffForm
from billpay.payments.subjects import held_because, reserved_by


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PAYMENT_MAKE)
def write_off(request: HttpRequest, company: Company, pk: int) -> HttpResponse:
    """GET shows what will change and asks why; POST writes off what is left of the bill, once, within the limit."""
    bill = get_object_or_404(company.bills.select_related("supplier", "company"), pk=pk)
    today = timezone.localdate()
    if request.method != "POST":
        return _page(request, company, bill, WriteOffForm(bill=bill, today=today))
    form = WriteOffForm(request.POST, bill=bill, today=today)
    try:
        key = form.fields["key"].clean(request.POST.get("key"))
    except ValidationError:
        form.is_valid()
        return _page(request, company, bill, form, status=422)
    try:
        location = idempotency.once(
            company=company,
            key=key,
            content={"bill": bill.pk, "written off": True, **form.content()},
            by=request.user,  # type: ignore[arg-type]
            path=request.path,
            act=lambda: _act(request, company, form),
        )
    except Refused as refusal:
        if str(refusal):
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return _page(request, company, bill, form, status=422)
    return see_other(request, location)


def _act(request: HttpRequest, company: Company, form: WriteOffForm) -> str:
    """:raises Refused: without words when the form says what is wrong itself."""
    if not form.is_valid():
        raise PaymentError("")
    payment = actions.pay(company=company, header=form.header(company), order=form.order, by=request.user)  # type: ignore[arg-type]
    return reverse("payments:done", args=[company.slug, payment.pk])


def _page(request: HttpRequest, company: Company, bill: Bill, form: WriteOffForm, *, status: int = 200) -> HttpResponse:
    today = timezone.localdate()
    terms = actions.terms_of(company, [bill], due={bill.pk: bill.available})[bill.pk]
    context = {
        "bill": bill,
        "form": form,
        "terms": terms,
        "within": terms.may_write_off(bill.available),
        "held": held_because(bill) if bill.is_held(today=today) else "",
        "reserved_by": reserved_by([bill]).get(bill.pk, []),
        "today": today,
    }
    return render(request, "payments/write_off.html", context, status=status)
