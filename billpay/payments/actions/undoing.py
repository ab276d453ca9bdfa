"""Voiding a payment, or undoing one of its allocations: only that, nothing else moves (rule 14)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils import timezone

from billpay.companies import audit
from billpay.companies.models import User
from billpay.ledger import actions as ledger
from billpay.ledger.models import EntryKind
from billpay.payments.actions import settling
from billpay.payments.actions.moving import lock, move, refuse_no_move
from billpay.payments.actions.orders import PaymentError
from billpay.payments.models import Allocation, Payment, PaymentStatus, RefundPart, RefundStatus


@transaction.atomic
def void(*, payment: Payment, on: date, reason: str, by: User) -> Payment:
    """
    Void a completed payment from day `on`: its bills are outstanding again, its credit remains again,
    and the reverse is posted on that day.

    :raises PaymentError: it is not completed, still matched with the bank statement, its money on account is in
        use elsewhere, `on` is before the payment, or no reason is given.
    :raises PeriodLocked: that day is closed.
    """
    if not reason.strip():
        raise PaymentError("Say why the payment is void.", field="reason")
    rows = _settled(payment)
    settling.lock(rows)
    payment = _locked(payment, rows)
    refuse_no_move(payment, PaymentStatus.VOID)
    _refuse_entangled(payment, on)
    settling.give_back(allocations=rows, on=on, by=by)
    settling.give_cash_back(payment=payment, allocations=rows, on=on, by=by)
    settling.mark_undone(rows, on=on, by=by)
    payment.voided_at, payment.voided_by, payment.voided_on = timezone.now(), by, on
    payment.void_reason = reason.strip()[:200]
    payment.version += 1
    move(payment, PaymentStatus.VOID, by=by, reason=payment.void_reason)
    payment.save(update_fields=["status", "voided_at", "voided_by", "voided_on", "void_reason", "version"])
    ledger.reverse(company=payment.company, source=payment, on=on, by=by, reason=payment.void_reason)
    event = audit.Event(
        "payment.voided", payment, f"Payment {payment.number} void: {payment.void_reason}", {"on": on.isoformat()}
    )
    audit.record_many(company=payment.company, by=by, events=[event, *_given_back(payment, rows)])
    return payment


@transaction.atomic
def undo_allocation(*, allocation: Allocation, on: date, by: User) -> Payment:
    """
    Take one allocation of a completed payment back. Cash goes on account; credit and money on account return.

    A payment without cash that settles nothing any more becomes void.

    :raises PaymentError: it is undone already, its payment is not completed, or `on` is before the payment.
    """
    payment = allocation.payment
    settled = _settled(payment)
    rows = [row for row in settled if row.pk == allocation.pk]
    others = [row for row in settled if row.pk != allocation.pk]
    if not rows:
        raise PaymentError("This allocation is undone already, or does not settle anything yet.")
    settling.lock(rows)
    payment = _locked(payment, settled)
    if payment.status != PaymentStatus.COMPLETED:
        raise PaymentError(f"{payment.number} is {payment.get_status_display().lower()}.")
    _refuse_before(payment, on)
    settling.give_back(allocations=rows, on=on, by=by)
    settling.give_cash_back(payment=payment, allocations=rows, on=on, by=by)
    settling.mark_undone(rows, on=on, by=by)
    payment.version += 1
    payment.save(update_fields=["version"])
    _post_back(payment, rows[0], on, by)
    audit.record_many(company=payment.company, by=by, events=_given_back(payment, rows))
    if not payment.has_cash and not others:
        payment = void(payment=payment, on=on, reason="Its last allocation was undone", by=by)
    return payment


def _settled(payment: Payment) -> list[Allocation]:
    return list(
        payment.allocations.live()
        .exclude(settlement=None)
        .select_related("bill", "credit_note", "from_payment", "settlement", "credit_use", "payment")
        .order_by("pk")
    )


def _locked(payment: Payment, rows: Sequence[Allocation]) -> Payment:
    locked = lock(payment)
    if sorted(row.pk for row in _settled(locked)) != sorted(row.pk for row in rows):
        raise PaymentError(f"{locked.number} was changed by someone else just now. Load it again.")
    return locked


def _refuse_before(payment: Payment, on: date) -> None:
    if on < payment.paid_on:
        raise PaymentError(
            f"{on:%-d %B %Y} is before the payment itself, {payment.paid_on:%-d %B %Y}. Choose a later date.",
            field="on",
        )


def _refuse_entangled(payment: Payment, on: date) -> None:
    _refuse_before(payment, on)
    if payment.matched_minor:
        raise PaymentError(f"{payment.number} is matched with the bank statement. Undo the match first.")
    if words := in_use(payment):
        raise PaymentError(words)


def in_use(payment: Payment) -> str:
    """Why a payment cannot be voided though it is completed: its money on account is in use. Empty if it is not."""
    users = Allocation.objects.live().filter(from_payment=payment).select_related("payment").order_by("payment_id")
    if first := users.first():
        return (
            f"{first.amount} of the money on account of {payment.number} is used by {first.payment.number}. "
            "Undo that first."
        )
    refunded = RefundPart.objects.filter(from_payment=payment, refund__status=RefundStatus.COMPLETED)
    if part := refunded.select_related("refund").first():
        return f"{part.amount} of {payment.number} came back as {part.refund.number}. Void that first."
    return ""


def _post_back(payment: Payment, row: Allocation, on: date, by: User) -> None:
    ledger.post(
        company=payment.company,
        entry=ledger.Entry(
            on=on,
            kind=EntryKind.ALLOCATION,
            source=payment,
            description=f"Allocation of {payment.number} to bill {row.bill} undone",
            postings=settling.beyond_cash(payment.company, row, sign=-1),
        ),
        by=by,
    )


def _given_back(payment: Payment, rows: Sequence[Allocation]) -> list[audit.Event]:
    return [
        audit.Event(
            "bill.unsettled",
            row.bill,
            f"{row.amount} of bill {row.bill.number} is outstanding again: {payment.number}",
            {"amount_minor": row.amount_minor, "payment": payment.number},
        )
        for row in rows
    ]
