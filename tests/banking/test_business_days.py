from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billpay.banking.business_days import (
    CALENDARS,
    RULES,
    closed_because,
    is_business_day,
    next_holiday,
    next_payment_day,
    next_weekday,
    shift,
)

DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2035, 12, 31))
CALENDAR, RULE, WEEKDAY = st.sampled_from(CALENDARS), st.sampled_from(RULES), st.integers(0, 6)


def closed_in(calendar, year):
    """The weekdays of a year on which banks are closed."""
    days = (date(year, 1, 1) + timedelta(days=number) for number in range(366))
    return [f"{day:%d %b}" for day in days if day.year == year and day.weekday() < 5 and closed_because(day, calendar)]


@pytest.mark.parametrize(
    ("calendar", "closed"),
    [
        ("", []),
        # The ECB's T2: six days, of which 26 December 2026 is a Saturday.
        ("target", ["01 Jan", "03 Apr", "06 Apr", "01 May", "25 Dec"]),
        ("uk", ["01 Jan", "03 Apr", "06 Apr", "04 May", "25 May", "31 Aug", "25 Dec", "28 Dec"]),
        # 4 July is a Saturday: the Reserve Banks are open on Friday the 3rd.
        (
            "us",
            ["01 Jan", "19 Jan", "16 Feb", "25 May", "19 Jun", "07 Sep", "12 Oct", "11 Nov", "26 Nov", "25 Dec"],
        ),
        # Neither Melbourne Cup Day nor Sydney's own Monday after Anzac Day.
        ("au", ["01 Jan", "26 Jan", "03 Apr", "06 Apr", "08 Jun", "25 Dec", "28 Dec"]),
    ],
)
def test_the_days_that_banks_are_closed_on_in_2026(calendar, closed):
    assert closed_in(calendar, 2026) == closed


def test_a_federal_holiday_on_a_sunday_closes_the_monday_after_it():
    assert closed_because(date(2027, 7, 5), "us") == "Independence Day (observed)"
    assert is_business_day(date(2027, 12, 24), "us")


@pytest.mark.parametrize(
    ("day", "calendar", "why"),
    [
        (date(2026, 4, 3), "target", "Good Friday"),
        (date(2026, 4, 4), "target", "Saturday"),
        (date(2026, 12, 28), "uk", "Boxing Day (observed)"),
        (date(2026, 4, 3), "", ""),
    ],
)
def test_why_a_bank_is_closed(day, calendar, why):
    assert closed_because(day, calendar) == why


@pytest.mark.parametrize(
    ("day", "calendar", "rule", "moved"),
    [
        # Christmas Day on a Friday, Boxing Day on the Saturday, kept on the Monday.
        (date(2026, 12, 25), "uk", "next", date(2026, 12, 29)),
        (date(2026, 12, 25), "uk", "previous", date(2026, 12, 24)),
        (date(2026, 12, 25), "target", "next", date(2026, 12, 28)),
        (date(2026, 1, 31), "", "next", date(2026, 2, 2)),
        (date(2026, 1, 31), "", "modified", date(2026, 1, 30)),
        (date(2026, 2, 1), "", "modified", date(2026, 2, 2)),
        (date(2026, 5, 31), "us", "modified", date(2026, 5, 29)),
        (date(2026, 4, 3), "uk", "next", date(2026, 4, 7)),
        (date(2026, 4, 2), "uk", "previous", date(2026, 4, 2)),
    ],
)
def test_a_day_moves_by_the_rule(day, calendar, rule, moved):
    assert shift(day, calendar, rule) == moved


@given(day=DAYS, calendar=CALENDAR, rule=RULE)
def test_a_moved_day_is_a_business_day_and_stays_put(day, calendar, rule):
    moved = shift(day, calendar, rule)

    assert is_business_day(moved, calendar)
    assert shift(moved, calendar, rule) == moved
    assert abs((moved - day).days) <= 5


@given(day=DAYS, calendar=CALENDAR)
def test_each_rule_keeps_its_direction_and_no_open_day_is_passed(day, calendar):
    before, after, modified = (shift(day, calendar, rule) for rule in RULES)

    assert before <= day <= after
    assert modified == (after if (after.year, after.month) == (day.year, day.month) else before)
    passed = (day + timedelta(days=number) for number in range((after - day).days))
    assert not any(is_business_day(one, calendar) for one in passed)


@given(day=DAYS, calendar=CALENDAR, rule=RULE)
def test_moving_never_changes_the_order_of_days(day, calendar, rule):
    assert shift(day, calendar, rule) <= shift(day + timedelta(days=1), calendar, rule)


@given(day=DAYS, weekday=WEEKDAY)
def test_the_next_weekday_is_within_a_week_and_never_the_day_itself(day, weekday):
    found = next_weekday(day, weekday)

    assert found.weekday() == weekday
    assert 1 <= (found - day).days <= 7


@given(after=DAYS, weekday=WEEKDAY, calendar=CALENDAR, rule=RULE)
def test_no_payment_day_is_passed_over(after, weekday, calendar, rule):
    found = next_payment_day(after, weekday=weekday, calendar=calendar, rule=rule)

    assert found > after
    assert is_business_day(found, calendar)
    moved = {shift(after + timedelta(days=number), calendar, rule) for number in range(-10, 20)
             if (after + timedelta(days=number)).weekday() == weekday}  # fmt: skip
    assert found == min(day for day in moved if day > after)


@pytest.mark.parametrize(
    ("after", "rule", "expected"),
    [
        # Fridays, and 3 April 2026 is Good Friday.
        (date(2026, 3, 31), "previous", date(2026, 4, 2)),
        (date(2026, 4, 2), "previous", date(2026, 4, 10)),
        (date(2026, 4, 2), "next", date(2026, 4, 7)),
        (date(2026, 4, 4), "next", date(2026, 4, 7)),
        (date(2026, 4, 7), "next", date(2026, 4, 10)),
        (date(2026, 4, 10), "next", date(2026, 4, 17)),
    ],
)
def test_a_weekly_payment_day_that_was_moved_counts_where_it_went(after, rule, expected):
    assert next_payment_day(after, weekday=4, calendar="uk", rule=rule) == expected


def test_an_unknown_calendar_or_rule_is_refused():
    with pytest.raises(ValueError, match="'mars'"):
        closed_because(date(2026, 1, 1), "mars")
    with pytest.raises(ValueError, match="'later'"):
        shift(date(2026, 1, 1), "", "later")


def test_the_next_holiday_is_a_weekday_with_its_name():
    assert next_holiday(date(2026, 12, 25), "target").day == date(2027, 1, 1)
    assert next_holiday(date(2026, 12, 25), "uk").why == "Boxing Day (observed)"
    assert next_holiday(date(2026, 12, 25), "") is None
