"""The journal, one entry, and the trial balance."""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse

from billpay.companies.models import Role
from billpay.ledger import reports
from billpay.ledger.standpoint import Standpoint
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


def file_of(response):
    return b"".join(response.streaming_content).decode().removeprefix("\ufeff").splitlines()


def url(name, company, *args):
    return reverse(f"ledger:{name}", args=[company.slug, *args])


def test_the_journal_lists_entries_with_their_accounts(client, viewer, company, bill):
    page = client.get(url("journal", company))

    assert page.text.count("135.85") == 2
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

    assert [(line["debit"], line["credit"]) for line in row["lines"]] == [(Money(135_85, "GBP"), None)]


def test_the_journal_takes_a_constant_number_of_queries(client, viewer, company, django_assert_max_num_queries):
    for _ in range(6):
        make_bill(supplier=SupplierFactory(company=company))

    with django_assert_max_num_queries(12):
        assert client.get(url("journal", company)).status_code == 200


@pytest.mark.parametrize(
    ("query", "count"), [("q=ACME", 1), ("q=tea", 0), ("kind=bill", 1), ("kind=payment", 0), ("known=2026-03-15", 0)]
)
def test_the_journal_is_narrowed_to_words_kinds_and_what_was_known(client, viewer, company, query, count):
    with time_machine.travel("2026-03-16 09:00", tick=False):
        make_bill(supplier=SupplierFactory(company=company, name="Acme Paper"), issued_on=TODAY - timedelta(days=10))

    page = client.get(f"{url('journal', company)}?{query}")

    assert page.context["page"].paginator.count == count


def test_the_journal_says_when_an_entry_was_entered_later_than_its_date(client, viewer, company):
    with time_machine.travel("2026-03-16 09:00", tick=False):
        make_bill(supplier=SupplierFactory(company=company), issued_on=TODAY - timedelta(days=10))
        make_bill(supplier=SupplierFactory(company=company), issued_on=TODAY)

    rows = client.get(url("journal", company)).context["page"].object_list

    assert [row["entered"] for row in rows] == [None, TODAY]


def test_the_file_of_the_journal_has_the_lines_of_the_page(client, viewer, company, bill):
    account = company.nominal_accounts.get(code="7500")

    lines = file_of(client.get(f"{url('journal_export', company)}?account={account.pk}"))

    [entry] = company.journal_entries.all()
    assert lines[0] == "Entry,Date,Entered,Kind,Description,Account,Account name,Debit,Credit,By"
    assert lines[1].startswith(f"{entry.pk},2026-03-06,{entry.created_at:%Y-%m-%d}T")
    assert lines[1].endswith(f'Bill,"{entry.description}",7500,{account.name},135.85,,{entry.created_by}')
    assert len(lines) == 2


@pytest.mark.parametrize("name", ["journal_export", "trial_balance_export"])
def test_a_day_that_cannot_be_read_is_said_and_gives_no_file(client, viewer, company, bill, name):
    answer = client.get(f"{url(name, company)}?known=2026-02-30")

    assert answer.status_code == 422
    assert "There is a problem" in answer.text


def test_an_entry_shows_both_sides_and_what_it_is_for(client, viewer, company, bill):
    page = client.get(url("entry", company, company.journal_entries.get().pk))

    assert page.text.count("£135.85") == 4
    assert reverse("bills:detail", args=[company.slug, bill.pk]) in page.text


def test_an_entry_of_another_company_is_not_found(client, viewer, company):
    foreign = make_bill().company.journal_entries.get()

    assert client.get(url("entry", company, foreign.pk)).status_code == 404


def test_the_trial_balance_adds_up_on_any_day(company, bill):
    make_payment(account=BankAccountFactory(company=company), bill=bill, minor=35_85)

    before = reports.trial_balance(company, at=Standpoint(TODAY - timedelta(days=1)))
    after = reports.trial_balance(company, at=Standpoint(TODAY))

    assert before.debit == before.credit == Money(135_85, "GBP")
    assert {row.account.code: row.credit and row.credit.minor for row in after.rows if row.credit} == {
        "2100": 100_00,
        company.bank_accounts.get().nominal_account.code: 35_85,
    }


def test_the_trial_balance_page(client, viewer, company, bill):
    page = client.get(f"{url('trial_balance', company)}?on=2026-03-16")

    assert "£135.85" in page.text
    assert "16 March 2026" in page.text
    assert client.get(f"{url('trial_balance', company)}?on=nonsense").status_code == 422


def test_the_trial_balance_as_it_was_known_leaves_out_what_was_entered_later(company):
    """A bill of 1 February, entered on 1 March."""
    with time_machine.travel("2026-03-01 09:00", tick=False):
        make_bill(supplier=SupplierFactory(company=company), total_minor=135_85, issued_on=date(2026, 2, 1))

    now = reports.trial_balance(company, at=Standpoint(date(2026, 2, 28)))
    then = reports.trial_balance(company, at=Standpoint(date(2026, 2, 28), known_on=date(2026, 2, 28)))
    a_day_later = reports.trial_balance(company, at=Standpoint(date(2026, 2, 28), known_on=date(2026, 3, 1)))

    assert now.credit == a_day_later.credit == Money(135_85, "GBP")
    assert then.rows == []


def test_the_page_takes_both_days(client, viewer, company):
    with time_machine.travel("2026-03-01 09:00", tick=False):
        make_bill(supplier=SupplierFactory(company=company), total_minor=135_85, issued_on=date(2026, 2, 1))

    then = client.get(f"{url('trial_balance', company)}?on=2026-02-28&known=2026-02-28")
    refused = client.get(f"{url('trial_balance', company)}?known=soon")

    assert "as known on 28 February 2026" in then.text and "135.85" not in then.text
    assert "135.85" in refused.text and refused.context["form"].errors


def test_the_file_of_the_trial_balance(client, viewer, company, bill):
    lines = file_of(client.get(f"{url('trial_balance_export', company)}?on=2026-03-16"))

    assert lines == [
        "As of,As known on,Code,Account,Type,Currency,Debit,Credit",
        "2026-03-16,,2100,Accounts payable,Liability,GBP,,135.85",
        f"2026-03-16,,7500,{company.nominal_accounts.get(code='7500').name},Expense,GBP,135.85,",
        "2026-03-16,,,Total,,GBP,135.85,135.85",
    ]
