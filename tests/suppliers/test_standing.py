from datetime import timedelta

import pytest

from billpay.money.value import Money
from billpay.payments import actions as payments
from billpay.payments.actions import Order, Part
from billpay.suppliers import standing
from tests.factories import (
    TODAY,
    BankAccountFactory,
    CompanyFactory,
    SupplierFactory,
    header,
    make_bill,
    make_credit_note,
    make_payment,
    member,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def supplier():
    return SupplierFactory()


def gbp(minor):
    return Money(minor, "GBP")


def test_figures_are_owed_overdue_credit_on_account_and_the_balance_of_all(supplier):
    make_bill(
        supplier=supplier, total_minor=100_00, issued_on=TODAY - timedelta(days=40), due_on=TODAY - timedelta(days=1)
    )
    bill = make_bill(supplier=supplier, total_minor=60_00)
    make_bill(supplier=supplier, total_minor=500_00, open=False)
    make_credit_note(supplier=supplier, total_minor=25_00)
    payments.pay(
        company=supplier.company,
        header=header(BankAccountFactory(company=supplier.company)),
        order=Order(supplier=supplier, amount=gbp(70_00), parts=[Part(bill, gbp(60_00))]),
        by=member(supplier.company),
    )

    figures = standing.figures(supplier, today=TODAY)

    assert (figures.owed, figures.overdue) == ([gbp(100_00)], [gbp(100_00)])
    assert (figures.credit, figures.on_account) == ([gbp(25_00)], [gbp(10_00)])
    assert figures.balance == [gbp(65_00)]
    assert figures.paid_this_year == [gbp(70_00)]


def test_days_to_pay_count_from_bill_date_to_the_last_settlement_that_stands(supplier):
    account = BankAccountFactory(company=supplier.company)
    for days in (10, 21):
        bill = make_bill(supplier=supplier, issued_on=TODAY - timedelta(days=days))
        make_payment(account=account, bill=bill)

    assert standing.days_to_pay(supplier) == 16


def test_nobody_is_told_how_long_payment_takes_before_the_first(supplier):
    make_bill(supplier=supplier)

    assert standing.days_to_pay(supplier) is None


def test_sums_are_one_a_currency_with_the_usual_one_first(supplier):
    make_bill(supplier=supplier, total_minor=5_00, currency="EUR", rate=2)
    make_bill(supplier=supplier, total_minor=1_00)

    sums = standing.standings(supplier.company, [supplier], today=TODAY)[supplier.pk]

    assert sums.owed == [gbp(1_00), Money(5_00, "EUR")]


def test_suppliers_are_sorted_by_what_is_owed_in_the_base_currency():
    company = CompanyFactory()
    small, none, large = (SupplierFactory(company=company, name=name) for name in ("Small", "None", "Large"))
    make_bill(supplier=small, total_minor=90_00)
    make_bill(supplier=large, total_minor=50_00, currency="EUR", rate=2)

    found = standing.ordered(company, company.suppliers.all(), "-owed", today=TODAY)

    assert list(found) == [large, small, none]


@pytest.mark.parametrize("shown", ["owed", "overdue", "credit"])
def test_the_list_is_narrowed_to_suppliers_with_something(shown):
    company = CompanyFactory()
    supplier = SupplierFactory(company=company)
    SupplierFactory(company=company)
    make_bill(supplier=supplier, issued_on=TODAY - timedelta(days=40), due_on=TODAY - timedelta(days=1))
    make_credit_note(supplier=supplier)

    assert list(standing.narrowed(company, company.suppliers.all(), shown, today=TODAY)) == [supplier]
