"""The operators' page of the proof."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from billpay.companies.models import Role
from tests.factories import CompanyFactory, SupplierFactory, UserFactory, make_bill, member
from tests.proof.tampering import run, unguarded

pytestmark = [pytest.mark.django_db, pytest.mark.n_plus_one_allowed]
URL = "/operations/proof/"


@pytest.fixture
def operator(client):
    user = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(user)
    return user


@pytest.fixture
def bill():
    return make_bill(supplier=SupplierFactory(company=CompanyFactory(name="Harbour")))


def test_the_operators_index_leads_there(client, operator):
    assert f'href="{URL}"' in client.get(reverse("admin:index")).content.decode()


def test_nothing_is_proved_before_a_company_is_chosen(client, operator):
    page = client.get(URL)

    assert page.status_code == 200
    assert page.context["rows"] == []


def test_every_invariant_of_the_company_is_shown_with_its_figures(client, operator, bill):
    text = client.get(URL, {"company": bill.company_id}).content.decode()

    assert "invariants hold" in text
    assert "100.00 = 100.00 GBP (bills 100.00 − credit 0.00 − on account 0.00)" in text


def test_what_does_not_hold_comes_first_and_links_to_the_record(client, operator, bill):
    with unguarded():
        run("UPDATE bills_bill SET reserved_minor = 7 WHERE id = %s", [bill.pk])

    page = client.get(URL, {"company": bill.company_id})

    assert [row.proved.invariant.name for row in page.context["rows"] if not row.proved.holds] == [
        row.proved.invariant.name for row in page.context["rows"][:2]
    ]
    text = page.content.decode()
    assert "2 of " in text and "0.07 ≠ 0.00 GBP" in text
    assert f'<a href="{reverse("admin:bills_bill_change", args=[bill.pk])}">bill {bill.pk}</a>' in text


def test_a_day_that_is_none_is_refused_with_words(client, operator, bill):
    page = client.get(URL, {"company": bill.company_id, "as_of": "never"})

    assert page.status_code == 422
    assert page.context["form"].errors["as_of"]


def test_anonymous_people_are_sent_to_sign_in(client):
    assert client.get(URL).status_code == 302


def test_members_of_companies_do_not_get_there(client, bill):
    client.force_login(member(bill.company, Role.OWNER))

    assert client.get(URL).status_code in {302, 403}


def test_staff_get_there_only_if_they_may_look_at_the_books(client, bill):
    staff = UserFactory(is_staff=True)
    client.force_login(staff)
    assert client.get(URL, {"company": bill.company_id}).status_code == 403

    staff.user_permissions.add(Permission.objects.get(codename="view_journalentry"))

    assert client.get(URL, {"company": bill.company_id}).status_code == 200


def test_it_is_only_looked_at(client, operator):
    assert client.post(URL).status_code == 405
