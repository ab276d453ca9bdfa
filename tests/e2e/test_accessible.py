"""The main pages: axe finds nothing serious in light or dark, and nothing is wider than a phone."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page

from billpay.payments import actions
from tests.factories import (
    BankAccountFactory,
    BankTransactionFactory,
    CompanyFactory,
    StatementFactory,
    SupplierFactory,
    make_bill,
    make_credit_note,
    make_draft,
    make_payment,
    make_refund,
    member,
    needs_approval,
)

pytestmark = pytest.mark.django_db(transaction=True)

NARROW = {"width": 320, "height": 568}
"""To such a width a page of 1,280 shrinks at 400 %: nothing of it may need scrolling sideways (WCAG 1.4.10)."""
DESK = {"width": 1280, "height": 900}


@pytest.fixture
def addresses(page: Page, live_server, client) -> list[str]:
    """The pages to look at, of a company with something on each of them. The owner is signed in."""
    today = timezone.localdate()
    company = CompanyFactory(slug="harbour", name="Harbour Lane")
    owner = member(company)
    company.approval_limits.create(subject="payment", above_minor=10_000_00, approvers=2)
    account = BankAccountFactory(company=company, name="Current account")
    supplier = SupplierFactory(company=company, name="Castaway Candle Works and Chandlery")
    overdue, paid, soon = (
        make_bill(
            supplier=supplier,
            total_minor=1234_50,
            issued_on=today - timedelta(days=40),
            due_on=today + timedelta(days=days),
            by=owner,
        )
        for days in (-10, -1, 5)
    )
    pence = make_bill(supplier=supplier, total_minor=3, issued_on=today, due_on=today, by=owner)
    make_credit_note(supplier=supplier, total_minor=25_44, issued_on=overdue.issued_on, by=owner)
    made = make_payment(account=account, bill=paid, paid_on=today, by=owner)
    refund = make_refund(account=account, supplier=supplier, minor=12_00, received_on=today, by=owner)
    statement = StatementFactory(bank_account=account)
    for minor in (1234_50, 9_99):
        BankTransactionFactory(statement=statement, amount_minor=minor, booked_on=today)
    money_in = BankTransactionFactory(statement=statement, amount_minor=25_44, booked_on=today, direction="in")

    for days in (0, 3):
        bill = make_bill(supplier=supplier, by=owner)
        draft = make_draft(account=account, bill=bill, by=owner, execute_on=today + timedelta(days=days))
        scheduled = actions.submit(payment=draft, by=owner)
    actions.stop(payment=scheduled, because="Two pallets are missing", by=owner)

    needs_approval(company, above_minor=1_00, approvers=2)
    maker = member(company, name="Ana Maker")
    draft = make_draft(account=account, bill=soon, minor=100_00, by=maker, execute_on=today + timedelta(days=3))
    waiting = actions.submit(payment=draft, by=maker)

    client.force_login(owner)
    start = client.post("/harbour/pay/", {"bill": [overdue.pk, soon.pk]})
    run = start.url.strip("/").rsplit("/", 1)[-1]
    answer = client.post(
        f"/harbour/pay/{run}/",
        {
            "action": "review",
            "then": "submit",
            "bank_account": account.pk,
            "paid_on": today.isoformat(),
            "method": company.payment_methods.first().pk,
            f"pay-{overdue.pk}": "1234.50",
            f"pay-{soon.pk}": "10.00",
        },
    )
    assert answer.url.endswith("/review/")
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    paths = (
        "",
        "bills/",
        "bills/new/",
        f"bills/{overdue.pk}/",
        f"bills/{overdue.pk}/hold/",
        f"pay/{run}/",
        f"pay/{run}/review/",
        "approvals/",
        "payments/",
        f"payments/{waiting.pk}/",
        f"payments/{waiting.pk}/approval/",
        f"payments/{waiting.pk}/rejection/",
        f"bills/{overdue.pk}/pay/",
        f"bills/{overdue.pk}/allocation/",
        f"bills/{pence.pk}/write-off/",
        f"reconcile/{account.pk}/",
        f"reconcile/tx/{money_in.pk}/",
        f"reconcile/tx/{money_in.pk}/refund/?supplier={supplier.pk}",
        f"payments/{made.pk}/void/",
        f"refunds/{refund.pk}/void/",
        f"payments/allocations/{made.allocations.get().pk}/undo/",
        f"suppliers/{supplier.pk}/",
        "schedule/",
        "schedule/?view=month",
        "activity/",
        "settings/approval/",
        "books/",
        "books/ageing/",
        f"books/ageing/?on={today}&known={today - timedelta(days=1)}",
        f"books/ageing/{supplier.pk}/",
        "books/payments/",
        "books/trial-balance/",
        "books/journal/",
    )
    return [f"{live_server.url}/harbour/{path}" for path in paths]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, addresses: list[str], scheme):
    # Transitions would be measured half-way; pages stand still for whoever asks for less motion.
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size(DESK)
    axe, found = Axe(), []
    for address in addresses:
        answer = page.goto(address)
        assert answer and answer.status == 200
        if page.locator('[hx-trigger^="load"]').count():
            # What is fetched at once fades while it is swapped.
            page.wait_for_load_state("networkidle")
        for violation in axe.run(page).response["violations"]:
            if violation["impact"] in {"serious", "critical"}:
                nodes = [node["html"][:160] for node in violation["nodes"][:3]]
                found.append((page.title(), violation["id"], nodes))
    assert found == []


def test_nothing_is_wider_than_the_narrowest_page(page: Page, addresses: list[str]):
    page.set_viewport_size(NARROW)
    wide = []
    for address in addresses:
        page.goto(address)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > NARROW["width"]:
            wide.append((page.title(), width))
    assert wide == []
