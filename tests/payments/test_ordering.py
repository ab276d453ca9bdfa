"""Making and submitting payments in one go, and foreseeing what that leads to."""

from datetime import date, timedelta

import pytest

from billpay.money.value import Money
from billpay.payments import actions
from billpay.payments.actions import Dispatch, Order, Part, PaymentError
from billpay.payments.models import Batch, Payment, Source
from tests.factories import (
    TODAY,
    SupplierFactory,
    give_bank_details,
    header,
    make_bill,
    make_draft,
    make_payment,
    member,
    needs_approval,
)
from tests.payments.books import balance, sub_ledger
from tests.payments.test_reductions import discounted

pytestmark = pytest.mark.django_db

LATER = TODAY + timedelta(days=7)


def order_of(bill):
    return Order(supplier=bill.supplier, amount=bill.available, parts=[Part(bill, bill.available)])


def dispatch(account, *bills, on=TODAY):
    return Dispatch(header(account, paid_on=on, draft=True, execute_on=on), [order_of(bill) for bill in bills])


def statuses():
    return list(Payment.objects.order_by("pk").values_list("status", flat=True))


def test_what_needs_no_approval_is_scheduled_for_its_day(company, account, supplier, user):
    bill = make_bill(supplier=supplier, by=user)

    ordered = actions.order(company=company, dispatches=[dispatch(account, bill, on=LATER)], by=user, submitted=True)

    payment = Payment.objects.get()
    assert ordered.payments == [payment]
    assert (payment.status, payment.execute_on) == ("scheduled", LATER)


def test_payments_of_two_days_are_a_batch_and_a_single(company, account, user):
    bills = [make_bill(supplier=SupplierFactory(company=company), by=user) for _ in range(3)]
    needs_approval(company)

    ordered = actions.order(
        company=company,
        dispatches=[dispatch(account, *bills[:2]), dispatch(account, bills[2], on=LATER)],
        by=user,
        submitted=True,
    )

    assert ordered.batches == [Batch.objects.get()]
    assert [payment.batch_id for payment in ordered.payments] == [None]
    assert statuses() == ["awaiting_approval"] * 3


def test_all_is_made_or_nothing(company, account, user):
    fine, paid = (make_bill(supplier=SupplierFactory(company=company), by=user) for _ in range(2))
    dispatches = [dispatch(account, fine), dispatch(account, paid, on=LATER)]
    make_payment(account=account, bill=paid, by=user)

    with pytest.raises(PaymentError, match="0.00 GBP outstanding; 100.00 GBP is too much"):
        actions.order(company=company, dispatches=dispatches, by=user, submitted=True)

    fine.refresh_from_db()
    assert (Payment.objects.count(), fine.reserved_minor) == (1, 0)


def test_what_is_recorded_is_not_submitted(company, account, supplier, user):
    made = Dispatch(header(account), [order_of(make_bill(supplier=supplier, by=user))])

    with pytest.raises(PaymentError, match="recorded, not submitted"):
        actions.order(company=company, dispatches=[made], by=user, submitted=True)


def test_a_changed_draft_is_submitted_in_the_same_go(company, account, supplier, user):
    bill = make_bill(supplier=supplier, by=user)
    draft = make_draft(account=account, bill=bill, minor=40_00, by=user)
    wanted = Order(supplier=supplier, amount=Money(60_00, "GBP"), parts=[Part(bill, Money(60_00, "GBP"))])

    changed = actions.reorder(
        payment=draft,
        header=header(account, draft=True, execute_on=LATER),
        order=wanted,
        version=draft.version,
        by=user,
        submitted=True,
    )

    bill.refresh_from_db()
    assert (changed.status, changed.amount_minor, bill.reserved_minor) == ("scheduled", 60_00, 60_00)


def test_a_changed_draft_that_cannot_be_submitted_is_as_it_was(company, account, supplier, user):
    bill = make_bill(supplier=supplier, by=user)
    draft = make_draft(account=account, bill=bill, minor=40_00, by=user)

    with pytest.raises(PaymentError, match="is too much"):
        actions.reorder(
            payment=draft,
            header=header(account, draft=True),
            order=Order(supplier=supplier, amount=Money(101_00, "GBP"), parts=[Part(bill, Money(101_00, "GBP"))]),
            version=draft.version,
            by=user,
            recorded=True,
        )

    draft.refresh_from_db()
    bill.refresh_from_db()
    assert (draft.status, draft.amount_minor, bill.reserved_minor) == ("draft", 40_00, 40_00)


def foreseen(company, account, *bills):
    return actions.foresee(company=company, orders=[(header(account), order_of(bill)) for bill in bills])


def test_the_limit_that_counts_is_foreseen_with_what_was_lately_paid(company, account, supplier, user):
    needs_approval(company, above_minor=100_00)
    needs_approval(company, above_minor=150_00, approvers=2)
    earlier = make_payment(account=account, bill=make_bill(supplier=supplier, total_minor=60_00, by=user), by=user)

    (foresight,) = foreseen(company, account, make_bill(supplier=supplier, by=user))

    assert (foresight.approvers, foresight.limit) == (2, Money(150_00, "GBP"))
    assert (foresight.total, foresight.others) == (Money(160_00, "GBP"), (earlier,))


def test_orders_of_one_run_to_a_supplier_count_together_as_they_are_submitted(company, account, supplier, user):
    needs_approval(company, above_minor=150_00)
    bills = [make_bill(supplier=supplier, by=user) for _ in range(2)]
    bills.append(make_bill(supplier=SupplierFactory(company=company), by=user))

    foresights = foreseen(company, account, *bills)
    dispatches = [dispatch(account, bill, on=TODAY + timedelta(days=day)) for day, bill in enumerate(bills)]
    actions.order(company=company, dispatches=dispatches, by=user, submitted=True)

    assert [one.approvers for one in foresights] == [0, 1, 0]
    assert foresights[1].run == Money(100_00, "GBP")
    assert statuses() == ["scheduled", "awaiting_approval", "scheduled"]


def test_fees_of_one_run_are_foreseen(company, account, supplier, user):
    needs_approval(company, above_minor=150_00)
    bills = [make_bill(supplier=supplier, total_minor=50_00, by=user) for _ in range(2)]
    orders = [
        Order(supplier=supplier, amount=bill.available, parts=[Part(bill, bill.available)], fee=Money(30_00, "GBP"))
        for bill in bills
    ]

    first, second = actions.foresee(company=company, orders=[(header(account), order) for order in orders])

    assert (first.approvers, first.total) == (0, Money(80_00, "GBP"))
    assert (second.approvers, second.total, second.run) == (1, Money(160_00, "GBP"), Money(80_00, "GBP"))


def test_credit_alone_needs_nobody(company, account, supplier, user):
    needs_approval(company)
    bill = make_bill(supplier=supplier, total_minor=3, by=user)
    part = Part(bill, bill.available, Source.WRITE_OFF, reason="Rounding")
    order = Order(supplier=supplier, amount=Money.zero("GBP"), parts=[part])

    (foresight,) = actions.foresee(company=company, orders=[(header(account), order)])

    assert (foresight.approvers, foresight.limit) == (0, None)


def test_unchecked_bank_details_are_foreseen(company, account, supplier, user):
    give_bank_details(supplier, by=user)
    checked = SupplierFactory(company=company)
    give_bank_details(checked, by=user, checked_by=member(company))

    new, known = foreseen(company, account, *(make_bill(supplier=one, by=user) for one in (supplier, checked)))

    assert "a second person has not checked them yet" in new.blocked
    assert known.blocked == ""


def test_the_number_of_queries_does_not_grow(company, account, user, django_assert_max_num_queries):
    bills = [make_bill(supplier=SupplierFactory(company=company), by=user) for _ in range(5)]
    orders = [(header(account), order_of(bill)) for bill in bills]

    with django_assert_max_num_queries(3):
        actions.foresee(company=company, orders=orders)


def test_terms_leave_out_what_was_taken_except_by_the_payment_being_changed(company, account, supplier, user):
    bill = discounted(supplier, user)
    parts = [Part(bill, Money(980_00, "GBP")), Part(bill, Money(20_00, "GBP"), Source.DISCOUNT)]
    draft = actions.pay(
        company=company,
        header=header(account, draft=True),
        order=Order(supplier=supplier, amount=Money(980_00, "GBP"), parts=parts),
        by=user,
    )
    due = {bill.pk: bill.total}

    assert actions.terms_of(company, [bill], due=due)[bill.pk].discount == Money(0, "GBP")
    own = actions.terms_of(company, [bill], due=due, apart_from=draft)[bill.pk]
    assert (own.discount, own.until) == (Money(20_00, "GBP"), date(2026, 3, 26))


def test_terms_know_how_much_may_still_be_written_off(company, account, supplier, user):
    bill = make_bill(supplier=supplier, by=user)
    part = Part(bill, Money(3_00, "GBP"), Source.WRITE_OFF, reason="Rounding")
    order = Order(supplier=supplier, amount=Money.zero("GBP"), parts=[part])
    actions.pay(company=company, header=header(account), order=order, by=user)

    terms = actions.terms_of(company, [bill], due={bill.pk: bill.available})[bill.pk]

    assert terms.may_write_off(Money(2_00, "GBP"))
    assert not terms.may_write_off(Money(2_01, "GBP"))
    assert not terms.may_write_off(Money.zero("GBP"))


def test_the_books_agree_after_a_discount_was_ordered(company, account, supplier, user):
    bill = discounted(supplier, user)
    make_payment(account=account, bill=bill, minor=500_00, by=user)
    bill.refresh_from_db()
    offer = actions.offer(bill, on=TODAY)
    parts = [Part(bill, offer.cash), Part(bill, offer.discount, Source.DISCOUNT)]

    actions.order(
        company=company,
        dispatches=[Dispatch(header(account), [Order(supplier=supplier, amount=offer.cash, parts=parts)])],
        by=user,
    )

    bill.refresh_from_db()
    assert (offer.cash, bill.state) == (Money(480_00, "GBP"), "paid")
    assert (balance(company, "discounts"), balance(company, "payables"), sub_ledger(company)) == (-20_00, 0, 0)
