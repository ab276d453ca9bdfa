"""Trying a payment again when something of it has lapsed: said beforehand, left out, and never made up for by cash."""

import re
import uuid
from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from billpay.banking.models import BankAccount
from billpay.bills import actions as bills
from billpay.companies import audit
from billpay.companies.models import Company
from billpay.money.value import Money
from billpay.payments import actions
from billpay.payments.actions import Order, Part, PaymentError
from billpay.payments.models import Payment, Source
from tests.factories import TODAY, header, make_bill, make_credit_note, make_draft, make_payment
from tests.payments.test_reductions import LATE, discounted
from tests.payments.test_run_views import boxes, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    with time_machine.travel(f"{TODAY.isoformat()} 12:00", tick=False) as clock:
        yield clock


@pytest.fixture
def fail(company, account, user):
    """A payment of these parts, with their cash, that the bank did not make."""

    def fail(supplier, *parts, on_account=0) -> Payment:
        cash = sum(part.amount.minor for part in parts if part.source == Source.CASH) + on_account
        order = Order(supplier=supplier, amount=Money(cash, "GBP"), parts=parts)
        draft = actions.pay(company=company, header=header(account, draft=True), order=order, by=user)
        return actions.cancel(payment=actions.submit(payment=draft, by=user), reason="Wrong day", by=user)

    return fail


@pytest.fixture
def early(clock, fail, supplier, user):
    """980.00 with 20.00 of discount, which ran out since."""
    bill = discounted(supplier, user, number="EARLY-1")
    failed = fail(supplier, Part(bill, Money(980_00, "GBP")), Part(bill, Money(20_00, "GBP"), Source.DISCOUNT))
    clock.move_to(f"{LATE.isoformat()} 12:00")
    return failed


def sources(payment):
    return dict(payment.allocations.values_list("source", "amount_minor"))


def press(client, payment, page, **fields):
    """Send the form of the retry page as it was drawn."""
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.content.decode()))
    return client.post(f"/harbour/payments/{payment.pk}/retry/", {**hidden, **fields})


def retry_page(client, payment):
    return client.get(f"/harbour/payments/{payment.pk}/retry/")


RAN_OUT = "The discount on bill EARLY-1 ran out on 26 March 2026. 20.00 GBP of discount for bill EARLY-1 is left out."


def test_a_discount_that_ran_out_is_left_out_and_cash_stays_as_it_was(early, user):
    bill = early.allocations.first().bill

    again = actions.try_again(payment=early, today=LATE, by=user)

    bill.refresh_from_db()
    assert (again.amount, sources(again)) == (Money(980_00, "GBP"), {"cash": 980_00})
    assert (bill.reserved_minor, bill.available_minor) == (980_00, 20_00)


def test_the_trail_says_what_was_left_out(early, user):
    again = actions.try_again(payment=early, today=LATE, by=user)

    assert audit.trail(again).get(verb="payment.tried_again").summary == (
        f"Payment PAY-00002 to PowerDirect tries PAY-00001 again. {RAN_OUT}"
    )


def test_the_page_says_beforehand_what_will_be_left_out(desk, early):
    page = retry_page(desk, early)
    made = press(desk, early, page)
    then = desk.get(made["Location"])

    assert RAN_OUT in words(page)
    assert "The cash stays £980.00" in words(page)
    assert made.status_code == 303
    assert f"PAY-00002 is a new draft of the same payment. {RAN_OUT}" in words(then)


def test_what_lapsed_after_the_look_is_looked_at_first(desk, clock, early):
    clock.move_to(f"{TODAY.isoformat()} 12:00")
    page = retry_page(desk, early)
    clock.move_to(f"{LATE.isoformat()} 12:00")

    refused = press(desk, early, page)

    assert RAN_OUT not in words(page)
    assert refused.status_code == 409
    assert "Not the same of PAY-00001 can be paid again as when you looked at it." in words(refused)
    assert f'href="/harbour/payments/{early.pk}/retry/"' in refused.content.decode()
    assert Payment.objects.count() == 1


def test_a_form_that_does_not_say_what_was_looked_at_leaves_nothing_out(desk, early):
    refused = desk.post(f"/harbour/payments/{early.pk}/retry/", {"key": uuid.uuid4()})

    assert refused.status_code == 409
    assert Payment.objects.count() == 1


def test_what_was_foreseen_is_decided_again_under_the_lock(early, user):
    with pytest.raises(PaymentError, match="Not the same of PAY-00001 can be paid again"):
        actions.try_again(payment=early, today=LATE, by=user, foreseen="")


def test_what_did_not_lapse_is_tried_again_as_it_was(clock, early, user):
    again = actions.try_again(payment=early, today=TODAY, by=user, foreseen="")

    assert sources(again) == {"cash": 980_00, "discount": 20_00}


def test_credit_that_something_else_used_is_left_out(fail, supplier, account, company, user):
    bill, other = make_bill(supplier=supplier, number="B-1", by=user), make_bill(supplier=supplier, by=user)
    note = make_credit_note(supplier=supplier, number="CN-1", total_minor=20_00, by=user)
    failed = fail(
        supplier,
        Part(bill, Money(80_00, "GBP")),
        Part(bill, Money(20_00, "GBP"), Source.CREDIT_NOTE, credit_note=note),
    )
    part = Part(other, Money(15_00, "GBP"), Source.CREDIT_NOTE, credit_note=note)
    actions.pay(
        company=company,
        header=header(account),
        order=Order(supplier=supplier, amount=Money.zero("GBP"), parts=[part]),
        by=user,
    )

    retrial = actions.retrial_of(failed, today=TODAY)
    again = actions.try_again(payment=failed, today=TODAY, by=user, foreseen=retrial.key)

    said = "Credit note CN-1 has 5.00 GBP remaining; 20.00 GBP is too much."
    assert retrial.left_out == [f"{said} 20.00 GBP from credit note CN-1 for bill B-1 is left out."]
    assert sources(again) == {"cash": 80_00}


def test_cash_comes_before_credit_for_what_is_left_of_a_bill(fail, supplier, account, user):
    bill = make_bill(supplier=supplier, number="B-1", by=user)
    note = make_credit_note(supplier=supplier, total_minor=20_00, by=user)
    credit = Part(bill, Money(20_00, "GBP"), Source.CREDIT_NOTE, credit_note=note)
    failed = fail(supplier, credit, Part(bill, Money(80_00, "GBP")))
    make_payment(account=account, bill=bill, minor=10_00, by=user)

    again = actions.try_again(payment=failed, today=TODAY, by=user)

    assert sources(again) == {"cash": 80_00}


def test_a_write_off_above_a_lowered_limit_is_left_out(fail, supplier, user):
    bill = make_bill(supplier=supplier, number="B-1", by=user)
    failed = fail(
        supplier,
        Part(bill, Money(99_00, "GBP")),
        Part(bill, Money(1_00, "GBP"), Source.WRITE_OFF, reason="Rounding"),
    )
    Company.objects.update(write_off_limit_minor=50)
    failed = Payment.objects.get(pk=failed.pk)

    (said,) = actions.retrial_of(failed, today=TODAY).left_out

    assert said.startswith("No more than 0.50 GBP of a bill may be written off now. 1.00 GBP to write off for bill B-1")
    assert sources(actions.try_again(payment=failed, today=TODAY, by=user)) == {"cash": 99_00}


@pytest.fixture
def failed(clock, account, supplier, user):
    """100.00 for bill B-1 that the bank did not make."""
    draft = make_draft(account=account, bill=make_bill(supplier=supplier, number="B-1", by=user), by=user)
    return actions.cancel(payment=actions.submit(payment=draft, by=user), reason="Wrong day", by=user)


def test_a_bill_with_less_left_leads_to_paying_what_is_left(desk, failed, account, user):
    bill = failed.allocations.get().bill
    make_payment(account=account, bill=bill, minor=40_00, by=user)

    page = retry_page(desk, failed)

    assert "Bill B-1 has 60.00 GBP outstanding; 100.00 GBP is too much." in words(page)
    assert f'href="/harbour/bills/{bill.pk}/pay/">Pay what is left' in page.content.decode()
    assert "Make a new draft" not in words(page)
    assert boxes(desk.get(f"/harbour/bills/{bill.pk}/pay/"))["amount"] == Money(60_00, "GBP")


def test_no_draft_is_made_of_cash_that_cannot_go_as_it_was(desk, failed, account, user):
    make_payment(account=account, bill=failed.allocations.get().bill, minor=40_00, by=user)

    refused = desk.post(f"/harbour/payments/{failed.pk}/retry/", {"key": uuid.uuid4()})

    assert refused.status_code == 422
    assert "Pay what is left" in words(refused)
    assert not Payment.objects.filter(retry_of=failed).exists()


def test_an_archived_account_leads_to_paying_from_another(desk, failed, account):
    BankAccount.objects.filter(pk=account.pk).update(archived_at=timezone.now())

    page = retry_page(desk, failed)

    assert "Operating is archived; nothing is paid from it any more." in words(page)
    assert f"/harbour/bills/{failed.allocations.get().bill_id}/pay/" in page.content.decode()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda bill, by: bills.void(bill=bill, on=TODAY, reason="Twice", by=by), "Bill B-1 is void"),
        (
            lambda bill, by: bills.hold(bill=bill, reason="Broken", until=None, today=TODAY, by=by),
            "Bill B-1 is on hold: Broken.",
        ),
    ],
)
def test_where_nothing_can_be_paid_the_page_says_why(desk, failed, supplier, user, change, said):
    change(failed.allocations.get().bill, user)

    page = retry_page(desk, failed)

    assert said in words(page)
    assert "Pay what is left" not in words(page)
    assert "Show PowerDirect" in words(page)


def test_of_several_bills_those_that_can_be_paid_are_ticked(desk, clock, fail, supplier, account, user):
    three = [make_bill(supplier=supplier, number=f"B-{at}", by=user) for at in range(3)]
    failed = fail(supplier, *(Part(bill, bill.available) for bill in three))
    make_payment(account=account, bill=three[0], by=user)

    page = retry_page(desk, failed).content.decode()

    assert f'href="/harbour/pay/?bill={three[1].pk}&amp;bill={three[2].pk}"' in page


def test_credit_alone_that_is_gone_leaves_nothing_to_try(fail, supplier, company, user):
    bill = make_bill(supplier=supplier, number="B-1", by=user)
    part = Part(bill, Money(3, "GBP"), Source.WRITE_OFF, reason="Rounding")
    failed = fail(supplier, part)
    Company.objects.update(write_off_limit_minor=0)

    with pytest.raises(PaymentError, match=r"Nothing is left of PAY-00001\."):
        actions.try_again(payment=Payment.objects.get(pk=failed.pk), today=TODAY, by=user)


def test_what_was_tried_again_already_leads_to_its_new_draft(desk, failed, user):
    again = actions.try_again(payment=failed, today=TODAY, by=user)

    page = retry_page(desk, failed)

    assert "PAY-00001 was tried again as PAY-00002 already." in words(page)
    assert f"/harbour/payments/{again.pk}/" in page.content.decode()


def test_foreseeing_asks_the_same_however_many_bills(fail, supplier, user, django_assert_num_queries):
    def failed(count):
        some = [discounted(supplier, user, number=f"B-{count}-{at}") for at in range(count)]
        parts = [Part(bill, Money(980_00, "GBP")) for bill in some]
        parts += [Part(bill, Money(20_00, "GBP"), Source.DISCOUNT) for bill in some]
        return Payment.objects.select_related("company", "bank_account").get(pk=fail(supplier, *parts).pk)

    for count in (1, 4):
        payment = failed(count)
        with django_assert_num_queries(3):
            actions.retrial_of(payment, today=date(2026, 3, 26) + timedelta(days=1))
