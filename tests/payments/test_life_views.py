"""A payment's life by its pages: every arrow that is open, every one that is not, and who may take them (rule 12)."""

import uuid
from datetime import date
from decimal import Decimal

import pytest
import time_machine

from billpay.companies.models import AuditEvent, Role
from billpay.payments import actions
from billpay.payments.models import Payment
from billpay.payments.views import life
from tests.factories import (
    TODAY,
    BankAccountFactory,
    CompanyFactory,
    SupplierFactory,
    give_bank_details,
    header,
    make_bill,
    make_draft,
    member,
    needs_approval,
)
from tests.payments.test_run_views import words

pytestmark = pytest.mark.django_db

FRIDAY, MONDAY = date(2026, 3, 20), date(2026, 3, 23)
ARROWS = (
    "submission",
    "approval",
    "rejection",
    "draft",
    "schedule",
    "unscheduling",
    "stop",
    "resumption",
    "processing",
    "completion",
    "failure",
    "cancellation",
    "retry",
)
OPEN = {
    "draft": {"submission", "completion"},
    "awaiting_approval": {"approval", "rejection", "schedule", "draft", "cancellation"},
    "approved": {"schedule", "processing", "draft", "cancellation"},
    "scheduled": {"schedule", "unscheduling", "stop", "processing", "draft", "cancellation"},
    "stopped": {"schedule", "unscheduling", "resumption", "draft", "cancellation"},
    "processing": {"completion", "failure"},
    "completed": set(),
    "failed": {"retry"},
    "rejected": {"retry"},
    "cancelled": {"retry"},
    "void": set(),
}
"""Written by hand, apart from the code: what may happen to a payment from where it stands."""
LEADS_TO = {
    "submission": "awaiting_approval",
    "approval": "scheduled",
    "rejection": "rejected",
    "draft": "draft",
    "schedule": "scheduled",
    "unscheduling": "approved",
    "stop": "scheduled",
    "resumption": "scheduled",
    "processing": "processing",
    "completion": "completed",
    "failure": "failed",
    "cancellation": "cancelled",
}


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(f"{TODAY.isoformat()} 12:00", tick=False):
        yield


@pytest.fixture
def stand(company, account, supplier, maker, user):
    """A payment of 100.00 taken to where it is to stand, by the same actions as people use."""

    def stand(at: str, *, approvers: int = 1, **fields) -> Payment:
        needs_approval(company, approvers=approvers)
        fields.setdefault("execute_on", None if at == "approved" else FRIDAY)
        draft = make_draft(account=account, bill=make_bill(supplier=supplier), by=maker, **fields)
        return take_to(at, draft, maker, user)

    return stand


def take_to(at, payment, maker, user):
    if at == "draft":
        return payment
    if at == "completed":
        return actions.complete(payment=payment, by=maker)
    if at == "void":
        done = actions.complete(payment=payment, by=maker)
        return actions.void(payment=done, on=FRIDAY, reason="Twice", by=maker)
    payment = actions.submit(payment=payment, by=maker)
    if at == "awaiting_approval":
        return payment
    if at == "rejected":
        return actions.reject(payment=payment, reason="No", by=user)
    payment = actions.approve(payment=payment, by=user)
    if at == "stopped":
        return actions.stop(payment=payment, because="Ask first", by=user)
    if at == "cancelled":
        return actions.cancel(payment=payment, reason="No", by=user)
    if at in {"processing", "failed"}:
        payment = actions.start(payment=payment, by=user)
    return actions.fail(payment=payment, reason="Account closed", by=user) if at == "failed" else payment


def post(client, payment, arrow, **fields):
    """What its page would send: a new key, what was looked at, and a good answer to all that any arrow asks."""
    data = {"key": uuid.uuid4(), "reason": "Because", "on": TODAY.isoformat(), **fields}
    if arrow == "schedule":
        data["on"] = fields.get("on", MONDAY.isoformat())
    if arrow == "approval":
        data.setdefault("seen", payment.digest)
    return client.post(f"/harbour/payments/{payment.pk}/{arrow}/", data)


def everything(payment):
    """All that a refused arrow must leave alone."""
    stored = Payment.objects.filter(pk=payment.pk).values().get()
    bills = [tuple(row) for row in payment.company.bills.order_by("pk").values_list("reserved_minor", "settled_minor")]
    counts = (payment.steps.count(), payment.approvals.count(), Payment.objects.count(), AuditEvent.objects.count())
    return stored, bills, counts


@pytest.mark.parametrize(("at", "arrow"), [(at, arrow) for at, arrows in OPEN.items() for arrow in sorted(arrows)])
def test_every_open_arrow_is_taken_by_its_page(desk, stand, at, arrow):
    payment = stand(at)

    page = desk.get(f"/harbour/payments/{payment.pk}/{arrow}/")
    response = post(desk, payment, arrow)

    assert page.status_code == 200
    assert response.status_code == 303
    if arrow == "retry":
        again = Payment.objects.get(retry_of=payment)
        assert response["Location"] == f"/harbour/payments/{again.pk}/"
        assert again.status == "draft"
        return
    payment.refresh_from_db()
    kept = (at, arrow) == ("awaiting_approval", "schedule")
    assert payment.status == (at if kept else LEADS_TO[arrow])
    assert (payment.stopped_at is not None) == (arrow == "stop" or (at, arrow) == ("stopped", "schedule"))


@pytest.mark.parametrize("at", OPEN)
def test_every_other_arrow_is_refused_in_words_and_changes_nothing(desk, stand, at):
    payment = stand(at)
    before = everything(payment)

    wrong = []
    for arrow in set(ARROWS) - OPEN[at]:
        response = post(desk, payment, arrow)
        said = payment.number in words(response) and "There is a problem" in words(response)
        if response.status_code != 422 or not said or everything(payment) != before:
            wrong.append((arrow, response.status_code, said))

    assert not wrong


@pytest.mark.parametrize("at", OPEN)
def test_the_page_offers_what_is_open_and_nothing_else(desk, stand, at):
    payment = stand(at)

    page = desk.get(f"/harbour/payments/{payment.pk}/").content.decode()

    offered = {arrow for arrow in ARROWS if f'"/harbour/payments/{payment.pk}/{arrow}/"' in page}
    assert offered == OPEN[at]


@pytest.mark.parametrize("at", OPEN)
def test_a_closed_arrow_says_so_on_its_page(desk, stand, at):
    payment = stand(at)

    for arrow in set(ARROWS) - OPEN[at]:
        page = desk.get(f"/harbour/payments/{payment.pk}/{arrow}/")
        assert page.status_code == 200
        assert "Nothing to do here" in words(page), arrow


@pytest.mark.parametrize("at", OPEN)
def test_a_viewer_is_offered_nothing(client, company, stand, at):
    payment = stand(at)
    client.force_login(member(company, Role.VIEWER))

    page = client.get(f"/harbour/payments/{payment.pk}/").content.decode()

    assert [arrow for arrow in ARROWS if f"/payments/{payment.pk}/{arrow}/" in page] == []


def test_a_bookkeeper_submits_and_does_not_approve(client, company, stand):
    payment = stand("draft")
    client.force_login(member(company, Role.BOOKKEEPER))

    submitted = post(client, payment, "submission")
    payment.refresh_from_db()
    refused = [post(client, payment, arrow).status_code for arrow in ("approval", "rejection")]

    assert submitted.status_code == 303
    assert refused == [403, 403]
    assert payment.status == "awaiting_approval"


def test_another_companys_payment_is_not_found(client, stand):
    payment = stand("scheduled")
    client.force_login(member(CompanyFactory(slug="elsewhere")))

    answers = {client.post(f"/elsewhere/payments/{payment.pk}/{arrow}/").status_code for arrow in ARROWS}

    assert answers == {404}


def test_a_draft_deleted_between_the_look_and_the_press_is_not_found(desk, stand, monkeypatch):
    draft = stand("draft")
    monkeypatch.setattr(life, "load", lambda company, pk: draft)
    actions.delete_draft(payment=Payment.objects.get(pk=draft.pk), by=draft.created_by)

    assert post(desk, draft, "submission").status_code == 404


@pytest.mark.parametrize("arrow", ["approval", "rejection"])
def test_the_maker_is_refused_and_told_so_beforehand(client, stand, maker, arrow):
    payment = stand("awaiting_approval")
    client.force_login(maker)
    before = everything(payment)

    page = client.get(f"/harbour/payments/{payment.pk}/")
    response = post(client, payment, arrow)

    assert "You made this: someone else approves it." in words(page)
    assert f"/payments/{payment.pk}/{arrow}/" not in page.content.decode()
    assert response.status_code == 422
    assert "You made or changed PAY-00001" in words(response)
    assert everything(payment) == before


def test_a_payment_changed_since_the_look_is_not_approved(desk, stand, maker, supplier, account):
    payment = stand("awaiting_approval")
    seen = payment.digest
    actions.back_to_draft(payment=payment, reason="Typo", by=maker)
    payment = actions.submit(payment=payment, by=maker)

    response = post(desk, payment, "approval", seen=seen)

    payment.refresh_from_db()
    assert response.status_code == 409
    assert "changed by someone else since you looked at it" in words(response)
    assert (payment.status, payment.approvals.count()) == ("awaiting_approval", 0)


def test_an_approval_that_saw_nothing_is_refused(desk, stand):
    payment = stand("awaiting_approval")

    response = post(desk, payment, "approval", seen="")

    assert response.status_code == 422
    assert "does not say what was looked at" in words(response)


def test_a_stale_page_takes_no_arrow(desk, stand, maker):
    payment = stand("scheduled")
    seen = desk.get(f"/harbour/payments/{payment.pk}/cancellation/").context["form"]["seen"].value()
    actions.schedule(payment=payment, on=MONDAY, today=TODAY, by=maker)
    before = everything(payment)

    response = post(desk, payment, "cancellation", seen=seen)

    assert response.status_code == 409
    assert everything(payment) == before


def test_a_double_click_is_one_click(desk, stand):
    payment = stand("processing")
    key = uuid.uuid4()

    first = post(desk, payment, "completion", key=key)
    again = post(desk, payment, "completion", key=key)

    assert first["Location"] == again["Location"] == f"/harbour/payments/{payment.pk}/recorded/"
    assert payment.steps.filter(to_status="completed").count() == 1


@pytest.mark.parametrize("arrow", ["rejection", "stop", "failure", "cancellation"])
def test_these_arrows_ask_for_a_reason(desk, stand, arrow):
    payment = stand({"rejection": "awaiting_approval", "failure": "processing"}.get(arrow, "scheduled"))

    response = post(desk, payment, arrow, reason=" ")

    assert response.status_code == 422
    assert "Say why" in words(response)


def test_a_payment_completes_on_the_day_the_bank_says(desk, stand):
    payment = stand("processing")

    post(desk, payment, "completion", on="2026-03-13")

    payment.refresh_from_db()
    assert (payment.status, payment.paid_on) == ("completed", date(2026, 3, 13))


def test_it_does_not_complete_tomorrow(desk, stand):
    payment = stand("processing")

    response = post(desk, payment, "completion", on="2026-03-17")

    assert response.status_code == 422
    assert "17 March 2026 is in the future" in words(response)


def test_a_foreign_payment_completes_at_the_rate_of_the_bank(desk, company, account, maker):
    supplier = SupplierFactory(company=company, currency="USD")
    bill = make_bill(supplier=supplier, total_minor=20_00, rate=Decimal("0.781"), by=maker)
    order = actions.Order(supplier=supplier, amount=bill.available, parts=[actions.Part(bill, bill.available)])
    draft = actions.pay(
        company=company,
        header=header(account, currency="USD", rate=Decimal("0.781"), draft=True),
        order=order,
        by=maker,
    )
    payment = actions.start(payment=actions.submit(payment=draft, by=maker), by=maker)

    post(desk, payment, "completion", rate="0.8")

    payment.refresh_from_db()
    assert (payment.rate, payment.bank_minor) == (Decimal("0.8"), 16_00)


def test_a_weekend_is_shifted_and_said(desk, stand):
    payment = stand("approved")

    response = desk.post(
        f"/harbour/payments/{payment.pk}/schedule/", {"key": uuid.uuid4(), "on": "2026-03-21"}, follow=True
    )

    assert "PAY-00001 is scheduled for Monday, 23 March 2026." in words(response)


def test_a_day_that_has_passed_is_refused_at_its_field(desk, stand):
    payment = stand("approved")

    response = post(desk, payment, "schedule", on="2026-03-15")

    assert response.status_code == 422
    assert response.context["form"].errors["on"] == ["15 March 2026 has passed. Choose today or a later day."]


def test_trying_a_cheque_again_asks_for_its_new_number(desk, company, account, supplier, maker, user):
    bill = make_bill(supplier=supplier)
    order = actions.Order(
        supplier=supplier, amount=bill.available, parts=[actions.Part(bill, bill.available)], cheque_number="<7>"
    )
    draft = actions.pay(company=company, header=header(account, method="cheque", draft=True), order=order, by=maker)
    failed = actions.fail(
        payment=actions.start(payment=actions.submit(payment=draft, by=maker), by=user), reason="Lost", by=user
    )

    page = desk.get(f"/harbour/payments/{failed.pk}/retry/")
    refused = post(desk, failed, "retry")
    made = post(desk, failed, "retry", cheque_number="8")

    assert "Cheque &lt;7&gt; is used up" in page.content.decode()
    assert "Enter the number of the new cheque." in words(refused)
    assert made.status_code == 303
    assert Payment.objects.get(retry_of=failed).cheque_number == "8"


def test_what_was_tried_again_is_not_tried_twice_and_says_where_it_went(desk, stand):
    failed = stand("failed")
    post(desk, failed, "retry")

    page = desk.get(f"/harbour/payments/{failed.pk}/")
    refused = post(desk, failed, "retry")
    again = desk.get(f"/harbour/payments/{Payment.objects.get(retry_of=failed).pk}/")

    assert "Failed: Account closed" in words(page)
    assert "It was tried again as PAY-00002" in words(page)
    assert f"/payments/{failed.pk}/retry/" not in page.content.decode()
    assert refused.status_code == 422
    assert "Tries again PAY-00001 , failed" in words(again)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("draft", "Submitted, it waits for one person to approve it. "),
        ("awaiting_approval", "Waiting for 1 of 1 approval"),
        ("approved", "Approved, and on no day yet"),
        ("scheduled", "Goes out on Friday, 20 March 2026"),
        ("stopped", "Stopped: Ask first"),
        ("processing", "Say how it ended"),
        ("rejected", "Rejected: No"),
        ("cancelled", "Cancelled: No"),
    ],
)
def test_the_page_says_what_is_waited_for(desk, stand, at, said):
    payment = stand(at)

    assert said in words(desk.get(f"/harbour/payments/{payment.pk}/"))


def test_the_page_says_how_many_of_two_are_missing(desk, company, stand, user):
    payment = stand("awaiting_approval", approvers=2)
    post(desk, payment, "approval")

    page = words(desk.get(f"/harbour/payments/{payment.pk}/"))

    assert "Waiting for 1 of 2 approvals" in page
    assert f"Approved by {user}" in page
    assert "You approved this: the other approval is someone else’s." in page


def test_split_payments_are_named(desk, company, account, supplier, maker):
    needs_approval(company, above_minor=150_00)
    for _ in range(2):
        draft = make_draft(account=account, bill=make_bill(supplier=supplier), by=maker)
        payment = actions.submit(payment=draft, by=maker)

    page = words(desk.get(f"/harbour/payments/{payment.pk}/"))

    assert "Over £150.00 one person approves. With PAY-00001 (£100.00), made in the last 7 days" in page
    assert "made in the last 7 days, it comes to £200.00." in page


def test_the_history_strikes_lapsed_approvals(desk, stand, user):
    payment = stand("scheduled")
    post(desk, payment, "draft", reason="Wrong account")

    page = words(desk.get(f"/harbour/payments/{payment.pk}/"))

    assert "Approval given no longer counts, the payment was changed" in page
    assert "Back to draft Wrong account" in page


def test_the_schedule_itself_stands_in_the_history(desk, company, stand):
    payment = stand("scheduled")
    actions.work_schedule(company=company, today=FRIDAY)

    page = words(desk.get(f"/harbour/payments/{payment.pk}/"))

    assert "Completed The schedule" in page


def test_changed_bank_details_stand_on_the_page_and_stop_it(desk, stand, supplier, maker, user):
    give_bank_details(supplier, by=maker, checked_by=user)
    payment = stand("approved")
    give_bank_details(supplier, by=maker, number="87654321")

    page = words(desk.get(f"/harbour/payments/{payment.pk}/"))
    refused = post(desk, payment, "processing")

    assert "The bank details of PowerDirect were changed after PAY-00001 was submitted. Take it back." in page
    assert "••••5678" in page
    assert refused.status_code == 422


def test_a_draft_without_a_limit_goes_on_the_schedule_at_once(desk, account, supplier, maker):
    draft = make_draft(account=account, bill=make_bill(supplier=supplier), by=maker, execute_on=FRIDAY)

    response = desk.post(f"/harbour/payments/{draft.pk}/submission/", {"key": uuid.uuid4()}, follow=True)

    assert "PAY-00001 is approved, and goes out on Friday, 20 March 2026." in words(response)


def test_an_account_in_a_closed_period_refuses_in_words(desk, company, stand):
    payment = stand("processing")
    company.locked_through = TODAY
    company.save(update_fields=["locked_through"])

    response = post(desk, payment, "completion")

    assert response.status_code == 422
    assert payment.number in words(response)


def test_payments_from_another_account_are_not_touched(desk, company, stand, supplier, maker):
    other = make_draft(account=BankAccountFactory(company=company), bill=make_bill(supplier=supplier), by=maker)
    payment = stand("scheduled")
    before = everything(other)[0]

    post(desk, payment, "cancellation")

    assert everything(other)[0] == before
