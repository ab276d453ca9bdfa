"""What waits for approval, for the people who approve it: the list, one payment before the yes, several at once."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billpay.bills.actions import in_base
from billpay.bills.models import BillApproval, BillState
from billpay.companies import idempotency
from billpay.companies.access import MemberRequest, Permission, owned, requires
from billpay.companies.approval import exceeded, lately_loosened, limits_of
from billpay.companies.key_form import KeyForm
from billpay.companies.lists import paginate
from billpay.companies.models import ApprovalSubject, AuditEvent, Company
from billpay.companies.navigation import to_approve
from billpay.companies.refusals import Refused
from billpay.htmx import render_part, see_other, wants_part
from billpay.money.value import Money
from billpay.payments import actions, approvals, arrows
from billpay.payments.approvals import Waiting
from billpay.payments.forms.life import ApprovalForm
from billpay.payments.models import Payment
from billpay.payments.views import life
from billpay.payments.views.showing import history_of, load
from billpay.payments.views.together import draw_results, each
from billpay.suppliers import bank_details

AT_ONCE = 100
"""How many payments one click may approve: as many as a page shows."""
BILLS_SHOWN = 25
CHANGES_SHOWN = 5
"""How many changes of the bank details a review lists; the supplier's page has all."""


@require_safe
@requires(Permission.VIEW)
def inbox(request: MemberRequest, company: Company) -> HttpResponse:
    """Payments and bills that wait for somebody's approval."""
    return _inbox(request, company)


def _inbox(request: MemberRequest, company: Company, *, error: str = "", status: int = 200) -> HttpResponse:
    today = timezone.localdate()
    may_approve = Permission.PAYMENT_APPROVE in request.permissions
    page = paginate(request, approvals.to_approve(company))
    waiting = approvals.read(company, list(page.object_list), reader=request.user, today=today)
    context = {
        "page": page,
        "rows": [_row(one) for one in waiting],
        "may_any": any(not one.not_you for one in waiting),
        "bills": _bills(company),
        "bills_count": company.bills.filter(state=BillState.AWAITING_APPROVAL).count(),
        "to_check": company.suppliers.active()
        .filter(pk__in=company.supplier_bank_accounts.to_check().values("supplier"))
        .count(),
        "loosened": lately_loosened(company, today=today) if may_approve else [],
        "key": uuid.uuid4(),
        "error": error,
        "today": today,
    }
    return render(request, "payments/approvals.html", context, status=status)


def _row(one: Waiting) -> dict[str, Any]:
    return {"one": one, "payment": one.payment, "key": uuid.uuid4(), "error": "", "done": ""}


def _bills(company: Company) -> list[dict[str, Any]]:
    """The first bills that wait, by due date: their worth in the base currency, and how far their approval is."""
    bills = company.bills.filter(state=BillState.AWAITING_APPROVAL).select_related("supplier", "created_by", "company")
    approvals = Prefetch("approvals", queryset=BillApproval.objects.select_related("by"))
    limits = limits_of(company, ApprovalSubject.BILL)
    rows = []
    for bill in bills.prefetch_related(approvals).defer("note").order_by("due_on", "id")[:BILLS_SHOWN]:
        weight = in_base(bill)
        limit = exceeded(limits, weight)
        rows.append(
            {
                "bill": bill,
                "base": None if bill.currency == company.base_currency else Money(weight, company.base_currency),
                "needed": limit.approvers if limit else 1,
                "given": [row for row in bill.approvals.all() if row.version == bill.version],
            }
        )
    return rows


def _waiting(request: MemberRequest, company: Company, pk: int) -> Waiting:
    payment = get_object_or_404(approvals.with_all(company.payments.all()), pk=pk)
    return approvals.read(company, [payment], reader=request.user, today=timezone.localdate())[0]


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PAYMENT_APPROVE)
def approval(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """GET shows all there is to know before a yes; POST gives it: htmx gets the payment's row back."""
    if request.method == "POST" and wants_part(request):
        return _approve_row(request, company, pk)

    def more() -> dict[str, Any]:
        one = _waiting(request, company, pk)
        return {"one": one, "history": history_of(one.payment), "changes": _changes(one.payment)}

    return life.take(request, company, pk, arrows.APPROVAL, more)


def _changes(payment: Payment) -> list[AuditEvent]:
    """The last changes and checks of the details that it is sent to: who, when, from which account to which."""
    if not approvals.is_sent(payment):
        return []
    return list(bank_details.history(payment.supplier, currency=payment.currency)[:CHANGES_SHOWN])


def _approve_row(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    payment = load(company, pk)
    form = ApprovalForm(request.POST, payment=payment, today=timezone.localdate())
    error, status = "", 200
    if not form.is_valid():
        error = " ".join(str(words) for words in form.errors.get("seen", form.errors.get("key", [])))
    else:
        try:
            life.carry_out(request, company, payment, arrows.APPROVAL, form)
        except Refused as refusal:
            error = str(refusal)
    status = 422 if error else 200
    row = {**_row(_waiting(request, company, pk)), "error": error}
    context = {"row": row, "is_answered": True, "left": to_approve(company) or "", "today": timezone.localdate()}
    return render_part(request, "payments/approvals.html", "row", context, status=status)


@require_POST
@requires(Permission.PAYMENT_APPROVE)
def selected(request: MemberRequest, company: Company) -> HttpResponse:
    """Approve every ticked payment that is still what was looked at; say of each what became of it."""
    ticked = owned(company.payments.select_related("supplier", "company"), request.POST.getlist("payment"))
    form = KeyForm(request.POST)
    if not form.is_valid():
        return _inbox(request, company, error=str(form.errors["key"][0]), status=422)
    if not ticked:
        return _inbox(request, company, error="Tick at least one payment first.", status=422)
    if len(ticked) > AT_ONCE:
        return _inbox(request, company, error=f"Tick at most {AT_ONCE} payments at once.", status=422)
    seen = {payment.pk: request.POST.get(f"seen-{payment.pk}", "") for payment in ticked}

    def approve(payment: Payment) -> Payment:
        if not seen[payment.pk]:
            raise Refused("The form did not say what was looked at. Approve it from a fresh page.")
        return actions.approve(payment=payment, by=request.user, seen=seen[payment.pk])

    back = reverse("payments:approvals", args=[company.slug])
    content = {"approve": seen}
    key = form.cleaned_data["key"]
    try:
        if not idempotency.is_first(
            company=company, key=key, content=content, by=request.user, location=back, path=request.path
        ):
            return see_other(request, back)
    except idempotency.KeyReused as refusal:
        return _inbox(request, company, error=str(refusal), status=422)
    return draw_results(request, each(ticked, approve), word="approved", back_href=back, back_text="Approvals")
