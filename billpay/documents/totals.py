"""
What a document's lines come to: discount, tax and total, in minor units. The only calculator there is.

`subtotal + tax = total` holds on every line and on the document, whatever the rounding. Knows nothing of Django.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from billpay.money.value import MAX_DECIMAL, InvalidAmount, Money, max_minor, round_half_up

EXCLUSIVE, INCLUSIVE, NO_TAX = "exclusive", "inclusive", "no_tax"
PER_LINE, PER_DOCUMENT = "line", "document"


@dataclass(frozen=True, slots=True)
class LineInput:
    """
    A line as entered. `unit_amount_minor` and `discount_minor` are minor units, tax included if the document says so.

    `discount_minor`, when given, is taken instead of the percentage. `tax_key` names the rate, and lines of the same
    key and percentage are taxed together.
    """

    quantity: Decimal
    unit_amount_minor: int
    discount_percent: Decimal = Decimal(0)
    discount_minor: int | None = None
    tax_percent: Decimal = Decimal(0)
    tax_key: Hashable = None


@dataclass(frozen=True, slots=True)
class LineTotals:
    """What one line comes to, in minor units; the discount has been taken off the subtotal or total already."""

    discount_minor: int
    subtotal_minor: int
    tax_minor: int
    total_minor: int


class RateTotals(NamedTuple):
    """Net and tax of all lines at one rate, in minor units."""

    tax_key: Hashable
    percent: Decimal
    net_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class Totals:
    """What a document comes to, in minor units, with its lines in the order given."""

    lines: tuple[LineTotals, ...]
    subtotal_minor: int
    tax_minor: int
    total_minor: int
    tax_by_rate: tuple[RateTotals, ...]


def compute(lines: Sequence[LineInput], *, currency: str, amounts_are: str, rounding: str) -> Totals:
    """
    Add up a document.

    :param amounts_are: `exclusive` (tax comes on top), `inclusive` (tax is taken out of what was entered), `no_tax`.
    :param rounding: `line` rounds the tax of each line; `document` rounds once per rate and hands the tax out to the
        lines by largest remainder, so three lines of 0.33 at 20 % carry 0.20 instead of 0.21.
    :raises InvalidAmount: if a line, or the whole, comes to more than can be recorded.
    """
    if amounts_are not in (EXCLUSIVE, INCLUSIVE, NO_TAX):
        raise ValueError(f"Amounts are exclusive, inclusive or no_tax; not {amounts_are!r}.")
    if rounding not in (PER_LINE, PER_DOCUMENT):
        raise ValueError(f"Tax is rounded by line or document; not {rounding!r}.")
    discounts, amounts = _amounts(lines)
    taxes = _taxes(lines, amounts, amounts_are, rounding)
    sums = tuple(_line_totals(*parts, amounts_are) for parts in zip(discounts, amounts, taxes, strict=True))
    _refuse_unrecordable(sums, currency)
    return Totals(
        lines=sums,
        subtotal_minor=sum(line.subtotal_minor for line in sums),
        tax_minor=sum(line.tax_minor for line in sums),
        total_minor=sum(line.total_minor for line in sums),
        tax_by_rate=() if amounts_are == NO_TAX else _by_rate(lines, sums),
    )


def explain_difference(lines_total: Money, stated: Money) -> str:
    """
    Say by how much the lines miss what the paper says: "Lines add up to 130.85, document says 135.85 (5.00 short)".

    Returns nothing when they agree.

    :raises CurrencyMismatch: if the two are in different currencies.
    """
    off = lines_total - stated
    if not off:
        return ""
    word = "short" if off.is_negative else "over"
    return (
        f"Lines add up to {lines_total.decimal():,f}, document says {stated.decimal():,f}"
        f" ({abs(off).decimal():,f} {word})"
    )


def _amounts(lines: Sequence[LineInput]) -> tuple[list[int], list[int]]:
    """Return the discount of each line, and what the line comes to after it."""
    gross = [round_half_up(Fraction(line.quantity) * line.unit_amount_minor) for line in lines]
    discounts = [
        round_half_up(amount * Fraction(line.discount_percent) / 100)
        if line.discount_minor is None
        else line.discount_minor
        for line, amount in zip(lines, gross, strict=True)
    ]
    return discounts, [amount - discount for amount, discount in zip(gross, discounts, strict=True)]


def _taxes(lines: Sequence[LineInput], amounts: Sequence[int], amounts_are: str, rounding: str) -> list[int]:
    if amounts_are == NO_TAX:
        return [0] * len(lines)
    exact = [_exact_tax(line, amount, amounts_are) for line, amount in zip(lines, amounts, strict=True)]
    if rounding == PER_LINE:
        return [round_half_up(tax) for tax in exact]
    taxes = [0] * len(lines)
    for positions in _positions_by_rate(lines).values():
        shares = _round_together([exact[position] for position in positions])
        for position, share in zip(positions, shares, strict=True):
            taxes[position] = share
    return taxes


def _exact_tax(line: LineInput, amount: int, amounts_are: str) -> Fraction:
    percent = Fraction(line.tax_percent)
    return amount * percent / (100 + percent if amounts_are == INCLUSIVE else 100)


def _positions_by_rate(lines: Sequence[LineInput]) -> dict[tuple[Hashable, Decimal], list[int]]:
    groups: dict[tuple[Hashable, Decimal], list[int]] = {}
    for position, line in enumerate(lines):
        groups.setdefault((line.tax_key, line.tax_percent), []).append(position)
    return groups


def _round_together(exact: Sequence[Fraction]) -> list[int]:
    """Round a sum once and hand it out by largest remainder; of equal remainders the first gets the spare unit."""
    shares = [part.numerator // part.denominator for part in exact]
    spare = round_half_up(sum(exact, Fraction(0))) - sum(shares)
    for position in sorted(range(len(exact)), key=lambda index: shares[index] - exact[index])[:spare]:
        shares[position] += 1
    return shares


def _line_totals(discount: int, amount: int, tax: int, amounts_are: str) -> LineTotals:
    if amounts_are == INCLUSIVE:
        return LineTotals(discount, amount - tax, tax, amount)
    return LineTotals(discount, amount, tax, amount + tax)


def _by_rate(lines: Sequence[LineInput], sums: Sequence[LineTotals]) -> tuple[RateTotals, ...]:
    return tuple(
        RateTotals(
            key,
            percent,
            sum(sums[position].subtotal_minor for position in positions),
            sum(sums[position].tax_minor for position in positions),
        )
        for (key, percent), positions in _positions_by_rate(lines).items()
    )


def _refuse_unrecordable(sums: Sequence[LineTotals], currency: str) -> None:
    most = max_minor(currency)
    for number, line in enumerate(sums, start=1):
        if max(abs(line.discount_minor), abs(line.subtotal_minor), abs(line.total_minor)) > most:
            raise InvalidAmount(f"Line {number} comes to more than {MAX_DECIMAL:,}.")
    if abs(sum(line.total_minor for line in sums)) > most:
        raise InvalidAmount(f"The lines come to more than {MAX_DECIMAL:,}.")
