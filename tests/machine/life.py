"""Steps of a payment's life, the likely ones and all others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from billpay.payments import actions as payments
from billpay.payments.models import PaymentStatus
from billpay.reconciliation import actions as reconciliation
from tests.machine.taking import DESKS, PICK, WHO, Steps


class LifeRules(Steps):
    """Submit, approve, schedule, complete, fail, cancel, void; whoever asks, from wherever the payment stands."""

    MOVES: dict[str, Callable[..., object]] = {
        "submit": lambda payment, by, today: payments.submit(payment=payment, by=by),
        "approve": lambda payment, by, today: payments.approve(payment=payment, by=by),
        "approve_again": lambda payment, by, today: payments.approve(payment=payment, by=by),
        "reject": lambda payment, by, today: payments.reject(payment=payment, reason="No", by=by),
        "schedule": lambda payment, by, today: payments.schedule(
            payment=payment, on=today + timedelta(days=1), today=today, by=by
        ),
        "unschedule": lambda payment, by, today: payments.unschedule(payment=payment, by=by),
        "stop": lambda payment, by, today: payments.stop(payment=payment, because="Wait", by=by),
        "resume": lambda payment, by, today: payments.resume(payment=payment, by=by),
        "start": lambda payment, by, today: payments.start(payment=payment, by=by),
        "complete": lambda payment, by, today: payments.complete(payment=payment, by=by, on=today),
        "fail": lambda payment, by, today: payments.fail(payment=payment, reason="Returned", by=by),
        "cancel": lambda payment, by, today: payments.cancel(payment=payment, reason="Not now", by=by),
        "try_again": lambda payment, by, today: payments.try_again(payment=payment, today=today, by=by),
        "back_to_draft": lambda payment, by, today: payments.back_to_draft(payment=payment, reason="Wait", by=by),
        "delete_draft": lambda payment, by, today: payments.delete_draft(payment=payment, by=by),
        "void": lambda payment, by, today: reconciliation.void_payment(
            payment=payment, on=today, reason="Returned", by=by
        ),
    }

    @rule(desk=DESKS, pick=PICK, who=WHO, move=st.sampled_from(sorted(MOVES)))
    def move(self, desk: int, pick: int, who: int, move: str) -> None:
        at = self.desks[desk]
        if payment := self._pick(list(at.company.payments.order_by("pk")), pick):
            self._try(at, move, lambda: self.MOVES[move](payment, at.people[who], self.today))

    NEXT = {
        PaymentStatus.DRAFT: ("submit",),
        PaymentStatus.AWAITING_APPROVAL: ("approve",),
        PaymentStatus.APPROVED: ("schedule", "start"),
        PaymentStatus.SCHEDULED: ("start",),
        PaymentStatus.PROCESSING: ("complete", "complete", "fail"),
        PaymentStatus.FAILED: ("try_again",),
    }
    """What people usually do next."""

    @rule(desk=DESKS, pick=PICK, who=WHO)
    def go_on(self, desk: int, pick: int, who: int) -> None:
        at = self.desks[desk]
        on_its_way = at.company.payments.exclude(status__in=("void", "rejected", "cancelled", "completed"))
        payment = self._pick(list(on_its_way.order_by("pk")), pick)
        if payment is not None:
            moves = self.NEXT[PaymentStatus(payment.status)]
            move = moves[pick % len(moves)]
            self._try(at, move, lambda: self.MOVES[move](payment, at.people[who], self.today))

    @rule(desk=DESKS, pick=PICK, who=WHO)
    def void(self, desk: int, pick: int, who: int) -> None:
        at = self.desks[desk]
        made = at.company.payments.filter(status=PaymentStatus.COMPLETED)
        if payment := self._pick(list(made.order_by("pk")), pick):
            self._try(at, "void", lambda: self.MOVES["void"](payment, at.people[who], self.today))

    @rule(desk=DESKS, pick=PICK, who=WHO)
    def undo_allocation(self, desk: int, pick: int, who: int) -> None:
        at = self.desks[desk]
        rows = [row for payment in at.company.payments.order_by("pk") for row in payment.allocations.order_by("pk")]
        if row := self._pick(rows, pick):
            by = at.people[who]
            self._try(at, "undo_allocation", lambda: payments.undo_allocation(allocation=row, on=self.today, by=by))

    @rule(desk=DESKS)
    def run_schedule(self, desk: int) -> None:
        at = self.desks[desk]
        self._try(at, "run_schedule", lambda: payments.work_schedule(company=at.company, today=self.today))
