"""Approval of bills: by amount, by other people than the makers, for the bill exactly as it was (rule 13)."""

import pytest
from django.db import IntegrityError, transaction

from billpay.bills import actions
from billpay.bills.actions import BillError, NotYours, Stale
from billpay.bills.models import Bill, BillApproval
from billpay.companies.audit import trail
from billpay.companies.models import ApprovalSubject, Role
from tests.factories import (
    TODAY,
    CompanyFactory,
    SupplierFactory,
    UserFactory,
    content,
    make_bill,
    member,
    needs_approval,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    return CompanyFactory()


@pytest.fixture
def maker(company):
    return member(company, Role.OWNER)


@pytest.fixture
def second(company):
    return member(company, Role.APPROVER)


@pytest.fixture
def third(company):
    return member(company, Role.APPROVER)


def limit(company, *, above_minor=0, approvers=1):
    needs_approval(company, above_minor=above_minor, approvers=approvers, subject=ApprovalSubject.BILL)


def draft(company, maker, total_minor=100_00):
    return make_bill(supplier=SupplierFactory(company=company), total_minor=total_minor, open=False, by=maker)


@pytest.fixture
def waiting(company, maker):
    """A bill of 100.00 that waits for two people."""
    limit(company, approvers=2)
    return actions.submit(bill=draft(company, maker), by=maker)


def edit(bill, by, total_minor=100_00):
    changed = content(bill.supplier, total_minor, number=bill.number)
    return actions.edit(bill=bill, content=changed, due_on=bill.due_on, version=bill.version, by=by)


def test_up_to_the_limit_the_maker_approves_a_draft(company, maker):
    limit(company, above_minor=100_00)

    assert actions.approve(bill=draft(company, maker, 100_00), by=maker).status == "open"


def test_a_penny_over_the_limit_a_draft_is_submitted_first(company, maker, second):
    limit(company, above_minor=100_00)

    with pytest.raises(
        BillError, match=r"comes to 100\.01 GBP; over 100\.00 GBP another person approves it. Submit it"
    ):
        actions.approve(bill=draft(company, maker, 100_01), by=second)


def test_limits_of_payments_do_not_bind_bills(company, maker):
    needs_approval(company)

    assert actions.approve(bill=draft(company, maker), by=maker).status == "open"


def test_a_foreign_bill_is_weighed_in_the_base_currency(company, maker, second):
    limit(company, above_minor=100_00)
    dollars = SupplierFactory(company=company, currency="USD")
    bill = make_bill(supplier=dollars, total_minor=200_00, rate="0.5", open=False, by=maker)

    assert actions.approve(bill=bill, by=second).status == "open"


def test_another_person_approves(company, maker, second):
    limit(company)
    bill = actions.submit(bill=draft(company, maker), by=maker)

    bill = actions.approve(bill=bill, by=second)

    assert (bill.status, bill.approved_by) == ("open", second)
    assert bill.approvals.get().by == second


@pytest.mark.parametrize("operator", [False, True])
def test_the_maker_never_approves_owner_or_operator(company, operator):
    limit(company)
    maker = UserFactory(is_staff=True, is_superuser=True) if operator else member(company, Role.OWNER)
    bill = actions.submit(bill=draft(company, maker), by=maker)

    with pytest.raises(NotYours, match="You entered this bill; someone else approves it"):
        actions.approve(bill=bill, by=maker)


def test_who_submitted_it_does_not_approve(company, maker, second):
    limit(company)
    bill = actions.submit(bill=draft(company, maker), by=second)

    with pytest.raises(NotYours, match="changed or submitted"):
        actions.approve(bill=bill, by=second)


def test_who_changed_it_does_not_approve_though_another_changed_it_after(company, maker, second, third):
    limit(company)
    bill = edit(edit(draft(company, maker), second, 900_00), third, 100_00)
    bill = actions.submit(bill=bill, by=maker)

    with pytest.raises(NotYours):
        actions.approve(bill=bill, by=second)


def test_the_first_of_two_approvals_leaves_the_bill_waiting(waiting, second):
    bill = actions.approve(bill=waiting, by=second)

    assert (bill.status, bill.approved_by) == ("awaiting_approval", None)
    assert trail(bill).first().summary.endswith("1 of 2: 100.00 GBP")


def test_the_second_of_two_opens_it_in_their_name(waiting, second, third):
    actions.approve(bill=waiting, by=second)

    bill = actions.approve(bill=waiting, by=third)

    assert (bill.status, bill.approved_by) == ("open", third)
    assert [row.by for row in actions.given(bill)] == [second, third]


def test_one_person_is_not_two(waiting, second):
    actions.approve(bill=waiting, by=second)

    with pytest.raises(NotYours, match="approved this bill already"):
        actions.approve(bill=waiting, by=second)


def test_a_change_takes_the_approvals_back(waiting, maker, second, third):
    actions.approve(bill=waiting, by=second)

    changed = edit(Bill.objects.get(pk=waiting.pk), maker)

    assert (changed.status, changed.edited_by) == ("draft", maker)
    assert trail(changed).first().summary.endswith("a draft again, 1 approval no longer counts")
    again = actions.submit(bill=changed, by=maker)
    assert actions.approve(bill=again, by=third).status == "awaiting_approval"


def test_new_dates_take_the_approvals_back_too(waiting, maker, second):
    actions.approve(bill=waiting, by=second)

    bill = actions.plan(bill=waiting, due_on=TODAY, planned_on=None, reference="", note="", by=maker)

    assert (bill.status, actions.given(bill)) == ("draft", [])


def test_what_was_sent_back_starts_anew(waiting, maker, second, third):
    actions.approve(bill=waiting, by=second)
    actions.return_to_draft(bill=waiting, reason="Wrong job", by=third)

    again = actions.submit(bill=waiting, by=maker)

    assert actions.given(again) == []
    assert actions.approve(bill=again, by=second).status == "awaiting_approval"


def test_an_approval_of_another_version_than_was_seen_is_refused(waiting, second):
    with pytest.raises(Stale, match="changed since you opened it"):
        actions.approve(bill=waiting, by=second, seen=waiting.version - 1)


def test_what_does_not_add_up_is_not_approved_by_the_first_either(company, maker, second):
    limit(company, approvers=2)
    bill = make_bill(supplier=SupplierFactory(company=company), stated_total_minor=1_00, open=False, by=maker)
    Bill.objects.filter(pk=bill.pk).update(status="awaiting_approval")

    with pytest.raises(BillError, match="99.00 over"):
        actions.approve(bill=bill, by=second)


def test_a_limit_lowered_meanwhile_lets_the_approval_given_be_enough(company, waiting, maker, second, third):
    actions.approve(bill=waiting, by=second)
    company.approval_limits.update(approvers=1)

    with pytest.raises(NotYours):
        actions.approve(bill=waiting, by=maker)
    assert actions.approve(bill=waiting, by=third).status == "open"


def test_the_database_refuses_the_maker(waiting, maker):
    with pytest.raises(IntegrityError), transaction.atomic():
        BillApproval.objects.create(bill=waiting, version=waiting.version, by=maker, maker=maker)


def test_the_database_refuses_a_maker_who_names_another(waiting, maker, second):
    with pytest.raises(IntegrityError, match="the maker does not approve"), transaction.atomic():
        BillApproval.objects.create(bill=waiting, version=waiting.version, by=maker, maker=second)


def test_the_database_keeps_the_approvals_of_an_open_bill(waiting, second, third):
    actions.approve(bill=waiting, by=second)
    actions.approve(bill=waiting, by=third)

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        waiting.approvals.all().delete()


def test_the_next_to_approve_is_one_that_waits_for_this_person(company, maker, second):
    limit(company, above_minor=50_00)
    own = actions.submit(bill=draft(company, second), by=second)
    theirs = actions.submit(bill=draft(company, maker), by=maker)
    small = actions.submit(bill=draft(company, second, 50_00), by=second)

    assert actions.next_to_approve(company=company, by=second, after=own) == theirs
    assert actions.next_to_approve(company=company, by=second, after=theirs) == small


def test_an_imported_bill_is_opened_as_the_other_system_has_it(company, maker):
    limit(company, approvers=2)

    bill = actions.open_as_imported(bill=draft(company, maker), source="Codat", by=maker)

    assert bill.status == "open"
    assert "opened as Codat has it, approved there" in trail(bill).first().summary
