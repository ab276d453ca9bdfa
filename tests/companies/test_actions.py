from datetime import date

import pytest

from billpay.companies import actions, audit
from billpay.companies.models import Company, Membership, Role, User
from tests.factories import CompanyFactory, UserFactory, member

pytestmark = pytest.mark.django_db


def test_create_company_makes_the_owner_without_a_password():
    company = actions.create_company(slug="acme", name="Acme", currency="gbp", owner_email="Ann@Acme.test")

    owner = company.memberships.get()
    assert (company.base_currency, owner.role, owner.user.email) == ("GBP", Role.OWNER, "ann@acme.test")
    assert not owner.user.has_usable_password()


@pytest.mark.parametrize("slug", ["admin", "accounts", "profile", "companies", "static", "not a slug", "x" * 41])
def test_create_company_refuses_addresses_that_are_taken_or_impossible(slug):
    with pytest.raises(actions.CompanyRefused):
        actions.create_company(slug=slug, name="Acme", currency="GBP", owner_email="ann@acme.test")

    assert not Company.objects.exists()


def test_create_company_refuses_a_second_company_at_one_address():
    CompanyFactory(slug="acme")

    with pytest.raises(actions.CompanyRefused, match="already"):
        actions.create_company(slug="acme", name="Acme", currency="GBP", owner_email="ann@acme.test")


def test_create_company_refuses_what_is_no_currency():
    with pytest.raises(actions.CompanyRefused, match="XQZ"):
        actions.create_company(slug="acme", name="Acme", currency="XQZ", owner_email="ann@acme.test")


def test_add_member_takes_a_person_who_exists_in_any_case():
    company, person = CompanyFactory(), UserFactory(email="ben@acme.test")
    owner = member(company)

    membership = actions.add_member(company=company, email="Ben@ACME.test", role=Role.VIEWER, by=owner)

    assert membership.user == person
    assert audit.trail(membership).get().by == owner


def test_add_member_refuses_a_second_membership():
    company = CompanyFactory()
    owner = member(company)

    with pytest.raises(actions.MemberRefused, match="member already"):
        actions.add_member(company=company, email=owner.email, role=Role.VIEWER, by=owner)


def test_add_member_refuses_an_account_that_is_switched_off():
    company = CompanyFactory()
    gone = UserFactory(is_active=False)

    with pytest.raises(actions.MemberRefused, match="switched off"):
        actions.add_member(company=company, email=gone.email, role=Role.VIEWER, by=member(company))


def test_the_last_owner_keeps_the_role():
    company = CompanyFactory()
    owner = member(company)
    membership = company.memberships.get(user=owner)

    with pytest.raises(actions.MemberRefused, match="only owner"):
        actions.change_role(membership=membership, role=Role.VIEWER, by=owner)

    membership.refresh_from_db()
    assert membership.role == Role.OWNER


def test_the_last_owner_is_not_removed():
    company = CompanyFactory()
    owner = member(company)

    with pytest.raises(actions.MemberRefused, match="only owner"):
        actions.remove_member(membership=company.memberships.get(user=owner), by=owner)


def test_one_of_two_owners_may_step_down():
    company = CompanyFactory()
    first, second = member(company), member(company)

    actions.change_role(membership=company.memberships.get(user=first), role=Role.BOOKKEEPER, by=second)

    assert company.memberships.get(user=first).role == Role.BOOKKEEPER


def test_a_removed_member_stays_in_the_trail():
    company = CompanyFactory()
    owner, viewer = member(company), member(company, Role.VIEWER)

    actions.remove_member(membership=company.memberships.get(user=viewer), by=owner)

    assert not Membership.objects.filter(user=viewer).exists()
    assert User.objects.filter(pk=viewer.pk).exists()
    assert company.audit_events.get(verb="member.removed").detail["user"] == viewer.pk


def test_change_settings_notes_old_and_new_values():
    company = CompanyFactory(name="Old")

    actions.change_settings(company=company, values={"name": "New", "address": ""}, by=member(company))

    event = company.audit_events.get(verb="company.changed")
    assert event.detail == {"name": {"before": "Old", "after": "New"}}


def test_settings_that_did_not_change_leave_no_line():
    company = CompanyFactory()

    actions.change_settings(company=company, values={"name": company.name}, by=member(company))

    assert not company.audit_events.filter(verb="company.changed").exists()


def test_the_books_are_not_locked_through_a_day_that_has_not_come():
    company = CompanyFactory()

    with pytest.raises(actions.CompanyRefused, match="1 January 2031 has not come yet"):
        actions.change_settings(company=company, values={"locked_through": date(2031, 1, 1)}, by=member(company))
