"""Amounts as text: plain for files, by locale for people. Decimals are ISO 4217's, which differ from Babel's."""

import re
from copy import copy
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import NumberPattern, get_currency_symbol

from billpay.money.value.amount import Money, exponent

MINUS = "\u2212"
"""The real minus sign, as wide as a digit and never broken off its number."""

# Babel leaves out the space that CLDR asks for between a code and its number (IQD 1.234), but not after a sign (US$20).
LETTER_MEETS_DIGIT = re.compile(r"(?<=[^\W\d_])(?=[0-9])|(?<=[0-9])(?=[^\W\d_])")

# What people write at home, where English has no symbol for it.
HOME_SYMBOLS = {
    "CHF": ("Fr.", "Fr"),
    "CZK": ("Kč",),
    "DKK": ("kr.", "kr"),
    "HUF": ("Ft",),
    "NOK": ("kr",),
    "PLN": ("zł",),
    "SEK": ("kr",),
    "ZAR": ("R",),
}


@lru_cache(maxsize=256)
def _locale(locale: str) -> Locale:
    return Locale.parse(locale, sep=_separator(locale))


@lru_cache(maxsize=256)
def locale_marks(locale: str) -> tuple[str, str]:
    """Return the decimal mark and the grouping mark that a locale writes: ('.', ',') for en_GB."""
    symbols = _locale(locale).number_symbols["latn"]
    return str(symbols["decimal"]), str(symbols["group"])


@lru_cache(maxsize=512)
def currency_symbols(currency: str, locale: str = "en_GB") -> tuple[str, ...]:
    """
    Return every sign that names this currency when an amount is typed, longest first.

    Its code, what the locale shows (US$, A$), the bare sign ($), and what is written at home (kr).
    """
    exponent(currency)
    shown = {get_currency_symbol(currency, Locale.parse(name, sep=_separator(name))) for name in (locale, "en")}
    bare = {"".join(char for char in symbol if not char.isalpha()) for symbol in shown}
    signs = {currency, *shown, *bare, *HOME_SYMBOLS.get(currency, ())} - {""}
    return tuple(sorted(signs, key=lambda sign: (-len(sign), sign)))


def format_plain(money: Money) -> str:
    """Return the number alone for files: a dot, no grouping, an ASCII minus (`-1234.50`)."""
    return f"{money.decimal():f}"


def format_locale(money: Money, locale: str) -> str:
    """Return symbol and number as the locale writes them: `£1,234.50`, `1.234,50 £`, `−£5.00`."""
    pattern = _pattern(locale, "currency", exponent(money.currency))
    shown = pattern.apply(
        abs(money).decimal(),
        _locale(locale),
        currency=money.currency,
        currency_digits=False,
    )
    shown = LETTER_MEETS_DIGIT.sub("\u00a0", shown)
    return f"{MINUS}{shown}" if money.is_negative else shown


def format_amount(money: Money, locale: str) -> str:
    """Return the number alone as the locale writes it: `1,234.50`."""
    pattern = _pattern(locale, "decimal", exponent(money.currency))
    shown = pattern.apply(abs(money).decimal(), _locale(locale))
    return f"{MINUS}{shown}" if money.is_negative else shown


def format_decimal(value: Decimal, locale: str) -> str:
    """Return a rate, quantity or percentage without needless zeros, as the locale writes it: `0.781`."""
    places = max(0, -int(value.normalize().as_tuple().exponent))
    pattern = _pattern(locale, "decimal", places)
    shown = pattern.apply(value.copy_abs(), _locale(locale))
    return f"{MINUS}{shown}" if value < 0 else shown


@lru_cache(maxsize=512)
def _pattern(locale: str, kind: str, places: int) -> NumberPattern:
    parsed = _locale(locale)
    formats = parsed.currency_formats if kind == "currency" else parsed.decimal_formats
    pattern: NumberPattern = copy(formats["standard" if kind == "currency" else None])
    pattern.frac_prec = (places, places)
    return pattern


def _separator(locale: str) -> str:
    return "-" if "-" in locale else "_"
