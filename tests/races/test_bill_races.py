"""Real threads on a real database: a bill is approved by as many as it needs, and held or paid, never both."""

from __future__ import annotations

import pytest

from billpay.bills import actions
from billpay.bills.actions import DocumentError
from billpay.bills.models import Bill
from billpay.companies.models import ApprovalSubject, Role
from billpay.ledger.actions import entries_of
from billpay.payments.actions import PaymentError
from billpay.payments.models import Payment
from tests.factories import (
    TODAY,
    BankAccountFactory,
    SupplierFactory,
    make_bill,
    make_payment,
    member,
    needs_approval,
)
from tests.races.crowd import at_once

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 10


@pytest.fixture
def account():
    return BankAccountFactory()


@pytest.fixture
def supplier(account):
    return SupplierFactory(company=account.company)


@pytest.fixture
def owner(account):
    return member(account.company)


def test_eight_approvers_at_once_are_two_approvals_and_one_posting(account, supplier, owner):
    company = account.company
    needs_approval(company, approvers=2, subject=ApprovalSubject.BILL)
    people = [member(company, Role.APPROVER) for _ in range(8)]
    for _ in range(3):
        bill = actions.submit(bill=make_bill(supplier=supplier, open=False, by=owner), by=owner)

        outcomes = at_once([lambda by=by, bill=bill: actions.approve(bill=bill, by=by) for by in people])

        refused = [outcome for outcome in outcomes if isinstance(outcome, DocumentError)]
        assert len(refused) == 6, outcomes
        bill.refresh_from_db()
        assert (bill.status, bill.approvals.count(), len(entries_of(bill))) == ("open", 2, 1)


def test_one_person_clicking_eight_times_is_one_approval(account, supplier, owner):
    needs_approval(account.company, approvers=2, subject=ApprovalSubject.BILL)
    second = member(account.company, Role.APPROVER)
    bill = actions.submit(bill=make_bill(supplier=supplier, open=False, by=owner), by=owner)

    at_once([lambda: actions.approve(bill=bill, by=second)] * 8)

    bill.refresh_from_db()
    assert (bill.status, bill.approvals.count()) == ("awaiting_approval", 1)


def test_a_bill_is_held_or_paid_never_both(account, supplier, owner):
    for round_number in range(1, ROUNDS + 1):
        bill = make_bill(supplier=supplier, by=owner)

        held, paid = at_once(
            [
                lambda bill=bill: actions.hold(bill=bill, reason="disputed", until=None, today=TODAY, by=owner),
                lambda bill=bill: make_payment(account=account, bill=bill, by=owner),
            ]
        )

        now = Bill.objects.get(pk=bill.pk)
        if isinstance(held, Bill):
            assert isinstance(paid, PaymentError), (round_number, paid)
            assert (now.settled_minor, now.hold_reason) == (0, "disputed")
        else:
            assert isinstance(paid, Payment), (round_number, held, paid)
            assert (now.state, now.held_at) == ("paid", None)
