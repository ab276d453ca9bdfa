"""
Days on which banks move money, and where a day on which they don't goes to instead.

A calendar is a code: "" closes at weekends only, "target" is the euro's T2, "uk" England and Wales, "us" the Federal
Reserve, "au" the Reserve Bank's RITS. A rule is one too: "previous", "next", or "modified", which is the next business
day unless that lies in another month, and then the previous one. Knows no account and no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from holidays import country_holidays, financial_holidays

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
CALENDARS = ("", "target", "uk", "us", "au")
RULES = ("previous", "next", "modified")

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
# No calendar is closed for longer in one piece, so a day can be moved by no more than this.
_LONGEST_CLOSURE = 14


@dataclass(frozen=True, slots=True)
class Closed:
    """A weekday on which banks are closed, and the holiday that closes them."""

    day: date
    why: str


def closed_because(day: date, calendar: str) -> str:
    """
    Why banks are closed on a day, as in "Saturday" or "Good Friday"; empty on a business day.

    :raises ValueError: there is no such calendar.
    """
    if calendar not in CALENDARS:
        raise ValueError(f"There is no calendar called {calendar!r}.")
    if day.weekday() >= 5:
        return WEEKDAYS[day.weekday()]
    return _holidays(calendar, day.year).get(day, "")


def is_business_day(day: date, calendar: str) -> bool:
    return not closed_because(day, calendar)


def shift(day: date, calendar: str, rule: str) -> date:
    """
    The day itself if it is a business day, else the one the rule says.

    :raises ValueError: there is no such calendar or rule.
    """
    if rule not in RULES:
        raise ValueError(f"There is no rule called {rule!r}.")
    if rule == "previous":
        return _first_open(day, calendar, -_DAY)
    found = _first_open(day, calendar, _DAY)
    if rule == "modified" and (found.year, found.month) != (day.year, day.month):
        return _first_open(day, calendar, -_DAY)
    return found


def _first_open(day: date, calendar: str, step: timedelta) -> date:
    while not is_business_day(day, calendar):
        day += step
    return day


def next_weekday(after: date, weekday: int) -> date:
    """:param weekday: 0 is Monday, 6 Sunday. The first one later than `after`, which may be that weekday itself."""
    return after + timedelta(days=(weekday - after.weekday() - 1) % 7 + 1)


def next_payment_day(after: date, *, weekday: int, calendar: str, rule: str) -> date:
    """
    The first weekly payment day later than `after`, where each is moved to a business day.

    A payment day that was moved counts on the day it was moved to: paying on Fridays, with Good Friday moved to the
    Tuesday after Easter, the next payment day after that Saturday is this Tuesday.
    """
    planned = next_weekday(after - timedelta(days=_LONGEST_CLOSURE), weekday)
    while (moved := shift(planned, calendar, rule)) <= after:
        planned += _WEEK
    return moved


def next_holiday(after: date, calendar: str) -> Closed | None:
    """The first weekday later than `after` on which banks are closed, within a year; None when there is none."""
    for number in range(1, 367):
        day = after + timedelta(days=number)
        if day.weekday() < 5 and (why := closed_because(day, calendar)):
            return Closed(day, why)
    return None


@lru_cache(maxsize=256)
def _holidays(calendar: str, year: int) -> Mapping[date, str]:
    """The days of one year, with their names, on which the banks of a calendar are closed."""
    if not calendar:
        return {}
    if calendar == "target":
        return dict(financial_holidays("ECB", years=year))
    if calendar == "uk":
        return dict(country_holidays("GB", subdiv="ENG", years=year))
    return _federal_reserve(year) if calendar == "us" else _rits(year)


def _federal_reserve(year: int) -> dict[date, str]:
    """
    Federal holidays as the Reserve Banks keep them: one on a Sunday closes the Monday after it, one on a Saturday none.

    Offices of the government close on the Friday before; the banks don't.
    """
    named = dict(country_holidays("US", years=year, observed=False))
    moved = {day + _DAY: f"{name} (observed)" for day, name in named.items() if day.weekday() == 6}
    return moved | named


def _rits(year: int) -> dict[date, str]:
    """
    Holidays kept in both New South Wales and Victoria: those alone close the settlement system.

    Source: the Reserve Bank's “RITS Business Hours”. One state's own holiday, such as Melbourne Cup Day, does not.
    """
    sydney, melbourne = (dict(country_holidays("AU", subdiv=state, years=year)) for state in ("NSW", "VIC"))
    return {day: name for day, name in sydney.items() if day in melbourne}
