"""
Money: whole minor units beside an ISO 4217 code, and everything that may be done with them.

The one home of arithmetic, rounding, splitting, reading and showing amounts. Knows nothing of Django.
"""

from billpay.money.value.amount import (
    MAX_DECIMAL,
    CurrencyMismatch,
    InvalidAmount,
    Money,
    MoneyError,
    UnknownCurrency,
    add_up,
    exponent,
    max_minor,
)
from billpay.money.value.reading import (
    parse,
    parse_percent,
    parse_plain,
    parse_quantity,
    parse_rate,
    parse_sum,
)
from billpay.money.value.sharing import convert, percentage, round_half_up, split
from billpay.money.value.showing import (
    currency_symbols,
    format_amount,
    format_decimal,
    format_locale,
    format_plain,
    locale_marks,
)

__all__ = [
    "MAX_DECIMAL",
    "CurrencyMismatch",
    "InvalidAmount",
    "Money",
    "MoneyError",
    "UnknownCurrency",
    "add_up",
    "convert",
    "currency_symbols",
    "exponent",
    "format_amount",
    "format_decimal",
    "format_locale",
    "format_plain",
    "locale_marks",
    "max_minor",
    "parse",
    "parse_percent",
    "parse_plain",
    "parse_quantity",
    "parse_rate",
    "parse_sum",
    "percentage",
    "round_half_up",
    "split",
]
