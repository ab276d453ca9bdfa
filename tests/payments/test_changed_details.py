"""Bank details that were changed lately are pointed out wherever money is about to be sent to them, checked or not."""

from datetime import timedelta

import pytest
import time_machine

from billpay.companies.models import Role
from billpay.payments import actions
from billpay.suppliers import actions as suppliers
from tests.factories import TODAY, give_bank_details, make_bill, make_draft, member, needs_approval
from tests.payments.test_run_views import start, to_review, words

pytestmark = pytest.mark.django_db

CHANGED = "Changed 2 days ago by Bo Bookkeeper, {}. Verify by phone."
CHECKED = CHANGED.format("checked by Ana Approver")


@pytest.fixture
def bo(company):
    return member(company, Role.BOOKKEEPER, name="Bo Bookkeeper")


@pytest.fixture
def ana(company):
    return member(company, Role.APPROVER, name="Ana Approver")


@pytest.fixture
def at():
    """Sets the clock so many days before today, or to today."""
    with time_machine.travel(f"{TODAY.isoformat()} 12:00", tick=False) as clock:

        def set_clock(days_ago=0):
            clock.shift(timedelta(days=-days_ago))
            return clock

        yield set_clock


@pytest.fixture
def changed(at, supplier, bo, ana):
    """Details of 40 days ago, and what took their place two days ago."""
    clock = at(40)
    give_bank_details(supplier, by=bo, checked_by=ana, number="11112222")
    clock.shift(timedelta(days=38))
    account = give_bank_details(supplier, by=bo, number="55779911")
    clock.shift(timedelta(days=2))
    return account


@pytest.fixture
def waiting(changed, company, account, supplier, bo):
    needs_approval(company)
    return actions.submit(payment=make_draft(account=account, bill=make_bill(supplier=supplier), by=bo), by=bo)


@pytest.mark.parametrize("page", ["approvals/", "payments/{}/", "payments/{}/approval/"])
@pytest.mark.parametrize("is_checked", [True, False])
def test_who_approves_reads_who_changed_them_when(client, waiting, changed, ana, page, is_checked):
    if is_checked:
        suppliers.check_bank_details(account=changed, by=ana, how="Called them")
    client.force_login(ana)

    shown = words(client.get(f"/harbour/{page.format(waiting.pk)}"))

    assert (CHECKED if is_checked else CHANGED.format("not yet checked by a second person")) in shown
    assert "phone.." not in shown


def test_who_pays_reads_it_in_the_review(client, account, changed, supplier, ana, bo):
    suppliers.check_bank_details(account=changed, by=ana, how="Called them")
    client.force_login(bo)

    page = words(client.get(to_review(client, start(client, make_bill(supplier=supplier)))["Location"]))

    assert f"Bank details of PowerDirect: {CHECKED}" in page


def test_a_month_later_nobody_has_to_look(client, at, waiting, changed, ana):
    suppliers.check_bank_details(account=changed, by=ana, how="Called them")
    at(-29)
    client.force_login(ana)

    assert "Verify by phone" not in words(client.get("/harbour/approvals/"))


def test_the_review_lists_the_changes_and_who_checked_them(client, waiting, changed, ana):
    suppliers.check_bank_details(account=changed, by=ana, how="Called them")
    client.force_login(ana)

    page = words(client.get(f"/harbour/payments/{waiting.pk}/approval/"))

    assert "GBP bank details of PowerDirect changed from ••••2222 to ••••9911 Bo Bookkeeper · 14 Mar 2026" in page
    assert "GBP bank details of PowerDirect checked: ••••9911 (Called them) Ana Approver · 16 Mar 2026" in page
    assert "GBP bank details of PowerDirect added: ••••2222 Bo Bookkeeper" in page


def test_the_review_lists_what_was_rejected(client, waiting, changed, ana, supplier, bo):
    suppliers.reject_bank_details(account=changed, by=ana, reason="No such account")
    give_bank_details(supplier, by=bo, number="11112222")
    client.force_login(ana)

    page = words(client.get(f"/harbour/payments/{waiting.pk}/approval/"))

    assert "rejected: ••••9911 (No such account) Ana Approver" in page
    assert "were changed after PAY-00001 was submitted. Take it back. Look at them" in page


def test_the_review_lists_the_last_five_changes_and_leads_to_all(client, waiting, supplier, bo, ana):
    for number in ("1000", "2000", "3000", "4000", "5000"):
        give_bank_details(supplier, by=bo, number=f"1234{number}")
    client.force_login(ana)

    response = client.get(f"/harbour/payments/{waiting.pk}/approval/")

    assert words(response).count("bank details of PowerDirect changed from") == 5
    assert f'href="/harbour/suppliers/{supplier.pk}/?tab=bank">All bank details' in response.content.decode()
