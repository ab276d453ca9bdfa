"""`manage.py create_company`: makes a company that works, or writes nothing."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from billpay.companies.actions import RESERVED_SLUGS
from billpay.companies.models import Company, Role, User
from tests.factories import CompanyFactory, UserFactory

pytestmark = pytest.mark.django_db


def create(slug: str = "northwind", **options: str) -> str:
    out = StringIO()
    call_command(
        "create_company",
        slug,
        **{"name": "Northwind", "currency": "GBP", "owner": "ann@example.test", **options},
        stdout=out,
    )
    return out.getvalue()


def test_it_makes_the_company_its_books_its_methods_and_its_owner():
    create()

    company = Company.objects.get(slug="northwind")
    assert (company.name, company.base_currency) == ("Northwind", "GBP")
    assert company.nominal_accounts.filter(role="payables").exists()
    assert company.tax_rates.exists()
    assert company.payment_methods.exists()
    assert company.memberships.get().role == Role.OWNER


def test_a_new_owner_has_no_password_and_is_told_how_to_get_one():
    assert "manage.py changepassword ann@example.test" in create()

    assert not User.objects.get(email="ann@example.test").has_usable_password()


def test_an_owner_who_is_here_already_keeps_their_account():
    ann = UserFactory(email="ann@example.test", name="Ann")

    said = create(owner="Ann@Example.test")

    assert "changepassword" not in said
    assert ann.memberships.get().company.slug == "northwind"


@pytest.mark.parametrize("slug", sorted(RESERVED_SLUGS))
def test_addresses_of_the_site_are_refused(slug):
    with pytest.raises(CommandError, match="cannot have the address"):
        create(slug)

    assert not Company.objects.exists()
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"currency": "XYZ"}, "XYZ is not a currency"),
        ({"currency": "pounds"}, "POUNDS is not a currency"),
        ({"owner": "nobody"}, "valid email"),
        ({"name": "  "}, "1 to 120 characters"),
        ({"name": "x" * 121}, "1 to 120 characters"),
        ({"slug": "two words"}, "valid"),
        ({"slug": "x" * 41}, "cannot have the address"),
    ],
)
def test_what_is_not_what_it_should_be_is_refused_and_nothing_written(options, why):
    with pytest.raises(CommandError, match=why):
        create(**options)

    assert not Company.objects.exists()
    assert not User.objects.exists()


def test_a_taken_slug_is_refused_and_no_owner_is_made():
    CompanyFactory(slug="northwind")

    with pytest.raises(CommandError, match="There is a company at /northwind/ already"):
        create()

    assert not User.objects.exists()


def test_a_password_from_standard_input_is_checked(monkeypatch):
    monkeypatch.setattr("sys.stdin", StringIO("short\n"))

    with pytest.raises(CommandError, match="too short"):
        create(password_stdin=True)

    assert not Company.objects.exists()


def test_a_password_from_standard_input_lets_the_owner_in(monkeypatch):
    monkeypatch.setattr("sys.stdin", StringIO("a-long-enough-one\n"))

    create(password_stdin=True)

    assert User.objects.get().check_password("a-long-enough-one")
