"""Working the schedule: what is due goes out once, on a day the bank is open, or is stopped with the reason."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from unittest import mock

import pytest

from billpay.banking import actions as banking
from billpay.bills import actions as bills
from billpay.ledger import actions as ledger
from billpay.money.value import Money
from billpay.payments import actions
from billpay.payments.actions import ClockWentBack, Part, PaymentError, working
from billpay.payments.models import Payment, PaymentStatus, ScheduleClock, Source
from billpay.suppliers.models import SupplierBankAccount
from tests.factories import TODAY, BankAccountFactory, CompanyFactory, SupplierFactory, make_bill, make_credit_note
from tests.payments.scheduled import approved, awaiting, draft, one_approves, scheduled, someone_else

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
FRIDAY = TODAY - 3 * DAY
SATURDAY = TODAY + 5 * DAY
"""TODAY is Monday, 16 March 2026."""


@pytest.fixture
def pay(account, supplier, user):
    """Put a payment of 100.00 on the schedule."""

    def make(on: date = TODAY, **fields: object) -> Payment:
        return scheduled(**{"account": account, "by": user, "supplier": supplier, "on": on, **fields})

    return make


@pytest.fixture
def run(company):
    return lambda today=TODAY, **fields: actions.work_schedule(company=company, today=today, **fields)


def test_what_is_due_today_is_paid_today(pay, run):
    payment = pay()

    worked = run()

    payment.refresh_from_db()
    assert (payment.status, payment.paid_on) == ("completed", TODAY)
    assert worked.completed == [payment.number]
    assert payment.allocations.get().bill.state == "paid"


def test_the_schedule_completes_payments_as_nobody_and_says_when(pay, run):
    payment = pay()

    run()

    payment.refresh_from_db()
    assert payment.completed_by is None
    assert payment.completed_at is not None
    assert [(step.from_status, step.to_status, step.by) for step in payment.steps.all()][-2:] == [
        ("scheduled", "processing", None),
        ("processing", "completed", None),
    ]


def test_what_fell_due_before_today_is_paid_with_todays_date(pay, run):
    payment = pay(FRIDAY)

    run()

    payment.refresh_from_db()
    assert (payment.execute_on, payment.paid_on) == (FRIDAY, TODAY)
    assert ledger.entries_of(payment).get().on == TODAY


def test_what_falls_due_tomorrow_stays(pay, run):
    payment = pay(TODAY + DAY)

    worked = run()

    payment.refresh_from_db()
    assert payment.status == "scheduled"
    assert worked == working.Worked()


def test_a_second_run_finds_nothing(pay, run):
    payment = pay()
    run()

    assert run() == working.Worked()
    assert ledger.entries_of(payment).count() == 1


def test_an_account_that_waits_for_its_bank_leaves_the_payment_processing(pay, run, account):
    account.waits_for_outcome = True
    account.save()
    payment = pay(FRIDAY)

    worked = run()

    payment.refresh_from_db()
    assert worked.processing == [payment.number]
    assert (payment.status, payment.paid_on) == ("processing", TODAY)
    assert payment.allocations.get().bill.reserved_minor == 100_00
    assert not ledger.entries_of(payment).exists()


@pytest.mark.parametrize(
    ("rule", "day", "goes_on"),
    [
        ("next", SATURDAY, SATURDAY + 2 * DAY),
        ("previous", SATURDAY, SATURDAY - DAY),
        ("modified", SATURDAY, SATURDAY + 2 * DAY),
        ("modified", date(2026, 5, 31), date(2026, 5, 29)),
        ("next", date(2026, 5, 31), date(2026, 6, 1)),
        ("next", date(2026, 4, 3), date(2026, 4, 7)),
        ("previous", date(2026, 4, 6), date(2026, 4, 2)),
    ],
    ids=["next", "previous", "modified", "modified-month", "next-month", "good-friday", "easter-monday"],
)
def test_a_closed_day_shifts_by_the_rule_of_the_account(account, pay, rule, day, goes_on):
    account.calendar, account.day_rule = "uk", rule
    account.save()

    assert pay(day).execute_on == goes_on


def test_moving_to_a_closed_day_shifts_too(account, pay, user):
    payment = actions.schedule(payment=pay(), on=SATURDAY, today=TODAY, by=user)

    assert payment.execute_on == SATURDAY + 2 * DAY


def test_a_rule_that_shifts_back_never_shifts_into_the_past(account, supplier, user):
    account.day_rule = "previous"
    account.save()
    payment = approved(account=account, by=user, supplier=supplier)

    payment = actions.schedule(payment=payment, on=SATURDAY, today=SATURDAY, by=user)

    assert payment.execute_on == SATURDAY + 2 * DAY


def test_money_does_not_leave_an_account_while_its_bank_is_closed(pay, run):
    payment = pay(SATURDAY - DAY)

    worked = run(SATURDAY)

    assert worked.waiting == {payment.number: "Saturday"}
    assert run(SATURDAY + 2 * DAY).completed == [payment.number]


def test_credit_goes_even_while_the_bank_is_closed(account, supplier, user, run):
    note = make_credit_note(supplier=supplier, total_minor=100_00, by=user)
    bill = make_bill(supplier=supplier, total_minor=100_00, by=user)
    part = Part(bill, bill.available, Source.CREDIT_NOTE, credit_note=note)
    payment = scheduled(account=account, by=user, parts=[part], on=SATURDAY - DAY)

    assert run(SATURDAY).completed == [payment.number]


def test_a_payment_by_credit_alone_is_worked_like_any_other(account, supplier, user, run):
    note = make_credit_note(supplier=supplier, total_minor=60_00, by=user)
    bill = make_bill(supplier=supplier, total_minor=100_00, by=user)
    part = Part(bill, Money(60_00, "GBP"), Source.CREDIT_NOTE, credit_note=note)
    scheduled(account=account, by=user, parts=[part])

    run()

    bill.refresh_from_db()
    note.refresh_from_db()
    assert (bill.outstanding_minor, note.remaining_minor) == (40_00, 0)


def test_a_payment_in_yen_from_a_yen_account(company, user, run):
    account = BankAccountFactory(company=company, currency="JPY")
    supplier = SupplierFactory(company=company, currency="JPY")
    bill = make_bill(supplier=supplier, total_minor=12_345, by=user, rate=Decimal("0.005"))
    payment = scheduled(account=account, by=user, bill=bill, rate=Decimal("0.005"))

    run()

    payment.refresh_from_db()
    assert (payment.status, str(payment.amount), payment.amount_base_minor) == ("completed", "12,345 JPY", 61_73)


def test_what_is_booked_into_a_locked_period_goes_to_the_first_open_day(pay, run, company):
    payment = pay()
    company.locked_through = TODAY + DAY
    company.save(update_fields=["locked_through"])

    run()

    payment.refresh_from_db()
    assert (payment.status, payment.paid_on) == ("completed", TODAY + 2 * DAY)


def test_a_stopped_payment_stays_until_someone_resumes_it(pay, run, user):
    payment = actions.stop(payment=pay(), because="Goods not here", by=user)
    assert run() == working.Worked()

    actions.resume(payment=payment, by=user)

    assert run().completed == [payment.number]


def test_a_bill_on_hold_stops_its_payment_and_the_others_go_on(pay, run, user):
    held, fine = pay(), pay()
    bill = held.allocations.get().bill
    bills.hold(bill=bill, reason="two pallets are missing", until=None, today=TODAY, by=user)

    worked = run()

    assert worked.completed == [fine.number]
    held.refresh_from_db()
    assert held.status == "scheduled"
    assert worked.stopped == {held.number: held.stopped_because}
    assert f"Bill {bill.number} is on hold: two pallets are missing" in held.stopped_because


def test_bank_details_nobody_checked_stop_the_payment(pay, run, supplier, company, user):
    SupplierBankAccount.objects.create(
        company=company, supplier=supplier, holder="PowerDirect", currency="GBP", account_number="1", created_by=user
    )
    payment = pay()

    run()

    payment.refresh_from_db()
    assert payment.stopped_because == (
        "The bank details of PowerDirect are new; a second person has not checked them yet."
    )


def test_bank_details_changed_after_submission_stop_the_payment(pay, run, supplier, company):
    payment = pay()
    SupplierBankAccount.objects.create(
        company=company, supplier=supplier, holder="PowerDirect", currency="GBP", account_number="1"
    )

    run()

    payment.refresh_from_db()
    assert payment.stopped_because.startswith("The bank details of PowerDirect were changed after")


def test_an_archived_account_pays_nothing(pay, run, account, user):
    payment = pay()
    banking.archive_account(account=account, by=user)

    assert run().stopped == {payment.number: "Operating is archived; nothing is paid from it any more."}


def test_a_discount_that_ran_out_stops_the_payment(account, supplier, user, run):
    bill = make_bill(supplier=supplier, by=user, discount=bills.Discount(Decimal(2), TODAY))
    parts = [Part(bill, Money(98_00, "GBP")), Part(bill, Money(2_00, "GBP"), Source.DISCOUNT)]
    payment = scheduled(account=account, by=user, parts=parts)

    worked = run(TODAY + DAY)

    assert worked.stopped == {
        payment.number: f"The discount on bill {bill.number} ran out on 16 March 2026. "
        "Take the payment back and make it without."
    }


def test_a_discount_that_runs_out_before_the_books_are_open_again_stops_the_payment(
    company, account, supplier, user, run
):
    bill = make_bill(supplier=supplier, by=user, discount=bills.Discount(Decimal(2), TODAY))
    parts = [Part(bill, Money(98_00, "GBP")), Part(bill, Money(2_00, "GBP"), Source.DISCOUNT)]
    payment = scheduled(account=account, by=user, parts=parts)
    company.locked_through = TODAY + 3 * DAY
    company.save(update_fields=["locked_through"])

    worked = run()

    assert worked.stopped == {
        payment.number: f"The discount on bill {bill.number} ran out on 16 March 2026, before the first day that is "
        "open in the books, 20 March 2026. Take the payment back and make it without."
    }


def test_a_payment_without_its_approvals_is_stopped(company, account, supplier, user, run):
    payment = awaiting(account=account, by=user, supplier=supplier)
    actions.approve(payment=payment, by=someone_else(company))
    # As if something had passed by the guards of the database.
    with mock.patch.object(working, "hand_over", side_effect=PaymentError("lacks approvals")):
        assert run().stopped == {payment.number: "lacks approvals"}


def test_what_still_waits_for_approval_does_not_go_out(account, supplier, user, run):
    payment = awaiting(account=account, by=user, supplier=supplier)

    assert run() == working.Worked()
    payment.refresh_from_db()
    assert payment.status == "awaiting_approval"


def test_approval_puts_a_payment_with_a_day_on_the_schedule(company, account, supplier, user, run):
    payment = awaiting(account=account, by=user, supplier=supplier)
    actions.approve(payment=payment, by=someone_else(company))

    assert run().completed == [payment.number]


def test_a_payment_moved_between_the_look_and_the_lock_does_not_go_out(pay, user):
    payment = pay()
    actions.schedule(payment=payment, on=TODAY + DAY, today=TODAY, by=user)

    assert working.work(payment=payment, today=TODAY) is None
    payment.refresh_from_db()
    assert payment.status == "scheduled"


def test_a_payment_taken_off_between_the_look_and_the_lock_does_not_go_out(pay, user):
    payment = pay()
    actions.unschedule(payment=payment, by=user)

    assert working.work(payment=payment, today=TODAY) is None
    payment.refresh_from_db()
    assert payment.status == "approved"


def test_a_payment_deleted_between_the_look_and_the_lock_is_nobodys_fault(pay, user):
    payment = pay()
    actions.delete_draft(payment=actions.back_to_draft(payment=payment, reason="", by=user), by=user)

    assert working.work(payment=payment, today=TODAY) is None


def test_a_fault_with_one_payment_leaves_it_and_the_others_go_on(pay, run):
    bad, good = pay(), pay()
    send = working._send

    def faulty(payment: Payment, *rest: object) -> None:
        if payment.pk == bad.pk:
            raise ZeroDivisionError("by zero")
        send(payment, *rest)

    with mock.patch.object(working, "_send", faulty):
        worked = run()

    bad.refresh_from_db()
    assert (worked.completed, worked.broken) == ([good.number], {bad.number: "by zero"})
    assert (bad.status, bad.stopped_at) == ("scheduled", None)


def test_a_refusal_late_in_the_work_leaves_nothing_of_it_behind(pay, run):
    payment = pay()
    steps = payment.steps.count()

    with mock.patch.object(ledger, "post", side_effect=ledger.PeriodLocked("closed")):
        worked = run()

    payment.refresh_from_db()
    assert worked.stopped == {payment.number: "closed"}
    assert (payment.status, payment.steps.count(), payment.allocated_minor) == ("scheduled", steps, 0)
    assert payment.allocations.get().bill.reserved_minor == 100_00


def test_another_companys_payments_stay(pay, run):
    other = CompanyFactory()

    pay()

    assert actions.work_schedule(company=other, today=TODAY) == working.Worked()


def test_a_dry_run_says_the_same_and_changes_nothing(pay, run, user):
    payment, stopped = pay(), pay()
    bills.hold(bill=stopped.allocations.get().bill, reason="wrong price", until=None, today=TODAY, by=user)

    rehearsed = run(dry_run=True)

    payment.refresh_from_db()
    stopped.refresh_from_db()
    assert (payment.status, stopped.stopped_at) == ("scheduled", None)
    assert not ScheduleClock.objects.exists()
    assert rehearsed == run()


def test_a_clock_that_went_back_pays_nothing_and_says_so(pay, run):
    run(TODAY + DAY)
    payment = pay()

    with pytest.raises(ClockWentBack, match="today is 16 March 2026, but the schedule was worked on 17 March 2026"):
        run()

    payment.refresh_from_db()
    assert payment.status == "scheduled"


def test_a_clock_that_jumped_stops_what_is_due_for_a_person(pay, run, user):
    run(TODAY)
    payment, later = pay(TODAY + 2 * DAY), pay(TODAY + 14 * DAY)

    worked = run(TODAY + 7 * DAY)

    assert worked.stopped == {
        payment.number: "The schedule stood still from 16 March 2026 to 23 March 2026. "
        "Check that today is right, then resume."
    }
    later.refresh_from_db()
    assert later.stopped_at is None
    actions.resume(payment=payment, by=user)
    assert run(TODAY + 7 * DAY).completed == [payment.number]


def test_a_second_worker_after_a_jump_finds_nothing_to_pay(pay, run):
    run(TODAY)
    payment = pay(TODAY + 2 * DAY)
    run(TODAY + 7 * DAY)

    assert run(TODAY + 7 * DAY) == working.Worked()
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.SCHEDULED


def test_a_dry_run_after_a_jump_stops_nothing(pay, run):
    run(TODAY)
    payment = pay(TODAY + 2 * DAY)

    assert list(run(TODAY + 7 * DAY, dry_run=True).stopped) == [payment.number]
    payment.refresh_from_db()
    assert payment.stopped_at is None


def test_a_clock_that_jumped_lifts_no_hold(pay, run, user):
    run(TODAY)
    bill = make_bill(by=user, supplier=pay(TODAY + 20 * DAY).supplier)
    bills.hold(bill=bill, reason="Wrong price", until=TODAY + 5 * DAY, today=TODAY, by=user)

    run(TODAY + 7 * DAY)

    bill.refresh_from_db()
    assert bill.held_at is not None
    run(TODAY + 7 * DAY)
    bill.refresh_from_db()
    assert bill.held_at is None


def test_five_days_are_no_jump(pay, run):
    run(TODAY - DAY)
    payment = pay(TODAY + 2 * DAY)

    assert run(TODAY + 4 * DAY).completed == [payment.number]


def test_a_schedule_never_worked_before_does_not_pay_what_fell_due_long_ago(pay, run):
    payment = pay(TODAY - 14 * DAY)

    assert list(run().stopped) == [payment.number]


def test_resetting_the_clock_lets_the_schedule_go_on_from_there(company, pay, run):
    run(TODAY + 300 * DAY)
    payment = pay()

    actions.reset_clock(company=company, today=TODAY)

    assert run().completed == [payment.number]
    assert company.audit_events.get(verb="schedule.clock_reset").summary == (
        "The schedule's clock was set to 16 March 2026; it said 10 January 2027"
    )


def test_stopping_needs_a_reason(pay, user):
    with pytest.raises(PaymentError, match="Say why it is stopped"):
        actions.stop(payment=pay(), because=" ", by=user)


def test_a_day_that_has_passed_cannot_be_chosen(pay, user):
    with pytest.raises(PaymentError, match="15 March 2026 has passed"):
        actions.schedule(payment=pay(), on=TODAY - DAY, today=TODAY, by=user)


def test_moving_a_payment_keeps_its_approvals(company, account, supplier, user, run):
    payment = awaiting(account=account, by=user, supplier=supplier)
    actions.approve(payment=payment, by=someone_else(company))

    actions.schedule(payment=payment, on=TODAY + DAY, today=TODAY, by=user)

    assert run(TODAY + DAY).completed == [payment.number]


def test_a_changed_payment_leaves_the_schedule(company, account, supplier, user, run):
    one_approves(company, above_minor=1_000_00)
    payment = scheduled(account=account, by=user, supplier=supplier)

    payment = actions.back_to_draft(payment=payment, reason="Wrong bill", by=user)

    assert run() == working.Worked()
    assert draft(account=account, by=user, supplier=supplier).status == payment.status == "draft"
