"""The inbox of approvals: what it shows, the yes from the list, several at once, and who does not get to say it."""

import re
import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine

from billpay.bills import actions as bills
from billpay.companies.models import ApprovalSubject, Role
from billpay.money.value import Money
from billpay.payments import actions
from billpay.payments.models import Payment, Source
from tests.factories import (
    TODAY,
    BankAccountFactory,
    SupplierFactory,
    give_bank_details,
    header,
    make_bill,
    make_credit_note,
    make_draft,
    member,
    needs_approval,
)
from tests.payments.test_run_views import words

pytestmark = pytest.mark.django_db

FRIDAY = date(2026, 3, 20)
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(f"{TODAY.isoformat()} 12:00", tick=False):
        yield


@pytest.fixture
def waiting(company, account, supplier, maker):
    """A payment of 100.00 for Friday that one person approves."""
    needs_approval(company)
    return submitted(account, supplier, maker, execute_on=FRIDAY)


def submitted(account, supplier, maker, minor=100_00, **fields):
    bill = make_bill(supplier=supplier, total_minor=minor)
    return actions.submit(payment=make_draft(account=account, bill=bill, by=maker, **fields), by=maker)


def approve(client, payment, *, seen=None, **headers):
    data = {"key": uuid.uuid4(), "seen": payment.digest if seen is None else seen, "back": "approvals"}
    return client.post(f"/harbour/payments/{payment.pk}/approval/", data, headers=headers)


def approve_ticked(client, payments, **more):
    data = {"key": uuid.uuid4(), "payment": [payment.pk for payment in payments]}
    seen = {f"seen-{payment.pk}": payment.digest for payment in payments}
    return client.post("/harbour/approvals/selected/", {**data, **seen, **more})


def badge(page):
    """What the navigation says is waiting."""
    return re.findall(r'data-count="approvals">(\d*)<', page.content.decode())


def test_the_inbox_tells_what_there_is_to_know(desk, company, account, supplier, maker):
    needs_approval(company, above_minor=50_00, approvers=2)
    give_bank_details(supplier, by=maker)
    bill = make_bill(supplier=supplier, number="PD-1", total_minor=100_00)
    note = make_credit_note(supplier=supplier, number="CN-1", total_minor=20_00)
    parts = [
        actions.Part(bill, bill.available - note.available),
        actions.Part(bill, note.available, Source.CREDIT_NOTE, credit_note=note),
    ]
    order = actions.Order(supplier=supplier, amount=parts[0].amount, parts=parts)
    draft = actions.pay(company=company, header=header(account, draft=True, execute_on=FRIDAY), order=order, by=maker)
    actions.submit(payment=draft, by=maker)

    page = words(desk.get("/harbour/approvals/"))

    for said in (
        "PowerDirect",
        "PAY-00001 · Bank transfer from Operating · goes out Fri 20 Mar 2026",
        "To PowerDirect ••••5678",
        "New: added today by Ana Maker, not yet checked by a second person. Verify by phone.",
        "PD-1 £100.00 (£20.00 credit note CN-1)",
        "Over £50.00 two people approve.",
        "Made by Ana Maker on 16 Mar 2026, 12:00.",
        "£80.00",
    ):
        assert said in page


def test_foreign_money_is_shown_in_both_currencies(desk, company, account, maker):
    needs_approval(company)
    supplier = SupplierFactory(company=company, currency="USD")
    bill = make_bill(supplier=supplier, total_minor=20_00, rate=Decimal("0.781"), by=maker)
    order = actions.Order(supplier=supplier, amount=bill.available, parts=[actions.Part(bill, bill.available)])
    draft = actions.pay(
        company=company,
        header=header(account, currency="USD", rate=Decimal("0.781"), draft=True),
        order=order,
        by=maker,
    )
    actions.submit(payment=draft, by=maker)

    assert "US$20.00 ≈ £15.62" in words(desk.get("/harbour/approvals/"))


def test_ones_own_are_shown_and_not_offered(client, waiting, maker):
    client.force_login(maker)

    page = client.get("/harbour/approvals/")

    assert "You made this: someone else approves it." in words(page)
    assert f"/payments/{waiting.pk}/approval/" not in page.content.decode()
    assert re.search(rf'name="payment" value="{waiting.pk}"[^>]* disabled', page.content.decode())


@pytest.mark.parametrize("role", [Role.BOOKKEEPER, Role.VIEWER])
def test_who_does_not_approve_sees_what_waits_and_no_buttons(client, company, waiting, role):
    client.force_login(member(company, role))

    page = client.get("/harbour/approvals/")
    refused = [approve(client, waiting).status_code, approve_ticked(client, [waiting]).status_code]

    assert "PAY-00001" in words(page)
    assert "Approvers and owners of the company approve." in words(page)
    assert "<button" not in page.content.decode().split("Payments to approve")[1].split("</section>")[0]
    assert refused == [403, 403]


def test_a_yes_without_javascript_leads_back_to_the_list(desk, waiting):
    response = approve(desk, waiting)

    waiting.refresh_from_db()
    assert response["Location"] == "/harbour/approvals/"
    assert (waiting.status, waiting.execute_on) == ("scheduled", FRIDAY)


def test_a_yes_by_htmx_swaps_the_row_and_the_badge(desk, waiting):
    response = approve(desk, waiting, **HTMX)

    assert response.status_code == 200
    assert "<html" not in response.content.decode()
    assert "Scheduled PAY-00001 to PowerDirect, £100.00, goes out on Friday, 20 March 2026" in words(response).replace(
        " ,", ","
    )
    assert 'hx-swap-oob="innerHTML:[data-count=approvals]"' in response.content.decode()


def test_the_first_of_two_keeps_the_row_and_says_who_is_missing(desk, company, account, supplier, maker, user):
    needs_approval(company, approvers=2)
    payment = submitted(account, supplier, maker)

    row = approve(desk, payment, **HTMX)
    again = approve(desk, payment, **HTMX)

    assert f"{user} approved: 1 of 2." in words(row)
    assert "You approved this: the other approval is someone else’s." in words(row)
    assert again.status_code == 422
    assert "You have approved PAY-00001 already" in words(again)


def test_the_second_of_two_completes_it(client, desk, company, account, supplier, maker):
    needs_approval(company, approvers=2)
    payment = submitted(account, supplier, maker)
    approve(desk, payment)
    client.force_login(member(company, Role.APPROVER))

    approve(client, payment)

    payment.refresh_from_db()
    assert (payment.status, payment.approvals.count()) == ("approved", 2)


def test_a_row_that_changed_is_refused_in_its_place(desk, waiting, maker):
    seen = waiting.digest
    draft = actions.back_to_draft(payment=waiting, reason="Typo", by=maker)
    actions.submit(payment=draft, by=maker)

    row = approve(desk, waiting, seen=seen, **HTMX)

    assert row.status_code == 422
    assert "Not approved" in words(row)
    assert waiting.approvals.count() == 0


def test_all_there_is_to_know_before_a_yes(desk, waiting, account, supplier, maker):
    other = submitted(account, supplier, maker)

    page = desk.get(f"/harbour/payments/{waiting.pk}/approval/?back=approvals")

    assert "Approve £100.00 to PowerDirect?" in words(page)
    assert f"{other.number} The same amount" in words(page)
    assert page.context["form"]["seen"].value() == waiting.digest
    assert page.context["form"]["back"].value() == "approvals"


def test_ticked_ones_are_approved_each_by_itself(desk, company, account, supplier, maker, user):
    needs_approval(company)
    good, changed, own = (submitted(account, supplier, maker) for _ in range(3))
    own = submitted(account, supplier, user)
    stale = Payment.objects.get(pk=changed.pk)
    actions.submit(payment=actions.back_to_draft(payment=changed, reason="Typo", by=maker), by=maker)

    page = approve_ticked(desk, [good, stale, own])

    assert page.status_code == 200
    assert "1 approved, 2 not" in words(page)
    assert f"{stale.number} is not what was submitted any more." in words(page)
    assert f"You made or changed {own.number}." in words(page)
    states = Payment.objects.in_bulk([good.pk, stale.pk, own.pk])
    assert [states[row.pk].status for row in (good, stale, own)] == [
        "approved",
        "awaiting_approval",
        "awaiting_approval",
    ]


def test_ticked_and_sent_twice_is_done_once(desk, waiting):
    key = uuid.uuid4()

    first = approve_ticked(desk, [waiting], key=key)
    again = approve_ticked(desk, [waiting], key=key)

    assert (first.status_code, again["Location"]) == (200, "/harbour/approvals/")
    assert waiting.approvals.count() == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"payment": []}, "Tick at least one payment first."),
        ({"key": ""}, "came without its key"),
    ],
)
def test_a_click_on_nothing_is_answered_in_words(desk, waiting, fields, said):
    page = approve_ticked(desk, [waiting], **fields)

    assert page.status_code == 422
    assert said in words(page)
    assert waiting.approvals.count() == 0


def test_a_ticked_one_without_its_digest_is_not_approved(desk, waiting):
    page = approve_ticked(desk, [waiting], **{f"seen-{waiting.pk}": ""})

    assert page.status_code == 422
    assert "did not say what was looked at" in words(page)
    assert waiting.approvals.count() == 0


def test_another_companys_payment_is_not_ticked_along(desk, waiting):
    other = SupplierFactory()
    owner = member(other.company)
    needs_approval(other.company)
    theirs = submitted(BankAccountFactory(company=other.company), other, owner)

    assert approve_ticked(desk, [waiting, theirs]).status_code == 404
    assert waiting.approvals.count() == theirs.approvals.count() == 0


def test_bills_that_wait_are_listed_with_a_way_to_them(desk, company, supplier, maker):
    needs_approval(company, subject=ApprovalSubject.BILL)
    bill = make_bill(supplier=supplier, number="PD-7", open=False, by=maker)
    bills.submit(bill=bill, by=maker)

    page = desk.get("/harbour/approvals/")

    assert "No payment waits for approval" in words(page)
    assert f'href="/harbour/bills/{bill.pk}/"' in page.content.decode()
    assert "0 of 1 £100.00" in words(page)
    assert badge(page) == ["1", "1"]


def test_the_badge_counts_for_those_who_approve(client, desk, company, waiting):
    assert badge(desk.get("/harbour/payments/")) == ["1", "1"]

    client.force_login(member(company, Role.BOOKKEEPER))

    assert badge(client.get("/harbour/payments/")) == []


def test_bank_details_to_check_stand_above(desk, supplier, maker):
    give_bank_details(supplier, by=maker)

    assert "Bank details of 1 supplier to check" in words(desk.get("/harbour/approvals/"))


def test_nothing_to_approve_says_so(desk):
    assert "No payment waits for approval" in words(desk.get("/harbour/approvals/"))


def test_the_inbox_takes_the_same_queries_for_one_payment_and_many(
    desk, company, account, maker, django_assert_max_num_queries
):
    needs_approval(company, approvers=2)
    for number in range(8):
        supplier = SupplierFactory(company=company)
        give_bank_details(supplier, by=maker)
        submitted(account, supplier, maker, execute_on=FRIDAY + timedelta(days=number))

    with django_assert_max_num_queries(21):
        desk.get("/harbour/approvals/")


def test_the_review_shows_what_leaves_the_account_with_the_fee(desk, company, account, supplier, maker):
    needs_approval(company, above_minor=100_00)
    payment = submitted(account, supplier, maker, fee=Money(7_00, "GBP"))

    page = words(desk.get(f"/harbour/payments/{payment.pk}/approval/"))

    assert "Approve £100.00 to PowerDirect, with a fee of £7.00?" in page
    assert "Over £100.00 one person approves. With its fee it is £107.00." in page


LATE = "2026-03-24 12:00"


def test_a_payment_whose_day_has_passed_goes_out_with_the_next_run(desk, waiting):
    with time_machine.travel(LATE, tick=False):
        inbox = words(desk.get("/harbour/approvals/"))
        review = words(desk.get(f"/harbour/payments/{waiting.pk}/approval/"))
        page = words(desk.get(f"/harbour/payments/{waiting.pk}/"))
        approve(desk, waiting)
        said = words(desk.get("/harbour/approvals/"))

    assert "goes out with the next run, was due Fri 20 Mar 2026" in inbox
    assert "Goes out With the next run of the schedule It was due on Friday, 20 March 2026" in review
    assert "Approved, it goes out with the next run of the schedule." in page
    assert "PAY-00001 is approved, and goes out with the next run of the schedule." in said


def test_a_yes_by_htmx_names_no_day_that_is_past(desk, waiting):
    with time_machine.travel(LATE, tick=False):
        row = words(approve(desk, waiting, **HTMX))

    assert "goes out with the next run of the schedule" in row
    assert "20 March" not in row
