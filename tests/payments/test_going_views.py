"""What happens to payments, and when: recorded, submitted, scheduled or kept, from the pay flow and in one step."""

from datetime import date, timedelta

import pytest
import time_machine

from billpay.bills import actions as bill_actions
from billpay.companies.models import Company
from billpay.payments.models import Batch, Payment
from tests.factories import (
    TODAY,
    SupplierFactory,
    give_bank_details,
    make_bill,
    make_draft,
    make_payment,
    member,
    needs_approval,
)
from tests.payments.test_run_views import boxes, record, start, to_review, words
from tests.payments.test_views import direct

pytestmark = pytest.mark.django_db

FRIDAY, SATURDAY, MONDAY = date(2026, 3, 20), date(2026, 3, 21), date(2026, 3, 23)


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(TODAY.isoformat() + " 12:00", tick=False):
        yield


def test_submitted_without_a_limit_it_is_scheduled(desk, supplier):
    bill = make_bill(supplier=supplier)

    review = to_review(desk, start(desk, bill), then="submit", paid_on=FRIDAY.isoformat())["Location"]
    page = words(desk.get(review))
    done = record(desk, review, action="submit")

    payment = Payment.objects.get()
    assert "Check before submitting" in page
    assert "None needed: it goes out on Fri 20 Mar" in page
    assert "Schedule payment" in page
    assert (payment.status, payment.execute_on) == ("scheduled", FRIDAY)
    assert "1 payment scheduled" in words(desk.get(done["Location"]))


def test_what_unchecked_bank_details_keep_back_is_not_said_to_go_out(desk, supplier, user):
    give_bank_details(supplier, by=user)

    review = to_review(desk, start(desk, make_bill(supplier=supplier)), then="submit", paid_on=FRIDAY.isoformat())
    done = record(desk, review["Location"], action="submit")

    payment = Payment.objects.get()
    page = words(desk.get(done["Location"]))
    assert "1 does not go out as things stand" in page
    assert f"{payment.number} : The bank details of {supplier} are new" in page
    assert "Does not go out as things stand" in words(desk.get(f"/harbour/payments/{payment.pk}/"))


def test_over_a_limit_it_waits_and_the_review_says_why(desk, account, company, supplier):
    needs_approval(company, above_minor=150_00)
    earlier = make_payment(account=account, bill=make_bill(supplier=supplier, total_minor=60_00))

    review = to_review(desk, start(desk, make_bill(supplier=supplier)), then="submit")["Location"]
    page = words(desk.get(review))
    done = record(desk, review, action="submit")

    assert "By one person other than you: £160.00 is over £150.00, together with PAY-00001" in page
    assert "Submit payment for approval" in page
    assert Payment.objects.exclude(pk=earlier.pk).get().status == "awaiting_approval"
    assert "1 payment submitted for approval" in words(desk.get(done["Location"]))


def test_a_batch_of_which_some_need_approval_says_how_many(desk, company):
    needs_approval(company, above_minor=50_00)
    bills = [make_bill(supplier=SupplierFactory(company=company), total_minor=minor) for minor in (40_00, 60_00)]

    review = to_review(desk, start(desk, *bills), then="submit")["Location"]
    page = words(desk.get(review))
    done = record(desk, review, action="submit")

    assert "Submit 2 payments, 1 for approval" in page
    assert sorted(Batch.objects.get().payments.values_list("status", flat=True)) == ["awaiting_approval", "scheduled"]
    assert "2 payments submitted" in words(desk.get(done["Location"]))


def test_a_weekend_is_moved_by_the_rule_and_the_review_says_so(desk, supplier):
    review = to_review(desk, start(desk, make_bill(supplier=supplier)), then="submit", paid_on=SATURDAY.isoformat())
    page = words(desk.get(review["Location"]))
    record(desk, review["Location"], action="submit")

    assert "Sat 21 Mar → Mon 23 Mar (account rule: the next business day)" in page
    assert Payment.objects.get().execute_on == MONDAY


def test_what_was_paid_on_a_saturday_keeps_its_day_with_a_word(desk, supplier):
    saturday = date(2026, 3, 14)

    review = to_review(desk, start(desk, make_bill(supplier=supplier)), paid_on=saturday.isoformat())["Location"]
    page = words(desk.get(review))
    record(desk, review)

    assert "Saturday: the bank may have booked it on another day" in page
    assert Payment.objects.get().paid_on == saturday


def test_a_bank_holiday_is_named(desk, account, supplier):
    account.calendar = "uk"
    account.save(update_fields=["calendar"])
    review = to_review(desk, start(desk, make_bill(supplier=supplier)), then="submit", paid_on="2026-04-03")

    assert "Fri 3 Apr → Tue 7 Apr (Good Friday; account rule: the next business day)" in words(
        desk.get(review["Location"])
    )


def test_each_bill_on_its_due_date(desk, company):
    anchor, beacon = SupplierFactory(company=company, name="Anchor"), SupplierFactory(company=company, name="Beacon")
    overdue = make_bill(supplier=anchor, due_on=TODAY - timedelta(days=3), total_minor=1_00)
    saturday = [make_bill(supplier=one, due_on=SATURDAY, total_minor=2_00) for one in (anchor, beacon)]
    monday = make_bill(supplier=anchor, due_on=MONDAY, total_minor=4_00)

    review = to_review(desk, start(desk, overdue, *saturday, monday), then="submit", when="due", paid_on="")
    page = words(desk.get(review["Location"]))
    done = record(desk, review["Location"], action="submit")

    rows = Payment.objects.order_by("pk").values_list("supplier__name", "execute_on", "amount_minor")
    assert list(rows) == [("Anchor", TODAY, 1_00), ("Anchor", MONDAY, 6_00), ("Beacon", MONDAY, 2_00)]
    assert set(Batch.objects.get().payments.values_list("amount_minor", flat=True)) == {6_00, 2_00}
    assert "3 payments on 2 days: all are made, or none" in page
    assert "due Fri 13 Mar → Mon 16 Mar (overdue)" in page
    assert "due Sat 21 Mar → Mon 23 Mar (account rule: the next business day)" in page
    assert "Schedule 3 payments" in page
    assert "3 payments scheduled" in words(desk.get(done["Location"]))


def test_cheques_of_several_days_are_numbered_on(desk, company):
    bills = [
        make_bill(supplier=SupplierFactory(company=company), due_on=TODAY + timedelta(days=days)) for days in (7, 1)
    ]
    cheque = company.payment_methods.get(kind="cheque")

    review = to_review(desk, start(desk, *bills), then="submit", when="due", method=cheque.pk, cheque_number="0009")
    record(desk, review["Location"], action="submit")

    rows = Payment.objects.order_by("execute_on").values_list("cheque_number", flat=True)
    assert list(rows) == ["0009", "0010"]


def test_one_due_day_that_cannot_be_paid_stops_them_all(desk, account, company):
    bills = [make_bill(supplier=SupplierFactory(company=company), due_on=TODAY + timedelta(days=n)) for n in (1, 2)]
    review = to_review(desk, start(desk, *bills), then="submit", when="due")["Location"]
    content = desk.get(review).context["run"].digest
    make_payment(account=account, bill=bills[1])

    response = desk.post(review, {"content": content, "action": "submit"})

    assert response.status_code == 422
    assert Payment.objects.count() == 1


def test_the_next_payment_day_of_the_account(desk, account, supplier):
    account.payment_weekday = 4
    account.save(update_fields=["payment_weekday"])
    address = start(desk, make_bill(supplier=supplier))

    assert "On the next payment day of Operating, Fri 20 March" in words(desk.get(address))
    review = to_review(desk, address, then="submit", when="payday", paid_on="")["Location"]
    record(desk, review, action="submit")

    assert Payment.objects.get().execute_on == FRIDAY


def test_an_account_without_a_payment_day_offers_none(desk, supplier):
    address = start(desk, make_bill(supplier=supplier))

    assert "next payment day" not in words(desk.get(address))
    refused = to_review(desk, address, then="submit", when="payday")
    assert refused.status_code == 422
    assert "Operating has no weekly payment day." in words(refused)


def test_a_day_that_has_passed_is_not_submitted(desk, supplier):
    refused = to_review(desk, start(desk, make_bill(supplier=supplier)), then="submit", paid_on="2026-03-13")

    assert refused.status_code == 422
    assert "13 March 2026 has passed." in words(refused)


@pytest.mark.parametrize(("field", "value"), [("then", "burn"), ("when", "someday")])
def test_what_is_no_choice_is_refused(desk, supplier, field, value):
    refused = to_review(desk, start(desk, make_bill(supplier=supplier)), **{field: value})

    assert refused.status_code == 422
    assert "Choose wh" in words(refused)


def test_a_draft_for_a_later_day_remembers_it(desk, supplier):
    review = to_review(desk, start(desk, make_bill(supplier=supplier)), then="draft", paid_on=FRIDAY.isoformat())
    record(desk, review["Location"], action="draft")
    assert (Payment.objects.get().status, Payment.objects.get().execute_on) == ("draft", FRIDAY)


def test_any_review_can_be_kept_as_a_draft_instead(desk, supplier):
    review = to_review(desk, start(desk, make_bill(supplier=supplier)), then="submit")["Location"]

    assert "Keep as draft" in words(desk.get(review))
    record(desk, review, action="draft")
    assert Payment.objects.get().status == "draft"


def test_new_bank_details_are_said_to_stop_a_submitted_payment(desk, supplier, user):
    give_bank_details(supplier, by=user)
    address = start(desk, make_bill(supplier=supplier))

    assert "Bank details to be checked" in words(desk.get(address))
    submitted = words(desk.get(to_review(desk, address, then="submit")["Location"]))
    recorded = words(desk.get(to_review(desk, address, then="record")["Location"]))

    assert (
        "not yet checked by a second person. Verify by phone. The payment does not go out until they are checked."
        in submitted
    )
    assert "does not go out" not in recorded


def test_a_submitted_run_sent_twice_is_one(desk, supplier):
    review = to_review(desk, start(desk, make_bill(supplier=supplier)), then="submit")["Location"]
    content = desk.get(review).context["run"].digest

    first, again = (desk.post(review, {"content": content, "action": "submit"}) for _ in range(2))

    assert first["Location"] == again["Location"]
    assert Payment.objects.count() == 1


def test_a_draft_is_changed_and_submitted_in_one_go(desk, account, supplier, user):
    draft = make_draft(account=account, bill=make_bill(supplier=supplier), minor=70_00, by=user)
    address = desk.post(f"/harbour/payments/{draft.pk}/edit/")["Location"]
    assert boxes(desk.get(address))["then"] == "draft"

    review = to_review(desk, address, method=account.company.payment_methods.first().pk, then="submit")["Location"]
    assert "Each bill on its due date" not in words(desk.get(address))
    record(desk, review, action="submit")

    draft.refresh_from_db()
    assert (draft.status, draft.amount_minor) == ("scheduled", 70_00)


def test_the_live_part_says_when_it_goes_out(desk, supplier):
    address = start(desk, make_bill(supplier=supplier, due_on=SATURDAY))
    data = {**boxes(desk.get(address)), "then": "submit", "when": "date", "paid_on": SATURDAY.isoformat()}

    part = desk.post(address, {**data, "action": "anew"}, headers={"HX-Request": "true"}).content.decode()

    assert "<html" not in part
    assert 'id="when-choice" class="when-choice" hx-swap-oob="true"' in part
    assert "Sat 21 Mar → Mon 23 Mar" in part


def test_one_bill_is_submitted_in_one_step(desk, account, company, supplier):
    needs_approval(company)
    bill = make_bill(supplier=supplier)

    response, data = direct(desk, bill, bank_account=account.pk, then="submit", paid_on=FRIDAY.isoformat())
    again = desk.post(f"/harbour/bills/{bill.pk}/pay/", data)

    payment = Payment.objects.get()
    assert response["Location"] == again["Location"]
    assert (payment.status, payment.execute_on) == ("awaiting_approval", FRIDAY)


def test_one_bill_on_its_due_date(desk, account, supplier):
    bill = make_bill(supplier=supplier, due_on=SATURDAY)

    direct(desk, bill, bank_account=account.pk, then="submit", when="due", paid_on="")

    assert Payment.objects.get().execute_on == MONDAY


def test_the_one_step_page_says_who_approves_while_it_is_filled_in(desk, account, company, supplier):
    needs_approval(company, approvers=2)
    bill = make_bill(supplier=supplier)
    data = {"amount": "100.00", "bank_account": account.pk, "paid_on": TODAY.isoformat(), "then": "submit"}

    live = desk.post(f"/harbour/bills/{bill.pk}/pay/", {**data, "action": "anew"}, headers={"HX-Request": "true"})
    whole = desk.post(f"/harbour/bills/{bill.pk}/pay/", {**data, "action": "anew"})

    assert "By two people other than you: £100.00 is over £0.00" in words(live)
    assert "Submit payment for approval" in words(live)
    assert "<html" not in live.content.decode()
    assert "Submit payment for approval" in words(whole)
    assert not Payment.objects.exists()


def test_a_held_bill_cannot_be_picked_and_says_why(desk, supplier, user):
    bill = make_bill(supplier=supplier, number="HELD-1")
    bill_actions.hold(bill=bill, reason="Goods arrived broken", until=None, today=TODAY, by=user)

    page = desk.get("/harbour/pay/")
    refused = desk.post("/harbour/pay/", {"bill": bill.pk})

    assert "Goods arrived broken" in words(page)
    assert f'id="bill-{bill.pk}" disabled' in page.content.decode()
    assert desk.get(f"/harbour/pay/?supplier={supplier.pk}").context["ticked"] == set()
    assert refused.status_code == 422
    assert "Bill HELD-1 is on hold: Goods arrived broken. Lift the hold before paying it." in words(refused)
    assert "On hold" in words(desk.get(f"/harbour/bills/{bill.pk}/pay/"))


def test_a_bill_put_on_hold_after_picking_is_refused(desk, company, supplier, user):
    bills = [make_bill(supplier=supplier, number="HELD-1"), make_bill(supplier=supplier)]
    address = start(desk, *bills)
    data = boxes(desk.get(address))
    bill_actions.hold(bill=bills[0], reason="Disputed", until=None, today=TODAY, by=user)

    refused = desk.post(address, {**data, "action": "review"})
    without = desk.post(address, {**data, f"pay-{bills[0].pk}": "0", "action": "review"})

    assert refused.status_code == 422
    assert "Bill HELD-1 is on hold: Disputed. Lift the hold, or clear the amount." in words(refused)
    assert without.status_code == 303


def test_a_bill_reserved_elsewhere_says_by_what(desk, account, supplier, user):
    whole, part = make_bill(supplier=supplier), make_bill(supplier=supplier)
    drafts = [
        make_draft(account=account, bill=whole, by=user),
        make_draft(account=account, bill=part, minor=40_00, by=user),
    ]

    page = desk.get("/harbour/pay/")

    assert f"£100.00 reserved by {drafts[0].number}" in words(page)
    assert f"£40.00 reserved by {drafts[1].number}" in words(page)
    assert f'id="bill-{whole.pk}" disabled' in page.content.decode()
    assert f"£40.00 more reserved by {drafts[1].number}" in words(desk.get(start(desk, part)))


def test_the_payments_made_in_one_go_are_shown_to_members_only(desk, account, supplier, client, user):
    first = make_draft(account=account, bill=make_bill(supplier=supplier), by=user)
    second = make_draft(account=account, bill=make_bill(supplier=supplier), by=user)
    address = f"/harbour/pay/done/?first={first.pk}&last={second.pk}"

    assert "2 drafts kept" in words(desk.get(address))
    assert desk.get("/harbour/pay/done/").status_code == 302
    assert desk.get(f"/harbour/pay/done/?first={first.pk}&last=999999").status_code == 404
    assert desk.get("/harbour/pay/done/?first=x").status_code == 404
    client.force_login(member(Company.objects.get(slug="harbour"), "viewer"))
    assert client.get(address).status_code == 200
