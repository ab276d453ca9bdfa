"""The journal, one entry, and the trial balance."""

from datetime import timedelta

import pytest
from django.urls import reverse

from billpay.companies.models import Role
from billpay.ledger import reports
from billpay.money.value import Money
from tests.factories import TODAY, BankAccountFactory, CompanyFactory, SupplierFactory, make_bill, make_payment, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    return CompanyFactory(slug="harbour")


@pytest.fixture
def viewer(client, company):
    user = member(company, Role.VIEWER)
    client.force_login(user)
    return user


@pytest.fixture
def bill(company):
    return make_bill(
        supplier=SupplierFactory(company=company), total_minor=135_85, issued_on=TODAY - timedelta(days=10)
    )


def url(name, company, *args):
    return reverse(f"ledger:{name}", args=[company.slug, *args])


def test_the_journal_lists_entries_with_their_accounts(client, viewer, company, bill):
    page = client.get(url("journal", company))

    assert "£135.85" in page.text
    assert "7500" in page.text


@pytest.mark.parametrize(
    ("query", "count"),
    [("", 1), ("since=2026-03-07", 0), ("until=2026-03-05", 0), ("since=6/3/2026&until=6/3/2026", 1), ("account=x", 1)],
)
def test_the_journal_is_narrowed_to_days(client, viewer, company, bill, query, count):
    page = client.get(f"{url('journal', company)}?{query}")

    assert page.context["page"].paginator.count == count


def test_the_journal_of_one_account_shows_its_own_sides(client, viewer, company, bill):
    account = company.nominal_accounts.get(code="7500")

    (row,) = client.get(f"{url('journal', company)}?account={account.pk}").context["page"].object_list

    assert (row["debit"], row["credit"]) == (Money(135_85, "GBP"), None)


def test_the_journal_takes_a_constant_number_of_queries(client, viewer, company, django_assert_max_num_queries):
    for _ in range(6):
        make_bill(supplier=SupplierFactory(company=company))

    with django_assert_max_num_queries(12):
        client.get(url("journal", company))


def test_an_entry_shows_both_sides_and_what_it_is_for(client, viewer, company, bill):
    page = client.get(url("entry", company, company.journal_entries.get().pk))

    assert page.text.count("£135.85") == 4
    assert reverse("bills:detail", args=[company.slug, bill.pk]) in page.text


def test_an_entry_of_another_company_is_not_found(client, viewer, company):
    foreign = make_bill().company.journal_entries.get()

    assert client.get(url("entry", company, foreign.pk)).status_code == 404


def test_the_trial_balance_adds_up_on_any_day(company, bill):
    make_payment(account=BankAccountFactory(company=company), bill=bill, minor=35_85)

    before = reports.trial_balance(company, on=TODAY - timedelta(days=1))
    after = reports.trial_balance(company, on=TODAY)

    assert before.debit == before.credit == Money(135_85, "GBP")
    assert {row.account.code: row.credit and row.credit.minor for row in after.rows if row.credit} == {
        "2100": 100_00,
        company.bank_accounts.get().nominal_account.code: 35_85,
    }


def test_the_trial_balance_page(client, viewer, company, bill):
    page = client.get(f"{url('trial_balance', company)}?on=2026-03-16")

    assert "£135.85" in page.text
    assert "16 March 2026" in page.text
    assert client.get(f"{url('trial_balance', company)}?on=nonsense").status_code == 200
