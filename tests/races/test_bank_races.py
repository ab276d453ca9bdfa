"""Real threads on a real database: a bank line comes in once, is matched once, and pays once."""

from __future__ import annotations

import pytest

from billpay.banking import actions as banking
from billpay.banking.models import BankTransaction
from billpay.banking.statements import ParsedStatement, StatementRow
from billpay.companies.refusals import Refused
from billpay.money.value import Money
from billpay.payments.actions import Order, Part, PaymentError, Returned
from billpay.payments.models import Payment, Refund
from billpay.reconciliation import actions
from billpay.reconciliation.actions import AlreadyMatched
from billpay.reconciliation.models import Match
from tests.factories import (
    TODAY,
    BankAccountFactory,
    BankTransactionFactory,
    StatementFactory,
    SupplierFactory,
    make_bill,
    make_credit_note,
    make_payment,
    make_refund,
    member,
)
from tests.races.crowd import at_once

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 8
IMPORTERS = 4


@pytest.fixture
def account():
    return BankAccountFactory()


@pytest.fixture
def supplier(account):
    return SupplierFactory(company=account.company)


@pytest.fixture
def owner(account):
    return member(account.company)


@pytest.fixture
def line(account):
    return BankTransactionFactory(statement=StatementFactory(bank_account=account), amount_minor=135_85)


def gbp(minor: int) -> Money:
    return Money(minor, "GBP")


def test_a_line_is_matched_with_a_payment_once(account, supplier, owner, line):
    payment = make_payment(account=account, bill=make_bill(supplier=supplier, total_minor=135_85), by=owner)

    outcomes = at_once(
        [lambda: actions.match(transaction=line, pairs=[(payment, gbp(135_85))], by=owner, seen=135_85)] * PEOPLE
    )

    refused = [outcome for outcome in outcomes if isinstance(outcome, AlreadyMatched)]
    assert len(refused) == PEOPLE - 1, outcomes
    assert Match.objects.get().amount_minor == 135_85
    line.refresh_from_db()
    payment.refresh_from_db()
    assert (line.matched_minor, payment.matched_minor) == (135_85, 135_85)


def test_the_same_rows_imported_at_once_come_in_once(account, owner):
    # Two rows are twins: both stay, since the bank itself told them apart.
    rows = [
        StatementRow(line_no=number, booked_on=TODAY, minor=minor, description="Card")
        for number, minor in enumerate((-5_00, -5_00, -7_00, 9_00), start=2)
    ]

    outcomes = at_once(
        [
            lambda number=number: banking.import_statement(
                account=account,
                parsed=ParsedStatement("GBP", tuple(rows)),
                source=banking.Source(f"march-{number}.csv", f"{number:064d}"),
                by=owner,
            )
            for number in range(IMPORTERS)
        ]
    )

    assert all(isinstance(outcome, banking.Imported) for outcome in outcomes), outcomes
    assert sorted(outcome.new_count for outcome in outcomes) == [0] * (IMPORTERS - 1) + [len(rows)]
    assert BankTransaction.objects.count() == len(rows)
    assert account.statements.count() == 1


def test_a_line_pays_once(account, supplier, owner, line):
    bill = make_bill(supplier=supplier, total_minor=1_500_00, by=owner)
    order = Order(supplier=supplier, amount=gbp(135_85), parts=[Part(bill, gbp(135_85))])

    outcomes = at_once([lambda: actions.pay_from_transaction(transaction=line, orders=[order], by=owner)] * PEOPLE)

    refused = [outcome for outcome in outcomes if isinstance(outcome, AlreadyMatched)]
    assert len(refused) == PEOPLE - 1, outcomes
    payment = Payment.objects.get()
    bill.refresh_from_db()
    line.refresh_from_db()
    assert (payment.matched_minor, bill.settled_minor, line.unmatched_minor) == (135_85, 135_85, 0)


def test_money_in_becomes_a_refund_once(account, supplier, owner):
    line = BankTransactionFactory(statement=StatementFactory(bank_account=account), amount_minor=135_85, direction="in")
    note = make_credit_note(supplier=supplier, total_minor=1_500_00, by=owner)
    parts = [Returned(gbp(135_85), credit_note=note)]

    outcomes = at_once(
        [lambda: actions.refund_from_transaction(transaction=line, supplier=supplier, parts=parts, by=owner)] * PEOPLE
    )

    refused = [outcome for outcome in outcomes if isinstance(outcome, AlreadyMatched)]
    assert len(refused) == PEOPLE - 1, outcomes
    refund = Refund.objects.get()
    note.refresh_from_db()
    line.refresh_from_db()
    assert (refund.matched_minor, note.used_minor, line.unmatched_minor) == (135_85, 135_85, 0)


def test_a_refund_is_matched_or_voided_and_nothing_waits_for_ever(account, supplier, owner):
    line = BankTransactionFactory(statement=StatementFactory(bank_account=account), amount_minor=50_00, direction="in")
    refund = make_refund(account=account, supplier=supplier, minor=50_00, by=owner)

    def match():
        return actions.match(transaction=line, pairs=[(refund, gbp(50_00))], by=owner)

    def void():
        return actions.void_refund(refund=refund, on=TODAY, reason="Bounced", by=owner)

    outcomes = at_once([match, void] * (PEOPLE // 2))

    # A void that saw no match yet, and then finds one, is refused: the page is looked at again.
    assert all(not isinstance(one, Exception) or isinstance(one, Refused) for one in outcomes), outcomes
    assert any(isinstance(one, PaymentError | AlreadyMatched | actions.ReconciliationError) for one in outcomes)
    refund.refresh_from_db()
    line.refresh_from_db()
    live = sum(row.amount_minor for row in Match.objects.live())
    assert refund.matched_minor == line.matched_minor == live
    assert live == (0 if refund.status == "void" else 50_00)
