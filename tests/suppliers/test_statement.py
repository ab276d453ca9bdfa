from datetime import date, timedelta
from decimal import Decimal

import pytest

from billpay.bills import actions as bills
from billpay.credit_notes import actions as credit_notes
from billpay.money.value import Money
from billpay.payments import actions as payments
from billpay.payments.actions import Order, Part, Returned
from billpay.payments.models import Source
from billpay.suppliers import standing, statement
from tests.factories import (
    TODAY,
    BankAccountFactory,
    SupplierFactory,
    header,
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


def reduced(supplier, by):
    """A bill of 1,000.00 paid with 979.00, a discount of 20.00, and 1.00 written off."""
    bill = make_bill(supplier=supplier, total_minor=1_000_00, open=False, by=by, issued_on=TODAY - 9 * DAY, number="A1")
    bill.discount_percent, bill.discount_until = Decimal(2), TODAY
    bill.save(update_fields=["discount_percent", "discount_until"])
    bill = bills.approve(bill=bill, by=by)
    account = BankAccountFactory(company=supplier.company)
    parts = [
        Part(bill, Money(979_00, "GBP")),
        Part(bill, Money(20_00, "GBP"), Source.DISCOUNT),
        Part(bill, Money(1_00, "GBP"), Source.WRITE_OFF, reason="Rounding of theirs"),
    ]
    order = Order(supplier=supplier, amount=Money(979_00, "GBP"), parts=parts)
    head = header(account, paid_on=TODAY - 3 * DAY)
    return payments.pay(company=supplier.company, header=head, order=order, by=by)


def test_a_discount_and_a_write_off_are_lines_beside_their_payment(supplier):
    payment = reduced(supplier, member(supplier.company))

    found = drawn(supplier)

    assert shape(found)[1:] == [
        (TODAY - 3 * DAY, "Payment", -979_00, 21_00),
        (TODAY - 3 * DAY, "Discount", -20_00, 1_00),
        (TODAY - 3 * DAY, "Write-off", -1_00, 0),
    ]
    assert {line.number for line in found.lines[1:]} == {payment.number}
    assert [line.reference for line in found.lines[2:]] == ["A1", "Rounding of theirs"]
    assert standing.figures(supplier, today=TODAY).balance == []


def test_what_is_undone_of_a_payment_is_a_line_of_its_own(supplier):
    user = member(supplier.company)
    payment = reduced(supplier, user)
    discount = payment.allocations.get(source=Source.DISCOUNT)
    payments.undo_allocation(allocation=discount, on=TODAY - 2 * DAY, by=user)
    payments.void(payment=payment, on=TODAY - DAY, reason="Returned", by=user)

    found = drawn(supplier)

    assert shape(found)[4:] == [
        (TODAY - 2 * DAY, "Discount undone", 20_00, 20_00),
        (TODAY - 1 * DAY, "Payment void", 979_00, 999_00),
        (TODAY - 1 * DAY, "Write-off undone", 1_00, 1_000_00),
    ]
    assert [found.closing] == standing.figures(supplier, today=TODAY).balance
    assert drawn(supplier, since=TODAY - DAY).opening.minor == 20_00


def test_an_unfinished_payment_takes_nothing_off(supplier):
    user = member(supplier.company)
    bill = make_bill(supplier=supplier, total_minor=100_00)
    parts = [Part(bill, Money(1_00, "GBP"), Source.WRITE_OFF, reason="Rounding")]
    order = Order(supplier=supplier, amount=Money(0, "GBP"), parts=parts)
    head = header(BankAccountFactory(company=supplier.company), draft=True)
    payments.pay(company=supplier.company, header=head, order=order, by=user)

    assert [line.kind for line in drawn(supplier).lines] == ["Bill"]


def test_a_refund_and_its_void_are_lines(supplier):
    user = member(supplier.company)
    note = make_credit_note(supplier=supplier, total_minor=50_00, issued_on=TODAY - 5 * DAY)
    refund = payments.refund(
        company=supplier.company,
        supplier=supplier,
        bank_account=BankAccountFactory(company=supplier.company),
        received_on=TODAY - 3 * DAY,
        parts=[Returned(Money(20_00, "GBP"), credit_note=note)],
        by=user,
    )
    assert shape(drawn(supplier))[1:] == [(TODAY - 3 * DAY, "Refund", 20_00, -30_00)]
    assert [drawn(supplier).closing] == standing.figures(supplier, today=TODAY).balance

    payments.void_refund(refund=refund, on=TODAY, reason="Never arrived", by=user)

    assert shape(drawn(supplier))[2:] == [(TODAY, "Refund void", -20_00, -50_00)]


def test_a_statement_takes_as_many_queries_however_long_it_is(supplier, django_assert_num_queries):
    reduced(supplier, member(supplier.company))
    for _ in range(3):
        make_bill(supplier=supplier)

    with django_assert_num_queries(10):
        drawn(supplier)


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
