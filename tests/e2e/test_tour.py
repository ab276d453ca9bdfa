"""
What the README's tour does, in a browser: each flow with JavaScript, which shortens the way, and without.

The numbers are small enough to add up by heart: 1.00 + 2.00 + 3.00 in a batch, 25.44 credit of 45.00, 135.86 of 135.85.
"""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from billpay.bills import actions as bill_actions
from billpay.bills.models import Bill
from billpay.companies.models import Company, User
from billpay.payments.models import Payment
from billpay.suppliers.models import Supplier
from tests.factories import (
    BankAccountFactory,
    BankTransactionFactory,
    CompanyFactory,
    StatementFactory,
    SupplierFactory,
    make_bill,
    make_credit_note,
    make_payment,
    member,
)

pytestmark = pytest.mark.django_db(transaction=True)

LONG = 15_000
"""Milliseconds: a loaded machine is slow, and a wait costs nothing when there is nothing to wait for."""

expect.set_options(timeout=LONG)


@pytest.fixture(params=[True, False], ids=["js", "no-js"])
def javascript(request) -> bool:
    return request.param


@pytest.fixture
def context(new_context, javascript: bool) -> BrowserContext:
    context = new_context(java_script_enabled=javascript)
    context.set_default_timeout(LONG)
    return context


@dataclass
class Desk:
    """A signed-in owner at a small company with one bank account."""

    url: str
    page: Page
    company: Company = field(default_factory=lambda: CompanyFactory(slug="harbour", name="Harbour Lane"))

    def __post_init__(self) -> None:
        self.owner: User = member(self.company)
        self.account = BankAccountFactory(company=self.company, name="Current account")
        self.today = timezone.localdate()

    def supplier(self, name: str) -> Supplier:
        return SupplierFactory(company=self.company, name=name)

    def bill(self, supplier: Supplier, minor: int, number: str, **fields: Any) -> Bill:
        return make_bill(
            supplier=supplier,
            total_minor=minor,
            number=number,
            issued_on=self.today - timedelta(days=10),
            due_on=self.today + timedelta(days=20),
            by=self.owner,
            **fields,
        )

    def bank_line(self, minor: int, payee: str) -> None:
        statement = StatementFactory(bank_account=self.account)
        BankTransactionFactory(statement=statement, amount_minor=minor, payee=payee, booked_on=self.today)

    def go(self, path: str) -> None:
        self.page.goto(f"{self.url}/harbour/{path}")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).first.click()

    def see(self, words: str) -> None:
        expect(self.page.locator("main").get_by_text(words).first).to_be_visible()

    def heading(self, words: str) -> None:
        expect(self.page.get_by_role("heading", name=words).first).to_be_visible()

    def record(self, expected: str) -> None:
        """From the amounts through the review to the page that says what was recorded."""
        self.press("Review")
        self.heading("Check before recording")
        self.press("Record")
        self.heading(expected)


@pytest.fixture
def desk(page: Page, live_server, client) -> Desk:
    desk = Desk(live_server.url, page)
    client.force_login(desk.owner)
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": desk.url}])
    return desk


def test_half_of_one_bill_is_paid_from_its_page(desk: Desk):
    bill = desk.bill(desk.supplier("Signal Print"), 120_00, "SP-1")

    desk.go(f"bills/{bill.pk}/")
    desk.press("Pay £120.00")
    cash = desk.page.get_by_label("Cash for bill SP-1", exact=True)
    expect(cash).to_have_value("120.00")
    desk.press("Half")
    expect(cash).to_have_value("60.00")
    desk.record("Payment recorded")

    bill.refresh_from_db()
    assert bill.outstanding.minor == 60_00


def test_bills_of_one_supplier_are_paid_by_one_payment(desk: Desk):
    trevose = desk.supplier("Trevose Timber")
    for number, minor in (("T-1", 10_00), ("T-2", 20_00)):
        desk.bill(trevose, minor, number)

    desk.go("bills/")
    for number in ("T-1", "T-2"):
        desk.page.get_by_label(f"Select bill {number} of Trevose Timber").check()
    desk.press("Pay")
    desk.heading("How much, and from where?")
    desk.record("Payment recorded")

    payment = Payment.objects.get()
    assert (payment.amount.minor, payment.batch) == (30_00, None)


def test_three_suppliers_are_paid_by_a_batch(desk: Desk):
    for name, minor in (("Anchor", 1_00), ("Beacon", 2_00), ("Capstan", 3_00)):
        desk.bill(desk.supplier(name), minor, f"{name}-1")

    desk.go("pay/")
    for name in ("Anchor", "Beacon", "Capstan"):
        desk.page.get_by_label(f"Pay bill {name}-1 of {name}").check()
    desk.press("Continue")
    desk.record("3 payments recorded")

    payments = Payment.objects.order_by("pk")
    assert [payment.amount.minor for payment in payments] == [1_00, 2_00, 3_00]
    assert len({payment.batch_id for payment in payments} - {None}) == 1


def test_credit_is_used_before_cash(desk: Desk):
    castaway = desk.supplier("Castaway Candles")
    bill = desk.bill(castaway, 45_00, "CC-1")
    note = make_credit_note(supplier=castaway, total_minor=25_44, by=desk.owner, issued_on=bill.issued_on)

    desk.go(f"bills/{bill.pk}/")
    desk.see("£25.44")
    desk.press("Pay £45.00")
    desk.press("Use all credit")
    expect(desk.page.get_by_label("Cash for bill CC-1", exact=True)).to_have_value("19.56")
    desk.record("Payment recorded")

    bill.refresh_from_db()
    note.refresh_from_db()
    assert (bill.outstanding.minor, note.available.minor, Payment.objects.get().amount.minor) == (0, 0, 19_56)


def test_a_discount_follows_the_day_of_the_payment(desk: Desk, javascript: bool):
    """Of 1,000.00 at 2 % with 500.00 paid, 480.00 within the days and 500.00 after."""
    bill = desk.bill(desk.supplier("Penhale Linen"), 1_000_00, "PL-1", open=False)
    bill.discount_percent, bill.discount_until = Decimal(2), desk.today
    bill.save(update_fields=["discount_percent", "discount_until"])
    bill = bill_actions.approve(bill=bill, by=desk.owner)
    make_payment(account=desk.account, bill=bill, minor=500_00, paid_on=desk.today, by=desk.owner)

    desk.go(f"bills/{bill.pk}/")
    desk.press("Pay £500.00")
    cash = desk.page.get_by_label("Cash for bill PL-1", exact=True)
    expect(cash).to_have_value("480.00")
    desk.page.wait_for_load_state("networkidle")
    desk.page.get_by_label("Submit: it goes out").check()
    desk.page.get_by_label("Payment date", exact=True).fill("+30")
    if javascript:
        desk.page.get_by_label("Payment date", exact=True).blur()
    else:
        desk.press("Add up")
    expect(cash).to_have_value("500.00")
    desk.see("The 2 % discount ran out")
    desk.page.get_by_label("Record as paid").check()
    desk.page.get_by_label("Payment date", exact=True).fill("t")
    if javascript:
        desk.page.get_by_label("Payment date", exact=True).blur()
    else:
        desk.press("Add up")
    expect(cash).to_have_value("480.00")
    desk.record("Payment recorded")

    bill.refresh_from_db()
    assert (bill.state, Payment.objects.latest("pk").amount.minor) == ("paid", 480_00)


def test_bills_are_scheduled_each_on_its_due_date(desk: Desk):
    for name in ("Anchor", "Beacon"):
        desk.bill(desk.supplier(name), 10_00, f"{name}-1")
    desk.company.approval_limits.create(subject="payment", above_minor=10_00, approvers=1)
    desk.bill(desk.supplier("Capstan"), 10_01, "Capstan-1")

    desk.go("pay/")
    for name in ("Anchor", "Beacon", "Capstan"):
        desk.page.get_by_label(f"Pay bill {name}-1 of {name}").check()
    desk.press("Continue")
    desk.page.get_by_label("Submit: it goes out").check()
    desk.page.get_by_label("Each bill on its due date").check()
    desk.press("Review")
    desk.heading("Check before submitting")
    desk.see("By one person other than you")
    desk.press("Submit 3 payments, 1 for approval")
    desk.heading("3 payments submitted")

    rows = Payment.objects.order_by("amount_minor", "pk").values_list("status", flat=True)
    assert list(rows) == ["scheduled", "scheduled", "awaiting_approval"]


def test_a_rest_is_written_off_with_the_payment(desk: Desk, javascript: bool):
    bill = desk.bill(desk.supplier("Rook and Rowan"), 100_03, "RR-1")

    desk.go(f"bills/{bill.pk}/")
    desk.press("Pay £100.03")
    # With JavaScript the boxes listen once the page has loaded.
    desk.page.wait_for_load_state("networkidle")
    desk.page.get_by_label("Cash for bill RR-1", exact=True).fill("100.00")
    if not javascript:
        desk.press("Add up")
    desk.page.get_by_label("Write off the remaining £0.03").check()
    desk.page.get_by_label("Why the rest of bill RR-1 is written off").fill("Rounding")
    desk.record("Payment recorded")

    bill.refresh_from_db()
    assert (bill.state, Payment.objects.get().amount.minor) == ("paid", 100_00)


def test_too_much_is_refused_in_words(desk: Desk):
    bill = desk.bill(desk.supplier("PowerDirect"), 135_85, "PD-1")

    desk.go(f"bills/{bill.pk}/")
    desk.press("Pay £135.85")
    desk.page.get_by_label("Cash for bill PD-1", exact=True).fill("135.86")
    desk.press("Review")

    summary = desk.page.locator("#error-summary")
    expect(summary).to_contain_text("Bill PD-1 has 135.85 GBP outstanding; 135.86 GBP is too much.")
    expect(desk.page).to_have_title(re.compile("^Error: "))
    expect(desk.page.get_by_label("Cash for bill PD-1", exact=True)).to_have_value("135.86")
    assert not Payment.objects.exists()


def test_bank_line_is_matched_and_the_match_undone(desk: Desk):
    bill = desk.bill(desk.supplier("Seabright"), 64_00, "SB-1")
    payment = make_payment(account=desk.account, bill=bill, paid_on=desk.today, by=desk.owner)
    desk.bank_line(64_00, "SEABRIGHT LTD")

    desk.go(f"reconcile/{desk.account.pk}/")
    desk.press(f"Match with {payment.number}")
    undo = desk.page.get_by_role("button", name="Undo")
    expect(undo.first).to_be_visible()
    payment.refresh_from_db()
    assert payment.unmatched.minor == 0

    undo.first.click()
    expect(desk.page.get_by_role("button", name=f"Match with {payment.number}").first).to_be_visible()
    payment.refresh_from_db()
    assert payment.unmatched.minor == 64_00


def test_bill_is_paid_from_a_bank_line(desk: Desk):
    bill = desk.bill(desk.supplier("PowerDirect"), 135_85, "PD-1")
    desk.bank_line(135_85, "POWERDIRECT")

    desk.go(f"reconcile/{desk.account.pk}/")
    desk.page.get_by_role("link", name="Pay bills from this").first.click()
    desk.page.get_by_label("Pay PD-1", exact=True).check()
    desk.press("Record payment and match")
    expect(desk.page.get_by_text("1 of 1 reconciled").first).to_be_visible()

    bill.refresh_from_db()
    payment = Payment.objects.get()
    assert (bill.outstanding.minor, payment.amount.minor, payment.unmatched.minor) == (0, 135_85, 0)


def test_bill_of_two_lines_is_entered_and_approved(desk: Desk):
    desk.supplier("Lantern Supplies")

    desk.go("bills/new/")
    form = desk.page.locator("#bill-form")
    form.get_by_label("Supplier", exact=True).select_option(label="Lantern Supplies")
    # With JavaScript the supplier's usual terms are fetched into the form; what is typed next must outlive that.
    desk.page.wait_for_load_state("networkidle")
    form.locator("[name=number]").fill("LS-77")
    for number, (words, price) in enumerate((("Wicks", "12.50"), ("Oil", "7.25")), start=1):
        form.get_by_label(f"Description, line {number}").fill(words)
        form.get_by_label(f"Unit price, line {number}").fill(price)
        account = form.get_by_label(f"Account, line {number}")
        account.select_option(label=account.locator("option", has_text="7100").inner_text())
        form.get_by_label(f"Tax rate, line {number}").select_option(label="No tax")
    desk.press("Save and approve")
    desk.heading("Bill LS-77")

    bill = Bill.objects.get()
    assert (bill.status, bill.total.minor, bill.lines.count()) == ("open", 19_75, 2)


def test_csv_statement_is_imported(desk: Desk):
    day = desk.today
    csv = f"Date,Payee,Amount\n{day - timedelta(1)},BEACON LTD,-12.50\n{day},CAPSTAN LTD,-7.25\n"

    desk.go(f"bank/{desk.account.pk}/import/")
    file = {"name": "november.csv", "mimeType": "text/csv", "buffer": csv.encode()}
    desk.page.get_by_label("Statement file").set_input_files(file)
    desk.press("Upload and continue")
    desk.heading("Which column is what?")
    desk.press("Continue")
    desk.heading("Import 2 transactions?")
    desk.press("Import 2 transactions")
    expect(desk.page.get_by_text("2 transactions imported.").first).to_be_visible()

    amounts = desk.account.transactions.order_by("pk").values_list("amount_minor", flat=True)
    assert list(amounts) == [12_50, 7_25]
