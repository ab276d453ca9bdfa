"""Operators change companies and members by the actions of the pages: refused alike, and in the trail alike."""

from datetime import timedelta

import pytest
from django.urls import reverse

from billpay.companies.models import Role
from tests.factories import TODAY, CompanyFactory, UserFactory, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    return CompanyFactory(slug="acme")


@pytest.fixture
def owner(company):
    return member(company, Role.OWNER)


def membership(person):
    return person.memberships.get()


def verbs(company):
    return list(company.audit_events.order_by("sequence").values_list("verb", flat=True))


def post(admin_client, page, row=None, **data):
    """The page that the operator sees after sending a form of the admin."""
    address = reverse(f"admin:companies_{page}", args=[row.pk] if row else [])
    return admin_client.post(address, data, follow=True)


def test_closing_the_books_leaves_a_line_with_the_old_day(admin_client, company):
    day = TODAY - timedelta(days=30)
    settings = {"name": company.name, "tax_rounding": "line", "locked_through": day.isoformat()}
    shown_only = {
        f"{rows}-{count}_FORMS": 0 for rows in ("memberships", "approval_limits") for count in ("TOTAL", "INITIAL")
    }

    post(admin_client, "company_change", company, **settings, **shown_only, address="", tax_number="")

    company.refresh_from_db()
    line = company.audit_events.get(verb="company.changed")
    assert (company.locked_through, line.detail) == (day, {"locked_through": {"before": "", "after": day.isoformat()}})


def test_another_role_leaves_a_line(admin_client, company, owner):
    clerk = member(company, Role.VIEWER)

    post(admin_client, "membership_change", membership(clerk), role=Role.APPROVER)

    assert (membership(clerk).role, verbs(company)[-1]) == (Role.APPROVER, "member.role_changed")


def test_the_only_owner_stays_one(admin_client, company, owner):
    page = post(admin_client, "membership_change", membership(owner), role=Role.VIEWER)

    assert "is the only owner" in page.text
    assert membership(owner).role == Role.OWNER


def test_a_new_member_leaves_a_line(admin_client, company, owner):
    person = UserFactory()

    post(admin_client, "membership_add", user=person.pk, company=company.pk, role=Role.BOOKKEEPER)

    assert (membership(person).role, verbs(company)[-1]) == (Role.BOOKKEEPER, "member.added")


def test_who_is_removed_leaves_a_line_and_the_only_owner_is_not(admin_client, company, owner):
    clerk = member(company, Role.VIEWER)

    post(admin_client, "membership_delete", membership(clerk), post="yes")
    page = post(admin_client, "membership_delete", membership(owner), post="yes")

    assert "cannot be removed" in page.text
    assert [row.user for row in company.memberships.all()] == [owner]
    assert verbs(company)[-1] == "member.removed"


def test_many_are_removed_together_or_none(admin_client, company, owner):
    clerk = member(company, Role.VIEWER)
    chosen = [membership(clerk).pk, membership(owner).pk]

    page = post(admin_client, "membership_changelist", action="delete_selected", _selected_action=chosen, post="yes")

    assert "cannot be removed" in page.text
    assert company.memberships.count() == 2
