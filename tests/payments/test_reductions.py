"""Early-payment discounts (rule 18) and write-offs: their terms, their limits, and what they post."""

from datetime import date
from decimal import Decimal

import pytest

from billpay.bills import actions as bill_actions
from billpay.money.value import Money
from billpay.payments import actions
from billpay.payments.actions import Order, Part, PaymentError
from billpay.payments.models import Source
from tests.factories import TODAY, header, line, make_bill, make_payment
from tests.payments.books import balance, sub_ledger

LAST, LATE = date(2026, 3, 26), date(2026, 3, 27)
GBP = "GBP"


def discounted(supplier, user, total_minor=1_000_00, *, tax="reduced", **fields):
    """An open bill with 2 % off until 26 March 2026."""
    bill = make_bill(supplier=supplier, total_minor=total_minor, open=False, by=user, **fields)
    bill.discount_percent, bill.discount_until, bill.discount_tax = Decimal(2), LAST, tax
    bill.save(update_fields=["discount_percent", "discount_until", "discount_tax"])
    return bill_actions.approve(bill=bill, by=user)


def pay(account, bill, user, *, cash, discount=0, write_off=0, on=TODAY):
    parts = [Part(bill, Money(cash, GBP))] if cash else []
    if discount:
        parts.append(Part(bill, Money(discount, GBP), Source.DISCOUNT))
    if write_off:
        parts.append(Part(bill, Money(write_off, GBP), Source.WRITE_OFF, reason="Rounding of theirs"))
    order = Order(supplier=bill.supplier, amount=Money(cash, GBP), parts=parts)
    return actions.pay(company=bill.company, header=header(account, paid_on=on), order=order, by=user)


def test_the_offer_is_on_the_whole_bill_whatever_was_paid(account, supplier, user):
    bill = discounted(supplier, user)
    pay(account, bill, user, cash=500_00)
    bill.refresh_from_db()

    assert actions.offer(bill, on=LAST).cash == Money(480_00, GBP)
    assert actions.offer(bill, on=LAST).discount == Money(20_00, GBP)
    assert actions.offer(bill, on=LATE).cash == Money(500_00, GBP)


def test_paid_in_time_with_the_discount_the_bill_is_paid(account, supplier, user):
    bill = discounted(supplier, user)

    pay(account, bill, user, cash=980_00, discount=20_00, on=LAST)

    bill.refresh_from_db()
    assert bill.state == "paid"
    assert (balance(bill.company, "discounts"), balance(bill.company, "payables")) == (-20_00, 0)


def test_a_day_late_there_is_none(account, supplier, user):
    with pytest.raises(PaymentError, match="ran out on 26 March 2026"):
        pay(account, discounted(supplier, user), user, cash=980_00, discount=20_00, on=LATE)


def test_the_discount_is_for_paying_in_full(account, supplier, user):
    with pytest.raises(PaymentError, match="1,000.00 GBP is left, this settles 500.00 GBP"):
        pay(account, discounted(supplier, user), user, cash=480_00, discount=20_00)


def test_more_than_the_discount_is_refused(account, supplier, user):
    with pytest.raises(PaymentError, match="is 20.00 GBP; 20.01 GBP is too much"):
        pay(account, discounted(supplier, user), user, cash=979_99, discount=20_01)


def test_a_bill_without_terms_has_none(account, supplier, user):
    with pytest.raises(PaymentError, match="has no early-payment discount"):
        pay(account, make_bill(supplier=supplier, by=user), user, cash=98_00, discount=2_00)


@pytest.mark.parametrize(("tax", "discount", "of_it_tax"), [("reduced", 2_40, 40), ("unchanged", 2_00, 0)])
def test_what_the_discount_does_to_the_tax(account, supplier, user, tax, discount, of_it_tax):
    rate = supplier.company.tax_rates.get(code="STANDARD")
    bill = discounted(supplier, user, lines=(line(supplier.company, 100_00, tax_rate=rate),), tax=tax)

    pay(account, bill, user, cash=120_00 - discount, discount=discount)

    company = bill.company
    assert bill.discount == Money(discount, GBP)
    assert balance(company, "tax") == 20_00 - of_it_tax
    assert balance(company, "discounts") == -(discount - of_it_tax)
    assert balance(company, "payables") == sub_ledger(company) == 0


def test_a_void_gives_discount_and_tax_back(account, supplier, user):
    bill = discounted(supplier, user)
    payment = pay(account, bill, user, cash=980_00, discount=20_00)

    actions.void(payment=payment, on=TODAY, reason="Returned", by=user)

    bill.refresh_from_db()
    assert (bill.outstanding_minor, balance(bill.company, "discounts")) == (1_000_00, 0)
    assert balance(bill.company, "payables") == -sub_ledger(bill.company) == -1_000_00


def test_undoing_the_discount_alone_leaves_it_outstanding(account, supplier, user):
    bill = discounted(supplier, user)
    payment = pay(account, bill, user, cash=980_00, discount=20_00)

    actions.undo_allocation(allocation=payment.allocations.get(source=Source.DISCOUNT), on=TODAY, by=user)

    bill.refresh_from_db()
    assert (bill.outstanding_minor, balance(bill.company, "discounts")) == (20_00, 0)
    assert actions.offer(bill, on=LAST).discount == Money(20_00, GBP)


def test_a_draft_completed_too_late_loses_its_discount(account, supplier, user):
    bill = discounted(supplier, user)
    parts = [Part(bill, Money(980_00, GBP)), Part(bill, Money(20_00, GBP), Source.DISCOUNT)]
    order = Order(supplier=supplier, amount=Money(980_00, GBP), parts=parts)
    draft = actions.pay(company=bill.company, header=header(account, draft=True), order=order, by=user)

    actions.complete(payment=draft, on=LATE, by=user)

    bill.refresh_from_db()
    assert (bill.state, bill.outstanding_minor, bill.reserved_minor) == ("partially_paid", 20_00, 0)


def test_a_small_rest_is_written_off(account, supplier, user):
    bill = make_bill(supplier=supplier, total_minor=100_03, by=user)

    pay(account, bill, user, cash=100_00, write_off=3)

    bill.refresh_from_db()
    assert (bill.state, balance(bill.company, "write_offs"), balance(bill.company, "payables")) == ("paid", -3, 0)


def test_a_rest_is_written_off_without_any_cash(account, supplier, user):
    bill = make_bill(supplier=supplier, total_minor=100_03, by=user)
    make_payment(account=account, bill=bill, minor=100_00, by=user)

    payment = pay(account, bill, user, cash=0, write_off=3)

    bill.refresh_from_db()
    assert (bill.state, payment.bank_minor) == ("paid", 0)


def test_write_offs_of_one_bill_count_together_against_the_limit(account, supplier, user):
    bill = make_bill(supplier=supplier, total_minor=100_00, by=user)
    pay(account, bill, user, cash=0, write_off=3_00)

    with pytest.raises(PaymentError, match="5.01 GBP of bill .* the limit is 5.00 GBP"):
        pay(account, bill, user, cash=0, write_off=2_01)


def test_nothing_is_written_off_before_the_day_of_the_bill(account, supplier, user):
    bill = make_bill(supplier=supplier, number="INV-7", issued_on=TODAY, by=user)

    with pytest.raises(PaymentError, match="Bill INV-7 is of 16 March 2026; nothing of it is written off on 15 March"):
        pay(account, bill, user, cash=0, write_off=3, on=date(2026, 3, 15))


def test_a_write_off_says_why(account, supplier, user):
    bill = make_bill(supplier=supplier, by=user)
    order = Order(supplier=supplier, amount=Money.zero(GBP), parts=[Part(bill, Money(1, GBP), Source.WRITE_OFF)])

    with pytest.raises(PaymentError, match="Say why 0.01 GBP"):
        actions.pay(company=bill.company, header=header(account), order=order, by=user)
