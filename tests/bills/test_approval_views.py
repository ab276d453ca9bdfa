"""Approving on the pages: what a person sees of the others' approvals, and why they may not give theirs."""

import uuid

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billpay.bills import actions
from billpay.bills.models import Bill
from billpay.companies.models import ApprovalSubject, Role
from tests.bills.test_views import typed
from tests.factories import TODAY, CompanyFactory, SupplierFactory, make_bill, member, needs_approval

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def company():
    return CompanyFactory(slug="harbour")


@pytest.fixture
def maker(company):
    return member(company, Role.OWNER, name="Mia Maker")


@pytest.fixture
def second(company):
    return member(company, Role.APPROVER, name="Sol Second")


@pytest.fixture
def waiting(company, maker):
    """100.00, over the limit of 50.00: two people approve it."""
    needs_approval(company, above_minor=50_00, approvers=2, subject=ApprovalSubject.BILL)
    return submitted(company, maker)


def submitted(company, maker, **fields):
    bill = make_bill(supplier=SupplierFactory(company=company), open=False, by=maker, **fields)
    return actions.submit(bill=bill, by=maker)


def url(name, company, *args):
    return reverse(f"bills:{name}", args=[company.slug, *args])


def page(client, user, bill):
    client.force_login(user)
    return client.get(url("detail", bill.company, bill.pk)).content.decode()


def test_the_maker_reads_why_someone_else_approves(client, maker, waiting):
    shown = page(client, maker, waiting)

    assert "Waiting for 2 of 2 approvals" in shown
    assert "You entered this bill; someone else approves it." in shown
    assert url("approval", waiting.company, waiting.pk) not in shown


def test_another_sees_the_button_and_who_approved_already(client, company, second, waiting):
    actions.approve(bill=waiting, by=second)

    shown = page(client, member(company, Role.APPROVER), waiting)

    assert "Waiting for 1 of 2 approvals" in shown
    assert "Approved by Sol Second on 16 March 2026" in shown
    assert url("approval", company, waiting.pk) in shown


def test_who_approved_reads_that_the_other_is_someone_elses(client, second, waiting):
    actions.approve(bill=waiting, by=second)

    assert "the other approval is someone else’s" in page(client, second, waiting)


def test_a_viewer_reads_how_far_it_is_and_nothing_about_themselves(client, company, waiting):
    shown = page(client, member(company, Role.VIEWER), waiting)

    assert "Waiting for 2 of 2 approvals" in shown
    assert "You " not in shown.partition("Waiting for")[2].partition("</div>")[0]


def test_a_draft_over_the_limit_says_that_it_is_submitted_first(client, company, maker):
    needs_approval(company, above_minor=50_00, subject=ApprovalSubject.BILL)
    draft = make_bill(supplier=SupplierFactory(company=company), open=False, by=maker)

    shown = page(client, maker, draft)

    assert "comes to 100.00 GBP; over 50.00 GBP another person approves it. Submit it for approval." in shown
    assert url("approval", company, draft.pk) not in shown
    assert url("submission", company, draft.pk) in shown


def test_the_first_approval_says_what_is_still_needed(client, company, second, waiting):
    client.force_login(second)

    response = client.post(url("approval", company, waiting.pk), follow=True)

    assert f"Bill {waiting.number} has 1 of 2 approvals; someone else gives the other." in response.content.decode()


def test_an_approval_of_an_older_version_than_was_looked_at_is_refused(client, company, second, waiting):
    client.force_login(second)

    response = client.post(url("approval", company, waiting.pk), {"version": waiting.version - 1})

    assert response.status_code == 422
    assert "was changed since you opened it" in response.content.decode()
    assert not waiting.approvals.exists()


def test_approve_and_next_passes_by_what_others_approve(client, company, second, waiting, maker):
    own = submitted(company, second, due_on=TODAY)
    other = submitted(company, maker)
    client.force_login(second)

    response = client.post(url("approval", company, waiting.pk), {"then": "next"})

    assert response.headers["Location"] == url("detail", company, other.pk)
    assert own.due_on < other.due_on


def test_save_and_approve_over_the_limit_keeps_what_was_typed_and_saves_nothing(client, company, second):
    needs_approval(company, above_minor=50_00, subject=ApprovalSubject.BILL)
    client.force_login(second)

    response = client.post(url("new", company), typed(SupplierFactory(company=company), action="approve"))

    assert response.status_code == 422
    assert "over 50.00 GBP another person approves it. Submit it for approval." in response.content.decode()
    assert not company.bills.exists()


@pytest.mark.parametrize(("above_minor", "offered"), [(0, False), (50_00, True)])
def test_save_and_approve_is_not_offered_where_every_bill_is_approved_by_another(
    client, company, second, above_minor, offered
):
    needs_approval(company, above_minor=above_minor, subject=ApprovalSubject.BILL)
    client.force_login(second)

    shown = client.get(url("new", company)).content.decode()

    assert ("Save and approve" in shown) is offered


def test_saving_a_bill_that_waits_says_that_its_approvals_fall(client, company, maker, second, waiting):
    actions.approve(bill=waiting, by=second)
    client.force_login(maker)
    sent = typed(waiting.supplier, number=waiting.number, version=waiting.version)

    response = client.post(url("edit", company, waiting.pk), sent, follow=True)

    assert "is a draft again. Approvals given before do not count" in response.content.decode()
    assert Bill.objects.get(pk=waiting.pk).edited_by == maker


def test_bulk_approval_names_each_refusal_and_each_that_needs_another(client, company, maker, second, waiting):
    own = submitted(company, second)
    small = make_bill(supplier=waiting.supplier, total_minor=50_00, open=False, by=second)
    client.force_login(second)

    response = client.post(
        url("bulk", company), {"action": "approve", "bill": [waiting.pk, own.pk, small.pk], "query": ""}
    )

    shown = response.content.decode()
    assert "2 approved, 1 skipped" in shown
    assert "1 of 2 approvals; someone else gives the other." in shown
    assert "You entered this bill; someone else approves it." in shown


def test_the_menus_of_the_list_offer_what_is_legal_without_a_query_a_row(
    client, company, second, waiting, django_assert_num_queries
):
    client.force_login(second)
    address = f"{url('list', company)}?tab=approve"
    with CaptureQueriesContext(connection) as with_one:
        client.get(address)
    own = submitted(company, second)

    with django_assert_num_queries(len(with_one)):
        shown = client.get(address).content.decode()

    assert url("approval", company, waiting.pk) in shown
    assert url("approval", company, own.pk) not in shown


def test_an_approval_sent_twice_is_answered_as_the_first_time(client, second, maker, company):
    bill = submitted(company, maker)
    client.force_login(second)
    form = {"key": uuid.uuid4(), "version": bill.version}

    statuses = [client.post(url("approval", company, bill.pk), form).status_code for _ in range(2)]

    bill.refresh_from_db()
    assert (statuses, bill.state) == ([303, 303], "open")


def test_the_form_of_an_approval_carries_a_key(client, second, waiting):
    assert 'name="key"' in page(client, second, waiting)
