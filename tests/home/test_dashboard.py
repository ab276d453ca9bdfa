"""The dashboard: what is owed, by when it is due; the first steps; where people start."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billpay.home import board, overview
from billpay.money.value import Money
from tests.factories import (
    TODAY,
    BankAccountFactory,
    CompanyFactory,
    SupplierFactory,
    UserFactory,
    make_bill,
    make_credit_note,
    make_payment,
    member,
)

pytestmark = pytest.mark.django_db


def due(days: int, total_minor: int, supplier, **fields):
    on = TODAY + timedelta(days=days)
    return make_bill(supplier=supplier, total_minor=total_minor, due_on=on, issued_on=on - timedelta(days=14), **fields)


@pytest.mark.parametrize(
    ("days", "bucket"),
    [(0, "current"), (40, "current"), (-1, "late30"), (-30, "late30"), (-31, "late60"), (-60, "late60"),
     (-61, "late90"), (-90, "late90"), (-91, "later"), (-400, "later")],
)  # fmt: skip
def test_a_bill_is_aged_by_its_due_date(days, bucket):
    supplier = SupplierFactory()
    due(days, 100_00, supplier)

    figures = overview.owed(supplier.company, overview.ageing_spans(TODAY)).by_span

    assert [code for code, figure in figures.items() if figure.count] == [bucket]
    assert figures[bucket].amounts == (Money(100_00, "GBP"),)


@pytest.mark.parametrize(
    ("days", "week"), [(-1, "overdue"), (0, "week1"), (6, "week1"), (7, "week2"), (27, "week4"), (28, None)]
)
def test_cash_is_needed_in_the_week_of_the_due_date(days, week):
    supplier = SupplierFactory()
    due(days, 100_00, supplier)

    figures = overview.owed(supplier.company, overview.cash_spans(TODAY)).by_span

    assert [code for code, figure in figures.items() if figure.count] == ([week] if week else [])


def test_only_what_is_left_of_open_bills_is_owed():
    supplier = SupplierFactory()
    account = BankAccountFactory(company=supplier.company)
    make_payment(account=account, bill=due(-3, 100_00, supplier), minor=40_00)
    make_payment(account=account, bill=due(-3, 70_00, supplier))
    due(-3, 500_00, supplier, open=False)

    owed = overview.owed(supplier.company, [])

    assert owed.total.amounts == (Money(60_00, "GBP"),)
    assert owed.total.about is None


def test_currencies_are_counted_apart_and_together_at_the_rates_of_the_bills():
    supplier = SupplierFactory()
    foreign = SupplierFactory(company=supplier.company, currency="EUR")
    due(-3, 100_00, supplier)
    due(-3, 200_00, foreign, rate=Decimal("0.85"))

    total = overview.owed(supplier.company, []).total

    assert total.amounts == (Money(100_00, "GBP"), Money(200_00, "EUR"))
    assert total.about == Money(270_00, "GBP")


def test_credit_and_advances_are_shown_while_there_are_any():
    supplier = SupplierFactory()
    make_bill(supplier=supplier)
    make_credit_note(supplier=supplier, total_minor=25_44)
    make_credit_note(supplier=supplier, total_minor=10_00, open=False)

    cards = {card.label: card for card in board.context(supplier.company, today=TODAY)["cards"]}

    assert [one.amount for one in cards["Unused credit"].amounts] == [Money(25_44, "GBP")]
    assert cards["Money on account"].count == 0


@time_machine.travel(TODAY)
def test_the_number_of_queries_does_not_grow_with_the_bills(client):
    supplier = SupplierFactory()
    owner = member(supplier.company)
    client.force_login(owner)
    address = f"/{supplier.company.slug}/"
    due(-3, 100_00, supplier, by=owner)
    due(5, 100_00, SupplierFactory(company=supplier.company, currency="EUR"), by=owner)
    client.get(address)
    with CaptureQueriesContext(connection) as first:
        client.get(address)
    for days in range(-40, 30, 7):
        due(days, 100_00, SupplierFactory(company=supplier.company), by=owner)

    with CaptureQueriesContext(connection) as second:
        client.get(address)

    assert len(second) == len(first)


def test_another_companys_bills_are_not_counted():
    make_bill(total_minor=999_00)
    company = CompanyFactory()

    assert overview.owed(company, []).total.count == 0
    assert overview.top_creditors(company) == []


def test_a_new_company_is_shown_its_first_steps(client):
    company = CompanyFactory()
    BankAccountFactory(company=company)
    client.force_login(member(company))

    page = client.get(f"/{company.slug}/")

    assert "Welcome to" in page.text
    assert page.text.count("first-step-done") == 1
    assert "Enter a bill" in page.text


def test_a_viewer_of_a_new_company_is_offered_nothing_to_change(client):
    company = CompanyFactory()
    client.force_login(member(company, "viewer"))

    page = client.get(f"/{company.slug}/")

    assert "first-step" in page.text
    assert "/bills/new/" not in page.text


def test_strangers_get_no_dashboard(client):
    company = CompanyFactory()
    client.force_login(UserFactory())

    assert client.get(f"/{company.slug}/").status_code == 404


def test_whoever_has_one_company_starts_there(client):
    company = CompanyFactory()
    client.force_login(member(company))

    assert client.get("/").headers["Location"] == f"/{company.slug}/"


def test_whoever_has_several_chooses(client):
    company = CompanyFactory()
    user = member(company)
    CompanyFactory(name="The other one").memberships.create(user=user, role="viewer")
    client.force_login(user)

    page = client.get("/")

    assert page.status_code == 200
    assert "The other one" in page.text


def test_whoever_has_none_is_told_what_to_do(client):
    client.force_login(UserFactory())

    assert "Ask an owner of your company" in client.get("/").text
