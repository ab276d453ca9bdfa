import re

import pytest
from django.urls import reverse

from billpay.companies.models import Role, Theme
from tests.factories import CompanyFactory, UserFactory, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    return CompanyFactory(name="Harbour Lane")


def sign_in(client, company, role=Role.OWNER, **fields):
    user = member(company, role, **fields)
    client.force_login(user)
    return user


def test_members_are_listed_to_every_member(client, company):
    owner = member(company, Role.OWNER, name="Olivia Hart")
    sign_in(client, company, Role.VIEWER)

    page = client.get(reverse("companies:members", args=[company.slug]))

    assert owner.name in page.text
    assert reverse("companies:add_member", args=[company.slug]) not in page.text


def test_an_added_member_gets_an_address_to_set_a_password_by_mail_only(client, company, mailoutbox):
    sign_in(client, company)

    page = client.post(
        reverse("companies:add_member", args=[company.slug]), {"email": "new@acme.test", "role": "viewer"}, follow=True
    )

    address = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", mailoutbox[0].body)
    assert address
    assert mailoutbox[0].to == ["new@acme.test"]
    assert address[1] not in page.text
    client.logout()
    assert "Set your password" in client.get(address[1], follow=True).text


def test_a_member_who_has_a_password_is_told_to_sign_in(client, company, mailoutbox):
    sign_in(client, company)
    person = UserFactory()
    person.set_password("a long password")
    person.save()

    client.post(reverse("companies:add_member", args=[company.slug]), {"email": person.email, "role": "viewer"})

    assert "/password/reset/key/" not in mailoutbox[0].body
    assert reverse("account_login") in mailoutbox[0].body


def test_a_refused_member_keeps_what_was_typed(client, company):
    owner = sign_in(client, company)

    page = client.post(reverse("companies:add_member", args=[company.slug]), {"email": owner.email, "role": "viewer"})

    assert page.status_code == 422
    assert "<title>Error: Members" in page.text
    assert f'value="{owner.email}"' in page.text
    assert 'href="#id_email"' in page.text


def test_a_bookkeeper_adds_nobody(client, company):
    sign_in(client, company, Role.BOOKKEEPER)

    page = client.post(reverse("companies:add_member", args=[company.slug]), {"email": "x@y.test", "role": "owner"})

    assert page.status_code == 403


def test_a_membership_of_another_company_is_not_found(client, company):
    sign_in(client, company)
    other = CompanyFactory()
    stranger = other.memberships.get(user=member(other, Role.VIEWER))

    for name in ("member_role", "member_removal"):
        page = client.post(reverse(f"companies:{name}", args=[company.slug, stranger.pk]), {"role": "owner"})
        assert page.status_code == 404


def test_the_last_owner_is_refused_in_words(client, company):
    owner = sign_in(client, company)
    membership = company.memberships.get(user=owner)

    page = client.post(reverse("companies:member_role", args=[company.slug, membership.pk]), {"role": "viewer"})

    assert page.status_code == 422
    assert "only owner" in page.text


def test_asking_whether_to_remove_removes_nobody(client, company):
    sign_in(client, company)
    membership = company.memberships.get(user=member(company, Role.VIEWER))

    client.get(reverse("companies:member_removal", args=[company.slug, membership.pk]))
    assert company.memberships.filter(pk=membership.pk).exists()

    client.post(reverse("companies:member_removal", args=[company.slug, membership.pk]))
    assert not company.memberships.filter(pk=membership.pk).exists()


def test_settings_are_saved(client, company):
    sign_in(client, company)

    page = client.post(
        reverse("companies:settings", args=[company.slug]),
        {
            "name": "Renamed",
            "address": "1 Quay",
            "tax_number": "GB1",
            "tax_rounding": "line",
            "locked_through": "2025-12-31",
        },
    )

    company.refresh_from_db()
    assert (page.status_code, company.name, str(company.locked_through)) == (302, "Renamed", "2025-12-31")


def test_the_books_are_locked_through_no_day_that_has_not_come(client, company):
    sign_in(client, company)
    data = {"name": "Renamed", "tax_rounding": "line", "locked_through": "2031-01-01"}

    page = client.post(reverse("companies:settings", args=[company.slug]), data)

    company.refresh_from_db()
    assert page.status_code == 422 and "1 January 2031 has not come yet." in page.text
    assert (company.name == "Renamed", company.locked_through) == (False, None)


def test_books_locked_through_a_day_to_come_from_before_hinder_no_other_setting(client, company):
    sign_in(client, company)
    type(company).objects.filter(pk=company.pk).update(locked_through="2031-01-01")
    data = {"name": "Renamed", "tax_rounding": "line", "locked_through": "2031-01-01"}

    page = client.post(reverse("companies:settings", args=[company.slug]), data)

    company.refresh_from_db()
    assert (page.status_code, company.name) == (302, "Renamed")


def test_operators_lock_the_books_through_no_day_that_has_not_come(client, company):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    inlines = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    inlines |= {"approval_limits-TOTAL_FORMS": 0, "approval_limits-INITIAL_FORMS": 0}
    data = {"name": "Renamed", "tax_rounding": "line", "locked_through": "2031-01-01", **inlines}

    page = client.post(reverse("admin:companies_company_change", args=[company.pk]), data)

    company.refresh_from_db()
    assert "1 January 2031 has not come yet." in page.text and company.locked_through is None


def test_settings_without_a_name_are_refused(client, company):
    sign_in(client, company)

    page = client.post(reverse("companies:settings", args=[company.slug]), {"name": "", "tax_rounding": "line"})

    assert page.status_code == 422
    assert "Enter the company’s name" in page.text


def test_the_profile_sets_theme_and_shortcuts(client, company):
    user = sign_in(client, company)

    client.post(reverse("companies:profile"), {"name": "Ann", "theme": "dark", "locale": "de-DE"})

    user.refresh_from_db()
    assert (user.name, user.theme, user.locale, user.shortcuts) == ("Ann", Theme.DARK, "de-DE", False)
    page = client.get(reverse("companies:profile")).text
    assert 'data-bs-theme="dark"' in page
    assert "data-shortcuts" not in page


def test_a_theme_left_to_the_device_sets_no_attribute(client, company):
    sign_in(client, company)

    assert "data-bs-theme" not in client.get(reverse("companies:profile")).text


@pytest.mark.parametrize("name", ["companies:profile", "companies:choose", "account_change_password"])
def test_pages_are_kept_out_of_caches(client, company, name):
    sign_in(client, company)

    header = client.get(reverse(name)).headers["Cache-Control"]

    assert "no-store" in header
    assert "private" in header


def test_nobody_signs_up_on_their_own(client):
    page = client.post(
        reverse("account_signup"),
        {"email": "x@y.test", "password1": "correct horse battery", "password2": "correct horse battery"},
    )

    assert "No sign-up here" in page.text


def test_companies_to_choose_from_are_ones_own(client, company):
    sign_in(client, company)
    CompanyFactory(name="Strangers Ltd")

    page = client.get(reverse("companies:choose")).text

    assert "Harbour Lane" in page
    assert "Strangers" not in page


def test_who_belongs_nowhere_is_told_what_to_do(client):
    client.force_login(UserFactory())

    assert "Ask an owner" in client.get(reverse("companies:choose")).text


def test_the_activity_page_shows_the_trail(client, company):
    owner = sign_in(client, company)
    client.post(reverse("companies:add_member", args=[company.slug]), {"email": "new@acme.test", "role": "viewer"})

    page = client.get(reverse("companies:activity", args=[company.slug])).text

    assert "new@acme.test was added as viewer." in page
    assert str(owner) in page


def test_no_page_carries_inline_handlers_or_styles(client, company):
    sign_in(client, company)
    for name in ("members", "settings", "activity"):
        page = client.get(reverse(f"companies:{name}", args=[company.slug]))
        assert page.status_code == 200
        assert not re.search(r"<[^>]+\s(style|on\w+|hx-on[^=]*)=", page.text)
