"""The life of payments: by legal steps, approved by others than who made them, for exactly what they are."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, TextField, Value, Window
from django.db.models.functions import Cast, Coalesce, Concat, Lag

from billpay.companies.models import AuditEvent
from billpay.payments.actions.approving import digest_of
from billpay.payments.models import MAKING, MOVES, Allocation, Approval, Payment, PaymentStatus, Step
from billpay.proof.comparing import found, named, none
from billpay.proof.invariant import Finding, Invariant, Scope, together
from billpay.proof.invariants.payments import DONE

SUBMITTED = (
    PaymentStatus.AWAITING_APPROVAL,
    PaymentStatus.APPROVED,
    PaymentStatus.SCHEDULED,
    PaymentStatus.PROCESSING,
)
CHUNK = 2_000


def _all(scope: Scope) -> QuerySet[Payment]:
    return Payment.objects.filter(company=scope.of)


def _steps(scope: Scope) -> Finding:
    steps = Step.objects.filter(payment__company=scope.of)
    before = Window(Lag("to_status", default=Value("")), partition_by=F("payment"), order_by=F("pk").asc())
    chained = steps.annotate(before=before, move=Concat("from_status", Value(">"), "to_status"))
    legal = [f"{one}>{two}" for one, two in MOVES] + [f">{PaymentStatus.DRAFT}", f">{PaymentStatus.COMPLETED}"]
    broken = chained.filter(~Q(before=F("from_status")) | ~Q(move__in=legal))
    last = Step.objects.filter(payment=OuterRef("pk")).order_by("-pk").values("to_status")[:1]
    return together(
        found(broken, every=steps.count(), noun="steps"),
        none(_all(scope).annotate(last=Coalesce(Subquery(last), Value(""))), ~Q(status=F("last"))),
    )


def _stages(scope: Scope) -> Finding:
    done = Q(status__in=DONE)
    void = Q(status=PaymentStatus.VOID)
    return none(
        _all(scope),
        done & (Q(completed_at=None) | Q(completed_by=None) & ~_by_the_scheduler()),
        ~done & Q(completed_at__isnull=False),
        void & (Q(voided_at=None) | Q(voided_by=None) | Q(voided_on=None) | Q(voided_on__lt=F("paid_on"))),
        ~void & Q(voided_at__isnull=False),
        Q(status=PaymentStatus.SCHEDULED, execute_on=None),
        Q(status=PaymentStatus.FAILED, failure_reason=""),
        ~Q(status=PaymentStatus.SCHEDULED) & Q(stopped_at__isnull=False),
    )


def _by_the_scheduler() -> Q:
    step = Step.objects.filter(payment=OuterRef("pk"), to_status=PaymentStatus.COMPLETED, by=None)
    return Q(Exists(step))


def _approved(scope: Scope) -> Finding:
    """Of those that ended, too: a digest stays once it was approved, and falls when a payment is taken back."""
    through = (*SUBMITTED[1:], PaymentStatus.COMPLETED, PaymentStatus.FAILED, PaymentStatus.VOID)
    given = Approval.objects.filter(payment=OuterRef("pk"), digest=OuterRef("digest")).order_by().values("payment")
    rows = _all(scope).filter(status__in=through, approvers_needed__gt=0)
    count = Coalesce(Subquery(given.annotate(n=Count("pk")).values("n")), 0)
    return none(rows.annotate(given=count), Q(given__lt=F("approvers_needed")), noun="payments that needed approval")


def _not_by_makers(scope: Scope) -> Finding:
    """The payment itself keeps who changed or submitted it last; the trail keeps who did so before."""
    made = AuditEvent.objects.filter(
        company=OuterRef("payment__company"),
        target_kind="payment",
        target_id=Cast(OuterRef("payment_id"), TextField()),
        by=OuterRef("by"),
        verb__in=MAKING,
    )
    given = Approval.objects.filter(payment__company=scope.of)
    makers = (Q(by=F(f"payment__{name}")) for name in ("created_by", "edited_by", "submitted_by"))
    current = Q(digest=F("payment__digest"))
    return none(given, Q(by=F("maker")), current & Q(Exists(made)), *(current & one for one in makers))


def _digests(scope: Scope) -> Finding:
    live = Prefetch("allocations", Allocation.objects.live(), to_attr="live_rows")
    rows: Any = _all(scope).filter(status__in=SUBMITTED).select_related("payee_account").prefetch_related(live)
    wrong, every = [], 0
    for payment in rows.order_by("pk").iterator(chunk_size=CHUNK):
        every += 1
        if payment.digest != digest_of(payment, payment.live_rows):
            wrong.append(payment.pk)
    return named(Payment, wrong, every=every, noun="submitted payments")


INVARIANTS = (
    Invariant("payments.steps", "12", "Payments moved by legal steps, each from where the last one led", _steps),
    Invariant("payments.stages", "12", "Payments say who completed or voided them, and when they are due", _stages),
    Invariant("payments.approved", "13", "What needed approval was approved by as many as it needed", _approved),
    Invariant("payments.not_by_makers", "13", "Nobody approved a payment that they made", _not_by_makers),
    Invariant("payments.digests", "13", "What was submitted is what was seen: the digest is that of today", _digests),
)
