from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billpay.money.value import (
    CurrencyMismatch,
    InvalidAmount,
    Money,
    UnknownCurrency,
    add_up,
    convert,
    exponent,
    percentage,
    round_half_up,
    split,
)

CURRENCIES = st.sampled_from(["GBP", "JPY", "KWD", "EUR", "IQD", "UYW"])
MINORS = st.integers(min_value=-99_999_999_999_999, max_value=99_999_999_999_999)
MONEY = st.builds(Money, MINORS.filter(lambda minor: abs(minor) < 10**11), CURRENCIES)


@pytest.mark.parametrize(("currency", "digits"), [("GBP", 2), ("JPY", 0), ("KWD", 3), ("IQD", 3), ("RSD", 2)])
def test_decimals_are_those_of_iso_4217(currency, digits):
    assert exponent(currency) == digits


@pytest.mark.parametrize("code", ["XAU", "XXX", "ZZZ", "gbp", "GB", "£", "", "ＧＢＰ"])
def test_a_code_that_cannot_be_paid_in_is_refused(code):
    with pytest.raises(UnknownCurrency):
        Money(1, code)


@pytest.mark.parametrize("minor", [1.0, True, "1", Decimal(1), None])
def test_minor_units_are_whole_numbers_only(minor):
    with pytest.raises(TypeError):
        Money(minor, "GBP")


@pytest.mark.parametrize(
    ("money", "shown"),
    [
        (Money(13585, "GBP"), "135.85 GBP"),
        (Money(123450, "GBP"), "1,234.50 GBP"),
        (Money(1234, "JPY"), "1,234 JPY"),
        (Money(-5, "KWD"), "-0.005 KWD"),
        (Money(0, "GBP"), "0.00 GBP"),
    ],
)
def test_money_as_text(money, shown):
    assert str(money) == shown


def test_adding_and_subtracting():
    assert Money(100, "GBP") + Money(35, "GBP") - Money(5, "GBP") == Money(130, "GBP")


@pytest.mark.parametrize(
    "mix",
    [lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a < b, lambda a, b: a <= b, lambda a, b: a > b, max],
)
def test_two_currencies_do_not_mix(mix):
    with pytest.raises(CurrencyMismatch, match="GBP"):
        mix(Money(1, "GBP"), Money(1, "EUR"))


def test_equal_numbers_of_two_currencies_are_not_equal():
    assert Money(1, "GBP") != Money(1, "EUR")


def test_money_and_a_number_do_not_mix():
    with pytest.raises(TypeError):
        Money(1, "GBP") + 1


def test_ordering():
    assert Money(1, "GBP") < Money(2, "GBP") <= Money(2, "GBP")
    assert Money(2, "GBP") > Money(1, "GBP") >= Money(1, "GBP")


def test_signs():
    assert not Money.zero("GBP")
    assert Money(1, "GBP").is_positive
    assert (-Money(1, "GBP")).is_negative
    assert abs(Money(-1, "GBP")) == Money(1, "GBP")


def test_adding_up_nothing_is_zero():
    assert add_up([], "JPY") == Money(0, "JPY")


@pytest.mark.parametrize("text", ["0.001", "NaN", "Infinity", "1E+30", "1000000000000", "1E-999999", "0." + "1" * 60])
def test_a_decimal_that_is_no_amount_is_refused(text):
    with pytest.raises(InvalidAmount):
        Money.from_decimal(Decimal(text), "GBP")


@pytest.mark.parametrize(("text", "minor"), [("45.000", 4500), ("1E+3", 100000), ("-0.10", -10), ("0E+999999", 0)])
def test_a_decimal_is_taken_exactly(text, minor):
    assert Money.from_decimal(Decimal(text), "GBP").minor == minor


@given(MONEY)
def test_decimal_and_back(money):
    assert Money.from_decimal(money.decimal(), money.currency) == money


@pytest.mark.parametrize(
    ("text", "whole"), [("0.5", 1), ("1.5", 2), ("2.5", 3), ("-2.5", -3), ("2.4999", 2), ("-0.4", 0)]
)
def test_a_half_goes_away_from_zero(text, whole):
    assert round_half_up(Decimal(text)) == whole


def test_the_first_of_equal_shares_gets_the_spare_penny():
    assert [share.minor for share in split(Money(100, "GBP"), [1, 1, 1])] == [34, 33, 33]


def test_the_largest_remainder_gets_the_spare_penny():
    assert [share.minor for share in split(Money(10, "GBP"), [Decimal("1.1"), Decimal("2.8")])] == [3, 7]


@pytest.mark.parametrize("weights", [[], [0], [0, Decimal(0)], [1, -1], [Decimal("NaN")]])
def test_weights_that_share_nothing_out_are_refused(weights):
    with pytest.raises(ValueError, match=r"weight|weights"):
        split(Money(100, "GBP"), weights)


@given(MONEY, st.lists(st.integers(0, 10**9) | st.decimals(0, 1000, places=4), min_size=1).filter(any))
def test_shares_always_add_up_to_the_whole(total, weights):
    shares = split(total, weights)

    assert add_up(shares, total.currency) == total
    assert all(weight or not share for weight, share in zip(weights, shares, strict=True))
    assert all(not share or share.is_negative == total.is_negative for share in shares)


@pytest.mark.parametrize(
    ("amount", "rate", "to", "minor"),
    [
        (Money(2000, "USD"), "0.781", "GBP", 1562),
        (Money(1000, "JPY"), "0.0052", "GBP", 520),
        (Money(1500, "GBP"), "191.5", "JPY", 2873),
        (Money(1234, "KWD"), "2.5", "GBP", 309),
        (Money(99_999_999_999_999, "USD"), "1.123456789", "GBP", 112_345_678_899_999),
        (Money(77, "GBP"), "1", "GBP", 77),
    ],
)
def test_converting_rounds_once_half_up(amount, rate, to, minor):
    assert convert(amount, Decimal(rate), to) == Money(minor, to)


@pytest.mark.parametrize("rate", ["0", "-1", "NaN", "Infinity"])
def test_a_rate_that_is_not_positive_is_refused(rate):
    with pytest.raises(ValueError, match="more than zero"):
        convert(Money(1, "USD"), Decimal(rate), "GBP")


def test_a_currency_converts_to_itself_at_one_only():
    with pytest.raises(ValueError, match="rate 1"):
        convert(Money(1, "GBP"), Decimal("1.1"), "GBP")


def test_a_percentage_rounds_half_up():
    assert percentage(Money(1025, "GBP"), Decimal(2)) == Money(21, "GBP")
