"""Taking a payment from one status to the next: locked, checked against the legal moves, kept with who and when."""

from __future__ import annotations

from collections.abc import Sequence

from billpay.companies import audit
from billpay.companies.models import User
from billpay.payments.actions import settling
from billpay.payments.actions.orders import PaymentError
from billpay.payments.models import MOVES, Allocation, Payment, PaymentStatus, Step


def lock(payment: Payment) -> Payment:
    """
    The payment as it is now, locked until the transaction ends.

    :raises PaymentError: it was a draft, and somebody deleted it.
    """
    rows = Payment.objects.select_for_update(of=("self",), no_key=True)
    locked = rows.select_related("company", "supplier", "bank_account", "payee_account", "batch").filter(pk=payment.pk)
    if found := locked.first():
        return found
    raise PaymentError(f"{payment.number} was deleted by someone else just now.")


def live_rows(payment: Payment) -> list[Allocation]:
    """What it settles or reserves, oldest first."""
    return list(
        payment.allocations.live().select_related("bill", "credit_note", "from_payment", "payment").order_by("pk")
    )


def lock_with_rows(payment: Payment) -> tuple[Payment, list[Allocation]]:
    """
    Lock all that a payment touches, then the payment itself: bills come before payments.

    :raises PaymentError: its allocations changed between the look and the lock. Nothing has been written yet.
    """
    rows = live_rows(payment)
    settling.lock(rows)
    locked = lock(payment)
    if [row.pk for row in live_rows(locked)] != [row.pk for row in rows]:
        raise PaymentError(f"{locked.number} was changed by someone else just now. Load it again.")
    return locked, rows


def refuse_no_move(payment: Payment, to: PaymentStatus) -> None:
    """:raises PaymentError: there is no such move from where the payment stands."""
    if (PaymentStatus(payment.status), to) not in MOVES:
        raise PaymentError(
            f"{payment.number} is {payment.get_status_display().lower()}; it cannot become {to.label.lower()}."
        )


def move(payment: Payment, to: PaymentStatus, *, by: User | None, reason: str = "") -> None:
    """
    Change the status of a locked payment and keep the step. Who calls saves the payment.

    :raises PaymentError: if there is no such move.
    """
    refuse_no_move(payment, to)
    Step.objects.create(payment=payment, from_status=payment.status, to_status=to, by=by, reason=reason[:200])
    payment.status = to


def first_steps(payments: Sequence[Payment], *, by: User | None) -> None:
    """Keep who made payments that have just been stored."""
    Step.objects.bulk_create(Step(payment=payment, to_status=payment.status, by=by) for payment in payments)


def record(payment: Payment, verb: str, words: str, *, by: User | None, **detail: object) -> None:
    """One audit line about a payment, beginning with its number and supplier."""
    audit.record(
        company=payment.company,
        verb=f"payment.{verb}",
        target=payment,
        by=by,
        summary=f"Payment {payment.number} to {payment.supplier} {words}",
        **detail,
    )


def end(payment: Payment, rows: Sequence[Allocation], to: PaymentStatus, *, reason: str, by: User) -> None:
    """
    End a locked payment without any money moving: what it reserved is free again.

    :raises PaymentError: there is no such move.
    """
    refuse_no_move(payment, to)
    settling.release(rows, on=payment.paid_on, by=by)
    settling.mark_undone(rows, on=payment.paid_on, by=by)
    move(payment, to, by=by, reason=reason.strip())
    payment.stopped_at, payment.stopped_because = None, ""
    payment.version += 1
    payment.save(update_fields=["status", "failure_reason", "stopped_at", "stopped_because", "version"])
    freed = [audit.Event("bill.released", row.bill, f"{row.amount} of bill {row.bill} is free again") for row in rows]
    summary = f"Payment {payment.number} to {payment.supplier} {to.label.lower()}: {reason.strip()}"
    audit.record_many(
        company=payment.company, by=by, events=[audit.Event(f"payment.{to.value}", payment, summary), *freed]
    )
