"""Taking matches back, and voiding payments and refunds that may be matched."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from billpay.companies import key_form
from billpay.companies.access import MemberRequest, Permission, owned, requires
from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.htmx import render_part, see_other, wants_part
from billpay.ledger import actions as ledger
from billpay.payments.models import PaymentStatus, Refund
from billpay.reconciliation import actions, desk, foreseeing
from billpay.reconciliation.forms.voiding import VoidForm
from billpay.reconciliation.models import Paid
from billpay.reconciliation.views.parts import reload, swapped


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.RECONCILE)
def undo(request: MemberRequest, company: Company, group: uuid.UUID) -> HttpResponse:
    """
    GET shows what will change; POST undoes a group of matches, or with `transaction` only those of it on one bank line.
    """
    known = company.matches.filter(group=group)
    first = known.first()
    if first is None:
        raise Http404("No such match.")
    asked = (request.POST if request.method == "POST" else request.GET).get("transaction")
    line = owned(company.bank_transactions.filter(matches__in=known).distinct(), [asked])[0] if asked else None
    back = line or first.transaction
    if request.method != "POST":
        undone = known.filter(transaction=line) if line else known
        context = {"line": line, "back": back, "account": back.bank_account, "untied": foreseeing.of_unmatch(undone)}
        return render(request, "reconciliation/undo.html", context)
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
    """GET shows what will change on a day (`on`); POST voids, undoing matches first."""
    rows = company.payments.select_related("company", "supplier", "bank_account", "batch")
    payment = get_object_or_404(rows, pk=pk)
    words = f"{payment.number} is void. Its bills are outstanding again."
    act = partial(actions.void_payment, payment=payment, by=request.user)
    back = reverse("payments:detail", args=[company.slug, payment.pk])
    return _void(request, company, Voiding(payment, payment.paid_on, act, words, back))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PAYMENT_VOID)
def void_refund(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """GET shows what will change on a day (`on`); POST voids, undoing matches first."""
    refund = get_object_or_404(company.refunds.select_related("company", "supplier", "bank_account"), pk=pk)
    words = f"{refund.number} is void. What it was refunded from is there again."
    act = partial(actions.void_refund, refund=refund, by=request.user)
    back = reverse("payments:refund", args=[company.slug, refund.pk])
    return _void(request, company, Voiding(refund, refund.received_on, act, words, back))


@dataclass(frozen=True, slots=True)
class Voiding:
    """What is to be voided, since when it stands, how, what is said then, and where it goes back to."""

    paid: Paid
    since: date
    act: Callable[..., object]
    words: str
    back: str


def _void(request: MemberRequest, company: Company, asked: Voiding) -> HttpResponse:
    """The page of a void. With `look` in what is posted it is drawn again for another day, and nothing is done."""
    paid = asked.paid
    last = ledger.last_day(company, today=timezone.localdate(), since=asked.since)
    data = request.POST if request.method == "POST" else request.GET
    sent = request.method == "POST" and "look" not in request.POST
    form = VoidForm(data, last=last) if sent else VoidForm.drawn(data, last=last)
    if sent and form.is_valid():
        try:
            return see_other(request, _void_once(request, company, asked, form))
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
            paid.refresh_from_db()
    voided = foreseeing.of_void(paid, on=form.day(data), last=last)
    context = {
        "paid": paid,
        "is_refund": isinstance(paid, Refund),
        "since": asked.since,
        "impossible": _instead(paid),
        "back_href": asked.back,
        "form": form,
        "foreseen": voided.foreseen,
        "untied": voided.untied,
    }
    return render_part(request, "reconciliation/void.html", "foreseen", context, status=422 if form.errors else 200)


def _void_once(request: MemberRequest, company: Company, asked: Voiding, form: VoidForm) -> str:
    def act() -> str:
        asked.act(on=form.cleaned_data["on"], reason=form.cleaned_data["reason"])
        messages.success(request, asked.words)
        return asked.back

    return key_form.once(request, company, form, act)


def _instead(paid: Paid) -> str:
    """What can be done with a payment that cannot be voided, in words."""
    if paid.status == PaymentStatus.VOID:
        return "It is void already."
    if paid.status == PaymentStatus.DRAFT:
        return "It is a draft, and nothing was paid. Delete it instead."
    if paid.status == PaymentStatus.PROCESSING:
        return "It is on its way to the bank. Record that it was completed, or that it failed."
    if paid.status in {PaymentStatus.AWAITING_APPROVAL, PaymentStatus.APPROVED, PaymentStatus.SCHEDULED}:
        return "Nothing was paid yet. Cancel it instead."
    return f"It is {paid.get_status_display().lower()}: nothing was paid."


def _in_place(
    request: MemberRequest, company: Company, pk: int, *, problem: str = "", status: int = 200
) -> HttpResponse:
    line = reload(company, pk)
    row = {"row": desk.rows_of(line.bank_account, [line])[0], "problem": problem}
    return swapped(request, company, line.bank_account, row, status=status)
