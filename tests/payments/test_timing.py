"""On which day a payment goes out, and which bills go out together: days in, days out."""

from datetime import date

import pytest

from billpay.payments.timing import Bank, Goes, Wanted, goes_out, trips

SATURDAY, MONDAY = date(2026, 11, 28), date(2026, 11, 30)
THURSDAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("rule", "on"),
    [("next", MONDAY), ("previous", date(2026, 11, 27)), ("modified", MONDAY)],
)
def test_a_weekend_moves_by_the_rule_of_the_account(rule, on):
    assert goes_out(SATURDAY, today=THURSDAY, bank=Bank("", rule)) == Goes(SATURDAY, on, "Saturday")


def test_a_bank_holiday_is_named():
    good_friday, tuesday = date(2026, 4, 3), date(2026, 4, 7)

    assert goes_out(good_friday, today=date(2026, 4, 1), bank=Bank("uk", "next")) == Goes(
        good_friday, tuesday, "Good Friday"
    )


def test_a_business_day_stays():
    goes = goes_out(THURSDAY, today=THURSDAY, bank=Bank("uk", "next"))

    assert (goes.on, goes.moves, goes.closed) == (THURSDAY, False, "")


def test_what_is_overdue_goes_today():
    assert goes_out(date(2026, 11, 2), today=THURSDAY, bank=Bank("", "next")) == Goes(
        date(2026, 11, 2), THURSDAY, overdue=True
    )


@pytest.mark.parametrize("rule", ["next", "previous", "modified"])
def test_nothing_goes_out_in_the_past_whatever_the_rule(rule):
    assert goes_out(date(2026, 11, 2), today=SATURDAY, bank=Bank("", rule)).on == MONDAY


def test_the_rule_may_move_a_day_before_a_closure_that_lies_ahead():
    assert goes_out(SATURDAY, today=date(2026, 11, 27), bank=Bank("", "previous")).on == date(2026, 11, 27)


def test_without_a_bank_no_day_moves():
    assert goes_out(SATURDAY, today=THURSDAY, bank=None) == Goes(SATURDAY, SATURDAY)


def test_each_supplier_gets_one_payment_a_day():
    wanted = [
        Wanted("A1", "Anchor", MONDAY),
        Wanted("A2", "Anchor", THURSDAY),
        Wanted("B1", "Beacon", MONDAY),
        Wanted("A3", "Anchor", MONDAY),
    ]

    first, second = trips(wanted, combine=True)

    assert (first.on, first.payments) == (THURSDAY, (("A2",),))
    assert (second.on, second.payments) == (MONDAY, (("A1", "A3"), ("B1",)))


def test_not_combined_each_bill_is_a_payment():
    wanted = [Wanted("A1", "Anchor", MONDAY), Wanted("A2", "Anchor", MONDAY)]

    assert trips(wanted, combine=False)[0].payments == (("A1",), ("A2",))


def test_nothing_wanted_is_no_trip():
    assert trips([], combine=True) == []
