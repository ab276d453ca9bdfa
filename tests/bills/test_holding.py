"""A bill on hold: nothing pays it, by whatever path, and the database itself refuses."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction

from billpay.bills import actions
from billpay.bills.actions import BillError
from billpay.bills.models import Bill, Settlement
from billpay.companies.audit import trail
from billpay.money.value import Money
from billpay.payments import actions as payments
from billpay.payments.actions import Header, Order, Part, PaymentError
from billpay.payments.models import PaymentStatus, Source
from billpay.reconciliation import actions as reconciliation
from tests.factories import (
    TODAY,
    BankAccountFactory,
    BankTransactionFactory,
    CompanyFactory,
    StatementFactory,
    SupplierFactory,
    make_batch,
    make_bill,
    make_credit_note,
    make_draft,
    make_payment,
    member,
)

pytestmark = pytest.mark.django_db
LATER = date(2026, 12, 3)


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def account():
    return BankAccountFactory(company=CompanyFactory())


@pytest.fixture
def user(account):
    return member(account.company)


@pytest.fixture
def bill(account, user):
    return make_bill(supplier=SupplierFactory(company=account.company), total_minor=100_00, by=user)


def hold(bill, until=LATER):
    return actions.hold(bill=bill, reason="disputed quantity", until=until, today=TODAY, by=bill.created_by)


def on_hold():
    return pytest.raises(PaymentError, match="is on hold until 3 December 2026: disputed quantity")


def test_a_hold_says_who_when_why_and_until(bill, user):
    held = hold(bill)

    assert (held.held_by, held.held_until, held.hold_reason) == (user, LATER, "disputed quantity")
    assert trail(bill).first().summary.endswith("put on hold until 3 December 2026: disputed quantity")


@pytest.mark.parametrize(("reason", "until", "field"), [(" ", LATER, "reason"), ("disputed", TODAY, "until")])
def test_a_hold_needs_a_reason_and_a_day_to_come(bill, user, reason, until, field):
    with pytest.raises(BillError) as refusal:
        actions.hold(bill=bill, reason=reason, until=until, today=TODAY, by=user)

    assert refusal.value.field == field


def test_a_paid_bill_has_nothing_to_hold(bill, account):
    make_payment(account=account, bill=bill)

    with pytest.raises(BillError, match="is paid; there is nothing to hold"):
        hold(bill)


def test_lifting_lets_it_be_paid_again(bill, account, user):
    hold(bill)

    actions.lift_hold(bill=bill, by=user)

    make_payment(account=account, bill=bill)
    assert Bill.objects.get(pk=bill.pk).state == "paid"
    assert "it was: disputed quantity" in trail(bill).get(verb="bill.hold_lifted").summary


def test_what_is_not_held_is_not_lifted(bill, user):
    with pytest.raises(BillError, match="is not on hold"):
        actions.lift_hold(bill=bill, by=user)


def test_a_hold_whose_day_has_come_holds_nothing(bill, account):
    hold(bill, until=TODAY + timedelta(days=1))

    with time_machine.travel(TODAY + timedelta(days=1), tick=False):
        make_payment(account=account, bill=bill)

    assert Bill.objects.get(pk=bill.pk).state == "paid"


def test_holds_whose_day_has_come_are_cleared_with_a_line_on_the_trail(bill, user):
    hold(bill, until=TODAY + timedelta(days=1))
    other = hold(make_bill(supplier=bill.supplier, by=user))

    released = actions.release_due_holds(company=bill.company, today=TODAY + timedelta(days=1))

    assert released == [bill]
    assert Bill.objects.get(pk=bill.pk).held_at is None
    assert Bill.objects.get(pk=other.pk).held_at is not None
    assert trail(bill).first().summary.endswith("ended, as 17 March 2026 has come; it was: disputed quantity")


def test_the_scheduler_clears_them(bill):
    hold(bill, until=TODAY + timedelta(days=1))

    payments.work_schedule(company=bill.company, today=TODAY + timedelta(days=1))

    assert Bill.objects.get(pk=bill.pk).held_at is None


def test_it_is_not_paid(bill, account):
    hold(bill)
    with on_hold():
        make_payment(account=account, bill=bill)


def test_it_is_not_paid_in_a_batch_and_nothing_of_the_batch_is(bill, account):
    other = make_bill(supplier=SupplierFactory(company=bill.company))
    hold(bill)

    with on_hold():
        make_batch(account=account, bills=[other, bill])

    assert not bill.company.payments.exists()


def test_no_draft_is_made_of_it(bill, account, user):
    hold(bill)
    with on_hold():
        make_draft(account=account, bill=bill, by=user)


def test_a_draft_made_before_is_not_completed(bill, account, user):
    draft = make_draft(account=account, bill=bill, by=user)
    hold(bill)

    with on_hold():
        payments.complete(payment=draft, by=user)


def test_a_draft_made_before_is_not_submitted(bill, account, user):
    draft = make_draft(account=account, bill=bill, by=user)
    hold(bill)

    with on_hold():
        payments.submit(payment=draft, by=user)


def test_an_approved_payment_is_not_handed_to_the_bank(bill, account, user):
    approved = payments.submit(payment=make_draft(account=account, bill=bill, by=user), by=user)
    hold(bill)

    with on_hold():
        payments.start(payment=approved, by=user)


def test_the_scheduler_stops_what_would_pay_it_and_says_why(bill, account, user):
    draft = make_draft(account=account, bill=bill, by=user, execute_on=TODAY)
    scheduled = payments.submit(payment=draft, by=user)
    hold(bill)

    payments.work_schedule(company=bill.company, today=TODAY)

    scheduled.refresh_from_db()
    assert scheduled.status == PaymentStatus.SCHEDULED
    assert "on hold until 3 December 2026: disputed quantity" in scheduled.stopped_because


def test_no_credit_is_allocated_to_it(bill, user):
    note = make_credit_note(supplier=bill.supplier, total_minor=50_00)
    hold(bill)
    part = Part(bill, note.available, Source.CREDIT_NOTE, note)

    with on_hold():
        payments.pay(
            company=bill.company,
            header=Header(bank_account=None, paid_on=TODAY, currency="GBP"),
            order=Order(bill.supplier, Money.zero("GBP"), [part]),
            by=user,
        )


def test_it_is_not_paid_from_a_bank_line(bill, account, user):
    line = BankTransactionFactory(statement=StatementFactory(bank_account=account), amount_minor=100_00)
    hold(bill)

    with on_hold():
        reconciliation.pay_from_transaction(
            transaction=line,
            orders=[Order(bill.supplier, bill.available, [Part(bill, bill.available)])],
            by=user,
        )


@pytest.mark.parametrize("until", [None, LATER])
@pytest.mark.parametrize("kind", ["settled", "reserved"])
def test_the_database_refuses_to_settle_or_reserve_it(bill, kind, until):
    hold(bill, until)
    base = 10_00 if kind == "settled" else 0

    with pytest.raises(IntegrityError, match="the bill is on hold"), transaction.atomic():
        Settlement.objects.create(bill=bill, kind=kind, amount_minor=10_00, base_minor=base, on=TODAY)


def test_the_database_lets_go_of_what_was_reserved_before(bill, account, user):
    draft = make_draft(account=account, bill=bill, by=user)
    hold(bill)

    payments.delete_draft(payment=draft, by=user)

    assert Bill.objects.get(pk=bill.pk).reserved_minor == 0


def test_what_was_paid_before_can_still_be_taken_back(bill, account, user):
    payment = make_payment(account=account, bill=bill, minor=40_00)
    hold(bill)

    payments.void(payment=payment, on=TODAY, reason="Twice", by=user)

    assert Bill.objects.get(pk=bill.pk).settled_minor == 0
