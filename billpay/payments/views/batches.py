"""Batches: several payments made as one."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billpay.companies import audit, idempotency
from billpay.companies.access import MemberRequest, Permission, requires
from billpay.companies.key_form import KeyForm
from billpay.companies.lists import paginate
from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.htmx import see_other
from billpay.ledger import actions as ledger
from billpay.money.value import Money
from billpay.payments import actions
from billpay.payments.approvals import payee_warnings
from billpay.payments.arrows import Arrow, open_arrows, seen_of
from billpay.payments.forms.life import OutcomeForm
from billpay.payments.models import CLOSED_BEFORE, Allocation, Batch, Payment, PaymentStatus
from billpay.payments.remittances import remittance_of
from billpay.payments.views.life import send
from billpay.payments.views.showing import paid_by
from billpay.payments.views.together import draw_results, each

ENDED = (*CLOSED_BEFORE, PaymentStatus.VOID)
"""No money of theirs moved, or it came back."""


@require_safe
@requires(Permission.VIEW)
def batches(request: MemberRequest, company: Company) -> HttpResponse:
    rows = company.batches.select_related("bank_account", "created_by").order_by("-id")
    page = paginate(request, rows)
    counts: dict[int, dict[str, int]] = {}
    grouped = company.payments.filter(batch__in=[batch.pk for batch in page.object_list]).order_by()
    for batch, status, count in grouped.values_list("batch_id", "status").annotate(Count("pk")):
        counts.setdefault(batch, {})[status] = count
    shown = [
        {
            "batch": batch,
            "count": sum(counts.get(batch.pk, {}).values()),
            "states": _states(counts.get(batch.pk, {})),
        }
        for batch in page.object_list
    ]
    return render(request, "payments/batches.html", {"page": page, "rows": shown})


def _states(counts: dict[str, int]) -> list[dict[str, Any]]:
    """How many payments stand where, in the order of their life."""
    return [
        {"code": status.value, "label": f"{counts[status]} {status.label.lower()}", "count": counts[status]}
        for status in PaymentStatus
        if counts.get(status)
    ]


@require_safe
@requires(Permission.VIEW)
def detail(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    return _page(request, company, pk)


@require_safe
@requires(Permission.VIEW)
def done(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """The batch just recorded, and what to do next: an address that may be reloaded and kept."""
    return _page(request, company, pk, is_done=True)


def _load(company: Company, pk: int) -> Batch:
    return get_object_or_404(company.batches.select_related("bank_account", "created_by", "company"), pk=pk)


def _page(request: MemberRequest, company: Company, pk: int, *, is_done: bool = False) -> HttpResponse:
    batch = _load(company, pk)
    payments = list(
        batch.payments.select_related("supplier", "bank_account", "company", "payee_account")
        .annotate(bills_count=Count("allocations__bill", filter=Q(allocations__undone_at=None), distinct=True))
        .order_by("id")
    )
    credit = paid_by(payments)
    warnings = payee_warnings(company, payments, today=timezone.localdate())
    live = [payment for payment in payments if payment.status not in ENDED]
    counts = Counter(payment.status for payment in payments)
    context: dict[str, Any] = {
        "batch": batch,
        "rows": [
            {
                "payment": payment,
                "credit": credit.get(payment.pk),
                "warning": warnings.get(payment.pk, ""),
                "buttons": [_button(arrow, payment) for arrow in open_arrows(payment, request.permissions)],
            }
            for payment in payments
        ],
        "count": len(payments),
        "states": _states(counts),
        "live": Money(sum(payment.amount_minor for payment in live), batch.currency),
        "fees": Money(sum(payment.fee_minor for payment in live), batch.currency),
        "ended": ", ".join(state["label"] for state in _states({code: counts[code] for code in ENDED})),
        "has_completed": bool(counts[PaymentStatus.COMPLETED]),
        "together": _together(payments, request),
        "unmatched": [p for p in payments if p.status == PaymentStatus.COMPLETED and p.unmatched.minor],
        "events": audit.trail(batch)[:50],
        "is_done": is_done,
    }
    return render(request, "payments/batch.html", context)


def _button(arrow: Arrow, payment: Payment) -> dict[str, Any]:
    return {"arrow": arrow, "label": arrow.label_for(payment), "key": uuid.uuid4(), "seen": seen_of(payment)}


def _together(payments: list[Payment], request: MemberRequest) -> list[dict[str, Any]]:
    """What may be done to several payments of the batch at once: the button and how many it is about."""
    if Permission.PAYMENT_MAKE not in request.permissions:
        return []
    today = timezone.localdate()
    taken = {code: [payment for payment in payments if job.takes(payment, today)] for code, job in JOBS.items()}
    return [
        {"name": f"payments:batch_{code}", "job": job, "label": job.label_for(taken[code]), "key": uuid.uuid4()}
        for code, job in JOBS.items()
        if taken[code]
    ]


@dataclass(frozen=True, slots=True)
class Job:
    """One thing that is done to every payment of a batch that stands at `at`."""

    at: Collection[PaymentStatus]
    label: str
    icon: str
    word: str
    asks: bool = False
    not_before_its_day: bool = False

    def takes(self, payment: Payment, today: date) -> bool:
        """Whether it is about this payment."""
        stands = payment.status in self.at and payment.stopped_at is None
        return stands and not (self.not_before_its_day and payment.paid_on > _last(payment, today))

    def label_for(self, payments: Collection[Payment]) -> str:
        """What its button says, with how many payments it is about; without cash nothing is sent to a bank."""
        sends = PaymentStatus.APPROVED in self.at
        words = "Carry out {}" if sends and not any(payment.has_cash for payment in payments) else self.label
        return words.format(len(payments))


def _last(payment: Payment, today: date) -> date:
    return ledger.last_day(payment.company, today=today)


JOBS = {
    "completion": Job(
        (PaymentStatus.DRAFT,), "Record {} as paid", "check", "recorded as paid", not_before_its_day=True
    ),
    "submission": Job((PaymentStatus.DRAFT,), "Submit {}", "send", "submitted"),
    "processing": Job(
        (PaymentStatus.APPROVED, PaymentStatus.SCHEDULED), "Send {} to the bank", "send", "sent to the bank"
    ),
    "outcome": Job((PaymentStatus.PROCESSING,), "Record {} as completed", "check", "recorded as completed", asks=True),
}


@require_POST
@requires(Permission.PAYMENT_MAKE)
def submission(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """Submit every draft of the batch."""
    return _do(request, company, pk, "submission", lambda payment: actions.submit(payment=payment, by=request.user))


@require_POST
@requires(Permission.PAYMENT_MAKE)
def processing(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """Send every payment of the batch that may go to the bank; those without cash are carried out."""
    today = timezone.localdate()
    return _do(request, company, pk, "processing", lambda payment: send(payment, {"today": today}, request.user))


@require_POST
@requires(Permission.PAYMENT_MAKE)
def completion(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """Record every draft of the batch as paid on its own date."""
    today = timezone.localdate()

    def act(payment: Payment) -> Payment:
        if payment.paid_on > _last(payment, today):
            raise Refused(f"{payment.number} is dated {payment.paid_on:%-d %B %Y}, in the future.")
        return actions.complete(payment=payment, by=request.user)

    return _do(request, company, pk, "completion", act)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PAYMENT_MAKE)
def outcome(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """Say that everything of the batch that is on its way went through, and on which day."""
    batch = _load(company, pk)
    sent = request.method == "POST"
    form = OutcomeForm(request.POST if sent else None, batch=batch, today=timezone.localdate())
    if not sent or not form.is_valid():
        payments = [
            row for row in batch.payments.select_related("supplier").order_by("id") if row.status in JOBS["outcome"].at
        ]
        context = {"batch": batch, "form": form, "payments": payments}
        return render(request, "payments/batch_outcome.html", context, status=422 if form.errors else 200)
    on, rate = form.cleaned_data["on"], form.cleaned_data.get("rate")
    return _do(
        request,
        company,
        pk,
        "outcome",
        lambda payment: actions.complete(payment=payment, by=request.user, on=on, rate=rate),
        content=form.content(),
    )


def _do(
    request: MemberRequest,
    company: Company,
    pk: int,
    code: str,
    act: Callable[[Payment], Payment],
    content: dict[str, str] | None = None,
) -> HttpResponse:
    """Each payment that the job is about, by itself and once; on to the batch, or to what was refused and why."""
    batch, job = _load(company, pk), JOBS[code]
    back = reverse("payments:batch", args=[company.slug, pk])
    form = KeyForm(request.POST)
    if not form.is_valid():
        return _nothing(request, batch, str(form.errors["key"][0]))
    key, content = form.cleaned_data["key"], {**(content or {}), "batch": str(pk), "do": code}
    try:
        if not idempotency.is_first(
            company=company, key=key, content=content, by=request.user, location=back, path=request.path
        ):
            return see_other(request, back)
    except idempotency.KeyReused as refusal:
        return _nothing(request, batch, str(refusal))
    payments = batch.payments.filter(status__in=job.at).select_related("company", "supplier").order_by("id")
    results = each(payments, act)
    if not results:
        return _nothing(request, batch, f"No payment of {batch.number} is to be {job.word} any more.")
    if any(result.why for result in results):
        return draw_results(request, results, word=job.word, back_href=back, back_text=batch.number)
    count = f"{len(results)} payments are" if len(results) > 1 else "1 payment is"
    messages.success(request, f"{count} {job.word}.")
    return see_other(request, "payments:batch_done" if code == "completion" else "payments:batch", company.slug, pk)


def _nothing(request: MemberRequest, batch: Batch, why: str) -> HttpResponse:
    context = {"batch": batch, "error": why}
    return render(request, "payments/batch_refused.html", context, status=422)


@require_safe
@requires(Permission.VIEW)
def remittance(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """The remittance advices of a batch, one a page."""
    batch = _load(company, pk)
    payments = list(
        batch.payments.exclude(status__in=ENDED).select_related("supplier", "bank_account", "payment_method", "company")
    )
    rows: dict[int, list[Allocation]] = {payment.pk: [] for payment in payments}
    live = Allocation.objects.live().filter(payment__in=payments).select_related("bill", "credit_note", "from_payment")
    for row in live.order_by("id"):
        rows[row.payment_id].append(row)
    ordered: list[Payment] = sorted(payments, key=lambda payment: payment.pk)
    advices = [remittance_of(payment, rows[payment.pk]) for payment in ordered]
    back_href = reverse("payments:batch", args=[company.slug, batch.pk])
    context = {"advices": advices, "title": batch.number, "back": batch.number, "back_href": back_href}
    return render(request, "payments/remittance.html", context)
