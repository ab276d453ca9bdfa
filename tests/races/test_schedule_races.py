"""Real processes and threads on a real database: what is due is paid once, whoever is killed or moves it meanwhile."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from billpay.payments import actions
from billpay.payments.actions import PaymentError, Worked
from billpay.payments.models import Payment, PaymentStatus, ScheduleClock
from tests.factories import TODAY, BankAccountFactory, SupplierFactory, member
from tests.payments.scheduled import scheduled
from tests.races import storm
from tests.races.crowd import at_once

pytestmark = pytest.mark.django_db(transaction=True)

DUE = 40
WORKERS = 4
KILL_EVERY = 5


@pytest.fixture
def account():
    return BankAccountFactory()


@pytest.fixture
def owner(account):
    return member(account.company)


@pytest.fixture
def due(account, owner):
    """Put so many payments on the schedule for today."""
    supplier = SupplierFactory(company=account.company)
    return lambda count: [scheduled(account=account, by=owner, supplier=supplier) for _ in range(count)]


def test_schedulers_that_are_killed_and_started_again_pay_everything_once(account, due):
    due(DUE)
    company = account.company

    after = storm.rage(company=company, today=TODAY, workers=WORKERS, kill_every=KILL_EVERY, seed=20260316)

    assert after.failed_runs == []
    assert after.kills >= DUE // KILL_EVERY // 2, after
    assert dataclasses.asdict(storm.outcome(company)) == {
        "payments": DUE,
        "paid_once": DUE,
        "paid_twice": 0,
        "unpaid": 0,
        "books_balanced": True,
        "trail_holds": True,
    }
    assert actions.work_schedule(company=company, today=TODAY) == Worked()


def test_eight_schedulers_at_once_pay_everything_once(account, due):
    payments = due(10)
    company = account.company

    outcomes = at_once([lambda: actions.work_schedule(company=company, today=TODAY)] * 8)

    assert [outcome for outcome in outcomes if not isinstance(outcome, Worked)] == []
    assert sorted(number for worked in outcomes for number in worked.completed) == [row.number for row in payments]
    assert [worked.broken | worked.stopped for worked in outcomes] == [{}] * 8
    assert storm.outcome(company).paid_once == 10


def test_a_clock_that_jumped_pays_nothing_however_many_see_it(account, due):
    payments = due(10)
    company = account.company
    ScheduleClock.objects.create(company=company, worked_on=TODAY - timedelta(days=30))

    outcomes = at_once([lambda: actions.work_schedule(company=company, today=TODAY)] * 8)

    assert [outcome for outcome in outcomes if not isinstance(outcome, Worked)] == []
    assert sum(len(worked.completed) for worked in outcomes) == 0
    assert sorted(number for worked in outcomes for number in worked.stopped) == [row.number for row in payments]


def test_a_payment_moved_while_the_schedule_is_worked_is_moved_or_paid_and_never_both(account, due, owner):
    payments = due(10)
    tomorrow = TODAY + timedelta(days=1)

    def move(payment: Payment) -> Payment:
        return actions.schedule(payment=payment, on=tomorrow, today=TODAY, by=owner)

    outcomes = at_once(
        [lambda: actions.work_schedule(company=account.company, today=TODAY)] * 2
        + [lambda payment=payment: move(payment) for payment in payments]
    )

    for payment, moved in zip(payments, outcomes[2:], strict=True):
        payment.refresh_from_db()
        if isinstance(moved, Payment):
            assert (payment.status, payment.execute_on) == (PaymentStatus.SCHEDULED, tomorrow)
        else:
            assert isinstance(moved, PaymentError), moved
            assert payment.status == PaymentStatus.COMPLETED


def test_a_payment_stopped_while_the_schedule_is_worked_is_stopped_or_paid_and_never_both(account, due, owner):
    payments = due(10)

    outcomes = at_once(
        [lambda: actions.work_schedule(company=account.company, today=TODAY)] * 2
        + [lambda row=row: actions.stop(payment=row, because="Not now", by=owner) for row in payments]
    )

    for payment, stopped in zip(payments, outcomes[2:], strict=True):
        payment.refresh_from_db()
        assert (payment.status == PaymentStatus.SCHEDULED) is isinstance(stopped, Payment), stopped
        assert (payment.stopped_at is not None) is isinstance(stopped, Payment)
