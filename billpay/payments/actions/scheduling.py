"""The schedule: on which day an approved payment goes out, and who may stop it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from django.db import transaction
from django.utils import timezone

from billpay.banking import business_days
from billpay.companies import audit
from billpay.companies.models import User
from billpay.payments.actions.moving import lock, move, record
from billpay.payments.actions.orders import PaymentError
from billpay.payments.models import Payment, PaymentStatus, Source

MOVABLE = {PaymentStatus.APPROVED, PaymentStatus.SCHEDULED, PaymentStatus.AWAITING_APPROVAL}
"""What has a day, or may be given one. A draft's day is changed with the rest of it."""


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
    return _schedule(payment, payment.execute_on, business_day(payment, payment.execute_on), by)


@transaction.atomic
def schedule(*, payment: Payment, on: date, today: date, by: User) -> Payment:
    """
    Put an approved payment on the schedule, move a scheduled one to another day, or change the day that one asks
    for which awaits approval. The day shifts by the rule of its account. Approvals hold: they are not for a day.

    :raises PaymentError: it is none of these, the day has passed, or is too late for a discount of the payment.
    """
    payment = lock(payment)
    if payment.status not in MOVABLE:
        raise PaymentError(f"{payment.number} is {payment.get_status_display().lower()}; it cannot be scheduled.")
    if on < today:
        raise PaymentError(f"{on:%-d %B %Y} has passed. Choose today or a later day.", field="on")
    day = business_day(payment, on, today=today)
    _refuse_late_discounts(payment, day)
    if payment.status == PaymentStatus.APPROVED:
        return _schedule(payment, on, day, by)
    before, payment.execute_on = payment.execute_on, day
    if payment.status == PaymentStatus.SCHEDULED:
        payment.paid_on = day
    payment.save(update_fields=["execute_on", "paid_on"])
    words = f"moved from {before:%-d %B %Y} to {day:%-d %B %Y}" if before else f"asks to go out on {day:%-d %B %Y}"
    record(payment, "rescheduled", words, by=by)
    return payment


def _refuse_late_discounts(payment: Payment, day: date) -> None:
    discounts = payment.allocations.live().filter(source=Source.DISCOUNT, bill__discount_until__lt=day)
    if row := discounts.select_related("bill").order_by("pk").first():
        raise PaymentError(
            f"The discount on bill {row.bill.number} runs out on {row.bill.discount_until:%-d %B %Y}, before "
            f"{day:%-d %B %Y}. Choose an earlier day, or take the payment back and make it without.",
            field="on",
        )


def _schedule(payment: Payment, on: date, day: date, by: User | None) -> Payment:
    payment.execute_on = payment.paid_on = day
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


@transaction.atomic
def resume_all(*, payments: Iterable[Payment], by: User) -> dict[Payment, str]:
    """
    Let several payments go out again: those that are stopped still.

    :returns: each, with why it was stopped: what `stop_all` takes back.
    """
    rows = _lock_all(payments)
    stopped = {row: row.stopped_because for row in rows if row.stopped_at is not None}
    for row in stopped:
        row.stopped_at, row.stopped_because = None, ""
        row.save(update_fields=["stopped_at", "stopped_because"])
    with audit.gathered():
        for row in stopped:
            record(row, "resumed", "let go again", by=by)
    return stopped


@transaction.atomic
def stop_all(*, payments: Mapping[Payment, str], by: User | None) -> list[Payment]:
    """Stop several payments for the reason given with each: those that are scheduled, and not stopped already."""
    because = {payment.pk: reason for payment, reason in payments.items()}
    rows = [row for row in _lock_all(payments) if row.status == PaymentStatus.SCHEDULED and row.stopped_at is None]
    with audit.gathered():
        return [stop(payment=row, because=because[row.pk], by=by) for row in rows]


def _lock_all(payments: Iterable[Payment]) -> list[Payment]:
    locked = Payment.objects.select_for_update(of=("self",), no_key=True).select_related("company", "supplier")
    return list(locked.filter(pk__in=[payment.pk for payment in payments]).order_by("pk"))
