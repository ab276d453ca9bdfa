"""The demo company: loaded once, its books right, its dashboard true to its lists."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core.management import call_command
from django.db import transaction
from django.db.models import F, Sum
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from billpay.bills import inbox
from billpay.bills.forms import FilterForm
from billpay.bills.models import Bill
from billpay.companies.models import AuditEvent, Company, User
from billpay.home import board
from billpay.home.demo import goods, overheads, seed
from billpay.ledger.models import AccountRole, JournalLine
from billpay.ledger.reports import control_account
from billpay.ledger.standpoint import Standpoint
from billpay.money.value import Money
from billpay.payments.models import Payment
from billpay.reconciliation.offers import offers_for
from billpay.reports.ageing import ageing
from tests.factories import TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker) -> Iterator[Company]:
    """Loaded once for the module, and rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        seed(today=TODAY)
        yield Company.objects.get(slug="demo")
        transaction.set_rollback(True)


@pytest.fixture
def owner(demo: Company) -> Client:
    client = Client()
    client.force_login(User.objects.get(email="owner@demo.test"))
    return client


def counts() -> list[int]:
    return [model.objects.count() for model in (Company, User, Bill, Payment, AuditEvent, JournalLine)]


def test_everything_in_it_is_proved(demo):
    out = StringIO()

    call_command("prove", stdout=out, no_color=True)

    assert "Harbour Lane Trading (demo)" in out.getvalue()
    assert "invariants hold." in out.getvalue()


def test_its_books_agree_as_known_on_any_day(demo):
    """What was owed at the end of each fortnight, by what had been entered then and a week later."""
    for weeks in range(1, 17, 2):
        on = TODAY - timedelta(weeks=weeks)
        for known in (on, on + timedelta(weeks=1)):
            at = Standpoint(on, known)
            owed = control_account(demo, at=at).owed
            assert (at, ageing(demo, at=at).total) == (at, owed)
            assert owed


def test_a_second_run_changes_nothing_and_says_so(demo):
    before, out = counts(), StringIO()

    call_command("seed_demo", stdout=out, stderr=StringIO())

    assert counts() == before
    assert "here already" in out.getvalue()


def test_there_are_bills_payments_and_credit_in_every_state(demo):
    assert demo.suppliers.count() == 26
    assert demo.bills.count() == 150
    assert set(demo.bills.values_list("state", flat=True)) == set(Bill.State)
    assert set(demo.credit_notes.values_list("state", flat=True)) == {
        "draft", "awaiting_approval", "open", "partly_used", "used", "void",
    }  # fmt: skip
    assert set(demo.payments.values_list("status", flat=True)) == {
        "draft", "awaiting_approval", "scheduled", "failed", "completed", "void",
    }  # fmt: skip
    assert demo.refunds.count() == 1
    assert demo.bank_accounts.count() == 3
    assert demo.attachments.exists()


def test_all_bank_details_but_the_newest_were_checked_by_a_second_person(demo):
    waiting = demo.supplier_bank_accounts.to_check().select_related("supplier")

    assert [account.supplier.name for account in waiting] == ["Castaway Candle Works Ltd"]
    assert demo.supplier_bank_accounts.filter(checked_at__isnull=False).count() == 26


def test_accounts_have_payment_days_and_suppliers_discounts(demo):
    assert set(demo.bank_accounts.values_list("calendar", flat=True)) == {"uk", "target", ""}
    assert demo.bank_accounts.filter(payment_weekday__isnull=False).count() == 1
    assert set(demo.suppliers.filter(discount_percent__gt=0).values_list("discount_tax", flat=True)) == {
        "reduced", "unchanged",
    }  # fmt: skip


def test_there_are_payments_of_every_shape(demo):
    made = demo.payments.completed()
    live = made.filter(allocations__undone_at=None)
    assert demo.batches.exists()
    assert made.filter(fee_minor__gt=0, currency="USD").exists()
    assert made.filter(method="cheque").exists()
    assert made.with_money_on_account().exists()
    assert live.filter(amount_minor=0, allocations__source="credit_note").exists()
    assert live.filter(amount_minor__gt=0, allocations__source="credit_note").exists()
    assert live.filter(amount_minor=0, allocations__source="on_account").exists()


def test_the_books_balance_and_payables_are_what_is_owed(demo):
    lines = JournalLine.objects.filter(entry__company=demo)
    sums = lines.aggregate(debit=Sum("debit_minor"), credit=Sum("credit_minor"))
    control = lines.filter(account__role=AccountRole.PAYABLES).aggregate(
        owed=Sum(F("credit_minor") - F("debit_minor"))
    )["owed"]

    bills = demo.bills.filter(status="open").aggregate(left=Sum(F("total_base_minor") - F("settled_base_minor")))
    credit = demo.credit_notes.filter(status="open").aggregate(left=Sum(F("total_base_minor") - F("used_base_minor")))
    cash = demo.payments.completed().aggregate(left=Sum(F("amount_base_minor") - F("allocated_base_minor")))
    assert sums["debit"] == sums["credit"]
    assert control == bills["left"] - credit["left"] - cash["left"]


@pytest.mark.parametrize("name", ["Current account", "Company card"])
def test_what_the_bank_says_and_the_books_say_differ_by_what_is_not_matched_yet(demo, name):
    account = demo.bank_accounts.get(name=name)
    books = account.nominal_account.journal_lines.aggregate(left=Sum(F("debit_minor") - F("credit_minor")))["left"]
    to_explain = sum(
        -line.unmatched_minor if line.direction == "out" else line.unmatched_minor
        for line in account.transactions.to_reconcile()
    )
    not_seen = account.payments.to_match().aggregate(left=Sum("unmatched_minor", default=0))["left"]
    not_seen -= account.refunds.to_match().aggregate(left=Sum("unmatched_minor", default=0))["left"]

    assert account.statements.first().closing_minor == books + to_explain + not_seen


def test_nothing_is_dated_after_the_last_day_played(demo):
    last = TODAY - timedelta(days=1)

    assert max(demo.bills.values_list("issued_on", flat=True)) <= last
    assert max(demo.payments.completed().values_list("paid_on", flat=True)) <= last
    assert max(demo.bank_transactions.values_list("booked_on", flat=True)) <= last
    assert timezone.localdate(demo.audit_events.first().at) <= last
    assert timezone.now().date() > last


def test_some_lines_of_the_bank_wait_certain_equal_and_unexplained(demo):
    account = demo.bank_accounts.get(name="Current account")
    offers = offers_for(account, account.transactions.to_reconcile())
    by_line = offers.by_transaction.values()

    assert 12 <= demo.bank_transactions.to_reconcile().count() <= 28
    assert any(offer.certain for offer in by_line)
    assert any(offer.certain and offer.suggestions[0].candidate.is_batch for offer in by_line)
    assert any(len(offer.leaders) > 1 for offer in by_line)
    assert any(not offer.suggestions for offer in by_line)


def test_bank_details_are_made_up_but_valid():
    from schwifty import IBAN  # Slow to import, and needed here alone.

    traders = (*goods.GOODS, *overheads.OVERHEADS)
    assert all(IBAN(trader.bank["iban"], validate_bban=True) for trader in traders if "iban" in trader.bank)
    assert all(len(trader.bank["sort_code"]) == 6 for trader in traders if "sort_code" in trader.bank)
    assert len({tuple(trader.bank.values()) for trader in traders}) == len(traders)


@pytest.mark.parametrize(
    ("email", "sees"),
    [
        ("owner@demo.test", {"demo"}),
        ("approver@demo.test", {"demo"}),
        ("bookkeeper@demo.test", {"demo"}),
        ("viewer@demo.test", {"demo"}),
        ("owner@tideway.test", {"tideway"}),
        ("admin@demo.test", {"demo", "tideway"}),
    ],
)
def test_logins_get_in_and_see_their_own(demo, email, sees):
    user = User.objects.get(email=email)

    assert user.check_password("billpay-demo")
    assert set(Company.objects.visible_to(user).values_list("slug", flat=True)) == sees
    assert user.is_superuser == (email == "admin@demo.test")


def test_every_figure_leads_to_bills_that_add_up_to_it(demo):
    figures = board.context(demo, today=TODAY)
    shown = [one for chart in (figures["cash"], figures["ageing"]) for bar in chart.bars for one in bar.amounts]
    shown += [one for card in figures["cards"][:2] for one in card.amounts]
    assert len(shown) > 8

    for one in shown:
        assert _outstanding(demo, one.href)[one.amount.currency] == one.amount.minor
    for creditor in figures["creditors"]:
        assert _outstanding(demo, creditor["href"]) == {creditor["row"].owed.currency: creditor["row"].owed.minor}


def test_bars_count_the_bills_they_lead_to(demo):
    figures = board.context(demo, today=TODAY)

    for bar in (*figures["cash"].bars, *figures["ageing"].bars):
        assert _listed(demo, bar.href).count() == bar.count
    assert sum(bar.count for bar in figures["ageing"].bars) == demo.bills.outstanding().count()
    assert all(bar.count for bar in figures["ageing"].bars)


def _listed(company: Company, href: str):
    form = FilterForm(QueryDict(urlsplit(href).query), company=company)
    assert form.is_valid()
    return inbox.find(company, form, today=TODAY)


def _outstanding(company: Company, href: str) -> dict[str, int]:
    rows = _listed(company, href).order_by().values_list("currency").annotate(Sum("outstanding_minor"))
    return dict(rows)


def test_unused_credit_leads_to_the_credit_notes_that_add_up_to_it(demo, owner):
    card = next(card for card in board.context(demo, today=TODAY)["cards"] if card.label == "Unused credit")

    notes = owner.get(card.href).context["page"].object_list

    assert len(notes) == card.count
    for one in card.amounts:
        left = sum(note.remaining.minor for note in notes if note.currency == one.amount.currency)
        assert left == one.amount.minor


def test_what_waits_is_counted(demo):
    cards = {card.label: card for card in board.context(demo, today=TODAY)["cards"]}

    bills, payments = demo.bills.filter(state="awaiting_approval"), demo.payments.filter(status="awaiting_approval")
    assert (bills.count(), payments.count(), cards["To approve"].count) == (7, 1, 8)
    assert cards["To reconcile"].count == demo.bank_transactions.to_reconcile().count()
    assert {one.amount for one in cards["Unused credit"].amounts} == {
        Money(minor, currency)
        for currency in ("GBP", "EUR")
        for minor in [sum(note.remaining.minor for note in demo.credit_notes.filter(currency=currency))]
        if minor
    }
    assert {one.amount for one in cards["Money on account"].amounts} == {Money(30_00, "GBP"), Money(200_00, "EUR")}


@time_machine.travel(TODAY)
def test_the_dashboard_is_drawn_in_a_fixed_number_of_queries(owner, django_assert_max_num_queries):
    with django_assert_max_num_queries(20):
        page = owner.get("/demo/")

    assert page.status_code == 200
    assert "Harbour Lane Trading" in page.text
    assert "≈" in page.text
