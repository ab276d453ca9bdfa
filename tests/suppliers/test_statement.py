from datetime import date, timedelta

import pytest

from billpay.bills import actions as bills
from billpay.credit_notes import actions as credit_notes
from billpay.payments import actions as payments
from billpay.suppliers import standing, statement
from tests.factories import (
    TODAY,
    BankAccountFactory,
    SupplierFactory,
    make_bill,
    make_credit_note,
    make_payment,
    member,
)

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def supplier():
    return SupplierFactory()


def drawn(supplier, since=date(2025, 1, 1), until=TODAY):
    return statement.draw(supplier, currency="GBP", since=since, until=until)


def shape(found):
    return [(line.on, line.kind, line.amount.minor, line.balance.minor) for line in found.lines]


def test_bills_credit_notes_and_payments_run_to_the_balance(supplier):
    bill = make_bill(supplier=supplier, total_minor=100_00, issued_on=TODAY - 9 * DAY)
    make_credit_note(supplier=supplier, total_minor=25_00, issued_on=TODAY - 5 * DAY)
    make_payment(account=BankAccountFactory(company=supplier.company), bill=bill, minor=40_00)

    assert shape(drawn(supplier)) == [
        (TODAY - 9 * DAY, "Bill", 100_00, 100_00),
        (TODAY - 5 * DAY, "Credit note", -25_00, 75_00),
        (TODAY, "Payment", -40_00, 35_00),
    ]
    assert [drawn(supplier).closing] == standing.figures(supplier, today=TODAY).balance


def test_drafts_are_no_lines(supplier):
    make_bill(supplier=supplier, open=False)
    make_credit_note(supplier=supplier, open=False)
    make_payment(account=BankAccountFactory(company=supplier.company), bill=make_bill(supplier=supplier), draft=True)

    assert [line.kind for line in drawn(supplier).lines] == ["Bill"]


def test_a_void_is_a_line_of_its_own_on_its_own_day(supplier):
    user = member(supplier.company)
    bill = make_bill(supplier=supplier, total_minor=100_00, issued_on=TODAY - 9 * DAY)
    payment = make_payment(
        account=BankAccountFactory(company=supplier.company), bill=bill, minor=40_00, paid_on=TODAY - 3 * DAY
    )
    payments.void(payment=payment, on=TODAY - 2 * DAY, reason="Returned", by=user)
    bills.void(bill=bill, on=TODAY - 1 * DAY, reason="Entered twice", by=user)

    assert shape(drawn(supplier))[1:] == [
        (TODAY - 3 * DAY, "Payment", -40_00, 60_00),
        (TODAY - 2 * DAY, "Payment void", 40_00, 100_00),
        (TODAY - 1 * DAY, "Bill void", -100_00, 0),
    ]


def test_what_was_before_is_in_the_opening_balance(supplier):
    user = member(supplier.company)
    make_bill(supplier=supplier, total_minor=100_00, issued_on=TODAY - 9 * DAY)
    note = make_credit_note(supplier=supplier, total_minor=25_00, issued_on=TODAY - 9 * DAY)
    credit_notes.void(note=note, on=TODAY - 4 * DAY, reason="Withdrawn", by=user)

    found = drawn(supplier, since=TODAY - 4 * DAY)

    assert found.opening.minor == 75_00
    assert shape(found) == [(TODAY - 4 * DAY, "Credit note void", 25_00, 100_00)]
    assert drawn(supplier, since=TODAY - 3 * DAY).opening.minor == 100_00


def test_currencies_are_never_mixed(supplier):
    make_bill(supplier=supplier, total_minor=100_00)
    make_bill(supplier=supplier, total_minor=7_00, currency="EUR", rate=2)

    assert statement.currencies(supplier) == ["GBP", "EUR"]
    assert drawn(supplier).closing.minor == 100_00


def test_it_runs_to_the_last_document_where_that_is_later_than_today(supplier):
    make_bill(supplier=supplier, issued_on=TODAY + 3 * DAY)

    assert statement.last_day(supplier, "GBP", today=TODAY) == TODAY + 3 * DAY


def test_it_begins_with_the_month_before_last():
    assert statement.usual_start(date(2026, 1, 31)) == date(2025, 11, 1)
