"""The one reader of business days typed by people. Anything it is not sure of is refused with the reason."""

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache

from babel import Locale

FIRST_YEAR, LAST_YEAR = 2000, 2100
LONGEST = 40
EXAMPLES = "Type it like 2026-11-03 or 3 Nov 2026; or t for today, +30 for 30 days later, eom for the end of the month"

ISO = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})")
NUMERIC = re.compile(r"([0-9]{1,2})([-/. ])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})")
DAY_FIRST = re.compile(r"([0-9]{1,2})[ .\-]*([^\W\d_]+)\.?[ ,\-]+([0-9]{4})")
MONTH_FIRST = re.compile(r"([^\W\d_]+)\.? *([0-9]{1,2})[ ,]+([0-9]{4})")
SHIFT = re.compile(r"([+\-\u2212])([0-9]{1,4})")


class InvalidDay(ValueError):
    """A day that cannot be read; the message quotes it and says what can be typed."""


def read_day(text: str, *, today: date, base: date | None = None, locale: str = "en_GB") -> date:
    """
    Read a day: ISO, numbers in the locale's order, a month by name, or a shorthand.

    :param base: the day that `+30`, `-5` and `eom` count from; today if not given. `t` is always today.
    :raises InvalidDay: if it cannot be read, does not exist, or is not in the years 2000 to 2100.
    """
    typed = " ".join(text.split())
    if len(typed) > LONGEST:
        raise InvalidDay(f"That is too long for a date. {EXAMPLES}.")
    folded = typed.casefold()
    day = _shorthand(folded, today, base or today) or _written(typed, folded, locale)
    if day is None:
        raise InvalidDay(f"'{typed}' is not a date. {EXAMPLES}.")
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise InvalidDay(f"'{typed}' is the year {day.year}; dates run from {FIRST_YEAR} to {LAST_YEAR}.")
    return day


def _shorthand(folded: str, today: date, base: date) -> date | None:
    if folded in ("t", "today"):
        return today
    if folded == "eom":
        return base.replace(day=monthrange(base.year, base.month)[1])
    if match := SHIFT.fullmatch(folded):
        days = int(match[2])
        return base + timedelta(days=days if match[1] == "+" else -days)
    return None


def _written(typed: str, folded: str, locale: str) -> date | None:
    if match := ISO.fullmatch(folded):
        return _day(typed, int(match[1]), int(match[3]), int(match[4]))
    if match := NUMERIC.fullmatch(folded):
        first, second = int(match[1]), int(match[3])
        day, month = (second, first) if puts_month_first(locale) else (first, second)
        return _day(typed, int(match[4]) + (2000 if len(match[4]) == 2 else 0), month, day)
    names = month_names(locale)
    if (match := DAY_FIRST.fullmatch(folded)) and match[2] in names:
        return _day(typed, int(match[3]), names[match[2]], int(match[1]))
    if (match := MONTH_FIRST.fullmatch(folded)) and match[1] in names:
        return _day(typed, int(match[3]), names[match[1]], int(match[2]))
    return None


def _day(typed: str, year: int, month: int, day: int) -> date:
    if not 1 <= month <= 12:
        raise InvalidDay(f"'{typed}' has no month {month}. {EXAMPLES}.")
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise InvalidDay(f"'{typed}' is the year {year}; dates run from {FIRST_YEAR} to {LAST_YEAR}.")
    last = monthrange(year, month)[1]
    if not 1 <= day <= last:
        raise InvalidDay(f"'{typed}' does not exist: that month has {last} days.")
    return date(year, month, day)


@lru_cache(maxsize=64)
def puts_month_first(locale: str) -> bool:
    """Say whether people of a locale write 11/3 for the 3rd of November, as in the United States."""
    pattern = str(Locale.parse(locale).date_formats["short"].pattern)
    return pattern.find("M") < pattern.find("d") and not pattern.startswith("y")


@lru_cache(maxsize=64)
def month_names(locale: str) -> Mapping[str, int]:
    """Return the months' names and short names, in the locale's language and in English, without case or full stops."""
    names: dict[str, int] = {"sept": 9}
    for parsed in (Locale.parse("en_GB"), Locale.parse("en"), Locale.parse(locale)):
        for width in ("wide", "abbreviated"):
            for number, name in parsed.months["format"][width].items():
                names[str(name).casefold().rstrip(".")] = int(number)
    return names
