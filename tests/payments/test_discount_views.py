"""Early-payment discounts and write-offs where people pay: the grid, the review, the one-step form, the page."""

from decimal import Decimal

import pytest
import time_machine

from billpay.bills import actions as bill_actions
from billpay.payments.models import Allocation, Payment
from tests.factories import TODAY, SupplierFactory, line, make_bill, make_draft, make_payment
from tests.payments.books import balance, sub_ledger
from tests.payments.test_reductions import LAST, LATE, discounted
from tests.payments.test_run_views import boxes, pay, record, start, to_review, words
from tests.payments.test_views import direct

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(TODAY.isoformat() + " 12:00", tick=False):
        yield


@pytest.fixture
def bill(account, supplier, user):
    """1,000.00 with 2 % off until 26 March, of which 500.00 is paid."""
    bill = discounted(supplier, user, number="EARLY-1")
    make_payment(account=account, bill=bill, minor=500_00, by=user)
    bill.refresh_from_db()
    return bill


def sources(payment=None):
    """What the newest payment, or this one, settles, and from what."""
    payment = payment or Payment.objects.latest("pk")
    return dict(payment.allocations.values_list("source", "amount_minor"))


def test_the_next_offer_is_480_within_the_days_and_500_after(desk, bill):
    address = start(desk, bill)
    page = desk.get(address)

    assert boxes(page)[f"pay-{bill.pk}"] == "480.00"
    assert "2 % discount until 26 March: pay £480.00, save £20.00" in words(page)
    with time_machine.travel(LATE.isoformat() + " 12:00", tick=False):
        late = desk.get(start(desk, bill))
        assert boxes(late)[f"pay-{bill.pk}"] == "500.00"
        assert "The 2 % discount ran out on 26 March: a payment of 27 March takes £500.00 in full" in words(late)


def test_paid_with_the_discount_the_bill_is_paid(desk, bill, company):
    review = to_review(desk, start(desk, bill))["Location"]
    page = words(desk.get(review))
    record(desk, review)

    bill.refresh_from_db()
    assert "£500.00 → £0.00" in page
    assert "£20.00 2 % until 26 Mar" in page
    assert (bill.state, sources()) == ("paid", {"cash": 480_00, "discount": 20_00})
    assert (balance(company, "discounts"), balance(company, "payables"), sub_ledger(company)) == (-20_00, 0, 0)


@pytest.mark.parametrize(("on", "cash"), [(LAST, "480.00"), (LATE, "500.00")])
def test_the_day_of_the_payment_decides_while_it_is_changed(desk, bill, on, cash):
    address = start(desk, bill)
    data = {**boxes(desk.get(address)), "then": "submit", "paid_on": on.isoformat()}

    part = desk.post(address, {**data, "action": "anew"}, headers={"HX-Request": "true"}).content.decode()
    desk.post(address, {**data, "action": "recalculate"})

    assert (f'id="cash-{bill.pk}" hx-swap-oob="true"' in part) == (on == LATE)
    assert boxes(desk.get(address))[f"pay-{bill.pk}"] == cash


def test_back_in_time_the_discount_comes_back(desk, bill):
    address = start(desk, bill)
    data = boxes(desk.get(address))
    for on in (LATE, LAST):
        desk.post(address, {**data, "then": "submit", "paid_on": on.isoformat(), "action": "recalculate"})
        data = boxes(desk.get(address))

    assert data[f"pay-{bill.pk}"] == "480.00"


def test_a_day_moved_past_the_term_is_late(desk, supplier, user):
    bill = make_bill(supplier=supplier, open=False, by=user)
    bill.discount_percent, bill.discount_until = Decimal(2), TODAY.replace(day=21)
    bill.save(update_fields=["discount_percent", "discount_until"])
    bill_actions.approve(bill=bill, by=user)
    address = start(desk, bill)

    data = {**boxes(desk.get(address)), "then": "submit", "paid_on": "2026-03-21"}
    desk.post(address, {**data, "action": "recalculate"})

    # The 21st is a Saturday: the bank pays on Monday.
    assert boxes(desk.get(address))[f"pay-{bill.pk}"] == "100.00"
    assert "a payment of 23 March takes £100.00 in full" in words(desk.get(address))


def test_a_tick_that_cannot_be_is_refused_in_words(desk, bill):
    with time_machine.travel(LATE.isoformat() + " 12:00", tick=False):
        late = to_review(desk, start(desk, bill), **{f"pay-{bill.pk}": "480.00", f"discount-{bill.pk}": "on"})
    part = to_review(desk, start(desk, bill), **{f"pay-{bill.pk}": "400.00", f"discount-{bill.pk}": "on"})
    over = to_review(desk, start(desk, bill), **{f"pay-{bill.pk}": "500.00", f"discount-{bill.pk}": "on"})

    assert {late.status_code, part.status_code, over.status_code} == {422}
    assert "ran out on 26 March 2026; a payment of 27 March 2026 takes 500.00 GBP to pay it in full." in words(late)
    assert "The discount of 20.00 GBP on bill EARLY-1 is for paying it in full: that takes 480.00 GBP" in words(part)
    assert "With the discount of 20.00 GBP, 480.00 GBP pays bill EARLY-1 in full." in words(over)


def test_a_part_turns_the_box_off_and_the_whole_turns_it_on_again(desk, bill):
    address = start(desk, bill)
    data = boxes(desk.get(address))

    part = desk.post(
        address, {**data, f"pay-{bill.pk}": "400.00", "action": "totals"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "2 % discount only when all that is left is paid: £480.00 until 26 March" in part
    assert f'name="discount-{bill.pk}" value="fits"' in part

    back = desk.post(
        address,
        {**data, f"discount-{bill.pk}": "fits", "action": "totals"},
        headers={"HX-Request": "true"},
    ).content.decode()
    assert f'name="discount-{bill.pk}" value="on" checked' in back


def test_without_the_tick_it_is_paid_in_full_or_in_part(desk, bill):
    address = start(desk, bill)
    data = boxes(desk.get(address))
    del data[f"discount-{bill.pk}"]

    desk.post(address, {**data, "action": f"discount-{bill.pk}"})
    assert boxes(desk.get(address))[f"pay-{bill.pk}"] == "500.00"
    desk.post(address, {**boxes(desk.get(address)), f"discount-{bill.pk}": "on", "action": f"discount-{bill.pk}"})
    assert boxes(desk.get(address))[f"pay-{bill.pk}"] == "480.00"

    review = desk.post(address, {**data, "action": "review"})["Location"]
    record(desk, review)
    bill.refresh_from_db()
    assert (sources(), bill.outstanding_minor) == ({"cash": 480_00}, 20_00)


def test_credit_and_discount_settle_a_bill_together(desk, bill, company, supplier):
    pay(desk, make_bill(supplier=supplier, total_minor=1_00), extra="100.00")
    address = start(desk, bill)

    desk.post(address, {**boxes(desk.get(address)), "action": "use_credit"})
    assert boxes(desk.get(address))[f"pay-{bill.pk}"] == "380.00"
    record(desk, to_review(desk, address)["Location"])

    bill.refresh_from_db()
    assert (bill.state, sources()) == ("paid", {"cash": 380_00, "on_account": 100_00, "discount": 20_00})
    assert balance(company, "payables") == sub_ledger(company) == 0


@pytest.mark.parametrize(("tax", "discount", "of_it_tax"), [("reduced", 2_40, 40), ("unchanged", 2_00, 0)])
def test_what_the_discount_does_to_the_tax(desk, company, supplier, user, tax, discount, of_it_tax):
    rate = company.tax_rates.get(code="STANDARD")
    bill = discounted(supplier, user, lines=(line(company, 100_00, tax_rate=rate),), tax=tax)

    pay(desk, bill)

    assert sources() == {"cash": 120_00 - discount, "discount": discount}
    assert balance(company, "tax") == 20_00 - of_it_tax
    assert balance(company, "discounts") == -(discount - of_it_tax)
    assert balance(company, "payables") == sub_ledger(company) == 0


def test_each_bill_on_its_due_date_loses_a_discount_that_ends_before(desk, bill):
    address = start(desk, bill)
    data = {**boxes(desk.get(address)), "then": "submit", "when": "due"}

    desk.post(address, {**data, "action": "recalculate"})

    assert boxes(desk.get(address))[f"pay-{bill.pk}"] == "500.00"


def test_one_step_offers_the_discount_and_takes_it(desk, account, bill):
    page = desk.get(f"/harbour/bills/{bill.pk}/pay/")
    assert page.context["form"]["amount"].value() == "480.00"
    assert "2 % discount until 26 March: pay £480.00, save £20.00" in words(page)

    direct(desk, bill, bank_account=account.pk, amount="480.00", discount="on")

    bill.refresh_from_db()
    assert (bill.state, sources()) == ("paid", {"cash": 480_00, "discount": 20_00})


def test_one_step_follows_the_date(desk, account, bill):
    data = {"amount": "480.00", "discount": "on", "bank_account": account.pk, "then": "submit"}
    address = f"/harbour/bills/{bill.pk}/pay/"

    late = desk.post(
        address, {**data, "paid_on": LATE.isoformat(), "action": "anew"}, headers={"HX-Request": "true"}
    ).content.decode()
    unticked = desk.post(
        address,
        {**data, "discount": "", "paid_on": LAST.isoformat(), "action": "discount"},
        headers={"HX-Request": "true"},
    ).content.decode()

    assert "a payment of 27 March takes £500.00 in full" in late
    assert 'value="500.00"' in late
    assert 'id="pay-amount"' in late
    assert 'value="500.00"' in unticked


def test_one_step_refuses_a_late_tick(desk, account, bill):
    with time_machine.travel(LATE.isoformat() + " 12:00", tick=False):
        response, _ = direct(
            desk, bill, bank_account=account.pk, amount="480.00", discount="on", paid_on=LATE.isoformat()
        )

    assert response.status_code == 422
    assert "a payment of 27 March 2026 takes 500.00 GBP to pay it in full." in words(response)


def test_a_changed_draft_keeps_its_discount(desk, account, bill, user):
    pay_draft = to_review(desk, start(desk, bill), then="draft")["Location"]
    record(desk, pay_draft, action="draft")
    draft = Payment.objects.latest("pk")

    address = desk.post(f"/harbour/payments/{draft.pk}/edit/")["Location"]
    page = desk.get(address)
    review = to_review(desk, address, reference="Changed")["Location"]
    record(desk, review, action="draft")

    assert "pay £480.00, save £20.00" in words(page)
    draft.refresh_from_db()
    live = dict(Allocation.objects.live().filter(payment=draft).values_list("source", "amount_minor"))
    assert (draft.reference, live) == ("Changed", {"cash": 480_00, "discount": 20_00})


@pytest.fixture
def crooked(supplier, user):
    """A bill with a few pence too many."""
    return make_bill(supplier=supplier, total_minor=100_03, number="PENCE-3", by=user)


def test_a_small_rest_is_offered_to_be_written_off(desk, crooked):
    address = start(desk, crooked)
    data = {**boxes(desk.get(address)), f"pay-{crooked.pk}": "100.00"}

    part = desk.post(address, {**data, "action": "totals"}, headers={"HX-Request": "true"}).content.decode()
    much = desk.post(
        address, {**data, f"pay-{crooked.pk}": "90.00", "action": "totals"}, headers={"HX-Request": "true"}
    ).content.decode()

    assert "Write off the remaining £0.03" in part
    assert "Write off the remaining" not in much


def test_ticking_the_write_off_leaves_the_box_for_its_reason_alone(desk, crooked):
    address = start(desk, crooked)
    data = {**boxes(desk.get(address)), f"pay-{crooked.pk}": "100.00", f"write_off-{crooked.pk}": "on"}

    part = desk.post(address, {**data, "action": "written_off"}, headers={"HX-Request": "true"}).content.decode()

    assert "£0.03 written off" in part
    assert f'id="extra-{crooked.pk}"' not in part


def test_a_small_rest_is_written_off_with_the_payment(desk, company, crooked):
    ticked = {f"pay-{crooked.pk}": "100.00", f"write_off-{crooked.pk}": "on"}

    unexplained = to_review(desk, start(desk, crooked), **ticked)
    review = to_review(desk, start(desk, crooked), **ticked, **{f"reason-{crooked.pk}": "Rounding"})["Location"]
    page = words(desk.get(review))
    record(desk, review)

    crooked.refresh_from_db()
    assert "Say why 0.03 GBP of bill PENCE-3 is written off." in words(unexplained)
    assert "£0.03 Rounding" in page
    assert (crooked.state, sources(), balance(company, "write_offs")) == ("paid", {"cash": 100_00, "write_off": 3}, -3)


def test_beyond_the_limit_nothing_is_written_off(desk, crooked):
    response = to_review(
        desk,
        start(desk, crooked),
        **{f"pay-{crooked.pk}": "95.00", f"write_off-{crooked.pk}": "on", f"reason-{crooked.pk}": "Too much"},
    )

    assert response.status_code == 422
    assert "5.03 GBP of bill PENCE-3 is too much to write off: the limit is 5.00 GBP." in words(response)


def test_the_review_offers_to_write_a_forgotten_rest_off(desk, crooked):
    review = to_review(desk, start(desk, crooked), **{f"pay-{crooked.pk}": "100.00"})["Location"]

    assert "Write off £0.03?" in words(desk.get(review))


def test_one_step_writes_a_rest_off(desk, account, crooked):
    fields = {"bank_account": account.pk, "amount": "100.00", "write_off": "on"}

    refused, _ = direct(desk, crooked, **fields)
    direct(desk, crooked, **fields, write_off_reason="Rounding")

    crooked.refresh_from_db()
    assert "Say why 0.03 GBP of bill PENCE-3 is written off." in words(refused)
    assert (crooked.state, sources()) == ("paid", {"cash": 100_00, "write_off": 3})


def write_off(client, bill, **fields):
    page = client.get(f"/harbour/bills/{bill.pk}/write-off/")
    form = page.context["form"]
    data = {name: form[name].value() for name in ("key", "amount")} | {"on": TODAY.isoformat(), **fields}
    return client.post(f"/harbour/bills/{bill.pk}/write-off/", data), page


def test_what_is_left_of_a_bill_is_written_off_without_cash(desk, account, company, crooked, user):
    make_payment(account=account, bill=crooked, minor=100_00, by=user)

    done, page = write_off(desk, crooked, reason="Rounding of theirs")

    crooked.refresh_from_db()
    payment = Payment.objects.latest("pk")
    assert "£0.03 → £0.00 outstanding" in words(page)
    assert done["Location"] == f"/harbour/payments/{payment.pk}/recorded/"
    assert (crooked.state, payment.bank_account, sources()) == ("paid", None, {"write_off": 3})
    assert balance(company, "payables") == sub_ledger(company) == 0


def test_a_write_off_sent_twice_is_one(desk, account, crooked, user):
    make_payment(account=account, bill=crooked, minor=100_00, by=user)
    page = desk.get(f"/harbour/bills/{crooked.pk}/write-off/").context["form"]
    data = {"key": str(page["key"].value()), "amount": "0.03", "on": TODAY.isoformat(), "reason": "Rounding"}

    first, again = (desk.post(f"/harbour/bills/{crooked.pk}/write-off/", data) for _ in range(2))

    assert first["Location"] == again["Location"]
    assert Payment.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"reason": ""}, "Say why it is written off."),
        ({"reason": "x", "on": "2026-03-17"}, "Choose today or an earlier day."),
        ({"reason": "x", "amount": "0.04"}, "0.04 GBP is too much"),
        ({"reason": "x", "key": "nonsense"}, "Load the page again"),
    ],
)
def test_write_off_refusals(desk, account, crooked, user, fields, said):
    make_payment(account=account, bill=crooked, minor=100_00, by=user)

    response, _ = write_off(desk, crooked, **fields)

    assert response.status_code == 422
    assert said in words(response)
    assert Payment.objects.count() == 1


def test_a_whole_bill_is_too_much_to_write_off(desk, crooked):
    response, page = write_off(desk, crooked, reason="Gone")

    assert "the limit is £5.00 for each bill" in words(page)
    assert response.status_code == 422
    assert "100.03 GBP of bill PENCE-3 would be written off; the limit is 5.00 GBP for each bill." in words(response)


def test_what_cannot_be_written_off_says_why(desk, account, company, crooked, user):
    make_draft(account=account, bill=crooked, by=user)
    held = make_bill(supplier=SupplierFactory(company=company), total_minor=1_00)
    bill_actions.hold(bill=held, reason="Disputed", until=None, today=TODAY, by=user)

    assert "Nothing to write off" in words(desk.get(f"/harbour/bills/{crooked.pk}/write-off/"))
    assert "On hold" in words(desk.get(f"/harbour/bills/{held.pk}/write-off/"))
    refused, _ = write_off(desk, held, reason="x")
    assert refused.status_code == 422
    assert "is on hold: Disputed" in words(refused)
