"""The schedule: on which day an approved payment goes out, and who may stop it."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone

from billpay.banking import business_days
from billpay.companies.models import User
from billpay.payments.actions.moving import lock, move, record
from billpay.payments.actions.orders import PaymentError
from billpay.payments.models import Payment, PaymentStatus


def business_day(payment: Payment, day: date, *, today: date | None = None) -> date:
    """
    The day itself, or the one its account's rule shifts it to: weekends and bank holidays.

    :param today: where given, a rule that says "before" shifts no further back than this.
    """
    account = payment.bank_account
    if account is None:
        return day
    moved = account.business_day(day)
    return business_days.shift(today, account.calendar, "next") if today and moved < today else moved


def schedule_if_dated(payment: Payment, *, by: User | None) -> Payment:
    """Put an approved, locked payment on the schedule if it was made for a day."""
    if payment.execute_on is None:
        return payment
    return _schedule(payment, payment.execute_on, by)


@transaction.atomic
def schedule(*, payment: Payment, on: date, today: date, by: User) -> Payment:
    """
    Put an approved payment on the schedule, or move a scheduled one to another day. The day shifts by the rule
    of its account. Approvals hold: they are not for a day.

    :raises PaymentError: it is neither approved nor scheduled, or the day has passed.
    """
    payment = lock(payment)
    if payment.status not in {PaymentStatus.APPROVED, PaymentStatus.SCHEDULED}:
        raise PaymentError(f"{payment.number} is {payment.get_status_display().lower()}; it cannot be scheduled.")
    if on < today:
        raise PaymentError(f"{on:%-d %B %Y} has passed. Choose today or a later day.", field="on")
    if payment.status == PaymentStatus.APPROVED:
        return _schedule(payment, on, by, today=today)
    before = payment.execute_on
    payment.execute_on = business_day(payment, on, today=today)
    payment.paid_on = payment.execute_on
    payment.save(update_fields=["execute_on", "paid_on"])
    record(payment, "rescheduled", f"moved from {before:%-d %B %Y} to {payment.execute_on:%-d %B %Y}", by=by)
    return payment


def _schedule(payment: Payment, on: date, by: User | None, *, today: date | None = None) -> Payment:
    payment.execute_on = business_day(payment, on, today=today)
    payment.paid_on = payment.execute_on
    shifted = f"shifted from {on:%-d %B %Y}" if payment.execute_on != on else ""
    move(payment, PaymentStatus.SCHEDULED, by=by, reason=shifted)
    payment.save(update_fields=["status", "execute_on", "paid_on"])
    words = f"scheduled for {payment.execute_on:%-d %B %Y}{f', {shifted}' if shifted else ''}"
    record(payment, "scheduled", words, by=by, execute_on=payment.execute_on.isoformat())
    return payment


@transaction.atomic
def unschedule(*, payment: Payment, by: User) -> Payment:
    """
    Take a payment off the schedule; it stays approved.

    :raises PaymentError: it is not scheduled.
    """
    payment = lock(payment)
    if payment.status != PaymentStatus.SCHEDULED:
        raise PaymentError(f"{payment.number} is {payment.get_status_display().lower()}; it is not on the schedule.")
    move(payment, PaymentStatus.APPROVED, by=by, reason="Taken off the schedule")
    payment.execute_on, payment.stopped_at, payment.stopped_because = None, None, ""
    payment.save(update_fields=["status", "execute_on", "stopped_at", "stopped_because"])
    record(payment, "unscheduled", "taken off the schedule", by=by)
    return payment


@transaction.atomic
def stop(*, payment: Payment, because: str, by: User | None) -> Payment:
    """
    Keep a scheduled payment from going out until a person has looked at it. Twice is once.

    :raises PaymentError: it is not scheduled, or no reason is given.
    """
    if not because.strip():
        raise PaymentError("Say why it is stopped.", field="reason")
    payment = lock(payment)
    if payment.status != PaymentStatus.SCHEDULED:
        raise PaymentError(f"{payment.number} is {payment.get_status_display().lower()}; only scheduled ones stop.")
    if payment.stopped_at is not None:
        return payment
    payment.stopped_at, payment.stopped_because = timezone.now(), because.strip()[:200]
    payment.save(update_fields=["stopped_at", "stopped_because"])
    record(payment, "stopped", f"stopped: {payment.stopped_because}", by=by)
    return payment


@transaction.atomic
def resume(*, payment: Payment, by: User) -> Payment:
    """
    Let a stopped payment go out on its day, or with the next run if that has passed.

    :raises PaymentError: it is not stopped.
    """
    payment = lock(payment)
    if payment.stopped_at is None:
        raise PaymentError(f"{payment.number} is not stopped.")
    payment.stopped_at, payment.stopped_because = None, ""
    payment.save(update_fields=["stopped_at", "stopped_because"])
    record(payment, "resumed", "let go again", by=by)
    return payment
