"""Money itself: a frozen pair of minor units and currency, and its arithmetic."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Self

from iso4217 import Currency

MAX_DECIMAL = Decimal("999999999999.99")
"""The largest amount that is read or entered, in any currency (in major units)."""


class MoneyError(ValueError):
    """Something that cannot be done with money, in words for the person who asked for it."""


class InvalidAmount(MoneyError):
    """An amount that cannot be read; the message quotes it and says why."""


class CurrencyMismatch(MoneyError):
    """Two currencies met where only one makes sense."""


class UnknownCurrency(MoneyError):
    """Not a code of ISO 4217, or one without a minor unit, such as gold (XAU)."""


@lru_cache(maxsize=512)
def exponent(currency: str) -> int:
    """
    Return how many decimals a currency has by ISO 4217: GBP 2, JPY 0, KWD 3.

    :raises UnknownCurrency: if the code is not in use or has no minor unit.
    """
    if not (isinstance(currency, str) and len(currency) == 3 and currency.isascii() and currency.isupper()):
        raise UnknownCurrency(f"{currency!r} is not a currency code of three capital letters, such as GBP.")
    try:
        digits = Currency(currency).exponent
    except ValueError:
        raise UnknownCurrency(f"{currency} is not a currency of ISO 4217.") from None
    if digits is None:
        raise UnknownCurrency(f"{currency} has no minor unit, so it cannot be paid.")
    return int(digits)


def max_minor(currency: str) -> int:
    """Return `MAX_DECIMAL` in the currency's minor units, rounded down."""
    return int(MAX_DECIMAL * 10 ** exponent(currency))


@dataclass(frozen=True, slots=True)
class Money:
    """
    An amount in one currency, of either sign.

    `minor` counts the currency's smallest unit (pence for GBP, whole yen for JPY). Equality across currencies is
    False; adding, subtracting or ordering across currencies raises `CurrencyMismatch`.

    :raises TypeError: if `minor` is anything but an integer.
    :raises UnknownCurrency: if `currency` is not a payable ISO 4217 code.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.minor, int) or isinstance(self.minor, bool):
            raise TypeError(f"Money counts whole minor units; got {self.minor!r}.")
        exponent(self.currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Return nothing, in the given currency."""
        return cls(0, currency)

    @classmethod
    def from_decimal(cls, value: Decimal, currency: str) -> Self:
        """
        Turn major units into Money, exactly: Decimal("135.85") GBP is 13585 pence.

        :raises InvalidAmount: if not finite, finer than the minor unit, or beyond `MAX_DECIMAL`.
        """
        if not isinstance(value, Decimal):
            raise TypeError(f"Expected a Decimal; got {value!r}.")
        if not value.is_finite():
            raise InvalidAmount(f"'{value}' is not an amount.")
        if value.copy_abs() > MAX_DECIMAL:
            raise InvalidAmount(f"'{_shorten(value)}' is more than {MAX_DECIMAL:,}.")
        return cls(_exact_minor(value, currency), currency)

    def decimal(self) -> Decimal:
        """Return the amount in major units, with as many decimals as the currency has."""
        sign = 1 if self.minor < 0 else 0
        digits = tuple(int(digit) for digit in str(abs(self.minor)))
        return Decimal((sign, digits, -exponent(self.currency)))

    @property
    def is_positive(self) -> bool:
        """True if more than nothing."""
        return self.minor > 0

    @property
    def is_negative(self) -> bool:
        """True if less than nothing."""
        return self.minor < 0

    def __str__(self) -> str:
        return f"{self.decimal():,f} {self.currency}"

    def __bool__(self) -> bool:
        return self.minor != 0

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __abs__(self) -> "Money":
        return Money(abs(self.minor), self.currency)

    def __add__(self, other: "Money") -> "Money":
        if not isinstance(other, Money):
            return NotImplemented
        return Money(self.minor + self._minor_of(other, "add"), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        if not isinstance(other, Money):
            return NotImplemented
        return Money(self.minor - self._minor_of(other, "subtract"), self.currency)

    def __lt__(self, other: "Money") -> bool:
        if not isinstance(other, Money):
            return NotImplemented
        return self.minor < self._minor_of(other, "compare")

    def __le__(self, other: "Money") -> bool:
        if not isinstance(other, Money):
            return NotImplemented
        return self.minor <= self._minor_of(other, "compare")

    def __gt__(self, other: "Money") -> bool:
        if not isinstance(other, Money):
            return NotImplemented
        return self.minor > self._minor_of(other, "compare")

    def __ge__(self, other: "Money") -> bool:
        if not isinstance(other, Money):
            return NotImplemented
        return self.minor >= self._minor_of(other, "compare")

    def _minor_of(self, other: "Money", verb: str) -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"Cannot {verb} {self} and {other}: the currencies differ.")
        return other.minor


def add_up(amounts: Iterable[Money], currency: str) -> Money:
    """
    Return the sum of amounts that are all in one currency; nothing adds up to zero.

    :raises CurrencyMismatch: if any of them is in another currency.
    """
    return sum(amounts, Money.zero(currency))


def _exact_minor(value: Decimal, currency: str) -> int:
    """Count minor units by the digits, because Decimal arithmetic would round beyond 28 of them."""
    sign, digits, power = value.as_tuple()
    power = int(power)  # Always a number here: NaN and infinity have been refused.
    coefficient = "".join(map(str, digits)).lstrip("0")
    if not coefficient:
        return 0
    significant = coefficient.rstrip("0")
    power += len(coefficient) - len(significant)
    places = exponent(currency)
    if -power > places:
        raise InvalidAmount(f"'{_shorten(value)}' has {-power} decimals; {currency} has {places or 'none'}.")
    minor = int(significant + "0" * (power + places))
    return -minor if sign else minor


def _shorten(value: Decimal) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"
