"""What a supplier grants for paying early."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from billpay.companies import audit
from billpay.companies.models import Role
from billpay.suppliers import actions
from billpay.suppliers.models import DiscountTax, Supplier
from tests.factories import CompanyFactory, SupplierFactory, member

pytestmark = pytest.mark.django_db

ENTERED = {"name": "Acme Paper", "currency": "GBP", "terms": "days", "terms_days": "30"}


@pytest.fixture
def company():
    return CompanyFactory(slug="acme")


@pytest.fixture
def bookkeeper(client, company):
    user = member(company, Role.BOOKKEEPER)
    client.force_login(user)
    return user


@pytest.mark.parametrize(
    ("percent", "days", "until"),
    [("2", 10, date(2026, 3, 11)), ("2", 0, date(2026, 3, 1)), ("0", 10, None)],
)
def test_the_last_day_of_a_discount_is_counted_from_the_bill(percent, days, until):
    supplier = Supplier(discount_percent=Decimal(percent), discount_days=days)

    assert supplier.discount_until(date(2026, 3, 1)) == until


@pytest.mark.parametrize("percent", ["-0.0001", "100"])
def test_the_database_refuses_a_discount_that_is_none(percent):
    supplier = SupplierFactory()

    with pytest.raises(IntegrityError, match="supplier_discount_within_the_bill"), transaction.atomic():
        Supplier.objects.filter(pk=supplier.pk).update(discount_percent=Decimal(percent))


def test_a_discount_is_entered_and_shown(client, company, bookkeeper):
    sent = {**ENTERED, "discount_percent": "2.5 %", "discount_days": "10", "discount_tax": "unchanged"}

    answer = client.post(reverse("suppliers:new", args=["acme"]), sent)

    added = company.suppliers.get()
    assert (added.discount_percent, added.discount_days) == (Decimal("2.5"), 10)
    assert added.discount_tax == DiscountTax.UNCHANGED
    assert "2.5 % within 10 days" in client.get(answer["Location"]).text
    assert "2.5 % within 10 days" in client.get(reverse("suppliers:list", args=["acme"])).text


def test_a_supplier_without_a_discount_needs_none_of_it(client, company, bookkeeper):
    client.post(reverse("suppliers:new", args=["acme"]), ENTERED)

    added = company.suppliers.get()
    assert (added.discount_percent, added.discount_days, added.discount_tax) == (0, 0, DiscountTax.REDUCED)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"discount_percent": "2"}, "Enter within how many days; 0 is on the day of the bill."),
        ({"discount_days": "10"}, "Enter the discount for paying within 10 days, or no days."),
        ({"discount_percent": "100", "discount_days": "10"}, "A discount is less than 100 %."),
        ({"discount_percent": "lots", "discount_days": "10"}, "lots"),
        ({"discount_percent": "2", "discount_days": "soon"}, "Enter the days of the discount as a number"),
        ({"discount_percent": "2", "discount_days": "1", "discount_tax": "none"}, "Error: "),
    ],
)
def test_half_a_discount_comes_back_with_the_reason(client, company, bookkeeper, typed, words):
    page = client.post(reverse("suppliers:new", args=["acme"]), {**ENTERED, **typed})

    assert page.status_code == 422 and words in page.text
    assert not company.suppliers.exists()


def test_the_trail_says_in_words_what_was_agreed():
    supplier = SupplierFactory(name="Acme", terms_days=30)
    values = {"discount_percent": Decimal("2.50"), "discount_days": 10, "discount_tax": DiscountTax.UNCHANGED}

    actions.edit(supplier=supplier, values=values, version=1, by=member(supplier.company))

    event = audit.trail(supplier).get()
    assert "early-payment discount none → 2.5; days to pay with discount" in event.summary
    assert "tax of the discount Tax falls with the discount → Tax stays as invoiced" in event.summary
    assert event.detail["after"]["discount_percent"] == "2.5"


def test_the_same_discount_again_leaves_nothing():
    supplier = SupplierFactory(discount_percent=Decimal("2.5000"), discount_days=10)

    actions.edit(supplier=supplier, values={"discount_percent": Decimal("2.5")}, version=1, by=member(supplier.company))

    assert not audit.trail(supplier).exists()


def test_the_form_of_a_supplier_without_a_discount_is_empty(client, company, bookkeeper):
    supplier = SupplierFactory(company=company)

    form = client.get(reverse("suppliers:edit", args=["acme", supplier.pk])).context["form"]

    assert form["discount_percent"].value() is None and form["discount_days"].value() is None
