"""What becomes of a payment on its way: its day, its outcome, and trying again (rule 12)."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from billpay.payments import actions
from billpay.payments.actions import PaymentError
from billpay.payments.models import MOVES, Payment, PaymentStatus
from tests.factories import TODAY, BankAccountFactory, make_batch, make_bill, make_draft, make_payment

S = PaymentStatus
MONDAY, SATURDAY = date(2026, 3, 23), date(2026, 3, 21)


@pytest.fixture
def bill(supplier):
    return make_bill(supplier=supplier, total_minor=100_00)


@pytest.fixture
def approved(account, bill, user):
    return actions.submit(payment=make_draft(account=account, bill=bill, by=user), by=user)


@pytest.fixture
def processing(approved, user):
    return actions.start(payment=approved, by=user)


def test_a_draft_made_for_a_day_is_scheduled_when_approved(account, bill, user):
    draft = make_draft(account=account, bill=bill, by=user, execute_on=MONDAY)

    scheduled = actions.submit(payment=draft, by=user)

    assert (scheduled.status, scheduled.execute_on) == (S.SCHEDULED, MONDAY)
    assert [step.to_status for step in scheduled.steps.all()] == [S.DRAFT, S.APPROVED, S.SCHEDULED]


def test_a_weekend_shifts_by_the_rule_of_the_account(approved, user):
    scheduled = actions.schedule(payment=approved, on=SATURDAY, today=TODAY, by=user)

    assert scheduled.execute_on == MONDAY
    assert "shifted from 21 March 2026" in scheduled.steps.last().reason


def test_a_day_that_has_passed_is_refused(approved, user):
    with pytest.raises(PaymentError, match="15 March 2026 has passed"):
        actions.schedule(payment=approved, on=date(2026, 3, 15), today=TODAY, by=user)


def test_moving_the_day_leaves_approvals_alone(approved, user):
    scheduled = actions.schedule(payment=approved, on=MONDAY, today=TODAY, by=user)
    digest = scheduled.digest

    moved = actions.schedule(payment=scheduled, on=date(2026, 3, 25), today=TODAY, by=user)

    assert (moved.status, moved.execute_on, moved.digest) == (S.SCHEDULED, date(2026, 3, 25), digest)


def test_off_the_schedule_it_stays_approved(approved, user):
    scheduled = actions.schedule(payment=approved, on=MONDAY, today=TODAY, by=user)

    assert actions.unschedule(payment=scheduled, by=user).status == S.APPROVED


def test_a_stopped_payment_does_not_go_out_until_let_go(approved, user):
    scheduled = actions.schedule(payment=approved, on=MONDAY, today=TODAY, by=user)
    actions.stop(payment=scheduled, because="Ask Ana first", by=user)

    with pytest.raises(PaymentError, match="stopped: Ask Ana first"):
        actions.start(payment=scheduled, by=user)
    actions.resume(payment=scheduled, by=user)
    assert actions.start(payment=scheduled, by=user).status == S.PROCESSING


def test_completed_on_the_day_the_bank_says(processing, bill, user):
    done = actions.complete(payment=processing, on=date(2026, 3, 18), by=user)

    bill.refresh_from_db()
    assert (done.status, done.paid_on) == (S.COMPLETED, date(2026, 3, 18))
    assert (bill.state, bill.reserved_minor, bill.settled_minor) == ("paid", 0, 100_00)
    assert done.cash_uses.get().amount_minor == 100_00


def test_the_rate_of_the_bank_counts(company, user, supplier):
    account = BankAccountFactory(company=company, name="Main")
    bill = make_bill(supplier=supplier, total_minor=1_000_00, currency="EUR", rate=Decimal("0.885"))
    draft = make_payment(account=account, bill=bill, by=user, draft=True, rate=Decimal("0.89"))
    processing = actions.start(payment=actions.submit(payment=draft, by=user), by=user)

    done = actions.complete(payment=processing, rate=Decimal("0.90"), by=user)

    assert (done.bank_minor, done.amount_base_minor) == (900_00, 900_00)


def test_a_failure_frees_the_bill_and_posts_nothing(processing, bill, user):
    failed = actions.fail(payment=processing, reason="Account closed", by=user)

    bill.refresh_from_db()
    assert (failed.status, bill.available_minor) == (S.FAILED, 100_00)
    assert failed.failure_reason == "Account closed"
    assert bill.settlements.filter(kind="settled").count() == 0


def test_a_failed_payment_is_tried_again_as_a_new_one(processing, bill, user):
    failed = actions.fail(payment=processing, reason="Account closed", by=user)

    again = actions.try_again(payment=failed, today=TODAY, by=user)

    bill.refresh_from_db()
    assert (again.status, again.retry_of, bill.reserved_minor) == (S.DRAFT, failed, 100_00)
    with pytest.raises(PaymentError, match="tried again as PAY-00002 already"):
        actions.try_again(payment=failed, today=TODAY, by=user)


def test_of_several_tries_of_one_payment_only_one_is_on_its_way_or_made(account, supplier, user):
    bill = make_bill(supplier=supplier, total_minor=1_000_00)

    def failed(draft: Payment) -> Payment:
        sent = actions.start(payment=actions.submit(payment=draft, by=user), by=user)
        return actions.fail(payment=sent, reason="Account closed", by=user)

    first = failed(make_draft(account=account, bill=bill, minor=40_00, by=user))
    second = failed(actions.try_again(payment=first, today=TODAY, by=user))
    actions.complete(payment=actions.try_again(payment=second, today=TODAY, by=user), by=user)

    for one in (first, second):
        with pytest.raises(PaymentError, match=f"{one.number} was tried again as PAY-00003 already"):
            actions.try_again(payment=one, today=TODAY, by=user)
    bill.refresh_from_db()
    assert (bill.settled_minor, bill.reserved_minor) == (40_00, 0)


def test_one_of_a_batch_fails_alone(company, account, supplier, user):
    bills = [make_bill(supplier=supplier, total_minor=10_00) for _ in range(3)]
    batch = make_batch(account=account, bills=bills, by=user, draft=True)
    payments = [actions.start(payment=actions.submit(payment=row, by=user), by=user) for row in batch.payments.all()]

    actions.fail(payment=payments[1], reason="Returned", by=user)
    for payment in (payments[0], payments[2]):
        actions.complete(payment=payment, by=user)

    assert sorted(batch.payments.values_list("status", flat=True)) == ["completed", "completed", "failed"]


def test_a_cancelled_payment_frees_the_bill(approved, bill, user):
    cancelled = actions.cancel(payment=approved, reason="Paid by card", by=user)

    bill.refresh_from_db()
    assert (cancelled.status, bill.available_minor) == (S.CANCELLED, 100_00)


def test_on_its_way_it_cannot_be_cancelled(processing, user):
    with pytest.raises(PaymentError, match="is processing; it cannot become cancelled"):
        actions.cancel(payment=processing, reason="Too late", by=user)


ARROWS = [(before, after) for before in S for after in S if before != after]


@pytest.mark.parametrize(("before", "after"), [pair for pair in ARROWS if pair not in MOVES])
def test_the_database_refuses_every_arrow_that_is_not_there(account, bill, user, before, after):
    payment = _in_status(account, bill, user, before)

    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.filter(pk=payment.pk).update(status=after)


def _in_status(account, bill, user, status):
    if status == S.COMPLETED:
        return make_payment(account=account, bill=bill, by=user)
    if status == S.VOID:
        return actions.void(payment=make_payment(account=account, bill=bill, by=user), on=TODAY, reason="x", by=user)
    draft = make_draft(account=account, bill=bill, by=user)
    if status == S.DRAFT:
        return draft
    if status in {S.AWAITING_APPROVAL, S.REJECTED}:
        draft.company.approval_limits.create(subject="payment", above_minor=0, approvers=1)
    payment = actions.submit(payment=draft, by=user)
    if status == S.REJECTED:
        from tests.factories import member

        return actions.reject(payment=payment, reason="x", by=member(payment.company))
    if status == S.CANCELLED:
        return actions.cancel(payment=payment, reason="x", by=user)
    if status == S.SCHEDULED:
        return actions.schedule(payment=payment, on=MONDAY, today=TODAY, by=user)
    if status in {S.PROCESSING, S.FAILED}:
        payment = actions.start(payment=payment, by=user)
    return actions.fail(payment=payment, reason="x", by=user) if status == S.FAILED else payment
