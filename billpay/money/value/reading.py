"""
The one reader of amounts, typed by people or found in files.

ASCII digits, one decimal mark, grouping only where it is right; anything else is refused with the reason. Nothing
is guessed, and nothing unreadable becomes 0.
"""

import re
from collections.abc import Collection
from decimal import Decimal

from billpay.money.value.amount import MAX_DECIMAL, InvalidAmount, Money, exponent
from billpay.money.value.showing import MINUS, currency_symbols

LONGEST = 40
LONGEST_SUM = 200
MAX_RATE = Decimal(10**9)
MAX_QUANTITY = Decimal(10**9)
RATE_DECIMALS = 9
QUANTITY_DECIMALS = 4
PERCENT_DECIMALS = 4

# Around a number: blanks, and the invisible direction marks that come along when Arabic or Hebrew text is copied.
EDGES = " \t\r\n\u00a0\u2009\u202f\u200e\u200f\u061c"
BLANKS = str.maketrans(dict.fromkeys("\u00a0\u2009\u202f", " "))
APOSTROPHES = "'\u2019"
PLAIN = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)")
OPERATORS = re.compile(rf"([+\-{MINUS}])")


def parse(
    text: str,
    currency: str,
    *,
    decimal_mark: str = ".",
    group_mark: str = ",",
    allow_negative: bool = False,
    symbols: Collection[str] = (),
) -> Money:
    """
    Read an amount as a person types it.

    Thousands may be grouped by `group_mark` or by spaces; the currency's own code or sign may stand before or after.

    :param symbols: further signs of this currency, such as what the active locale shows.
    :raises InvalidAmount: quoting what was typed and saying why it cannot be read.
    """
    _refuse_long(text, LONGEST)
    negative, body = _take_sign_and_symbol(text.strip(EDGES), {*currency_symbols(currency), *symbols})
    if not body:
        raise InvalidAmount(
            f"{_quote(text)} has no digits." if text.strip(EDGES) else "Nothing was typed; an amount is needed."
        )
    value = _read_number(text, body, decimal_mark, group_mark)
    places = exponent(currency)
    _refuse_decimals(text, value, places, f"{currency} has {places or 'none'}")
    if negative and not allow_negative:
        raise InvalidAmount(f"{_quote(text)} is negative; the amount must not be.")
    if value > MAX_DECIMAL:
        raise InvalidAmount(f"{_quote(text)} is more than {MAX_DECIMAL:,}.")
    return Money.from_decimal(-value if negative else value, currency)


def parse_sum(
    text: str,
    currency: str,
    *,
    decimal_mark: str = ".",
    group_mark: str = ",",
    allow_negative: bool = False,
    symbols: Collection[str] = (),
) -> Money:
    """
    Read an amount, or several joined by plus and minus: `120+15.85-3` is 132.85.

    :raises InvalidAmount: if a term cannot be read, or the result is negative without leave, or too large.
    """
    _refuse_long(text, LONGEST_SUM)
    pieces = OPERATORS.split(text.strip(EDGES))
    if len(pieces) == 1 or (len(pieces) == 3 and not re.search("[0-9]", pieces[0]) and pieces[1] != "+"):
        return parse(
            text,
            currency,
            decimal_mark=decimal_mark,
            group_mark=group_mark,
            allow_negative=allow_negative,
            symbols=symbols,
        )
    pieces = pieces[1:] if not pieces[0].strip(EDGES) and pieces[1] != "+" else ["+", *pieces]
    total = Money.zero(currency)
    for operator, term in zip(pieces[::2], pieces[1::2], strict=True):
        if not term.strip(EDGES):
            raise InvalidAmount(f"{_quote(text)} has a '{operator}' without an amount on each side of it.")
        amount = parse(term, currency, decimal_mark=decimal_mark, group_mark=group_mark, symbols=symbols)
        total = total + amount if operator == "+" else total - amount
    if total.is_negative and not allow_negative:
        raise InvalidAmount(f"{_quote(text)} comes to {total}; the amount must not be negative.")
    if abs(total).decimal() > MAX_DECIMAL:
        raise InvalidAmount(f"{_quote(text)} comes to more than {MAX_DECIMAL:,}.")
    return total


def parse_plain(value: str | int | Decimal, currency: str) -> Money:
    """
    Read an amount as files write it: a dot before the decimals, an optional minus, no grouping.

    Zeros beyond the currency's decimals are harmless (`45.000` is GBP 45); other digits there are refused.

    :raises InvalidAmount: quoting what was found and saying why it cannot be read.
    :raises TypeError: for a float, which has already lost the amount, and for anything else that is no number.
    """
    if isinstance(value, str):
        _refuse_long(value, LONGEST)
        text = value.strip(EDGES)
        if not text:
            raise InvalidAmount("The amount is empty.")
        if not PLAIN.fullmatch(text):
            raise InvalidAmount(f"{_quote(value)} is not a plain amount such as 1234.50.")
        return Money.from_decimal(Decimal(text), currency)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TypeError(f"An amount is text, an integer or a Decimal; got {value!r}.")
    if isinstance(value, int) and abs(value) > MAX_DECIMAL:
        raise InvalidAmount(f"The amount is more than {MAX_DECIMAL:,}.")
    return Money.from_decimal(Decimal(value), currency)


def parse_rate(text: str, *, decimal_mark: str = ".", group_mark: str = ",") -> Decimal:
    """
    Read an exchange rate: more than zero, at most 9 decimals and 1,000,000,000.

    :raises InvalidAmount: quoting what was typed and saying why it cannot be read.
    """
    value = _parse_decimal(text, "A rate", decimal_mark, group_mark, RATE_DECIMALS)
    if not value:
        raise InvalidAmount(f"{_quote(text)} is zero; a rate must be more.")
    return _refuse_above(text, value, MAX_RATE)


def parse_quantity(
    text: str, *, decimal_mark: str = ".", group_mark: str = ",", allow_negative: bool = False
) -> Decimal:
    """
    Read a quantity: at most 4 decimals and 1,000,000,000.

    :raises InvalidAmount: quoting what was typed and saying why it cannot be read.
    """
    value = _parse_decimal(text, "A quantity", decimal_mark, group_mark, QUANTITY_DECIMALS, allow_negative)
    return _refuse_above(text, value, MAX_QUANTITY)


def parse_percent(text: str, *, decimal_mark: str = ".", group_mark: str = ",") -> Decimal:
    """
    Read a percentage from 0 to 100 with at most 4 decimals; a per-cent sign after it is fine.

    :raises InvalidAmount: quoting what was typed and saying why it cannot be read.
    """
    bare = text.strip(EDGES).removesuffix("%") if len(text) <= LONGEST else text
    value = _parse_decimal(bare, "A percentage", decimal_mark, group_mark, PERCENT_DECIMALS)
    return _refuse_above(text, value, Decimal(100))


def _parse_decimal(
    text: str, noun: str, decimal_mark: str, group_mark: str, places: int, allow_negative: bool = False
) -> Decimal:
    _refuse_long(text, LONGEST)
    negative, body = _take_sign_and_symbol(text.strip(EDGES), ())
    if not body:
        raise InvalidAmount(f"{_quote(text)} has no digits." if negative else f"{noun} is needed.")
    value = _read_number(text, body, decimal_mark, group_mark)
    _refuse_decimals(text, value, places, f"{noun.lower()} has at most {places}")
    if negative and not allow_negative:
        raise InvalidAmount(f"{_quote(text)} is negative; it must not be.")
    return -value if negative and value else value


def _take_sign_and_symbol(text: str, symbols: Collection[str]) -> tuple[bool, str]:
    """Take one minus and one currency sign off a number: `-£5`, `£-5`, `£ 5`, `5 GBP`."""
    negative, text = _take_minus(text)
    ordered = sorted({sign.strip(EDGES) for sign in symbols} - {""}, key=len, reverse=True)
    before = next((sign for sign in ordered if _same(text[: len(sign)], sign)), "")
    text = text[len(before) :].strip(EDGES)
    if before and not negative:
        negative, text = _take_minus(text)
    after = "" if before else next((sign for sign in ordered if _same(text[-len(sign) :], sign)), "")
    return negative, text[: len(text) - len(after)].strip(EDGES)


def _take_minus(text: str) -> tuple[bool, str]:
    if text[:1] in ("-", MINUS):
        return True, text[1:].strip(EDGES)
    return False, text


def _same(typed: str, sign: str) -> bool:
    """A code may be typed in small letters; every other sign counts as it is."""
    return typed == sign or (typed.isascii() and sign.isascii() and sign.isalpha() and typed.upper() == sign.upper())


def _read_number(typed: str, body: str, decimal_mark: str, group_mark: str) -> Decimal:
    whole, mark, fraction = body.partition(decimal_mark)
    if mark and decimal_mark in fraction:
        raise InvalidAmount(f"{_quote(typed)} has more than one '{decimal_mark}'.")
    if mark and not fraction:
        raise InvalidAmount(f"{_quote(typed)} has nothing after the '{decimal_mark}'.")
    if fraction and not _all_digits(fraction):
        raise InvalidAmount(f"{_quote(typed)} has {_first_stranger(fraction)} after the decimal mark '{decimal_mark}'.")
    whole = _ungroup(typed, whole, decimal_mark, group_mark) if whole else "0"
    return Decimal(f"{whole}.{fraction}" if fraction else whole)


def _ungroup(typed: str, whole: str, decimal_mark: str, group_mark: str) -> str:
    if _all_digits(whole):
        return whole
    whole = whole.translate(BLANKS)
    separators = {" ", group_mark.translate(BLANKS)}
    if group_mark in tuple(APOSTROPHES):
        separators |= set(APOSTROPHES)
    strangers = "".join(char for char in whole if char not in separators)
    if not _all_digits(strangers):
        raise InvalidAmount(
            f"{_quote(typed)} has {_first_stranger(strangers)} in it; use only digits and one '{decimal_mark}'."
        )
    used = {char for char in whole if char in separators}
    if len(used) == 1 and re.fullmatch(rf"[1-9][0-9]{{0,2}}(?:{re.escape(used.pop())}[0-9]{{3}})+", whole):
        return strangers
    raise InvalidAmount(
        f"{_quote(typed)} is not grouped in thousands; the decimal mark is '{decimal_mark}'"
        f" and thousands are grouped as in 1{group_mark}234."
    )


def _all_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _first_stranger(text: str) -> str:
    """Quote the first character that is no ASCII digit."""
    stranger = next((char for char in text if char not in "0123456789"), "")
    return _quote(stranger) if stranger else "nothing"


def _refuse_decimals(typed: str, value: Decimal, places: int, rule: str) -> None:
    decimals = -int(value.as_tuple().exponent)
    if decimals > places:
        has = "1 decimal" if decimals == 1 else f"{decimals} decimals"
        raise InvalidAmount(f"{_quote(typed)} has {has}; {rule}.")


def _refuse_above(typed: str, value: Decimal, most: Decimal) -> Decimal:
    if value.copy_abs() > most:
        raise InvalidAmount(f"{_quote(typed)} is more than {most:,}.")
    return value


def _refuse_long(text: str, longest: int) -> None:
    if not isinstance(text, str):
        raise TypeError(f"Expected text; got {text!r}.")
    if len(text) > longest:
        raise InvalidAmount(f"{_quote(text)} is longer than {longest} characters.")


def _quote(text: str) -> str:
    """Show what was typed, short and printable."""
    shown = "".join(char if char.isprintable() or char in EDGES else "\ufffd" for char in text.strip(EDGES))
    return f"'{shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + '…'}'"
