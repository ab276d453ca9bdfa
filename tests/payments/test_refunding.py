"""Money that a supplier sends back: of a credit note, or of money on account."""

from datetime import date
from decimal import Decimal

import pytest

from billpay.money.value import Money
from billpay.payments import actions
from billpay.payments.actions import Order, PaymentError, Returned
from tests.factories import (
    TODAY,
    BankAccountFactory,
    SupplierFactory,
    header,
    make_bill,
    make_credit_note,
    make_payment,
)
from tests.payments.books import balance, sub_ledger


@pytest.fixture
def note(supplier, user):
    return make_credit_note(supplier=supplier, total_minor=50_00, by=user)


@pytest.fixture
def advance(company, account, supplier, user):
    """100.00 paid, all of it on account."""
    order = Order(supplier=supplier, amount=Money(100_00, "GBP"))
    return actions.pay(company=company, header=header(account), order=order, by=user)


def receive(account, supplier, user, *parts, **fields):
    return actions.refund(
        company=account.company,
        supplier=supplier,
        bank_account=account,
        received_on=TODAY,
        parts=parts,
        by=user,
        **fields,
    )


def test_a_credit_note_is_refunded_in_part(account, supplier, user, note):
    refund = receive(account, supplier, user, Returned(Money(20_00, "GBP"), credit_note=note))

    note.refresh_from_db()
    assert (refund.number, refund.amount, refund.bank_minor) == ("REF-00001", Money(20_00, "GBP"), 20_00)
    assert (note.used_minor, note.remaining_minor, note.state) == (20_00, 30_00, "partly_used")
    assert balance(account.company, "payables") == -sub_ledger(account.company) == 30_00


def test_more_than_remains_is_refused(account, supplier, user, note):
    with pytest.raises(PaymentError, match="has 50.00 GBP remaining; 50.01 GBP is too much"):
        receive(account, supplier, user, Returned(Money(50_01, "GBP"), credit_note=note))


def test_money_on_account_is_refunded(account, supplier, user, advance):
    receive(account, supplier, user, Returned(Money(60_00, "GBP"), from_payment=advance))

    advance.refresh_from_db()
    assert (advance.allocated_minor, advance.on_account) == (60_00, Money(40_00, "GBP"))
    assert balance(account.company, "payables") == -sub_ledger(account.company) == 40_00


def test_what_was_refunded_cannot_be_allocated_too(company, account, supplier, user, advance):
    receive(account, supplier, user, Returned(Money(60_00, "GBP"), from_payment=advance))

    with pytest.raises(PaymentError, match="has 40.00 GBP on account; 40.01 GBP is too much"):
        receive(account, supplier, user, Returned(Money(40_01, "GBP"), from_payment=advance))


def test_a_payment_whose_money_came_back_is_not_voided(account, supplier, user, advance):
    receive(account, supplier, user, Returned(Money(60_00, "GBP"), from_payment=advance))

    with pytest.raises(PaymentError, match="60.00 GBP of PAY-00001 came back as REF-00001"):
        actions.void(payment=advance, on=TODAY, reason="Wrong", by=user)


def test_another_suppliers_credit_is_refused(company, account, supplier, user):
    foreign = make_credit_note(supplier=SupplierFactory(company=company, name="Tarka"), by=user)

    with pytest.raises(PaymentError, match="is Tarka's, not PowerDirect's"):
        receive(account, supplier, user, Returned(Money(1_00, "GBP"), credit_note=foreign))


def test_a_void_refund_gives_the_credit_back(account, supplier, user, note):
    refund = receive(account, supplier, user, Returned(Money(50_00, "GBP"), credit_note=note))

    void = actions.void_refund(refund=refund, on=date(2026, 3, 20), reason="Bounced", by=user)

    note.refresh_from_db()
    assert (void.status, note.state) == ("void", "open")
    assert balance(account.company, "payables") == 50_00
    with pytest.raises(PaymentError, match="void already"):
        actions.void_refund(refund=refund, on=date(2026, 3, 20), reason="Again", by=user)


def test_a_foreign_refund_realises_its_difference(company, user):
    supplier = SupplierFactory(company=company, currency="EUR")
    account = BankAccountFactory(company=company, name="Main")
    note = make_credit_note(supplier=supplier, total_minor=1_000_00, currency="EUR", rate=Decimal("0.885"), by=user)

    refund = receive(account, supplier, user, Returned(Money(1_000_00, "EUR"), credit_note=note), rate=Decimal("0.90"))

    assert (refund.bank_minor, balance(company, "exchange")) == (900_00, -15_00)
    assert balance(company, "payables") == 0


@pytest.mark.parametrize(("currency", "minor"), [("JPY", 12_345), ("KWD", 12_345)])
def test_currencies_of_none_and_three_decimals(company, user, currency, minor):
    supplier = SupplierFactory(company=company, currency=currency)
    account = BankAccountFactory(company=company, name="Main")
    bill = make_bill(supplier=supplier, total_minor=minor, currency=currency, rate=Decimal("0.005"), by=user)

    payment = make_payment(account=account, bill=bill, by=user, rate=Decimal("0.006"))

    assert payment.bank_minor == {"JPY": 74_07, "KWD": 7}[currency]
    assert balance(company, "payables") == sub_ledger(company) == 0
