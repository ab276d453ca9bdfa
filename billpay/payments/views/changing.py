"""Drafts (edit, record, delete) and undoing one allocation."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from billpay.companies import key_form
from billpay.companies.access import MemberRequest, Permission, requires
from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.htmx import render_part, see_other
from billpay.ledger import actions as ledger
from billpay.payments import actions, foreseeing, runs
from billpay.payments.forms.lists import UndoForm
from billpay.payments.models import Allocation, Payment, PaymentStatus
from billpay.payments.restoring import as_posted
from billpay.payments.views.showing import load


def _refused(request: MemberRequest, company: Company, payment: Payment, refusal: Refused) -> HttpResponse:
    context = {"error": str(refusal), "payment": payment}
    return render(request, "payments/refused.html", context, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PAYMENT_MAKE)
def draft_edit(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """GET says what editing means; POST starts a run that changes the draft."""
    payment = load(company, pk)
    if not payment.is_draft:
        messages.info(request, f"{payment.number} is no draft any more.")
        return redirect("payments:detail", company.slug, pk)
    if request.method != "POST":
        return render(request, "payments/draft_edit.html", {"payment": payment})
    rows = list(payment.allocations.live().select_related("bill").order_by("id"))
    bills = list({row.bill_id: row.bill for row in rows}.values())
    if not bills:
        bills = list(company.bills.payable().filter(supplier=payment.supplier_id, currency=payment.currency)[:50])
    if not bills:
        refusal = Refused(f"{payment.supplier} has no open bills in {payment.currency}. Delete the draft instead.")
        return _refused(request, company, payment, refusal)
    run = runs.start(request, company, bills, posted=as_posted(payment, rows).urlencode(), draft=payment)
    return see_other(request, "payments:allocate", company.slug, run.key)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PAYMENT_MAKE)
def delete(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """GET asks, POST deletes a draft and lets go of what it reserved."""
    payment = load(company, pk)
    if request.method != "POST":
        if not payment.is_draft:
            messages.info(request, f"{payment.number} is no draft any more; only drafts are deleted.")
            return redirect("payments:detail", company.slug, pk)
        rows = payment.allocations.live().select_related("bill", "payment").order_by("id")
        return render(request, "payments/delete.html", {"payment": payment, "rows": rows})
    try:
        actions.delete_draft(payment=payment, by=request.user)
    except Refused as refusal:
        return _refused(request, company, payment, refusal)
    messages.success(request, f"Draft {payment.number} is deleted; what it reserved is free again.")
    return see_other(request, "payments:list", company.slug)


def _undo_once(request: MemberRequest, company: Company, allocation: Allocation, form: UndoForm) -> str:
    def act() -> str:
        done = actions.undo_allocation(allocation=allocation, on=form.cleaned_data["on"], by=request.user)
        again = f"{allocation.amount} of bill {allocation.bill.number} is outstanding again"
        void = f"{done.number}, of which nothing is left, is void" if done.status == PaymentStatus.VOID else ""
        messages.success(request, f"{again}; {void or 'nothing else moved'}.")
        return reverse("payments:detail", args=[company.slug, allocation.payment_id])

    return key_form.once(request, company, form, act)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PAYMENT_MAKE)
def undo_allocation(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """
    GET shows what will change and asks for the day; POST takes the allocation back.

    Whoever may allocate may take it back, also where it ends a payment without cash: see ADR 25.
    """
    allocation = get_object_or_404(
        Allocation.objects.filter(payment__company=company).select_related(
            "payment__company", "payment__supplier", "bill", "credit_note", "from_payment"
        ),
        pk=pk,
    )
    last = ledger.last_day(company, today=timezone.localdate(), since=allocation.payment.paid_on)
    data = request.POST if request.method == "POST" else request.GET
    sent = request.method == "POST" and "look" not in request.POST
    form = UndoForm(data, last=last) if sent else UndoForm.drawn(data, last=last)
    if sent and form.is_valid():
        try:
            return see_other(request, _undo_once(request, company, allocation, form))
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
    context = {
        "allocation": allocation,
        "payment": allocation.payment,
        "form": form,
        "foreseen": foreseeing.of_undo(allocation, on=form.day(data), last=last),
    }
    status = 422 if form.errors else 200
    return render_part(request, "payments/undo_allocation.html", "foreseen", context, status=status)
