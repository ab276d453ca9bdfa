"""Batches: several payments made as one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from billpay.companies import audit
from billpay.companies.access import Permission, requires
from billpay.companies.lists import paginate
from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.htmx import see_other
from billpay.money.value import Money
from billpay.payments import actions
from billpay.payments.models import Allocation, Batch, Payment, PaymentStatus
from billpay.payments.remittances import remittance_of
from billpay.payments.views.showing import paid_by


@require_safe
@requires(Permission.VIEW)
def batches(request: HttpRequest, company: Company) -> HttpResponse:
    rows = company.batches.select_related("bank_account", "created_by").annotate(
        payments_count=Count("payments"),
        void_count=Count("payments", filter=Q(payments__status=PaymentStatus.VOID)),
        draft_count=Count("payments", filter=Q(payments__status=PaymentStatus.DRAFT)),
    )
    return render(request, "payments/batches.html", {"page": paginate(request, rows.order_by("-id"))})


@require_safe
@requires(Permission.VIEW)
def detail(request: HttpRequest, company: Company, pk: int) -> HttpResponse:
    return _page(request, company, pk)


@require_safe
@requires(Permission.VIEW)
def done(request: HttpRequest, company: Company, pk: int) -> HttpResponse:
    """The batch just recorded, and what to do next: an address that may be reloaded and kept."""
    return _page(request, company, pk, is_done=True)


def _load(company: Company, pk: int) -> Batch:
    return get_object_or_404(company.batches.select_related("bank_account", "created_by", "company"), pk=pk)


def _page(
    request: HttpRequest, company: Company, pk: int, *, is_done: bool = False, error: str = "", status: int = 200
) -> HttpResponse:
    batch = _load(company, pk)
    payments = list(
        batch.payments.select_related("supplier", "bank_account")
        .annotate(bills_count=Count("allocations__bill", filter=Q(allocations__undone_at=None), distinct=True))
        .order_by("id")
    )
    credit = paid_by(payments)
    live = [payment for payment in payments if payment.status != PaymentStatus.VOID]
    context: dict[str, Any] = {
        "batch": batch,
        "rows": [{"payment": payment, "credit": credit.get(payment.pk)} for payment in payments],
        "count": len(payments),
        "live": Money(sum(payment.amount_minor for payment in live), batch.currency),
        "fees": Money(sum(payment.fee_minor for payment in live), batch.currency),
        "drafts": [payment for payment in payments if payment.is_draft],
        "voids": len(payments) - len(live),
        "unmatched": [p for p in payments if p.status == PaymentStatus.COMPLETED and p.unmatched.minor],
        "events": audit.trail(batch)[:50],
        "is_done": is_done,
        "error": error,
        "is_future": batch.paid_on > timezone.localdate(),
    }
    return render(request, "payments/batch.html", context, status=status)


@require_POST
@requires(Permission.PAYMENT_MAKE)
def completion(request: HttpRequest, company: Company, pk: int) -> HttpResponse:
    """Record every draft of the batch as paid: each keeps its own outcome, and those refused are named."""
    batch = _load(company, pk)
    refused: list[str] = []
    recorded = 0
    for payment in batch.payments.filter(status=PaymentStatus.DRAFT).select_related("company").order_by("id"):
        try:
            if payment.paid_on > timezone.localdate():
                raise Refused(f"{payment.number} is dated {payment.paid_on:%-d %B %Y}, in the future.")
            actions.complete(payment=payment, by=request.user)  # type: ignore[arg-type]
            recorded += 1
        except Refused as refusal:
            refused.append(str(refusal))
    if refused:
        return _page(request, company, pk, error=f"{recorded} recorded. {' '.join(refused)}", status=422)
    messages.success(request, f"{recorded} payments are recorded as paid.")
    return see_other(request, "payments:batch_done", company.slug, pk)


@require_safe
@requires(Permission.VIEW)
def remittance(request: HttpRequest, company: Company, pk: int) -> HttpResponse:
    """The remittance advices of a batch, one a page."""
    batch = _load(company, pk)
    payments = list(
        batch.payments.exclude(status=PaymentStatus.VOID).select_related(
            "supplier", "bank_account", "payment_method", "company"
        )
    )
    rows: dict[int, list[Allocation]] = {payment.pk: [] for payment in payments}
    live = Allocation.objects.live().filter(payment__in=payments).select_related("bill", "credit_note", "from_payment")
    for row in live.order_by("id"):
        rows[row.payment_id].append(row)
    ordered: list[Payment] = sorted(payments, key=lambda payment: payment.pk)
    advices = [remittance_of(payment, rows[payment.pk]) for payment in ordered]
    return render(request, "payments/remittance.html", {"advices": advices, "title": batch.number})
