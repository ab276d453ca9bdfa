"""Days as files write them. The order of day, month and year is told, never guessed from one value."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum

from billpay.money.days import FIRST_YEAR, LAST_YEAR, month_names


class DateOrder(StrEnum):
    YMD = "ymd"
    DMY = "dmy"
    MDY = "mdy"


EXAMPLES = {
    DateOrder.YMD: "2026-12-31 or 20261231",
    DateOrder.DMY: "31/12/2026, 31.12.26 or 31 Dec 2026",
    DateOrder.MDY: "12/31/2026 or Dec 31, 2026",
}

_PATTERNS = {
    DateOrder.YMD: r"(?P<y>[0-9]{4})(?:(?P<s>[-/. ])(?P<m>[0-9]{1,2})(?P=s)(?P<d>[0-9]{1,2})"
    r"|(?P<m2>[0-9]{2})(?P<d2>[0-9]{2}))",
    DateOrder.DMY: r"(?P<d>[0-9]{1,2})(?P<s>[-/. ])(?P<m>[0-9]{1,2})(?P=s)(?P<y>[0-9]{4}|[0-9]{2})",
    DateOrder.MDY: r"(?P<m>[0-9]{1,2})(?P<s>[-/. ])(?P<d>[0-9]{1,2})(?P=s)(?P<y>[0-9]{4}|[0-9]{2})",
}
_NUMBERS = {order: re.compile(pattern) for order, pattern in _PATTERNS.items()}
_NAMES = {
    DateOrder.DMY: re.compile(r"(?P<d>[0-9]{1,2})[ .\-/]*(?P<name>[A-Za-z]+)\.?[ .,\-/]+(?P<y>[0-9]{4}|[0-9]{2})"),
    DateOrder.MDY: re.compile(r"(?P<name>[A-Za-z]+)\.? *(?P<d>[0-9]{1,2})[ ,]+(?P<y>[0-9]{4}|[0-9]{2})"),
}
_TIME = re.compile(
    r"[T ]+[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?(?: ?[APap][Mm]| ?Z| ?[+-][0-9]{2}:?[0-9]{2})?$"
)
_WEEKDAY = re.compile(r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[., ]+", re.IGNORECASE)
_LONGEST = 40


def read_date(text: str, order: DateOrder) -> date:
    """
    Read a day written in the given order; a time of day after it is left out.

    :raises ValueError: quoting what was found and saying why it is no such day.
    """
    bare = _WEEKDAY.sub("", _TIME.sub("", " ".join(text[: _LONGEST + 1].split())))
    match = _NUMBERS[order].fullmatch(bare) or (_NAMES[order].fullmatch(bare) if order in _NAMES else None)
    if match is None or len(text.strip()) > _LONGEST:
        raise ValueError(f"'{_short(text)}' is not a date like {EXAMPLES[order]}.")
    parts = match.groupdict()
    year = int(parts["y"]) + (2000 if len(parts["y"]) == 2 else 0)
    month = _month(parts, text)
    try:
        day = date(year, month, int(parts.get("d") or parts["d2"]))
    except ValueError:
        raise ValueError(f"'{_short(text)}' does not exist, read like {EXAMPLES[order]}.") from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"'{_short(text)}' is the year {day.year}; dates run from {FIRST_YEAR} to {LAST_YEAR}.")
    return day


def _month(parts: dict[str, str | None], text: str) -> int:
    if name := parts.get("name"):
        month = month_names("en_GB").get(name.casefold())
        if month is None:
            raise ValueError(f"'{_short(text)}' has no month that is known by the name {_short(name)}.")
        return month
    return int(parts.get("m") or parts.get("m2") or 0)


def _short(text: str) -> str:
    shown = "".join(char if char.isprintable() else "\ufffd" for char in text.strip())
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"
