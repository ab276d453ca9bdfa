from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billpay.documents.totals import LineInput, compute, explain_difference
from billpay.money.value import CurrencyMismatch, InvalidAmount, Money


def line(unit_amount_minor=33, quantity="1", tax="20", key="standard", discount="0", discount_minor=None):
    return LineInput(
        quantity=Decimal(quantity),
        unit_amount_minor=unit_amount_minor,
        discount_percent=Decimal(discount),
        discount_minor=discount_minor,
        tax_percent=Decimal(tax),
        tax_key=key,
    )


def totals(*lines, amounts_are="exclusive", rounding="line", currency="GBP"):
    return compute(lines, currency=currency, amounts_are=amounts_are, rounding=rounding)


def test_tax_rounded_per_line():
    assert totals(line(), line(), line(), rounding="line").tax_minor == 21


def test_tax_rounded_once_on_the_document():
    sums = totals(line(), line(), line(), rounding="document")

    assert sums.tax_minor == 20
    assert [item.tax_minor for item in sums.lines] == [7, 7, 6]


def test_each_rate_is_rounded_by_itself():
    sums = totals(line(), line(tax="5", key="reduced"), line(), rounding="document")

    assert sums.tax_by_rate == (("standard", Decimal(20), 66, 13), ("reduced", Decimal(5), 33, 2))


def test_tax_is_taken_out_of_inclusive_amounts():
    sums = totals(line(12000), amounts_are="inclusive")

    assert (sums.subtotal_minor, sums.tax_minor, sums.total_minor) == (10000, 2000, 12000)


def test_what_was_entered_inclusive_is_the_total():
    sums = totals(line(33), line(33), line(33), amounts_are="inclusive", rounding="document")

    assert (sums.tax_minor, sums.total_minor) == (17, 99)


def test_no_tax_leaves_tax_out():
    sums = totals(line(1000), amounts_are="no_tax")

    assert (sums.tax_minor, sums.total_minor, sums.tax_by_rate) == (0, 1000, ())


def test_quantity_and_discount_are_rounded_before_tax():
    sums = totals(line(999, quantity="2.5", discount="10"))

    assert (sums.lines[0].discount_minor, sums.subtotal_minor, sums.tax_minor) == (250, 2248, 450)


def test_a_discount_in_money_replaces_the_percentage():
    sums = totals(line(1000, discount="10", discount_minor=1))

    assert (sums.lines[0].discount_minor, sums.subtotal_minor) == (1, 999)


def test_a_deduction_lowers_the_tax():
    sums = totals(line(10000), line(-2500), rounding="document")

    assert (sums.subtotal_minor, sums.tax_minor, sums.total_minor) == (7500, 1500, 9000)


def test_no_lines_come_to_nothing():
    assert totals().total_minor == 0


def test_more_than_can_be_recorded_is_refused():
    with pytest.raises(InvalidAmount, match="Line 1 comes to more than"):
        totals(line(99_999_999_999_999, quantity="2"))


@pytest.mark.parametrize("wrong", [{"amounts_are": "gross"}, {"rounding": "never"}])
def test_unknown_choices_are_refused(wrong):
    with pytest.raises(ValueError, match="not"):
        totals(line(), **wrong)


LINES = st.lists(
    st.builds(
        LineInput,
        quantity=st.decimals(-1000, 1000, places=4),
        unit_amount_minor=st.integers(-(10**6), 10**6),
        discount_percent=st.decimals(0, 100, places=4),
        discount_minor=st.none() | st.integers(0, 1000),
        tax_percent=st.sampled_from([Decimal(20), Decimal(5), Decimal("17.5"), Decimal(0)]),
        tax_key=st.sampled_from(["a", "b", None]),
    ),
    max_size=8,
)


@given(LINES, st.sampled_from(["exclusive", "inclusive", "no_tax"]), st.sampled_from(["line", "document"]))
def test_subtotal_and_tax_always_add_up(lines, amounts_are, rounding):
    sums = totals(*lines, amounts_are=amounts_are, rounding=rounding)

    assert all(item.subtotal_minor + item.tax_minor == item.total_minor for item in sums.lines)
    assert sums.subtotal_minor + sums.tax_minor == sums.total_minor
    assert sums.total_minor == sum(item.total_minor for item in sums.lines)
    if amounts_are != "no_tax":
        assert sum(rate.tax_minor for rate in sums.tax_by_rate) == sums.tax_minor
        assert sum(rate.net_minor for rate in sums.tax_by_rate) == sums.subtotal_minor


@given(LINES, st.sampled_from(["exclusive", "inclusive"]))
def test_the_tax_of_a_line_is_never_off_by_a_whole_unit(lines, amounts_are):
    sums = totals(*lines, amounts_are=amounts_are, rounding="document")

    for entered, item in zip(lines, sums.lines, strict=True):
        base = item.subtotal_minor if amounts_are == "exclusive" else item.total_minor
        divisor = 100 if amounts_are == "exclusive" else 100 + entered.tax_percent
        assert abs(item.tax_minor - base * entered.tax_percent / divisor) < Decimal("1.0000001")


@pytest.mark.parametrize(
    ("lines", "stated", "says"),
    [
        (13085, 13585, "Lines add up to 130.85, document says 135.85 (5.00 short)"),
        (110000, 90000, "Lines add up to 1,100.00, document says 900.00 (200.00 over)"),
        (13585, 13585, ""),
    ],
)
def test_a_difference_is_explained(lines, stated, says):
    assert explain_difference(Money(lines, "GBP"), Money(stated, "GBP")) == says


def test_a_difference_between_two_currencies_is_no_difference():
    with pytest.raises(CurrencyMismatch):
        explain_difference(Money(1, "GBP"), Money(1, "EUR"))
