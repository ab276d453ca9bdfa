from datetime import date, datetime
from decimal import Decimal

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.template import Context, Template
from django.utils import translation

from billpay.money.forms import (
    BusinessDateField,
    MoneyField,
    PercentField,
    QuantityField,
    RateField,
    active_locale,
    active_marks,
)
from billpay.money.value import Money

TODAY = date(2026, 11, 21)


def day(**options):
    return BusinessDateField(today=lambda: TODAY, **options)


def test_an_amount_is_cleaned_to_money():
    assert MoneyField(currency="GBP").clean("£1,234.50") == Money(123450, "GBP")


def test_a_sum_may_be_typed():
    assert MoneyField(currency="GBP").clean("120+15.85") == Money(13585, "GBP")


def test_an_amount_is_read_by_the_active_language():
    with translation.override("de"):
        assert MoneyField(currency="EUR").clean("1.234,50") == Money(123450, "EUR")


def test_a_refused_amount_says_why():
    with pytest.raises(ValidationError, match=r"'1\.234' has 3 decimals; GBP has 2"):
        MoneyField(currency="GBP").clean("1.234")


def test_an_amount_needs_a_currency_first():
    with pytest.raises(ValidationError, match="Choose the currency first"):
        MoneyField().clean("5")


@pytest.mark.parametrize("text", ["0", "0.00", "-5"])
def test_an_amount_is_more_than_zero_unless_told(text):
    with pytest.raises(ValidationError):
        MoneyField(currency="GBP").clean(text)


def test_zero_and_less_where_allowed():
    assert MoneyField(currency="GBP", allow_zero=True).clean("0") == Money(0, "GBP")
    assert MoneyField(currency="GBP", allow_negative=True).clean("-5") == Money(-500, "GBP")


def test_an_empty_optional_amount_is_none():
    assert MoneyField(currency="GBP", required=False).clean(" ") is None


def test_an_empty_required_amount_is_refused():
    with pytest.raises(ValidationError, match="required"):
        MoneyField(currency="GBP").clean("")


class PaymentForm(forms.Form):
    amount = MoneyField()
    paid_on = BusinessDateField()


def test_what_was_typed_stays_in_the_box():
    form = PaymentForm({"amount": "12,34", "paid_on": "31/2/2026"})
    form.fields["amount"].currency = "GBP"

    assert not form.is_valid()
    assert 'value="12,34"' in str(form["amount"])
    assert 'value="31/2/2026"' in str(form["paid_on"])


def test_the_box_is_text_with_a_number_pad():
    html = str(PaymentForm()["amount"])

    assert 'type="text"' in html
    assert 'inputmode="decimal"' in html
    assert 'autocomplete="off"' in html


@pytest.mark.parametrize(("language", "shown"), [("en-gb", "1234.50"), ("de", "1234,50")])
def test_an_amount_is_shown_so_that_it_can_be_edited(language, shown):
    with translation.override(language):
        assert f'value="{shown}"' in str(PaymentForm(initial={"amount": Money(123450, "GBP")})["amount"])


def test_an_amount_typed_in_another_way_has_not_changed():
    field = MoneyField(currency="GBP")

    assert not field.has_changed(Money(123450, "GBP"), "1,234.5")
    assert field.has_changed(Money(123450, "GBP"), "1,234.51")


def test_rates_quantities_and_percentages():
    assert RateField().clean("0.781") == Decimal("0.781")
    assert QuantityField().clean("2.5") == Decimal("2.5")
    assert PercentField().clean("20%") == Decimal(20)


@pytest.mark.parametrize(
    ("field", "text"), [(RateField(), "0"), (QuantityField(), "-1"), (PercentField(), "101"), (RateField(), "1e5")]
)
def test_rates_quantities_and_percentages_that_are_refused(field, text):
    with pytest.raises(ValidationError):
        field.clean(text)


@pytest.mark.parametrize(
    "text",
    ["2026-11-03", "3/11/2026", "03.11.2026", "3-11-26", "3 Nov 2026", "3 November 2026", "3nov 2026", "Nov 3, 2026"]
    + [" 3  nov  2026 ", "2026/11/03"],
)
def test_days_as_people_type_them(text):
    assert day().clean(text) == date(2026, 11, 3)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("t", TODAY),
        ("T", TODAY),
        ("+30", date(2026, 2, 9)),
        ("-5", date(2026, 1, 5)),
        ("\u22125", date(2026, 1, 5)),
        ("eom", date(2026, 1, 31)),
    ],
)
def test_shorthands_count_from_the_base(text, read):
    assert day(base=date(2026, 1, 10)).clean(text) == read


def test_shorthands_count_from_today_without_a_base():
    assert day().clean("+10") == date(2026, 12, 1)


@pytest.mark.parametrize(
    "text",
    ["31/2/2026", "13/13/2026", "2026-13-01", "0/1/2026", "1999-12-31", "2101-01-01", "tomorrow", "3", "3 Foo 2026"]
    + ["+99999", "++3", "２０２６-１１-０３", "3/11", "20261103", "x" * 100, "9999-99-99", "3/11-2026", "\x00"],
)
def test_days_that_are_refused(text):
    with pytest.raises(ValidationError):
        day().clean(text)


def test_a_refused_day_says_what_can_be_typed():
    with pytest.raises(ValidationError, match="'soon' is not a date. Type it like 2026-11-03 or 3 Nov 2026"):
        day().clean("soon")


def test_days_in_other_languages():
    with translation.override("de"):
        assert day().clean("3. März 2026") == date(2026, 3, 3)


def test_americans_put_the_month_first(settings):
    settings.LANGUAGE_CODE = "en-us"
    with translation.override("en-us"):
        assert day().clean("11/3/2026") == date(2026, 11, 3)


def test_plain_english_is_the_english_of_the_installation(settings):
    settings.LANGUAGE_CODE = "en-gb"
    with translation.override("en"):
        assert active_locale() == "en_GB"


def test_a_language_that_nobody_knows_falls_back():
    with translation.override(None):
        assert active_marks() == (".", ",")


def test_a_day_is_shown_as_iso():
    assert 'value="2026-11-03"' in str(PaymentForm(initial={"paid_on": date(2026, 11, 3)})["paid_on"])


def test_a_moment_is_cut_to_its_day():
    assert day().clean(datetime(2026, 11, 3, 10, 30)) == date(2026, 11, 3)


def render(text, **context):
    return Template("{% load money %}" + text).render(Context(context))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{ m|money }}", "£1,234.50"),
        ("{{ m|amount }}", "1,234.50"),
        ("{{ m|code_amount }}", "GBP\u00a01,234.50"),
        ("{{ r|rate }}", "0.781"),
        ("{{ none|money }}{{ none|amount }}{{ none|code_amount }}{{ none|rate }}{{ absent|money }}", ""),
    ],
)
def test_amounts_in_templates(text, shown):
    assert render(text, m=Money(123450, "GBP"), r=Decimal("0.781000000"), none=None) == shown


def test_what_is_no_money_is_not_shown_as_money():
    with pytest.raises(TypeError, match="Expected Money"):
        render("{{ m|money }}", m=12.5)
