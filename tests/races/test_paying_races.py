"""Real threads on a real database: money is never paid, used or matched twice."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db.models import Sum

from billpay.bills.models import Bill
from billpay.companies import idempotency
from billpay.ledger.models import JournalLine
from billpay.money.value import Money
from billpay.payments import actions
from billpay.payments.actions import Dispatch, Order, Ordered, Part, PaymentError
from billpay.payments.models import Payment, Source
from tests.factories import (
    TODAY,
    BankAccountFactory,
    SupplierFactory,
    header,
    make_bill,
    make_credit_note,
    make_draft,
    make_payment,
    member,
)
from tests.races.crowd import at_once

pytestmark = pytest.mark.django_db(transaction=True)

PAYERS = 16
ROUNDS = 50


@pytest.fixture
def account():
    return BankAccountFactory()


@pytest.fixture
def supplier(account):
    return SupplierFactory(company=account.company)


@pytest.fixture
def owner(account):
    return member(account.company)


def books_balance() -> bool:
    sums = JournalLine.objects.aggregate(debit=Sum("debit_minor"), credit=Sum("credit_minor"))
    return sums["debit"] == sums["credit"]


def test_sixteen_payers_of_one_bill_pay_it_once_in_each_of_fifty_rounds(account, supplier, owner):
    for round_number in range(1, ROUNDS + 1):
        bill = make_bill(supplier=supplier, total_minor=135_85, by=owner)

        outcomes = at_once([lambda bill=bill: make_payment(account=account, bill=bill, by=owner)] * PAYERS)

        paid = [outcome for outcome in outcomes if isinstance(outcome, Payment)]
        refused = [outcome for outcome in outcomes if isinstance(outcome, PaymentError)]
        assert (len(paid), len(refused)) == (1, PAYERS - 1), (round_number, outcomes)
        assert "has 0.00 GBP outstanding; 135.85 GBP is too much" in str(refused[0])
        bill.refresh_from_db()
        assert (bill.state, bill.settlements.count()) == ("paid", 1)
    assert books_balance()


def test_two_part_payers_that_together_exceed_the_bill(account, supplier, owner):
    bill = make_bill(supplier=supplier, total_minor=100_00, by=owner)

    outcomes = at_once([lambda: make_payment(account=account, bill=bill, minor=60_00, by=owner)] * 2)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Payment", "PaymentError"]
    bill.refresh_from_db()
    assert bill.outstanding_minor == 40_00


def test_a_failed_payment_that_eight_people_try_again_is_made_anew_once(account, supplier, owner):
    bill = make_bill(supplier=supplier, total_minor=1_000_00, by=owner)
    draft = make_draft(account=account, bill=bill, minor=40_00, by=owner)
    sent = actions.start(payment=actions.submit(payment=draft, by=owner), by=owner)
    failed = actions.fail(payment=sent, reason="Account closed", by=owner)

    def try_again() -> Payment:
        return actions.try_again(payment=Payment.objects.get(pk=failed.pk), today=TODAY, by=owner)

    outcomes = at_once([try_again] * 8)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Payment", *["PaymentError"] * 7], outcomes
    bill.refresh_from_db()
    assert (bill.reserved_minor, failed.retries.count()) == (40_00, 1)


def test_payers_of_the_same_bills_in_opposite_orders_do_not_deadlock(account, supplier, owner):
    bills = [make_bill(supplier=supplier, total_minor=1_000_00, by=owner) for _ in range(5)]

    def pay(some: list[Bill]) -> Payment:
        parts = [Part(bill, Money(1_00, "GBP")) for bill in some]
        order = Order(supplier=supplier, amount=Money(len(parts) * 1_00, "GBP"), parts=parts)
        return actions.pay(company=account.company, header=header(account), order=order, by=owner)

    outcomes = at_once([lambda: pay(bills), lambda: pay(bills[::-1])] * 8)

    assert [outcome for outcome in outcomes if not isinstance(outcome, Payment)] == []
    assert {bill.settled_minor for bill in Bill.objects.filter(pk__in=[bill.pk for bill in bills])} == {16_00}


def test_orders_of_several_days_over_the_same_bills_do_not_deadlock(account, supplier, owner):
    others = [supplier, *(SupplierFactory(company=account.company) for _ in range(2))]
    bills = [make_bill(supplier=one, total_minor=1_000_00, by=owner) for one in others]

    def order(some: list[Bill]) -> Ordered:
        amount = Money(1_00, "GBP")
        dispatches = [
            Dispatch(
                header(account, draft=True, paid_on=on, execute_on=on),
                [Order(supplier=bill.supplier, amount=amount, parts=[Part(bill, amount)])],
            )
            for bill, on in zip(some, (TODAY, TODAY + timedelta(days=1), TODAY + timedelta(days=2)), strict=True)
        ]
        return actions.order(company=account.company, dispatches=dispatches, by=owner, submitted=True)

    outcomes = at_once([lambda: order(bills), lambda: order(bills[::-1])] * 6)

    assert [outcome for outcome in outcomes if not isinstance(outcome, Ordered)] == []
    assert {bill.reserved_minor for bill in Bill.objects.all()} == {12_00}


def test_one_credit_note_is_not_used_twice(account, supplier, owner):
    note = make_credit_note(supplier=supplier, total_minor=25_44, by=owner)
    bills = [make_bill(supplier=supplier, total_minor=45_00, by=owner) for _ in range(8)]

    def use(bill: Bill) -> Payment:
        part = Part(bill, Money(25_44, "GBP"), Source.CREDIT_NOTE, credit_note=note)
        order = Order(supplier=supplier, amount=Money.zero("GBP"), parts=[part])
        return actions.pay(company=account.company, header=header(account), order=order, by=owner)

    outcomes = at_once([lambda bill=bill: use(bill) for bill in bills])

    assert sum(isinstance(outcome, Payment) for outcome in outcomes) == 1
    note.refresh_from_db()
    assert (note.used_minor, note.remaining_minor) == (25_44, 0)


def test_a_payment_is_voided_once(account, supplier, owner):
    bill = make_bill(supplier=supplier, total_minor=100_00, by=owner)
    payment = make_payment(account=account, bill=bill, by=owner)

    outcomes = at_once([lambda: actions.void(payment=payment, on=TODAY, reason="Returned", by=owner)] * 8)

    assert sum(isinstance(outcome, Payment) for outcome in outcomes) == 1
    bill.refresh_from_db()
    assert bill.outstanding_minor == 100_00
    assert books_balance()


def test_a_replayed_form_pays_once(account, supplier, owner):
    bill = make_bill(supplier=supplier, total_minor=100_00, by=owner)
    key = uuid.uuid4()

    def submit() -> str:
        return idempotency.once(
            company=account.company,
            key=key,
            content={"bill": bill.pk, "amount": 10_00},
            by=owner,
            act=lambda: f"/payments/{make_payment(account=account, bill=bill, minor=10_00, by=owner).pk}/",
        )

    outcomes = at_once([submit] * 8)

    assert Payment.objects.count() == 1
    assert set(outcomes) == {f"/payments/{Payment.objects.get().pk}/"}


def test_numbers_of_payments_have_no_gaps_and_no_twins(account, supplier, owner):
    bills = [make_bill(supplier=supplier, total_minor=10_00, by=owner) for _ in range(PAYERS)]

    at_once([lambda bill=bill: make_payment(account=account, bill=bill, by=owner) for bill in bills])

    numbers = sorted(Payment.objects.values_list("number", flat=True))
    assert numbers == [f"PAY-{number:05d}" for number in range(1, PAYERS + 1)]
