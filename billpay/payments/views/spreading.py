"""Allocating a credit note, or money on account, to open bills of its supplier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from billpay.bills.models import Bill
from billpay.companies import idempotency
from billpay.companies.access import Permission, requires
from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.credit_notes.models import CreditNote
from billpay.htmx import render_part, see_other
from billpay.payments import actions
from billpay.payments.actions import PaymentError
from billpay.payments.forms.spread import SpreadForm, fill_oldest_first
from billpay.payments.models import Payment
from billpay.payments.planning import Credit

SHOWN = 100
"""So many bills are offered, those due first."""


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PAYMENT_MAKE)
def allocate_credit(request: HttpRequest, company: Company, pk: int) -> HttpResponse:
    """Share a credit note out over the supplier's open bills of its currency."""
    note = get_object_or_404(company.credit_notes.select_related("supplier", "company"), pk=pk)
    return _spread(request, company, Credit(note, note.available))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PAYMENT_MAKE)
def allocate_on_account(request: HttpRequest, company: Company, pk: int) -> HttpResponse:
    """Share out what a payment left on account."""
    payment = get_object_or_404(company.payments.select_related("supplier", "company"), pk=pk)
    return _spread(request, company, Credit(payment, payment.available_on_account))


def _spread(request: HttpRequest, company: Company, credit: Credit) -> HttpResponse:
    bills = list(
        company.bills.payable()
        .filter(supplier=credit.row.supplier_id, currency=credit.free.currency)
        .order_by("due_on", "id")[:SHOWN]
    )
    if request.method != "POST":
        return _page(request, company, credit, bills, QueryDict())
    action = request.POST.get("action", "allocate")
    if action == "fill":
        filled = fill_oldest_first(request.POST, credit=credit, bills=bills)
        return _page(request, company, credit, bills, filled)
    if action == "totals":
        return _page(request, company, credit, bills, request.POST, part="live")
    return _allocate(request, company, credit, bills)


def _form(company: Company, credit: Credit, bills: Sequence[Bill], data: QueryDict | None, **kwargs: Any) -> SpreadForm:
    return SpreadForm(data, company=company, credit=credit, bills=bills, today=timezone.localdate(), **kwargs)


def _allocate(request: HttpRequest, company: Company, credit: Credit, bills: list[Bill]) -> HttpResponse:
    form = _form(company, credit, bills, request.POST)
    try:
        key = form.fields["key"].clean(request.POST.get("key"))
    except ValidationError:
        return _page(request, company, credit, bills, request.POST, form=form, status=422)
    amounts = {name: request.POST[name].strip() for name in sorted(request.POST) if name.startswith("amount-")}
    content = {"source": credit.key, "paid_on": request.POST.get("paid_on", ""), **amounts}
    try:
        location = idempotency.once(
            company=company,
            key=key,
            content=content,
            by=request.user,  # type: ignore[arg-type]
            path=request.path,
            act=lambda: _pay(request, company, form),
        )
    except idempotency.KeyReused as refusal:
        return _page(request, company, credit, bills, request.POST, form=form, error=str(refusal), status=422)
    except Refused as refusal:
        if str(refusal):
            _say(form, refusal)
        return _page(request, company, credit, bills, request.POST, form=form, status=422)
    return see_other(request, location)


def _say(form: SpreadForm, refusal: Refused) -> None:
    name = f"amount-{refusal.bill_id}" if isinstance(refusal, PaymentError) and refusal.bill_id else refusal.field
    form.add_error(name if name in form.fields else None, str(refusal))


def _pay(request: HttpRequest, company: Company, form: SpreadForm) -> str:
    """:raises Refused: without words when the form says what is wrong itself."""
    if not form.is_valid() or form.order is None:
        raise PaymentError("")
    if form.cleaned_data["paid_on"] > timezone.localdate():
        raise PaymentError("Choose today or an earlier day.", field="paid_on")
    payment = actions.pay(company=company, header=form.header(), order=form.order, by=request.user)  # type: ignore[arg-type]
    return reverse("payments:done", args=[company.slug, payment.pk])


def _page(
    request: HttpRequest,
    company: Company,
    credit: Credit,
    bills: list[Bill],
    data: QueryDict,
    *,
    form: SpreadForm | None = None,
    part: str = "grid",
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    worked_out = form or _form(company, credit, bills, data)
    if not hasattr(worked_out, "cleaned_data"):
        worked_out.full_clean()
    drawn = form or _form(company, credit, bills, None, initial=data.dict())
    context = {
        "credit": credit,
        "source": credit.row,
        "is_note": isinstance(credit.row, CreditNote),
        "is_payment": isinstance(credit.row, Payment),
        "form": drawn,
        "sums": worked_out,
        "rows": drawn.rows(worked_out),
        "error": error,
        "today": timezone.localdate(),
    }
    return render_part(request, "payments/spread.html", part, context, status=status)
