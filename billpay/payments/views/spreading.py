"""Settling bills by what a supplier holds: a credit note or money on account over bills, or these for one bill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from billpay.companies import idempotency
from billpay.companies.access import Permission, requires
from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.htmx import render_part, see_other
from billpay.payments import actions
from billpay.payments.actions import PaymentError
from billpay.payments.credits import Credit, credits_of
from billpay.payments.forms.spread import CoverForm, SpreadForm
from billpay.payments.models import Payment
from billpay.payments.subjects import held_because

SHOWN = 100
"""So many bills are offered, those due first."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is shared out: `form` makes its form, `source` names it for the guard against a second time."""

    company: Company
    form: Callable[..., SpreadForm | CoverForm]
    source: str
    template: str
    context: dict[str, Any]


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PAYMENT_MAKE)
def allocate_credit(request: HttpRequest, company: Company, pk: int) -> HttpResponse:
    """Share a credit note out over the supplier's open bills of its currency."""
    note = get_object_or_404(company.credit_notes.select_related("supplier", "company"), pk=pk)
    return _share(request, _spread(company, Credit(note, note.available)))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PAYMENT_MAKE)
def allocate_on_account(request: HttpRequest, company: Company, pk: int) -> HttpResponse:
    """Share out what a payment left on account."""
    payment = get_object_or_404(company.payments.select_related("supplier", "company"), pk=pk)
    return _share(request, _spread(company, Credit(payment, payment.available_on_account)))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PAYMENT_MAKE)
def cover_bill(request: HttpRequest, company: Company, pk: int) -> HttpResponse:
    """Settle a bill, or a part of it, by the supplier's credit notes and money on account."""
    bill = get_object_or_404(company.bills.select_related("supplier"), pk=pk)
    today = timezone.localdate()
    credits = credits_of(company, suppliers=[bill.supplier_id], currency=bill.currency)[bill.supplier_id]

    def form(data: QueryDict | None, **kwargs: Any) -> CoverForm:
        return CoverForm(data, company=company, bill=bill, credits=credits, today=today, **kwargs)

    held = held_because(bill) if bill.is_held(today=today) else ""
    context = {"bill": bill, "held": held, "may_be_covered": bool(credits) and bill.may_be_paid and not held}
    return _share(request, Task(company, form, f"bill-{bill.pk}", "payments/cover.html", context))


def _spread(company: Company, credit: Credit) -> Task:
    bills = list(
        company.bills.payable()
        .filter(supplier=credit.row.supplier_id, currency=credit.free.currency)
        .order_by("due_on", "id")[:SHOWN]
    )
    today = timezone.localdate()
    held = {bill.pk: held_because(bill) for bill in bills if bill.is_held(today=today)}

    def form(data: QueryDict | None, **kwargs: Any) -> SpreadForm:
        return SpreadForm(data, company=company, credit=credit, bills=bills, held=held, today=today, **kwargs)

    context = {"credit": credit, "source": credit.row, "is_note": credit.is_note}
    return Task(
        company, form, credit.key, "payments/spread.html", {**context, "is_payment": isinstance(credit.row, Payment)}
    )


def _share(request: HttpRequest, task: Task) -> HttpResponse:
    if request.method != "POST":
        return _page(request, task, QueryDict())
    action = request.POST.get("action", "allocate")
    if action == "fill":
        return _page(request, task, task.form(None).fill(request.POST))
    if action == "totals":
        return _page(request, task, request.POST, part="live")
    return _allocate(request, task)


def _allocate(request: HttpRequest, task: Task) -> HttpResponse:
    form = task.form(request.POST)
    try:
        key = form.fields["key"].clean(request.POST.get("key"))
    except ValidationError:
        return _page(request, task, request.POST, form=form, status=422)
    content = {"source": task.source, "paid_on": request.POST.get("paid_on", ""), **form.content_of_amounts}
    try:
        location = idempotency.once(
            company=task.company,
            key=key,
            content=content,
            by=request.user,  # type: ignore[arg-type]
            path=request.path,
            act=lambda: _pay(request, task.company, form),
        )
    except idempotency.KeyReused as refusal:
        return _page(request, task, request.POST, form=form, error=str(refusal), status=422)
    except Refused as refusal:
        if str(refusal):
            _say(form, refusal)
        return _page(request, task, request.POST, form=form, status=422)
    return see_other(request, location)


def _say(form: SpreadForm | CoverForm, refusal: Refused) -> None:
    name = f"amount-{refusal.bill_id}" if isinstance(refusal, PaymentError) and refusal.bill_id else refusal.field
    form.add_error(name if name in form.fields else None, str(refusal))


def _pay(request: HttpRequest, company: Company, form: SpreadForm | CoverForm) -> str:
    """:raises Refused: without words when the form says what is wrong itself."""
    if not form.is_valid() or form.order is None:
        raise PaymentError("")
    payment = actions.pay(company=company, header=form.header(), order=form.order, by=request.user)  # type: ignore[arg-type]
    return reverse("payments:done", args=[company.slug, payment.pk])


def _page(
    request: HttpRequest,
    task: Task,
    data: QueryDict,
    *,
    form: SpreadForm | CoverForm | None = None,
    part: str = "grid",
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    worked_out = form or task.form(data)
    if not hasattr(worked_out, "cleaned_data"):
        worked_out.full_clean()
    drawn = form or task.form(None, initial=data.dict())
    context = {
        **task.context,
        "form": drawn,
        "sums": worked_out,
        "rows": drawn.rows(worked_out),
        "error": error,
        "today": timezone.localdate(),
    }
    return render_part(request, task.template, part, context, status=status)
