"""Paying in foreign currency: both amounts are said, with what the exchange is expected to bring or cost."""

from decimal import Decimal

import pytest
import time_machine

from billpay.bills import actions as bill_actions
from billpay.payments.models import Payment
from tests.factories import TODAY, BankAccountFactory, CompanyFactory, SupplierFactory, make_bill, member
from tests.payments.books import balance, sub_ledger
from tests.payments.test_run_views import boxes, record, start, to_review, words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(TODAY.isoformat() + " 12:00", tick=False):
        yield


def foreign_bill(company, currency, total_minor, rate, **fields):
    supplier = SupplierFactory(company=company, currency=currency)
    return make_bill(supplier=supplier, total_minor=total_minor, rate=Decimal(rate), **fields)


def test_a_euro_bill_from_a_pound_account_states_both_amounts_and_the_loss(desk, company):
    bill = foreign_bill(company, "EUR", 1_000_00, "0.8925")

    review = to_review(desk, start(desk, bill), rate="0.9")["Location"]
    page = words(desk.get(review))
    record(desk, review)

    assert "€1,000.00 at 0.9 = £900.00 leaves Operating" in page
    assert "About £7.50 loss against the rate of the bill" in page
    assert Payment.objects.get().bank_minor == 900_00
    assert (balance(company, "exchange"), balance(company, "payables"), sub_ledger(company)) == (7_50, 0, 0)


def test_a_better_rate_is_a_gain_and_the_fee_is_converted_too(desk, company):
    bill = foreign_bill(company, "EUR", 1_000_00, "0.8925")

    page = words(desk.get(to_review(desk, start(desk, bill), rate="0.88", fee="10.00")["Location"]))

    assert "€1,000.00 and €10.00 fee at 0.88 = £888.80 leaves Operating" in page
    assert "About £12.50 gain against the rate of the bill" in page


def test_a_part_realises_a_part(desk, company):
    bill = foreign_bill(company, "EUR", 1_000_00, "0.8925")

    page = words(desk.get(to_review(desk, start(desk, bill), rate="0.9", **{f"pay-{bill.pk}": "500.00"})["Location"]))

    assert "€500.00 at 0.9 = £450.00 leaves Operating" in page
    assert "About £3.75 loss" in page


def test_an_account_in_the_bills_currency_converts_nothing(desk, company):
    euros = BankAccountFactory(company=company, name="Euro account", currency="EUR")
    bill = foreign_bill(company, "EUR", 1_000_00, "0.8925")

    page = words(desk.get(to_review(desk, start(desk, bill), rate="0.9", bank_account=euros.pk)["Location"]))

    assert "leaves Euro account" not in page
    assert "About £7.50 loss against the rate of the bill" in page


def test_the_live_sums_state_both(desk, company):
    bill = foreign_bill(company, "EUR", 1_000_00, "0.8925")
    address = start(desk, bill)
    data = {**boxes(desk.get(address)), "rate": "0.9"}

    part = desk.post(address, {**data, "action": "anew"}, headers={"HX-Request": "true"})

    text = words(part).replace("\xa0", " ")
    assert "Cash EUR 1,000.00" in text
    assert "Leaves Operating GBP 900.00" in text


def test_one_step_states_both_and_the_loss(desk, account, company):
    bill = foreign_bill(company, "EUR", 1_000_00, "0.8925")
    data = {"amount": "1000.00", "bank_account": account.pk, "paid_on": TODAY.isoformat(), "rate": "0.9"}

    part = words(desk.post(f"/harbour/bills/{bill.pk}/pay/", {**data, "action": "anew"}, headers={"HX-Request": "1"}))

    assert "€1,000.00 at 0.9 = £900.00 leaves Operating" in part
    assert "About £7.50 loss" in part
    assert "Record payment, €1,000.00" in part


@pytest.mark.parametrize(
    ("currency", "total_minor", "rate", "typed", "paid_minor", "base_minor", "said"),
    [
        ("JPY", 10_000, "0.0055", "4000", 4_000, 22_00, "JP¥4,000 at 0.0055 = £22.00 leaves Operating"),
        ("KWD", 10_500, "2.6", "4.250", 4_250, 11_05, "KWD 4.250 at 2.6 = £11.05 leaves Operating"),
    ],
)
def test_yen_and_dinars(desk, company, currency, total_minor, rate, typed, paid_minor, base_minor, said):
    bill = foreign_bill(company, currency, total_minor, rate)
    address = start(desk, bill)

    review = to_review(desk, address, rate=rate, **{f"pay-{bill.pk}": typed})["Location"]
    page = words(desk.get(review)).replace("\xa0", " ")
    record(desk, review)

    payment = Payment.objects.get()
    assert said in page
    assert (payment.amount_minor, payment.bank_minor) == (paid_minor, base_minor)
    assert balance(company, "payables") == -sub_ledger(company)


@pytest.mark.parametrize(("currency", "typed"), [("JPY", "4000.5"), ("KWD", "4.2505")])
def test_more_decimals_than_the_currency_has_are_refused(desk, company, currency, typed):
    bill = foreign_bill(company, currency, 10_000, "2")

    response = to_review(desk, start(desk, bill), rate="2", **{f"pay-{bill.pk}": typed})

    assert response.status_code == 422
    assert typed in words(response)


@pytest.mark.parametrize(("base", "total_minor", "offer"), [("JPY", 10_000, "9800"), ("KWD", 10_000, "9.800")])
def test_discounts_in_companies_of_other_currencies(client, base, total_minor, offer):
    company = CompanyFactory(slug=f"in-{base.lower()}", base_currency=base)
    BankAccountFactory(company=company)
    owner = member(company)
    bill = make_bill(supplier=SupplierFactory(company=company), total_minor=total_minor, open=False, by=owner)
    bill.discount_percent, bill.discount_until = Decimal(2), TODAY
    bill.save(update_fields=["discount_percent", "discount_until"])
    bill_actions.approve(bill=bill, by=owner)
    client.force_login(owner)

    address = client.post(f"/{company.slug}/pay/", {"bill": bill.pk})["Location"]
    offered = boxes(client.get(address))[f"pay-{bill.pk}"]
    record(client, to_review(client, address)["Location"])

    bill.refresh_from_db()
    assert offered == offer
    assert (bill.state, balance(company, "discounts")) == ("paid", -total_minor // 50)
