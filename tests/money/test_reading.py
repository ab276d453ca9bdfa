from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from billpay.money.value import (
    InvalidAmount,
    Money,
    currency_symbols,
    format_amount,
    format_decimal,
    format_locale,
    format_plain,
    locale_marks,
    parse,
    parse_percent,
    parse_plain,
    parse_quantity,
    parse_rate,
    parse_sum,
)

GERMAN = {"decimal_mark": ",", "group_mark": "."}
FRENCH = {"decimal_mark": ",", "group_mark": "\u202f"}
SWISS = {"decimal_mark": ".", "group_mark": "\u2019"}
MONEY = st.builds(Money, st.integers(0, 10**11), st.sampled_from(["GBP", "JPY", "KWD"]))
LOCALES = st.sampled_from(["en_GB", "en_US", "de_DE", "fr_FR", "de_CH", "sv_SE", "ja_JP", "es_ES", "pt_BR"])


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1234.50", 123450),
        ("1,234.50", 123450),
        ("1,234", 123400),
        ("1 234.50", 123450),
        ("1\u00a0234.50", 123450),
        ("1\u202f234\u202f567.8", 123456780),
        ("£1,234.50", 123450),
        ("£ 5", 500),
        ("GBP 12", 1200),
        ("12 gbp", 1200),
        ("5£", 500),
        ("  7\t", 700),
        (".5", 50),
        ("007", 700),
        ("0", 0),
        ("999,999,999,999.99", 99999999999999),
    ],
)
def test_what_british_people_type(text, minor):
    assert parse(text, "GBP") == Money(minor, "GBP")


@pytest.mark.parametrize(
    ("text", "currency", "marks", "minor"),
    [
        ("1.234,50", "EUR", GERMAN, 123450),
        ("1.234,50 €", "EUR", GERMAN, 123450),
        ("1 234,50", "EUR", FRENCH, 123450),
        ("1'234.50", "CHF", SWISS, 123450),
        ("1\u2019234.50", "CHF", SWISS, 123450),
        ("Fr. 12", "CHF", SWISS, 1200),
        ("12 kr", "SEK", FRENCH, 1200),
        ("$5", "CAD", {}, 500),
        ("CA$5", "CAD", {}, 500),
        ("1,234", "KWD", GERMAN, 1234),
    ],
)
def test_what_others_type(text, currency, marks, minor):
    assert parse(text, currency, **marks) == Money(minor, currency)


@pytest.mark.parametrize(
    "text",
    # Full-width and Arabic digits, the Kelvin sign, a fraction and a superscript are all digits or letters to Python.
    ["", " ", "£", "GBP", ".", "5.", "1e5", "1E5", "1_000", "NaN", "inf", "Infinity", "１２", "٣", "½", "5²", "0x10"]
    + ["1.2.3", "1,23", "12,34", "1,2345", "0,123", ",123", "1,,234", "1,234 567", "1,234,5", "1.234,50", "1 2", "5 5"]
    + ["+5", "--5", "(5)", "5-", "- ", "$5", "EUR 5", "££5", "£5 GBP", "1'234", "\x005", "5\n6", "1;2", "5%", "=5"],
)
def test_anything_else_is_refused(text):
    with pytest.raises(InvalidAmount):
        parse(text, "GBP")


@pytest.mark.parametrize(
    ("text", "currency", "marks", "why"),
    [
        ("1.234", "GBP", {}, "'1.234' has 3 decimals; GBP has 2"),
        ("1,234", "GBP", GERMAN, "'1,234' has 3 decimals; GBP has 2"),
        ("5.5", "JPY", {}, "'5.5' has 1 decimal; JPY has none"),
        ("1.2345", "KWD", {}, "'1.2345' has 4 decimals; KWD has 3"),
        ("-5", "GBP", {}, "'-5' is negative"),
        ("1000000000000", "GBP", {}, "more than 999,999,999,999.99"),
        ("1000000000000", "JPY", {}, "more than 999,999,999,999.99"),
        ("9" * 41, "GBP", {}, "longer than 40 characters"),
        ("1e5", "GBP", {}, "'1e5' has 'e' in it"),
        ("", "GBP", {}, "Nothing was typed"),
        ("12,34", "GBP", {}, "not grouped in thousands"),
    ],
)
def test_a_refusal_quotes_what_was_typed_and_says_why(text, currency, marks, why):
    with pytest.raises(InvalidAmount) as refusal:
        parse(text, currency, **marks)

    assert why in str(refusal.value)


@pytest.mark.parametrize(
    ("read", "text", "why"),
    [
        (parse_rate, "0.1234567891", "'0.1234567891' has 10 decimals; a rate has at most 9."),
        (parse_quantity, "1.23456", "'1.23456' has 5 decimals; a quantity has at most 4."),
        (parse_percent, "2.00001", "'2.00001' has 5 decimals; a percentage has at most 4."),
    ],
)
def test_more_decimals_than_a_number_may_have_are_refused_in_a_sentence(read, text, why):
    with pytest.raises(InvalidAmount) as refusal:
        read(text)

    assert str(refusal.value) == why


@pytest.mark.parametrize("text", ["-5", "\u22125", "- 5", "-£5", "£-5", "£ \u22125.00"])
def test_a_minus_where_it_is_allowed(text):
    assert parse(text, "GBP", allow_negative=True) == Money(-500, "GBP")


@given(st.text() | st.text("0123456789.,' -+£GBP\u00a0\u2212eE_", max_size=45), LOCALES, st.booleans())
@example("1" * 5000, "en_GB", True)
@example("1,234,", "en_GB", False)
def test_any_text_is_an_amount_or_refused(text, locale, allow_negative):
    decimal_mark, group_mark = locale_marks(locale)
    for read in (parse, parse_sum):
        try:
            money = read(text, "GBP", decimal_mark=decimal_mark, group_mark=group_mark, allow_negative=allow_negative)
        except InvalidAmount:
            continue
        assert allow_negative or not money.is_negative


@given(st.text() | st.text("0123456789.-+eE_ ", max_size=45))
def test_any_text_of_a_file_is_an_amount_or_refused(text):
    for read in (lambda text: parse_plain(text, "JPY"), parse_rate, parse_percent, parse_quantity):
        try:
            value = read(text)
        except InvalidAmount:
            continue
        assert (value.decimal() if isinstance(value, Money) else value).is_finite()


@given(MONEY, LOCALES)
def test_what_is_shown_can_be_typed_back(money, locale):
    decimal_mark, group_mark = locale_marks(locale)
    symbols = currency_symbols(money.currency, locale)
    for sign, value in ((1, money), (-1, -money)):
        for shown in (format_locale(value, locale), format_amount(value, locale)):
            read = parse(
                shown,
                money.currency,
                decimal_mark=decimal_mark,
                group_mark=group_mark,
                symbols=symbols,
                allow_negative=sign < 0,
            )
            assert read == value


@given(MONEY)
def test_what_is_exported_can_be_imported(money):
    assert parse_plain(format_plain(money), money.currency) == money
    assert parse_plain(format_plain(-money), money.currency) == -money


@pytest.mark.parametrize(
    ("text", "minor"),
    [("120+15.85-3", 13285), ("120 + 15.85", 13585), ("£1+£2", 300), ("-5+10", 500), ("1,200+5", 120500), ("5-5", 0)],
)
def test_sums(text, minor):
    assert parse_sum(text, "GBP") == Money(minor, "GBP")


@pytest.mark.parametrize("text", ["5+", "+5", "5++5", "5--5", "--5", "-", "+", "5-10", "-5", "5*2", "1+1e5", "1+x"])
def test_sums_that_are_refused(text):
    with pytest.raises(InvalidAmount):
        parse_sum(text, "GBP")


def test_a_sum_below_zero_says_what_it_comes_to():
    with pytest.raises(InvalidAmount, match=r"'5-10' comes to -5.00 GBP"):
        parse_sum("5-10", "GBP")


def test_a_sum_may_not_grow_beyond_the_most():
    with pytest.raises(InvalidAmount, match="comes to more than"):
        parse_sum("999999999999.99+0.01", "GBP")


@pytest.mark.parametrize(
    ("value", "minor"),
    [("45.000", 4500), ("-12.5", -1250), ("-.50", -50), (" 7 ", 700), (45, 4500), (Decimal("1.10"), 110)],
)
def test_amounts_in_files(value, minor):
    assert parse_plain(value, "GBP") == Money(minor, "GBP")


@pytest.mark.parametrize("value", ["45.001", "1,234.50", "+5", "1e5", "", "NaN", "5.", "£5", "\u22125", "１", 10**40])
def test_amounts_in_files_that_are_refused(value):
    with pytest.raises(InvalidAmount):
        parse_plain(value, "GBP")


@pytest.mark.parametrize("value", [1.5, True, None])
def test_what_has_lost_the_amount_already_is_no_amount(value):
    with pytest.raises(TypeError):
        parse_plain(value, "GBP")


def test_rates_have_nine_decimals_and_are_positive():
    assert parse_rate("0.123456789") == Decimal("0.123456789")
    assert parse_rate("0,781", **GERMAN) == Decimal("0.781")


@pytest.mark.parametrize("text", ["0", "0.0000000001", "-1", "", "1e2", "1000000001", "0.1234567890"])
def test_rates_that_are_refused(text):
    with pytest.raises(InvalidAmount):
        parse_rate(text)


def test_quantities_and_percentages():
    assert parse_quantity("1,000.1234") == Decimal("1000.1234")
    assert parse_quantity("-2", allow_negative=True) == Decimal(-2)
    assert parse_percent("17.5 %") == Decimal("17.5")


@pytest.mark.parametrize("text", ["100.01", "-1", "20%%", "%", "1.23456", ""])
def test_percentages_that_are_refused(text):
    with pytest.raises(InvalidAmount):
        parse_percent(text)


@pytest.mark.parametrize(
    ("money", "locale", "shown"),
    [
        (Money(123450, "GBP"), "en_GB", "£1,234.50"),
        (Money(-500, "GBP"), "en_GB", "\u2212£5.00"),
        (Money(2000, "USD"), "en_GB", "US$20.00"),
        (Money(123450, "EUR"), "de_DE", "1.234,50\u00a0€"),
        (Money(1234, "IQD"), "en_GB", "IQD\u00a01.234"),
        (Money(1234, "JPY"), "ja_JP", "￥1,234"),
        (Money(5, "RSD"), "en_GB", "RSD\u00a00.05"),
    ],
)
def test_amounts_by_locale(money, locale, shown):
    assert format_locale(money, locale) == shown


@pytest.mark.parametrize(("value", "shown"), [("0.781000000", "0,781"), ("100", "100"), ("-1234.5", "\u22121.234,5")])
def test_plain_numbers_by_locale(value, shown):
    assert format_decimal(Decimal(value), "de_DE") == shown
