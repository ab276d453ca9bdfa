"""
Working the schedule: any number of workers at once, each payment exactly once.

The claim of a payment and its work are one transaction: locks in the usual order (bills before the payment), then
a second look whether it is still due, then out it goes, or is stopped for a person. A worker killed in between
leaves the payment as it was; one that comes second finds it done. Workers take due payments in random order, so
that they seldom meet.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import connection, transaction
from django.db.models import Min

from billpay.bills import actions as bills
from billpay.companies import audit
from billpay.companies.models import Company, User
from billpay.companies.refusals import Refused
from billpay.ledger import actions as ledger
from billpay.payments.actions import scheduling
from billpay.payments.actions.moving import lock_with_rows, record, refuse_no_move
from billpay.payments.actions.orders import PaymentError
from billpay.payments.actions.outcomes import hand_over, late_discounts, settle_up
from billpay.payments.models import Allocation, Payment, PaymentStatus, ScheduleClock

LONGEST_GAP_DAYS = 5
"""A schedule left alone for longer did not just miss a holiday: what fell due meanwhile is for a person to release."""

log = logging.getLogger(__name__)


class ClockWentBack(PaymentError):
    """Today is before the day on which the schedule was last worked."""


@dataclass(slots=True)
class Worked:
    """
    What one run did: numbers of payments by what became of them, with the reason where there is one.

    `waiting` are due on a day on which their bank is closed; `broken` could not be worked by a fault of the program or
    the database, and are as they were.
    """

    completed: list[str] = field(default_factory=list)
    processing: list[str] = field(default_factory=list)
    stopped: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)


def work_schedules(*, companies: Sequence[Company], today: date, dry_run: bool = False) -> dict[Company, Worked]:
    """
    Work the schedules of several companies, one after the other.

    :raises ClockWentBack: for any of them; nothing is done for all of them then, as they share the machine's clock.
    """
    refuse_clock_back(companies, today=today)
    return {company: work_schedule(company=company, today=today, dry_run=dry_run) for company in companies}


def work_schedule(*, company: Company, today: date, dry_run: bool = False) -> Worked:
    """
    Pay everything of a company that is due, each payment in a transaction of its own.

    What must not go out is stopped for a person, with the reason, and the rest goes on.

    :param dry_run: take every one of those transactions back.
    :raises ClockWentBack: nothing is done then.
    """
    worked = Worked()
    with transaction.atomic():
        held_back = _move_clock(company, today)
        if dry_run:
            transaction.set_rollback(True)
    if held_back is not None:
        worked.stopped = held_back
        return worked
    with transaction.atomic():
        bills.release_due_holds(company=company, today=today)
        if dry_run:
            transaction.set_rollback(True)
    due = list(company.payments.due(today=today).values_list("pk", flat=True))
    # Not for security: workers who start together must not queue for the same payment.
    random.shuffle(due)
    for pk in due:
        _work_one(pk, today, worked, dry_run=dry_run)
    return worked


def _work_one(pk: int, today: date, worked: Worked, *, dry_run: bool) -> None:
    payment = Payment.objects.due(today=today).select_related("bank_account").filter(pk=pk).first()
    if payment is None:
        return  # Another worker, or a person, was faster.
    if why := _closed_because(payment, today):
        worked.waiting[payment.number] = why
        return
    try:
        with transaction.atomic():
            done = work(payment=payment, today=today)
            if dry_run:
                transaction.set_rollback(True)
    except Exception as error:
        log.exception("Payment %s could not be worked", payment.number)
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        worked.broken[payment.number] = str(error) or type(error).__name__
        return
    if done is not None:
        _count(done, worked)


def _closed_because(payment: Payment, today: date) -> str:
    """Money leaves an account on business days only, even what was left lying from an earlier one."""
    return payment.bank_account.closed_because(today) if payment.bank_account and payment.bank_minor else ""


def _count(payment: Payment, worked: Worked) -> None:
    if payment.status == PaymentStatus.COMPLETED:
        worked.completed.append(payment.number)
    elif payment.status == PaymentStatus.PROCESSING:
        worked.processing.append(payment.number)
    else:
        worked.stopped[payment.number] = payment.stopped_because


@transaction.atomic
def work(*, payment: Payment, today: date) -> Payment | None:
    """
    Claim one payment; then pay it, hand it to the bank if its account waits for outcomes, or stop it.

    Gives nothing if it is not due any more: another worker paid it, or a person took or moved it away.
    """
    try:
        payment, rows = lock_with_rows(payment)
    except PaymentError:
        return None  # Someone is changing it this moment; if it stays due, the next run finds it.
    if not is_due(payment, today):
        return None
    try:
        with transaction.atomic():
            _send(payment, rows, today)
    except Refused as refusal:
        return scheduling.stop(payment=payment, because=str(refusal), by=None)
    return payment


@transaction.atomic
def carry_out(*, payment: Payment, today: date, by: User) -> Payment:
    """
    Complete an approved or scheduled payment without cash: there is no bank to hand it to, and none to wait for.

    :raises PaymentError: it has cash, or cannot go out; see `outcomes.refuse_unready`.
    """
    payment, rows = lock_with_rows(payment)
    if payment.has_cash:
        raise PaymentError(f"{payment.number} has {payment.amount} of cash; it is handed to the bank.")
    refuse_no_move(payment, PaymentStatus.PROCESSING)
    _send(payment, rows, today, by=by)
    return payment


def _send(payment: Payment, rows: list[Allocation], today: date, *, by: User | None = None) -> None:
    account = payment.bank_account
    waits = payment.has_cash and account is not None and account.waits_for_outcome
    # Books that are closed beyond today make it a payment of the first day after that, for its discounts too.
    on = today if waits else ledger.first_open_day(payment.company, today)
    if late := late_discounts(rows, on=on):
        closed = "" if on == today else f", before the first day that is open in the books, {on:%-d %B %Y}"
        raise PaymentError(
            f"The discount on bill {late[0].bill.number} ran out on {late[0].bill.discount_until:%-d %B %Y}{closed}. "
            "Take the payment back and make it without."
        )
    hand_over(payment, rows, by=by, on=on)
    if waits:
        record(payment, "processing", f"handed to the bank: {payment.amount}", by=by)
        return
    settle_up(payment, rows, by=by)


def is_due(payment: Payment, today: date) -> bool:
    """Whether it is still to be worked."""
    return (
        payment.status == PaymentStatus.SCHEDULED
        and payment.stopped_at is None
        and payment.execute_on is not None
        and payment.execute_on <= today
    )


def refuse_clock_back(companies: Iterable[Company], *, today: date) -> None:
    """:raises ClockWentBack: the schedule of one of them was worked on a later day already."""
    ahead = ScheduleClock.objects.filter(company__in=companies, worked_on__gt=today)
    if clock := ahead.select_related("company").order_by("company__name").first():
        raise _went_back(clock, today)


def _went_back(clock: ScheduleClock, today: date) -> ClockWentBack:
    return ClockWentBack(
        f"{clock.company}: today is {today:%-d %B %Y}, but the schedule was worked on {clock.worked_on:%-d %B %Y} "
        "already. Nothing was paid. Set the machine's clock right, or the schedule's with --reset-clock."
    )


def _move_clock(company: Company, today: date) -> dict[str, str] | None:
    """
    Move the company's clock to today. If it jumped too far, stop all that is due, and say which and why; else None.

    Both are one transaction: a worker who comes second, or again after a kill, must not find a clock that is right
    and payments that are due.

    :raises ClockWentBack: today is before the last run.
    """
    oldest = company.payments.due(today=today).aggregate(day=Min("execute_on"))["day"]
    clock, _ = ScheduleClock.objects.select_for_update(of=("self",), no_key=True).get_or_create(
        company=company, defaults={"worked_on": oldest or today}
    )
    last = clock.worked_on
    if today < last:
        raise _went_back(clock, today)
    if today > last:
        clock.worked_on = today
        clock.save(update_fields=["worked_on"])
    if (today - last).days <= LONGEST_GAP_DAYS:
        return None
    because = (
        f"The schedule stood still from {last:%-d %B %Y} to {today:%-d %B %Y}. Check that today is right, then resume."
    )
    due = company.payments.due(today=today)
    return {row.number: because for row in scheduling.stop_all(payments=dict.fromkeys(due, because), by=None)}


@transaction.atomic
def reset_clock(*, company: Company, today: date) -> None:
    """Say that today is right, after a clock was wrong."""
    clock, is_new = ScheduleClock.objects.select_for_update(of=("self",), no_key=True).get_or_create(
        company=company, defaults={"worked_on": today}
    )
    before, clock.worked_on = clock.worked_on, today
    clock.save(update_fields=["worked_on"])
    audit.record(
        company=company,
        verb="schedule.clock_reset",
        target=company,
        by=None,
        summary=f"The schedule's clock was set to {today:%-d %B %Y}"
        + ("" if is_new else f"; it said {before:%-d %B %Y}"),
    )
