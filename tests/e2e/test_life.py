"""A payment's way from a draft to its outcome, by two people in two browsers: with JavaScript and without."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from billpay.companies.models import Company, Role, User
from billpay.payments import actions
from billpay.payments.models import Payment
from tests.factories import (
    BankAccountFactory,
    CompanyFactory,
    SupplierFactory,
    make_bill,
    make_draft,
    member,
    needs_approval,
)

pytestmark = pytest.mark.django_db(transaction=True)

LONG = 15_000
expect.set_options(timeout=LONG)


@pytest.fixture(params=[True, False], ids=["js", "no-js"])
def sit_down(request, new_context, live_server):
    """A browser in which this person is signed in."""

    def sit_down(user: User) -> Page:
        context: BrowserContext = new_context(java_script_enabled=request.param)
        context.set_default_timeout(LONG)
        # Signing another person in with the same client would end the first one's session.
        client = Client()
        client.force_login(user)
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
        context.add_cookies([cookie])
        return context.new_page()

    return sit_down


@pytest.fixture
def company() -> Company:
    company = CompanyFactory(slug="harbour", name="Harbour Lane")
    needs_approval(company)
    return company


@pytest.fixture
def maker(company) -> User:
    return member(company, Role.BOOKKEEPER, name="Ana Maker")


@pytest.fixture
def draft(company, maker) -> Payment:
    today = timezone.localdate()
    bill = make_bill(
        supplier=SupplierFactory(company=company, name="Signal Print"),
        total_minor=120_00,
        number="SP-1",
        issued_on=today - timedelta(days=10),
        due_on=today + timedelta(days=20),
    )
    account = BankAccountFactory(company=company, name="Current account", waits_for_outcome=True)
    return make_draft(account=account, bill=bill, by=maker)


def see(page: Page, words: str) -> None:
    expect(page.locator("main").get_by_text(words).first).to_be_visible()


def test_a_payment_goes_from_draft_to_its_outcome(sit_down, live_server, company, maker, draft):
    address = f"{live_server.url}/harbour/payments/{draft.pk}/"
    first = sit_down(maker)
    second = sit_down(member(company, Role.APPROVER, name="Bo Approver"))

    first.goto(address)
    first.get_by_role("button", name="Submit").click()
    see(first, "Waiting for 1 of 1 approval")
    expect(first.get_by_role("link", name="Review and approve")).to_have_count(0)

    second.goto(f"{live_server.url}/harbour/approvals/")
    see(second, "Made by Ana Maker")
    second.get_by_role("button", name=f"Approve {draft.number}").click()
    see(second, f"{draft.number} is approved.")

    first.goto(address)
    see(first, "Approved, and on no day yet")
    first.locator("main").get_by_role("link", name="Schedule", exact=True).click()
    first.get_by_label("Goes out on", exact=True).fill(_a_wednesday())
    first.get_by_role("button", name="Schedule it").click()
    see(first, "is scheduled for Wednesday")

    first.locator(f'summary[aria-label="More for {draft.number}"]').click()
    first.get_by_role("button", name="Send now").click()
    see(first, "Say how it ended")
    first.get_by_role("link", name="Completed").click()
    first.get_by_role("button", name="Record as paid").click()
    expect(first.get_by_role("heading", name="Payment recorded")).to_be_visible()
    see(first, "Approval given")

    draft.refresh_from_db()
    assert draft.status == "completed"


def test_what_changed_between_look_and_click_is_not_approved(sit_down, live_server, company, maker, draft):
    waiting = actions.submit(payment=draft, by=maker)
    page = sit_down(member(company, Role.APPROVER, name="Bo Approver"))
    page.goto(f"{live_server.url}/harbour/approvals/")
    see(page, "Made by Ana Maker")
    actions.submit(payment=actions.back_to_draft(payment=waiting, reason="Typo", by=maker), by=maker)

    page.get_by_role("button", name=f"Approve {draft.number}").click()

    see(page, "was changed by someone else since you looked at it")
    draft.refresh_from_db()
    assert (draft.status, draft.approvals.count()) == ("awaiting_approval", 0)


def _a_wednesday() -> str:
    """The next Wednesday: no bank closes on it by this account's calendar of weekends."""
    day = timezone.localdate() + timedelta(days=1)
    while day.weekday() != 2:
        day += timedelta(days=1)
    return day.isoformat()
