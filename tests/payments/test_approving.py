"""Approval: by amount, by other people than the makers, for the payment exactly as it was (rule 13)."""

from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, transaction

from billpay.companies import audit
from billpay.companies.actions import change_role
from billpay.companies.models import Role
from billpay.money.value import Money
from billpay.payments import actions
from billpay.payments.actions import NotYours, Order, Part, PaymentError
from billpay.payments.actions.approving import digest_of
from billpay.payments.models import Approval, Payment, PaymentStatus, Source
from tests.factories import (
    TODAY,
    SupplierFactory,
    UserFactory,
    give_bank_details,
    header,
    make_bill,
    make_draft,
    make_payment,
    member,
    needs_approval,
)
from tests.proof.tampering import broken, unguarded

S = PaymentStatus


@pytest.fixture
def second(company):
    return member(company, Role.OWNER)


@pytest.fixture
def third(company):
    return member(company, Role.APPROVER)


@pytest.fixture
def waiting(company, account, supplier, user):
    """A payment of 100.00 that one other person approves."""
    needs_approval(company)
    draft = make_draft(account=account, bill=make_bill(supplier=supplier), by=user)
    return actions.submit(payment=draft, by=user)


def test_below_every_limit_a_payment_is_approved_when_submitted(company, account, supplier, user):
    needs_approval(company, above_minor=100_00)
    draft = make_draft(account=account, bill=make_bill(supplier=supplier, total_minor=100_00), by=user)

    assert actions.submit(payment=draft, by=user).status == S.APPROVED


def test_a_penny_above_the_limit_waits(company, account, supplier, user):
    needs_approval(company, above_minor=100_00)
    draft = make_draft(account=account, bill=make_bill(supplier=supplier, total_minor=100_01), by=user)

    submitted = actions.submit(payment=draft, by=user)

    assert (submitted.status, submitted.approvers_needed) == (S.AWAITING_APPROVAL, 1)


def test_the_greatest_limit_exceeded_says_how_many(company, account, supplier, user):
    needs_approval(company, above_minor=50_00, approvers=1)
    needs_approval(company, above_minor=5_000_00, approvers=2)
    draft = make_draft(account=account, bill=make_bill(supplier=supplier, total_minor=6_000_00), by=user)

    assert actions.submit(payment=draft, by=user).approvers_needed == 2


def test_submitted_again_when_fewer_are_needed_it_still_waits(waiting, company, user):
    company.approval_limits.all().delete()

    with pytest.raises(PaymentError, match="is awaiting approval, no draft any more"):
        actions.submit(payment=waiting, by=user)

    waiting.refresh_from_db()
    assert (waiting.status, waiting.approvers_needed) == (S.AWAITING_APPROVAL, 1)


def test_a_fee_counts_as_the_cash_does(company, account, supplier, user):
    needs_approval(company, above_minor=1_000_00)
    bill = make_bill(supplier=supplier, total_minor=999_00)
    draft = make_draft(account=account, bill=bill, fee=Money(50_000_00, "GBP"), by=user)

    waiting = actions.submit(payment=draft, by=user)

    assert (waiting.status, waiting.approvers_needed) == (S.AWAITING_APPROVAL, 1)
    assert actions.weigh(waiting).total == Money(50_999_00, "GBP")


def test_the_fees_of_split_payments_count_together(company, account, supplier, user):
    needs_approval(company, above_minor=150_00)
    for _ in range(2):
        bill = make_bill(supplier=supplier, total_minor=50_00)
        draft = make_draft(account=account, bill=bill, fee=Money(30_00, "GBP"), by=user)
        last = actions.submit(payment=draft, by=user)

    assert last.status == S.AWAITING_APPROVAL
    assert actions.weigh(last).total == Money(160_00, "GBP")


def a_fee_for_nothing(supplier, *, minor):
    """What writes 3 pence off without cash, and pays a fee for it."""
    bill = make_bill(supplier=supplier, total_minor=3)
    part = Part(bill, bill.available, Source.WRITE_OFF, reason="Rounding")
    return Order(supplier=supplier, amount=Money.zero("GBP"), parts=[part], fee=Money(minor, "GBP"))


def test_a_fee_without_cash_counts(company, account, supplier, user):
    needs_approval(company, above_minor=20_00)
    order = a_fee_for_nothing(supplier, minor=20_01)

    (foresight,) = actions.foresee(company=company, orders=[(header(account), order)])
    draft = actions.pay(company=company, header=header(account, draft=True), order=order, by=user)

    assert (foresight.approvers, foresight.total) == (1, Money(20_01, "GBP"))
    assert actions.submit(payment=draft, by=user).status == S.AWAITING_APPROVAL


def test_a_fee_without_cash_counts_beside_a_later_payment(company, account, supplier, user):
    needs_approval(company, above_minor=100_00)
    order = a_fee_for_nothing(supplier, minor=20_00)
    draft = actions.pay(company=company, header=header(account, draft=True), order=order, by=user)
    actions.submit(payment=draft, by=user)

    later = make_draft(account=account, bill=make_bill(supplier=supplier, total_minor=80_01), by=user)

    assert actions.submit(payment=later, by=user).status == S.AWAITING_APPROVAL


def test_what_was_approved_is_told_with_its_fee(company, account, supplier, user, second):
    needs_approval(company)
    draft = make_draft(account=account, bill=make_bill(supplier=supplier), fee=Money(7_00, "GBP"), by=user)
    actions.approve(payment=actions.submit(payment=draft, by=user), by=second)

    said = audit.trail(draft).get(verb="payment.approval_given").summary
    assert said.endswith("1 of 1: 100.00 GBP and a fee of 7.00 GBP")


def test_another_person_approves(waiting, second):
    approved = actions.approve(payment=waiting, by=second)

    assert approved.status == S.APPROVED
    assert [(step.to_status, step.by) for step in approved.steps.all()][-1] == (S.APPROVED, second)


@pytest.mark.parametrize("role", [Role.APPROVER, Role.OWNER])
def test_the_maker_never_approves_whatever_their_role(waiting, user, company, role):
    membership = company.memberships.get(user=user)
    member(company, Role.OWNER)
    change_role(membership=membership, role=role, by=user)

    with pytest.raises(NotYours, match="You made or changed PAY-00001"):
        actions.approve(payment=waiting, by=user)


def test_an_operator_who_made_it_does_not_approve(company, account, supplier):
    needs_approval(company)
    operator = UserFactory(is_superuser=True, is_staff=True)
    draft = make_draft(account=account, bill=make_bill(supplier=supplier), by=operator)
    waiting = actions.submit(payment=draft, by=operator)

    with pytest.raises(NotYours):
        actions.approve(payment=waiting, by=operator)


def test_who_submitted_or_changed_it_does_not_approve_either(company, account, supplier, user, second, third):
    needs_approval(company)
    bill = make_bill(supplier=supplier)
    draft = make_draft(account=account, bill=bill, by=user)
    order = Order(supplier=supplier, amount=Money(40_00, "GBP"), parts=[Part(bill, Money(40_00, "GBP"))])
    edited = actions.edit_draft(
        payment=draft, header=header(account, draft=True), order=order, version=draft.version, by=second
    )
    waiting = actions.submit(payment=edited, by=third)

    for maker in (user, second, third):
        with pytest.raises(NotYours):
            actions.approve(payment=waiting, by=maker)


@pytest.fixture
def changed_by_two(waiting, account, supplier, user, second):
    """A payment that `second` made 60.00 of, and whoever made it changed and submitted afterwards."""
    bill = waiting.allocations.get().bill
    for minor, by in ((60_00, second), (59_99, user)):
        amount = Money(minor, "GBP")
        order = Order(supplier=supplier, amount=amount, parts=[Part(bill, amount)])
        waiting = actions.edit_draft(
            payment=waiting, header=header(account, draft=True), order=order, version=waiting.version, by=by
        )
    return actions.submit(payment=waiting, by=user)


def test_who_changed_it_before_the_last_change_does_not_approve_either(changed_by_two, second, third):
    with pytest.raises(NotYours, match="You made or changed PAY-00001"):
        actions.approve(payment=changed_by_two, by=second)

    assert actions.approve(payment=changed_by_two, by=third).status == S.APPROVED


def test_who_submitted_it_before_it_was_taken_back_does_not_approve_either(waiting, user, second, third):
    back = actions.back_to_draft(payment=waiting, reason="", by=user)
    back = actions.back_to_draft(payment=actions.submit(payment=back, by=second), reason="", by=user)
    again = actions.submit(payment=back, by=user)

    with pytest.raises(NotYours):
        actions.approve(payment=again, by=second)
    assert actions.approve(payment=again, by=third).status == S.APPROVED


def test_the_database_refuses_who_changed_it_before_the_last_change(changed_by_two, user, second):
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.create(payment=changed_by_two, digest=changed_by_two.digest, by=second, maker=user)


def test_the_proof_names_the_approval_of_who_changed_it_before_the_last_change(changed_by_two, user, second):
    with unguarded():
        Approval.objects.create(payment=changed_by_two, digest=changed_by_two.digest, by=second, maker=user)

    assert broken(changed_by_two.company).keys() == {"payments.not_by_makers"}


def test_the_database_itself_refuses_the_maker(waiting, user):
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.create(payment=waiting, digest=waiting.digest, by=user, maker=user)


def test_the_database_refuses_a_maker_who_names_another(waiting, user, second):
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.create(payment=waiting, digest=waiting.digest, by=user, maker=second)


def test_the_database_refuses_to_call_it_approved_without_approvals(waiting):
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.filter(pk=waiting.pk).update(status=S.APPROVED)


def test_two_people_are_two_people(company, account, supplier, user, second, third):
    needs_approval(company, approvers=2)
    waiting = actions.submit(payment=make_draft(account=account, bill=make_bill(supplier=supplier), by=user), by=user)

    assert actions.approve(payment=waiting, by=second).status == S.AWAITING_APPROVAL
    assert actions.approve(payment=waiting, by=third).status == S.APPROVED


def test_the_same_person_under_another_role_is_the_same_person(company, account, supplier, user, second, third):
    needs_approval(company, approvers=2)
    waiting = actions.submit(payment=make_draft(account=account, bill=make_bill(supplier=supplier), by=user), by=user)
    actions.approve(payment=waiting, by=third)
    change_role(membership=company.memberships.get(user=third), role=Role.OWNER, by=second)

    with pytest.raises(NotYours, match="approved PAY-00001 already"):
        actions.approve(payment=waiting, by=third)
    assert waiting.approvals.count() == 1


def test_a_change_of_one_cent_takes_the_approval_back(waiting, account, supplier, user, second):
    approved = actions.approve(payment=waiting, by=second)
    bill = approved.allocations.get().bill
    order = Order(supplier=supplier, amount=Money(99_99, "GBP"), parts=[Part(bill, Money(99_99, "GBP"))])

    changed = actions.edit_draft(
        payment=approved, header=header(account, draft=True), order=order, version=approved.version, by=user
    )

    assert (changed.status, changed.digest) == (S.DRAFT, "")
    again = actions.submit(payment=changed, by=user)
    assert again.status == S.AWAITING_APPROVAL
    assert again.approvals.filter(digest=again.digest).count() == 0


def test_a_change_and_its_reversal_do_not_bring_the_approval_back(waiting, account, supplier, user, second):
    payment = actions.approve(payment=waiting, by=second)
    bill = payment.allocations.get().bill
    for minor in (99_99, 100_00):
        order = Order(supplier=supplier, amount=Money(minor, "GBP"), parts=[Part(bill, Money(minor, "GBP"))])
        payment = actions.edit_draft(
            payment=payment, header=header(account, draft=True), order=order, version=payment.version, by=user
        )

    assert actions.submit(payment=payment, by=user).status == S.AWAITING_APPROVAL


def test_the_database_refuses_a_cent_more_on_an_approved_payment(waiting, second):
    approved = actions.approve(payment=waiting, by=second)

    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.filter(pk=approved.pk).update(amount_minor=100_01)


def test_an_approval_of_what_is_no_longer_there_is_refused(waiting, second):
    with pytest.raises(PaymentError, match="not what was submitted"):
        actions.approve(payment=waiting, by=second, seen="0" * 64)


def test_the_digest_is_of_payee_account_amounts_and_bills(waiting):
    rows = list(waiting.allocations.all())
    before = digest_of(waiting, rows)

    rows[0].amount_minor += 1

    assert waiting.digest == before != digest_of(waiting, rows)


def test_split_payments_to_one_supplier_count_together(company, account, supplier, user):
    needs_approval(company, above_minor=1_000_00)
    halves = [make_bill(supplier=supplier, total_minor=900_00) for _ in range(2)]
    first, second = (make_draft(account=account, bill=bill, by=user) for bill in halves)

    assert actions.submit(payment=first, by=user).status == S.APPROVED
    assert actions.weigh(second).total == Money(1_800_00, "GBP")
    assert actions.submit(payment=second, by=user).status == S.AWAITING_APPROVAL


def test_what_was_recorded_as_paid_counts_too(company, account, supplier, user):
    needs_approval(company, above_minor=1_000_00)
    make_payment(account=account, bill=make_bill(supplier=supplier, total_minor=900_00), by=user)
    draft = make_draft(account=account, bill=make_bill(supplier=supplier, total_minor=200_00), by=user)

    assert actions.submit(payment=draft, by=user).status == S.AWAITING_APPROVAL


def test_older_payments_do_not_count(company, account, supplier, user):
    needs_approval(company, above_minor=1_000_00)
    with time_machine.travel("2026-03-01 12:00"):
        make_payment(account=account, bill=make_bill(supplier=supplier, total_minor=900_00), by=user)
    with time_machine.travel("2026-03-09 12:00"):
        draft = make_draft(account=account, bill=make_bill(supplier=supplier, total_minor=200_00), by=user)
        assert actions.submit(payment=draft, by=user).status == S.APPROVED


def test_drafts_left_to_lie_and_submitted_side_by_side_count_together(company, account, supplier, user):
    needs_approval(company, above_minor=1_000_00)
    with time_machine.travel("2026-03-01 12:00"):
        halves = [make_bill(supplier=supplier, total_minor=900_00) for _ in range(2)]
        first, second = (make_draft(account=account, bill=bill, by=user) for bill in halves)

    with time_machine.travel("2026-03-30 12:00"):
        assert actions.submit(payment=first, by=user).status == S.APPROVED
        assert actions.submit(payment=second, by=user).status == S.AWAITING_APPROVAL


def test_what_was_submitted_long_ago_does_not_count_when_it_goes_out(company, account, supplier, user):
    needs_approval(company, above_minor=1_000_00)
    with time_machine.travel("2026-03-01 12:00"):
        made = make_draft(account=account, bill=make_bill(supplier=supplier, total_minor=900_00), by=user)
        actions.submit(payment=made, by=user)

    with time_machine.travel("2026-03-30 12:00"):
        actions.complete(payment=actions.start(payment=made, by=user), by=user)
        draft = make_draft(account=account, bill=make_bill(supplier=supplier, total_minor=200_00), by=user)
        assert actions.submit(payment=draft, by=user).status == S.APPROVED


def test_a_foreign_amount_is_weighed_in_the_base_currency(company, account, user, supplier):
    needs_approval(company, above_minor=100_00)
    foreign = make_bill(supplier=supplier, total_minor=110_00, currency="EUR", rate="0.9")
    amount = Money(110_00, "EUR")
    draft = actions.pay(
        company=company,
        header=header(account, currency="EUR", rate=foreign.rate, draft=True),
        order=Order(supplier=supplier, amount=amount, parts=[Part(foreign, amount)]),
        by=user,
    )

    assert actions.submit(payment=draft, by=user).status == S.APPROVED


def in_euro(account, bill, minor, rate, by):
    """A submitted payment of so much of a EUR bill, at a rate of the maker's."""
    amount = Money(minor, "EUR")
    return actions.submit(
        payment=actions.pay(
            company=account.company,
            header=header(account, currency="EUR", rate=Decimal(rate), draft=True),
            order=Order(supplier=bill.supplier, amount=amount, parts=[Part(bill, amount)]),
            by=by,
        ),
        by=by,
    )


def test_a_rate_far_too_low_does_not_make_an_amount_small(account, supplier, user):
    needs_approval(account.company, above_minor=100_00)
    bill = make_bill(supplier=supplier, total_minor=200_00, currency="EUR", rate="0.9")

    waiting = in_euro(account, bill, 120_00, "0.000001", user)

    assert waiting.status == S.AWAITING_APPROVAL
    assert actions.weigh(waiting).total == Money(108_00, "GBP")


def test_split_payments_at_rates_far_too_low_count_at_a_known_one(account, supplier, user):
    needs_approval(account.company, above_minor=100_00)
    bill = make_bill(supplier=supplier, total_minor=200_00, currency="EUR", rate="0.9")

    assert in_euro(account, bill, 100_00, "0.000001", user).status == S.APPROVED
    assert in_euro(account, bill, 100_00, "0.000001", user).status == S.AWAITING_APPROVAL


def test_a_rate_of_long_ago_does_not_count(account, supplier, user):
    needs_approval(account.company, above_minor=100_00)
    other = SupplierFactory(company=account.company)
    old = make_bill(supplier=other, total_minor=10_00, currency="EUR", rate="2.5", issued_on=TODAY)
    make_payment(account=account, bill=old, rate=Decimal("2.5"))
    bill = make_bill(supplier=supplier, total_minor=110_00, currency="EUR", rate="0.8", issued_on=TODAY)

    with time_machine.travel("2026-06-20 12:00"):
        assert in_euro(account, bill, 110_00, "0.9", user).status == S.APPROVED


def test_a_rejection_frees_the_bill_and_says_why(waiting, second):
    rejected = actions.reject(payment=waiting, reason="Not our order", by=second)

    bill = rejected.allocations.get().bill
    bill.refresh_from_db()
    assert (rejected.status, bill.reserved_minor, bill.available_minor) == (S.REJECTED, 0, 100_00)
    assert rejected.steps.last().reason == "Not our order"


def test_new_bank_details_keep_a_payment_from_going_out(company, account, supplier, user, second):
    give_bank_details(supplier, by=user)
    approved = actions.submit(payment=make_draft(account=account, bill=make_bill(supplier=supplier), by=user), by=user)

    with pytest.raises(PaymentError, match="a second person has not checked them"):
        actions.start(payment=approved, by=user)


def test_checked_bank_details_let_it_go(company, account, supplier, user, second):
    give_bank_details(supplier, by=user, checked_by=second)
    approved = actions.submit(payment=make_draft(account=account, bill=make_bill(supplier=supplier), by=user), by=user)

    assert actions.start(payment=approved, by=user).status == S.PROCESSING


def test_changed_bank_details_stop_what_was_approved_for_the_old(company, account, supplier, user, second):
    give_bank_details(supplier, by=user, checked_by=second)
    approved = actions.submit(payment=make_draft(account=account, bill=make_bill(supplier=supplier), by=user), by=user)
    give_bank_details(supplier, by=user, checked_by=second, number="87654321")

    with pytest.raises(PaymentError, match="were changed after PAY-00001 was submitted"):
        actions.start(payment=approved, by=user)


def test_a_bill_in_flight_is_not_paid_twice(waiting, account, user):
    bill = waiting.allocations.get().bill

    with pytest.raises(PaymentError, match="of which 100.00 GBP is reserved"):
        make_payment(account=account, bill=bill, minor=100_00, by=user, paid_on=TODAY)
