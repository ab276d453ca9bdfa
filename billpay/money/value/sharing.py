"""Rounding, splitting and converting, always exact until the one rounding at the end."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from billpay.money.value.amount import Money, exponent


def round_half_up(value: Decimal | Fraction) -> int:
    """Round to the nearest whole number; a half goes away from zero (2.5 → 3, -2.5 → -3)."""
    exact = Fraction(value)
    rounded = (2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator)
    return -rounded if exact < 0 else rounded


def split(total: Money, weights: Sequence[int | Decimal]) -> list[Money]:
    """
    Share out an amount in proportion to weights, by largest remainder.

    The shares always add up to `total`; of equal remainders the first gets the spare unit, and a weight of zero
    gets nothing. A negative total is shared as its opposite is.

    :raises ValueError: if a weight is negative or not finite, or all are zero, or there are none.
    """
    shares = [_as_weight(weight) for weight in weights]
    whole = sum(shares, Fraction(0))
    if not whole:
        raise ValueError("An amount cannot be split over weights that are all zero.")
    exact = [abs(total.minor) * share / whole for share in shares]
    minors = [part.numerator // part.denominator for part in exact]
    spare = abs(total.minor) - sum(minors)
    by_remainder = sorted(range(len(exact)), key=lambda index: minors[index] - exact[index])
    for index in by_remainder[:spare]:
        minors[index] += 1
    sign = -1 if total.is_negative else 1
    return [Money(sign * minor, total.currency) for minor in minors]


def convert(amount: Money, rate: Decimal, to: str) -> Money:
    """
    Turn a foreign amount into base currency, rounded half up to its minor unit.

    :param rate: units of `to` for one unit of the amount's currency (USD 20 at 0.781 is GBP 15.62).
    :raises ValueError: if the rate is not positive, or is not 1 for one and the same currency.
    """
    if not rate.is_finite() or rate <= 0:
        raise ValueError(f"An exchange rate must be more than zero; got {rate}.")
    if to == amount.currency and rate != 1:
        raise ValueError(f"{to} to {to} has the rate 1, not {rate}.")
    scale = Fraction(10) ** (exponent(to) - exponent(amount.currency))
    return Money(round_half_up(amount.minor * Fraction(rate) * scale), to)


def percentage(amount: Money, percent: Decimal) -> Money:
    """Return so many per cent of an amount, rounded half up to its minor unit."""
    return Money(round_half_up(amount.minor * Fraction(percent) / 100), amount.currency)


def _as_weight(weight: int | Decimal) -> Fraction:
    if isinstance(weight, bool) or not isinstance(weight, int | Decimal):
        raise TypeError(f"A weight is an integer or a Decimal; got {weight!r}.")
    if isinstance(weight, Decimal) and not weight.is_finite():
        raise ValueError(f"A weight must be finite; got {weight}.")
    if weight < 0:
        raise ValueError(f"A weight cannot be negative; got {weight}.")
    return Fraction(weight)
