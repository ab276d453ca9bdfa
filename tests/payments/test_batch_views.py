"""A batch: each payment of it has its own outcome, and what is done to all is said of each. Lists and the admin."""

import csv
import io
import uuid
from datetime import date

import pytest
import time_machine

from billpay.companies.models import User
from billpay.payments import actions
from billpay.payments.models import Payment
from tests.factories import TODAY, SupplierFactory, make_batch, make_bill, make_draft, needs_approval
from tests.payments.test_run_views import words

pytestmark = pytest.mark.django_db

FRIDAY = date(2026, 3, 20)


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(f"{TODAY.isoformat()} 12:00", tick=False):
        yield


@pytest.fixture
def batch(company, account, maker):
    """Three drafts to three suppliers: 1.00, 2.00 and 3.00."""
    bills = [make_bill(supplier=SupplierFactory(company=company), total_minor=minor) for minor in (1_00, 2_00, 3_00)]
    return make_batch(account=account, bills=bills, draft=True, by=maker)


def do(client, batch, what, **fields):
    return client.post(f"/harbour/payments/batches/{batch.pk}/{what}/", {"key": uuid.uuid4(), **fields})


def states(batch):
    return list(batch.payments.order_by("pk").values_list("status", flat=True))


def test_a_batch_goes_its_way_together(desk, batch):
    page = words(desk.get(f"/harbour/payments/batches/{batch.pk}/"))
    assert "Record 3 as paid" in page and "Submit 3" in page

    do(desk, batch, "submission")
    assert states(batch) == ["approved"] * 3
    do(desk, batch, "processing")
    assert states(batch) == ["processing"] * 3
    do(desk, batch, "outcome", on="2026-03-16")

    assert states(batch) == ["completed"] * 3


def test_one_that_the_bank_returns_fails_alone(desk, batch, maker):
    for payment in batch.payments.all():
        actions.start(payment=actions.submit(payment=payment, by=maker), by=maker)
    second = batch.payments.order_by("pk")[1]
    desk.post(f"/harbour/payments/{second.pk}/failure/", {"key": uuid.uuid4(), "reason": "Account closed"})
    do(desk, batch, "outcome", on="2026-03-16")

    page = words(desk.get(f"/harbour/payments/batches/{batch.pk}/"))

    assert states(batch) == ["completed", "failed", "completed"]
    assert "2 completed 1 failed" in page
    assert "Account closed" in page
    assert "Standing £4.00 1 failed" in page


def test_what_is_refused_of_a_batch_is_named_and_the_rest_is_done(desk, batch, maker):
    for payment in batch.payments.all():
        actions.submit(payment=payment, by=maker)
    first = batch.payments.order_by("pk")[0]
    scheduled = actions.schedule(payment=first, on=FRIDAY, today=TODAY, by=maker)
    actions.stop(payment=scheduled, because="Ask Ana", by=maker)

    page = do(desk, batch, "processing")

    assert page.status_code == 200
    assert "2 sent to the bank, 1 not" in words(page)
    assert f"{first.number} is stopped: Ask Ana" in words(page)
    assert states(batch) == ["scheduled", "processing", "processing"]


def test_a_batch_waits_for_approval_payment_by_payment(desk, company, batch):
    needs_approval(company, above_minor=1_50)

    do(desk, batch, "submission")
    page = words(desk.get(f"/harbour/payments/batches/{batch.pk}/"))

    assert states(batch) == ["approved", "awaiting_approval", "awaiting_approval"]
    assert "2 awaiting approval 1 approved" in page


@pytest.mark.parametrize("what", ["submission", "processing", "completion", "outcome"])
def test_there_is_nothing_to_do_to_a_finished_batch(desk, batch, maker, what):
    for payment in batch.payments.all():
        actions.complete(payment=payment, by=maker)

    response = do(desk, batch, what, on="2026-03-16")

    assert response.status_code == 422
    assert "No payment of BATCH-0001 is to be" in words(response)


def test_a_double_click_on_a_batch_is_one_click(desk, batch):
    key = uuid.uuid4()

    do(desk, batch, "submission", key=key)
    again = do(desk, batch, "submission", key=key)

    assert again["Location"] == f"/harbour/payments/batches/{batch.pk}/"


def test_the_same_key_for_something_else_is_refused(desk, batch):
    key = uuid.uuid4()

    do(desk, batch, "submission", key=key)
    refused = do(desk, batch, "processing", key=key)

    assert refused.status_code == 422
    assert states(batch) == ["approved"] * 3


@pytest.mark.parametrize(("on", "said"), [("", "Enter the day"), ("2026-03-17", "17 March 2026 is in the future")])
def test_the_outcome_of_a_batch_has_a_day_that_has_come(desk, batch, maker, on, said):
    for payment in batch.payments.all():
        actions.start(payment=actions.submit(payment=payment, by=maker), by=maker)

    response = do(desk, batch, "outcome", on=on)

    assert response.status_code == 422
    assert said in words(response)
    assert states(batch) == ["processing"] * 3


def test_batches_say_where_their_payments_stand(desk, batch, maker):
    actions.complete(payment=batch.payments.order_by("pk")[0], by=maker)

    assert "2 draft 1 completed" in words(desk.get("/harbour/payments/batches/"))


def test_remittance_advices_leave_out_what_was_not_paid(desk, batch, maker):
    payments = [actions.submit(payment=payment, by=maker) for payment in batch.payments.order_by("pk")]
    actions.cancel(payment=payments[0], reason="Twice", by=maker)

    page = words(desk.get(f"/harbour/payments/batches/{batch.pk}/remittance/"))

    assert payments[0].number not in page
    assert payments[1].number in page
    assert f"Back to {batch.number}" in page


TABS = {
    "drafts": "draft",
    "approve": "awaiting_approval",
    "approved": "approved",
    "scheduled": "scheduled",
    "processing": "processing",
    "completed": "completed",
    "ended": "cancelled",
}


@pytest.fixture
def one_of_each(company, account, supplier, maker, user):
    """Status → a payment that stands there."""
    made = {}
    for at in TABS.values():
        company.approval_limits.all().delete()
        day = FRIDAY if at in {"scheduled", "awaiting_approval"} else None
        payment = make_draft(account=account, bill=make_bill(supplier=supplier), by=maker, execute_on=day)
        if at == "awaiting_approval":
            needs_approval(company)
        if at not in {"draft", "completed"}:
            payment = actions.submit(payment=payment, by=maker)
        if at == "processing":
            payment = actions.start(payment=payment, by=maker)
        elif at == "completed":
            payment = actions.complete(payment=payment, by=maker)
        elif at == "cancelled":
            payment = actions.cancel(payment=payment, reason="Twice", by=maker)
        assert payment.status == at
        made[at] = payment
    return made


@pytest.mark.parametrize(("tab", "status"), TABS.items())
def test_each_tab_holds_its_own(desk, one_of_each, tab, status):
    page = desk.get(f"/harbour/payments/?tab={tab}")

    assert [row.status for row in page.context["page"].object_list] == [status]
    counts = {shown["label"]: shown["count"] for shown in page.context["tabs"]}
    assert (counts["All"], counts["Void"], counts["To approve"]) == (7, 0, 1)


def test_the_list_sorts_by_the_requested_day_with_the_rest_last(desk, one_of_each):
    for order in ("execute_on", "-execute_on"):
        rows = desk.get(f"/harbour/payments/?sort={order}").context["page"].object_list
        assert [row.execute_on for row in rows] == [FRIDAY, FRIDAY] + [None] * 5


def test_the_export_has_the_requested_day_and_why_it_stands_still(desk, one_of_each, maker):
    actions.stop(payment=one_of_each["scheduled"], because="Ask Ana", by=maker)

    file = desk.get("/harbour/payments/export/?tab=scheduled")

    rows = list(csv.DictReader(io.StringIO(file.getvalue().decode("utf-8-sig"))))
    assert [(row["Requested for"], row["Stopped because"]) for row in rows] == [("2026-03-20", "Ask Ana")]


def test_the_operators_desk_shows_the_life_of_a_payment_and_approves_nothing(client, one_of_each):
    client.force_login(User.objects.create_superuser("op@example.test", "x"))
    payment = one_of_each["awaiting_approval"]
    address = "/operations/payments/payment/"

    page = client.get(f"{address}{payment.pk}/change/")
    listing = client.get(address)

    assert page.status_code == 200
    assert "Awaiting approval" in words(page)
    offered = {name for name, _ in listing.context["action_form"].fields["action"].choices}
    assert offered == {"", "void_payments", "stop_payments"}


def test_an_operator_stops_a_scheduled_payment_with_a_reason(client, one_of_each):
    client.force_login(User.objects.create_superuser("op@example.test", "x"))
    chosen = [one_of_each["scheduled"].pk, one_of_each["approved"].pk]
    data = {"action": "stop_payments", "_selected_action": chosen}

    asked = client.post("/operations/payments/payment/", data)
    said = client.post(
        "/operations/payments/payment/", {**data, "confirmed": "1", "reason": "Fraud reported"}, follow=True
    )

    stopped = Payment.objects.get(pk=chosen[0])
    assert asked.status_code == 200
    assert stopped.stopped_because == "Fraud reported"
    assert "only scheduled ones stop" in words(said)
