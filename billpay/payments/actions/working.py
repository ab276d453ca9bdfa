"""
Working the schedule: any number of workers at once, each payment exactly once.

The claim of a payment and its work are one transaction: locks in the usual order (bills before the payment), then
a second look whether it is still due. A worker killed in between leaves the payment as it was; one that comes
second finds it done. Workers take due payments in random order, so that they seldom meet.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction

from billpay.bills import actions as bills
from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.ledger import actions as ledger
from billpay.payments.actions import scheduling
from billpay.payments.actions.orders import PaymentError
from billpay.payments.actions.outcomes import complete, start
from billpay.payments.models import Payment, PaymentStatus, ScheduleClock

LONGEST_GAP_DAYS = 10
"""A schedule left alone for longer did not just miss a holiday: what fell due meanwhile is for a person to release."""


class ClockWentBack(PaymentError):
    """Today is before the day on which the schedule was last worked."""


@dataclass(slots=True)
class Worked:
    """What one run did: numbers of payments by what became of them."""

    completed: list[str] = field(default_factory=list)
    processing: list[str] = field(default_factory=list)
    stopped: dict[str, str] = field(default_factory=dict)


def work_schedule(*, company: Company, today: date) -> Worked:
    """
    Pay everything of a company that is due, each payment in a transaction of its own.

    What must not go out is stopped for a person, with the reason, and the rest goes on.

    :raises ClockWentBack: nothing is done then.
    """
    worked = Worked()
    jumped = _read_clock(company, today)
    if not jumped:
        bills.release_due_holds(company=company, today=today)
    due = list(company.payments.due(today=today).values_list("pk", flat=True))
    # Not for security: workers who start together must not queue for the same payment.
    random.shuffle(due)
    for pk in due:
        _work(pk, today, jumped, worked)
    return worked


def _work(pk: int, today: date, jumped: str, worked: Worked) -> None:
    payment = Payment.objects.select_related("company", "bank_account", "supplier").get(pk=pk)
    if not is_due(payment, today):
        return
    if jumped:
        _stop(payment, jumped, worked)
        return
    try:
        done = work(payment=payment, today=today)
    except Refused as refusal:
        _stop(payment, str(refusal), worked)
        return
    if done is not None:
        (worked.completed if done.status == PaymentStatus.COMPLETED else worked.processing).append(done.number)


@transaction.atomic
def work(*, payment: Payment, today: date) -> Payment | None:
    """
    Claim one due payment and pay it, or hand it to the bank if its account waits for outcomes.

    :raises PaymentError: it must not go out; nothing is changed then.
    """
    try:
        started = start(payment=payment, by=None)
    except PaymentError:
        if not is_due(Payment.objects.get(pk=payment.pk), today):
            return None  # Another worker was faster.
        raise
    if started.bank_account is not None and started.bank_account.waits_for_outcome:
        return started
    return complete(payment=started, by=None, on=ledger.first_open_day(started.company, today))


def is_due(payment: Payment, today: date) -> bool:
    """Whether it is still to be worked."""
    return (
        payment.status == PaymentStatus.SCHEDULED
        and payment.stopped_at is None
        and payment.execute_on is not None
        and payment.execute_on <= today
    )


def _stop(payment: Payment, because: str, worked: Worked) -> None:
    try:
        scheduling.stop(payment=payment, because=because, by=None)
    except PaymentError:
        return  # It was taken off the schedule, or worked, in the meantime.
    worked.stopped[payment.number] = because


@transaction.atomic
def _read_clock(company: Company, today: date) -> str:
    """
    Move the company's clock to today; says in words by how much it jumped, if by too much.

    :raises ClockWentBack: today is before the last run.
    """
    clock, _ = ScheduleClock.objects.select_for_update().get_or_create(company=company, defaults={"worked_on": today})
    last = clock.worked_on
    if today < last:
        raise ClockWentBack(
            f"{company}: today is {today:%-d %B %Y}, but the schedule was worked on {last:%-d %B %Y} already. "
            "Nothing was paid. Set the machine's clock right, or reset the schedule's."
        )
    if today > last:
        clock.worked_on = today
        clock.save(update_fields=["worked_on"])
    if (today - last).days > LONGEST_GAP_DAYS:
        return f"The clock went from {last:%-d %B %Y} to {today:%-d %B %Y}. Check the day, then let it go."
    return ""


@transaction.atomic
def reset_clock(*, company: Company, today: date) -> None:
    """Say that today is right, after a clock was wrong."""
    ScheduleClock.objects.update_or_create(company=company, defaults={"worked_on": today})
