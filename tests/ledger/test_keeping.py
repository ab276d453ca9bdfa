"""Keeping the chart of accounts, tax rates and tracking categories."""

from decimal import Decimal

import pytest
from django.urls import reverse

from billpay.companies import audit
from billpay.companies.models import Role
from billpay.ledger import keeping
from billpay.ledger.models import NominalAccount, TaxRate, TrackingCategory
from tests.factories import BankAccountFactory, CompanyFactory, SupplierFactory, make_bill, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    return CompanyFactory(slug="harbour")


@pytest.fixture
def owner(client, company):
    user = member(company, Role.OWNER)
    client.force_login(user)
    return user


def url(name, company, *args):
    return reverse(f"ledger:{name}", args=[company.slug, *args])


def test_add_leaves_a_trace(company, owner):
    row = keeping.add(model=TrackingCategory, company=company, values={"name": "Warehouse"}, by=owner)

    assert audit.trail(row).get().summary == "Tracking category Warehouse added"


def test_a_code_is_used_once(company, owner):
    values = {"code": "7500", "name": "Paper", "type": "expense"}

    with pytest.raises(keeping.ChartError, match="7500 already"):
        keeping.add(model=NominalAccount, company=company, values=values, by=owner)


def test_the_type_of_an_account_with_postings_stays(company, owner):
    make_bill(supplier=SupplierFactory(company=company))
    row = company.nominal_accounts.get(code="7500")

    with pytest.raises(keeping.ChartError, match="postings"):
        keeping.change(row=row, values={"type": "asset"}, by=owner)
    assert keeping.change(row=row, values={"name": "Paper"}, by=owner).name == "Paper"


def test_the_type_of_an_unused_account_changes(company, owner):
    row = company.nominal_accounts.get(code="7500")

    assert keeping.change(row=row, values={"type": "asset"}, by=owner).type == "asset"


def test_the_percentage_of_a_used_rate_stays(company, owner):
    row = company.tax_rates.get(code="STANDARD")
    SupplierFactory(company=company, default_tax_rate=row)

    with pytest.raises(keeping.ChartError, match="percentage stays"):
        keeping.change(row=row, values={"percent": Decimal(21)}, by=owner)


def test_accounts_that_the_books_need_are_not_archived(company, owner):
    with pytest.raises(keeping.ChartError, match="by themselves"):
        keeping.archive(row=company.nominal_accounts.get(role="payables"), by=owner)
    with pytest.raises(keeping.ChartError, match="bank account"):
        keeping.archive(row=BankAccountFactory(company=company).nominal_account, by=owner)


def test_archive_and_restore(company, owner):
    row = company.tax_rates.get(code="STANDARD")

    keeping.archive(row=row, by=owner)
    assert not company.tax_rates.active().filter(pk=row.pk).exists()

    keeping.restore(row=row, by=owner)
    assert company.tax_rates.active().filter(pk=row.pk).exists()


@pytest.mark.parametrize(
    ("kind", "fields", "rows"),
    [
        ("account", {"code": "7999", "name": "Sundries", "type": "expense"}, NominalAccount),
        ("tax_rate", {"code": "NEW", "name": "Twelve", "percent": "12.5 %"}, TaxRate),
        ("tracking", {"name": "Warehouse"}, TrackingCategory),
    ],
)
def test_owners_add_edit_archive_and_restore(client, owner, company, kind, fields, rows):
    client.post(url(f"{kind}_new", company), fields)
    row = rows.objects.get(company=company, name=fields["name"])

    client.post(url(f"{kind}_edit", company, row.pk), {**fields, "name": "Renamed"})
    row.refresh_from_db()
    assert row.name == "Renamed"

    page = client.post(url(f"{kind}_archive", company, row.pk), follow=True)
    assert url(f"{kind}_restore", company, row.pk) in page.text
    client.post(url(f"{kind}_restore", company, row.pk))
    row.refresh_from_db()
    assert row.archived_at is None
    assert client.get(url(f"{kind}_edit", company, row.pk)).status_code == 200


@pytest.mark.parametrize(
    ("kind", "fields", "why"),
    [
        ("account", {"code": "", "name": "x", "type": "expense"}, "Enter a code"),
        ("account", {"code": "7500", "name": "x", "type": "expense"}, "7500 already"),
        ("account", {"code": "1", "name": "x", "type": "nonsense"}, "valid choice"),
        ("tax_rate", {"code": "A", "name": "x", "percent": "101"}, "more than 100"),
        ("tax_rate", {"code": "A", "name": "x", "percent": "abc"}, "abc"),
        ("tracking", {"name": ""}, "Enter a name"),
    ],
)
def test_what_makes_no_sense_is_refused(client, owner, company, kind, fields, why):
    page = client.post(url(f"{kind}_new", company), fields)

    assert page.status_code == 422
    assert why in page.text


def test_archiving_what_the_books_need_is_refused_in_words(client, owner, company):
    row = company.nominal_accounts.get(role="payables")

    page = client.post(url("account_archive", company, row.pk))

    assert page.status_code == 422
    assert "cannot be archived" in page.text


def test_rows_of_another_company_are_not_found(client, owner, company):
    foreign = CompanyFactory().nominal_accounts.first()

    assert client.get(url("account_edit", company, foreign.pk)).status_code == 404
    assert client.post(url("account_archive", company, foreign.pk)).status_code == 404


def test_a_bookkeeper_only_looks(client, company):
    client.force_login(member(company, Role.BOOKKEEPER))

    page = client.get(url("accounts", company))

    assert "Accounts payable" in page.text
    assert url("account_new", company) not in page.text
    assert client.get(url("account_new", company)).status_code == 403
