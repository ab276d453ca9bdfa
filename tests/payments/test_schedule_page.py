"""The schedule page: days with their sums and balances, moving, letting go, planning, and the way back."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billpay.banking import actions as banking
from billpay.bills import actions as bills
from billpay.companies.models import Role
from billpay.money.value import Money
from billpay.payments import actions, agenda
from billpay.payments.actions import Part
from billpay.payments.agenda import Outlook
from billpay.payments.models import Payment, Source
from billpay.suppliers.models import SupplierBankAccount
from tests.factories import TODAY, BankAccountFactory, SupplierFactory, make_bill, make_payment, member
from tests.payments.scheduled import approved, awaiting, scheduled, someone_else

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PAGE = "/harbour/schedule/"


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(f"{TODAY.isoformat()}T09:00:00+00:00", tick=False):
        yield


@pytest.fixture
def pay(account, supplier, user):
    """Put a payment on the schedule."""

    def make(on: date = TODAY, minor: int = 100_00, **fields: object) -> Payment:
        given = {"account": account, "by": user, "supplier": supplier, "of": {"total_minor": minor}, **fields}
        return scheduled(on=on, **given)

    return make


def text(response) -> str:
    """What is read on the page, with spaces made single."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def said(response) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def undo_address(response) -> str:
    [message] = get_messages(response.wsgi_request)
    return message.extra_tags.removeprefix("undo:")


def move(desk, payment: Payment, on: str, **more: str):
    payment.refresh_from_db()
    was = payment.execute_on.isoformat() if payment.execute_on else ""
    return desk.post(reverse("payments:reschedule", args=["harbour", payment.pk]), {"on": on, "was": was, **more})


# What it shows.


def test_the_list_groups_payments_by_day_with_counts_and_sums(desk, pay):
    pay(TODAY + DAY, 10_00), pay(TODAY + DAY, 20_50), pay(TODAY + 2 * DAY, 5_00)

    shown = text(desk.get(PAGE))

    assert "Tuesday, 17 March tomorrow 2 payments £30.50" in shown
    assert "Wednesday, 18 March in 2 days 1 payment £5.00" in shown


def test_currencies_are_never_added_up(desk, pay, company, user):
    pay(TODAY + DAY, 10_00)
    yen = BankAccountFactory(company=company, currency="JPY")
    japanese = SupplierFactory(company=company, currency="JPY")
    bill = make_bill(supplier=japanese, total_minor=5_000, by=user, rate=Decimal("0.005"))
    scheduled(account=yen, by=user, bill=bill, rate=Decimal("0.005"), on=TODAY + DAY)

    assert "2 payments on 17 March £10.00 JP¥5,000" in text(desk.get(f"{PAGE}?view=month"))


def test_the_month_is_a_table_with_a_heading_for_each_weekday(desk, pay):
    shown = desk.get(f"{PAGE}?view=month").content.decode()

    assert re.findall(r'<th scope="col"><abbr title="(\w+)"', shown) == [
        "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
    ]  # fmt: skip
    assert shown.count('<td class="month-day') == 6 * 7


def test_a_day_that_overdraws_an_account_says_by_how_much(desk, pay):
    pay(TODAY + DAY, 210_00)

    assert "Operating short by £210.00" in text(desk.get(f"{PAGE}?view=month"))


def test_a_balance_is_the_books_less_all_that_goes_before(company, account, pay, supplier, user):
    make_payment(account=account, bill=make_bill(supplier=supplier, total_minor=50_00, by=user), by=user)
    pay(TODAY, 30_00), pay(TODAY + 2 * DAY, 20_00)

    outlook = Outlook(company, today=TODAY)

    found = {day: [row.after.minor for row in outlook.day(day).balances] for day in (TODAY, TODAY + 2 * DAY)}
    assert found == {TODAY: [-80_00], TODAY + 2 * DAY: [-100_00]}


def test_what_is_with_the_bank_has_left_the_projection(company, account, pay):
    account.waits_for_outcome = True
    account.save()
    pay(TODAY, 30_00)
    actions.work_schedule(company=company, today=TODAY)

    assert Outlook(company, today=TODAY).day(TODAY).balances[0].after == Money(-30_00, "GBP")


def test_stopped_payments_and_those_to_approve_are_not_in_the_projection(company, account, pay, supplier, user):
    actions.stop(payment=pay(TODAY, 30_00), because="Wait", by=user)
    awaiting(account=account, by=user, supplier=supplier, on=TODAY)

    day = Outlook(company, today=TODAY).day(TODAY)

    assert (day.scheduled.count, day.awaiting.count, day.balances[0].after.minor) == (0, 1, 0)


def test_the_balance_of_a_foreign_account_is_in_the_currency_of_the_books(company, user):
    euros = BankAccountFactory(company=company, currency="EUR")
    supplier = SupplierFactory(company=company, currency="EUR")
    bill = make_bill(supplier=supplier, total_minor=200_00, by=user, rate=Decimal("0.85"))
    scheduled(account=euros, by=user, bill=bill, rate=Decimal("0.85"))

    [balance] = [row for row in Outlook(company, today=TODAY).day(TODAY).balances if row.account == euros]

    assert balance.short == Money(170_00, "GBP")


def test_what_was_due_before_goes_out_today(company, pay):
    pay(TODAY - 3 * DAY, 30_00)

    assert Outlook(company, today=TODAY).day(TODAY).scheduled.amounts == [Money(30_00, "GBP")]


def test_what_is_due_on_a_closed_day_goes_out_when_the_bank_opens(company, account, pay):
    payment = pay(TODAY, 30_00)
    saturday = TODAY + 5 * DAY

    outlook = Outlook(company, today=saturday)

    assert outlook.goes_out_on(payment) == saturday + 2 * DAY
    assert outlook.day(saturday + 2 * DAY).scheduled.count == 1


def test_weekends_and_holidays_are_named(desk, account):
    account.calendar = "uk"
    account.save()

    shown = text(desk.get(f"{PAGE}?view=month&on=2026-04-01"))

    assert "3 Friday, 3 April Good Friday" in shown
    assert "4 Saturday, 4 April Saturday: banks closed" in shown


def test_a_holiday_of_one_account_alone_names_the_account(desk, account, company):
    account.calendar = "uk"
    account.save()
    BankAccountFactory(company=company, name="Savings")

    assert "Good Friday (Operating)" in text(desk.get(f"{PAGE}?view=month&on=2026-04-01"))


def test_the_week_shows_each_of_its_days_and_no_other(desk, pay):
    inside, outside = pay(TODAY + 2 * DAY), pay(TODAY + 7 * DAY)

    shown = text(desk.get(f"{PAGE}?view=week"))

    assert inside.number in shown
    assert outside.number not in shown
    assert "Sunday, 22 March in 6 days Sunday: banks closed" in shown


def test_one_day_can_be_looked_at_alone(desk, pay):
    wanted, other = pay(TODAY + 2 * DAY), pay(TODAY + 3 * DAY)

    shown = text(desk.get(f"{PAGE}?view=list&day=2026-03-18"))

    assert wanted.number in shown
    assert other.number not in shown


@pytest.mark.parametrize(
    "address", ["?view=year", "?on=yesterday", "?view=month&on=0001-01-01", "?day=9999-99-99&page=x"]
)
def test_what_is_no_view_or_day_shows_the_usual_page(desk, pay, address):
    assert desk.get(PAGE + address).status_code == 200


def test_stopped_payments_come_first_with_the_reason_and_a_button(desk, pay, user):
    first, stopped = pay(), pay(TODAY + DAY)
    actions.stop(payment=stopped, because="Two pallets are missing", by=user)

    shown = text(desk.get(PAGE))

    assert "Stopped: Two pallets are missing" in shown
    assert shown.index(stopped.number) < shown.index(first.number)
    assert f"Resume {stopped.number}" in shown


def test_what_will_keep_a_payment_from_going_out_is_said_beforehand(desk, pay, company, supplier, user):
    new = pay(TODAY + DAY)
    SupplierBankAccount.objects.create(
        company=company, supplier=supplier, holder="PowerDirect", currency="GBP", account_number="1", created_by=user
    )
    held = pay(TODAY + DAY, supplier=SupplierFactory(company=company))
    bill = held.allocations.get().bill
    bills.hold(bill=bill, reason="Wrong price", until=None, today=TODAY, by=user)

    shown = text(desk.get(PAGE))

    assert f"The bank details of PowerDirect were changed after {new.number} was submitted" in shown
    assert f"Bill {bill.number} is on hold: Wrong price." in shown


def test_an_archived_account_is_in_the_way(desk, pay, account, user):
    pay(TODAY + DAY)
    banking.archive_account(account=account, by=user)

    assert "Operating is archived; nothing is paid from it any more." in text(desk.get(PAGE))


def test_payments_to_approve_show_on_the_day_they_ask_for(desk, account, supplier, user):
    payment = awaiting(account=account, by=user, supplier=supplier, on=TODAY + DAY)

    shown = text(desk.get(PAGE))

    assert "1 to approve £100.00" in shown
    assert payment.number in shown


def test_the_totals_are_of_this_week_the_next_and_four(desk, pay):
    pay(TODAY - 3 * DAY, 1_00), pay(TODAY + 4 * DAY, 2_00), pay(TODAY + 7 * DAY, 4_00), pay(TODAY + 25 * DAY, 8_00)
    pay(TODAY + 28 * DAY, 16_00)

    assert "This week 2 £3.00 Next week 1 £4.00 4 weeks 4 £15.00" in text(desk.get(PAGE))


def test_planned_bills_stand_on_their_day(desk, supplier, user):
    bill = make_bill(supplier=supplier, by=user, total_minor=70_00)
    bills.plan(bill=bill, due_on=bill.due_on, planned_on=TODAY + DAY, reference="", note="", by=user)

    shown = text(desk.get(f"{PAGE}?view=month"))

    assert "1 bill planned for 17 March £70.00" in shown
    assert "Every bill that can be paid has a day" in shown


def test_htmx_gets_the_board_alone(desk, pay):
    pay(TODAY + DAY)

    part = desk.get(f"{PAGE}?view=week", headers={"HX-Request": "true"}).content.decode()

    assert "<html" not in part
    assert 'id="board"' in part


def test_an_empty_schedule_says_what_it_is_for(desk, company):
    assert "Nothing is scheduled" in text(desk.get(PAGE))


def test_the_navigation_leads_here_and_says_so(desk, company):
    assert re.search(r'href="/harbour/schedule/"[^>]*aria-current="page"', desk.get(PAGE).content.decode())


def test_viewers_look_and_change_nothing(client, company, pay):
    payment = pay(TODAY + DAY)
    client.force_login(member(company, Role.VIEWER))

    shown = text(client.get(PAGE))

    assert payment.number in shown
    assert "Change date" not in shown
    assert move(client, payment, "2026-03-20").status_code == 403


@pytest.mark.parametrize("view", ["list", "week", "month"])
def test_the_page_takes_the_same_queries_for_one_payment_and_many(
    desk, pay, company, account, supplier, user, view, django_assert_num_queries
):
    def fill() -> None:
        pay(TODAY + DAY)
        actions.stop(payment=pay(TODAY + DAY), because="Wait", by=user)
        approved(account=account, by=user, supplier=supplier)
        make_bill(supplier=supplier, by=user)

    fill()
    address = f"{PAGE}?view={view}"
    desk.get(address)
    with CaptureQueriesContext(connection) as one:
        desk.get(address)
    for _ in range(4):
        fill()

    with django_assert_num_queries(len(one)):
        desk.get(address)


# Moving.


def test_a_payment_moves_to_another_day_and_back(desk, pay):
    payment = pay(TODAY + DAY)

    response = move(desk, payment, "2026-03-20", back="view=week&on=2026-03-16&evil=1")

    payment.refresh_from_db()
    assert payment.execute_on == date(2026, 3, 20)
    assert response.url == f"{PAGE}?view=week&on=2026-03-16"
    assert said(response) == [f"{payment.number} goes out on Friday, 20 March 2026."]
    desk.post(undo_address(response))
    payment.refresh_from_db()
    assert payment.execute_on == TODAY + DAY


def test_a_day_on_which_the_bank_is_closed_is_pointed_out(desk, pay, account):
    payment = pay(TODAY + DAY)

    response = move(desk, payment, "2026-03-21")

    assert said(response) == [
        f"{payment.number} goes out on Monday, 23 March 2026: on 21 March its bank is closed (Saturday)."
    ]


def test_an_approved_payment_gets_a_day_and_loses_it_by_undo(desk, account, supplier, user):
    payment = approved(account=account, by=user, supplier=supplier)

    response = move(desk, payment, "2026-03-20")
    payment.refresh_from_db()
    assert (payment.status, payment.execute_on) == ("scheduled", date(2026, 3, 20))

    desk.post(undo_address(response))
    payment.refresh_from_db()
    assert (payment.status, payment.execute_on) == ("approved", None)


def test_a_payment_is_taken_off_the_schedule_and_put_back_by_undo(desk, pay):
    payment = pay(TODAY + DAY)

    response = move(desk, payment, "", off="1")
    payment.refresh_from_db()
    assert payment.status == "approved"

    desk.post(undo_address(response))
    payment.refresh_from_db()
    assert (payment.status, payment.execute_on) == ("scheduled", TODAY + DAY)


def test_one_that_awaits_approval_asks_for_another_day_and_keeps_its_approvals(desk, company, account, supplier, user):
    payment = awaiting(account=account, by=user, supplier=supplier, on=TODAY + DAY)

    response = move(desk, payment, "2026-03-20")

    assert said(response) == [f"{payment.number} asks to go out on Friday, 20 March 2026."]
    payment = actions.approve(payment=payment, by=someone_else(company))
    assert (payment.status, payment.execute_on) == ("scheduled", date(2026, 3, 20))


@pytest.mark.parametrize(
    ("on", "words"),
    [
        ("2026-03-13", "13 March 2026 has passed. Choose today or a later day."),
        ("", "Enter the day on which it goes out."),
        ("soon", "soon"),
    ],
)
def test_a_day_that_cannot_be_is_refused_with_what_was_typed(desk, pay, on, words):
    payment = pay(TODAY + DAY)

    response = move(desk, payment, on)

    assert response.status_code == 422
    assert words in text(response).replace("&#x27;", "'")
    assert f'value="{on}"' in response.content.decode() or not on
    payment.refresh_from_db()
    assert payment.execute_on == TODAY + DAY


def test_a_day_too_late_for_a_discount_is_refused(desk, account, supplier, user):
    bill = make_bill(supplier=supplier, by=user, discount=bills.Discount(Decimal(2), TODAY + 2 * DAY))
    parts = [Part(bill, Money(98_00, "GBP")), Part(bill, Money(2_00, "GBP"), Source.DISCOUNT)]
    payment = scheduled(account=account, by=user, parts=parts)

    response = move(desk, payment, "2026-03-19")

    assert f"The discount on bill {bill.number} runs out on 18 March 2026, before 19 March 2026." in text(response)


def test_what_somebody_else_moved_meanwhile_is_not_moved_unseen(desk, pay, user):
    payment = pay(TODAY + DAY)
    actions.schedule(payment=payment, on=TODAY + 8 * DAY, today=TODAY, by=user)

    response = desk.post(
        reverse("payments:reschedule", args=["harbour", payment.pk]), {"on": "2026-03-20", "was": "2026-03-17"}
    )

    assert response.status_code == 422
    assert "was changed by someone else since you looked at it. It goes out on 24 March 2026 now." in text(response)


def test_moving_twice_is_moving_once(desk, pay, company):
    payment = pay(TODAY + DAY)
    address = reverse("payments:reschedule", args=["harbour", payment.pk])

    for _ in range(2):
        assert desk.post(address, {"on": "2026-03-20", "was": "2026-03-17"}).status_code == 303

    assert company.audit_events.filter(verb="payment.rescheduled").count() == 1


def test_undo_lets_what_was_due_already_go_out_today(desk, pay):
    payment = pay(TODAY - 3 * DAY)

    desk.post(undo_address(move(desk, payment, "2026-03-20")))

    payment.refresh_from_db()
    assert payment.execute_on == TODAY


def test_a_strangers_payment_cannot_be_moved(desk, company):
    other = BankAccountFactory()
    theirs = scheduled(account=other, by=member(other.company), supplier=SupplierFactory(company=other.company))

    assert move(desk, theirs, "2026-03-20").status_code == 404


# Letting go again.


def test_one_stopped_payment_is_let_go_and_stopped_again_by_undo(desk, pay, user):
    payment = actions.stop(payment=pay(), because="Two pallets are missing", by=user)

    response = desk.post(f"{PAGE}resumption/", {"only": payment.pk})
    payment.refresh_from_db()
    assert payment.stopped_at is None
    assert said(response) == [f"{payment.number} goes out with the next run of the schedule."]

    desk.post(undo_address(response))
    payment.refresh_from_db()
    assert payment.stopped_because == "Two pallets are missing"


def test_the_ticked_ones_are_let_go_together(desk, pay, user):
    ticked = [actions.stop(payment=pay(TODAY + DAY), because="Clock", by=user) for _ in range(3)]
    left = actions.stop(payment=pay(TODAY + DAY), because="Wrong goods", by=user)

    response = desk.post(f"{PAGE}resumption/", {"payment": [row.pk for row in ticked]})

    assert said(response) == ["3 payments are let go again."]
    assert list(Payment.objects.filter(stopped_at__isnull=False)) == [left]


def test_nothing_ticked_says_so(desk, company):
    assert said(desk.post(f"{PAGE}resumption/")) == ["Tick the payments to let go again."]


def test_strangers_payments_are_not_let_go(desk, company):
    other = BankAccountFactory()
    theirs = scheduled(account=other, by=member(other.company), supplier=SupplierFactory(company=other.company))

    assert desk.post(f"{PAGE}resumption/", {"payment": [theirs.pk]}).status_code == 404


def test_an_undo_of_before_is_over_once_something_else_was_done(desk, pay, user):
    first, second = (actions.stop(payment=pay(), because="Wait", by=user) for _ in range(2))
    undo = undo_address(desk.post(f"{PAGE}resumption/", {"only": first.pk}))
    desk.post(f"{PAGE}resumption/", {"only": second.pk})

    desk.post(undo)

    first.refresh_from_db()
    assert first.stopped_at is None


# Planning.


def test_overdue_bills_come_first_beside_the_schedule(desk, supplier, user):
    make_bill(supplier=supplier, by=user, number="LATER", due_on=TODAY + 5 * DAY)
    make_bill(supplier=supplier, by=user, number="LATE", due_on=TODAY - 5 * DAY)

    shown = text(desk.get(PAGE))

    assert shown.index("LATE ·") < shown.index("LATER ·")
    assert "5 days overdue" in shown


def test_bills_are_planned_by_due_date_and_back(desk, supplier, user):
    late = make_bill(supplier=supplier, by=user, due_on=TODAY - DAY)
    later = make_bill(supplier=supplier, by=user, due_on=TODAY + 5 * DAY)

    response = desk.post(f"{PAGE}plan/", {"action": "due"})

    late.refresh_from_db()
    later.refresh_from_db()
    assert (late.planned_on, later.planned_on) == (TODAY, TODAY + 5 * DAY)
    assert said(response) == ["2 bills are planned. Pay them on their day."]
    desk.post(undo_address(response))
    late.refresh_from_db()
    assert late.planned_on is None


def test_bills_are_planned_for_the_next_payment_day(desk, account, supplier, user):
    account.payment_weekday = 4
    account.save()
    bill = make_bill(supplier=supplier, by=user)
    assert "Plan for next payment day (Fri 20 Mar)" in text(desk.get(PAGE))

    desk.post(f"{PAGE}plan/", {"action": "next"})

    bill.refresh_from_db()
    assert bill.planned_on == date(2026, 3, 20)


def test_bills_on_hold_and_bills_that_a_payment_has_reserved_are_not_planned(desk, pay, supplier, user):
    pay(TODAY + DAY)
    held = make_bill(supplier=supplier, by=user)
    bills.hold(bill=held, reason="Wrong price", until=None, today=TODAY, by=user)

    response = desk.post(f"{PAGE}plan/", {"action": "due"})

    held.refresh_from_db()
    assert held.planned_on is None
    assert said(response) == ["Every bill that can be paid has a day already."]


def test_a_bill_whose_planned_day_passed_without_a_payment_is_planned_anew(desk, supplier, user):
    bill = make_bill(supplier=supplier, by=user)
    bills.plan(bill=bill, due_on=bill.due_on, planned_on=TODAY - DAY, reference="", note="", by=user)

    desk.post(f"{PAGE}plan/", {"action": "due"})

    bill.refresh_from_db()
    assert bill.planned_on == bill.due_on


def test_planning_for_a_payment_day_that_no_account_has_says_so(desk, supplier, user):
    make_bill(supplier=supplier, by=user)

    assert "No bank account has a weekly payment day" in said(desk.post(f"{PAGE}plan/", {"action": "next"}))[0]


def test_the_week_begins_as_the_locale_has_it():
    assert agenda.week_of(TODAY, "en_GB")[0] == TODAY
    assert agenda.week_of(TODAY, "en_US")[0] == TODAY - DAY
