"""Real threads on a real database: a bank line comes in once, is matched once, and pays once."""

from __future__ import annotations

import pytest

from billpay.banking import actions as banking
from billpay.banking.models import BankTransaction
from billpay.banking.statements import ParsedStatement, StatementRow
from billpay.money.value import Money
from billpay.payments.actions import Order, Part
from billpay.payments.models import Payment
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
    make_payment,
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
