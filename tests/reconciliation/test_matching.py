"""What may be what, and why: pure."""

from datetime import date

import pytest

from billpay.reconciliation.matching import (
    Candidate,
    Line,
    Mark,
    bank_numbers_in,
    name_found,
    numbers_in,
    offer,
    offer_all,
    together,
    weigh,
)

DAY = date(2026, 3, 16)
IBAN = "GB29NWBK60161331926819"


def line(text="", minor=135_85, on=DAY, key=1, payee=""):
    return Line(key=key, minor=minor, on=on, text=text, payee=payee)


def payment(pk=1, minor=135_85, on=DAY, bill="", **fields):
    marks = (Mark(f"Reference {bill}", bill),) if bill else ()
    return Candidate(key=f"payment-{pk}", parts=((pk, minor),), on=on, marks=marks, **fields)


def words(suggestion):
    return [reason.words for reason in suggestion.reasons]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("INV-4711", "DD POWERDIRECT INV-4711 REF"),
        ("INV-4711", "powerdirect inv4711"),
        ("INV-4711", "POWERDIRECT INV 04711"),
        ("2026/0042", "RENT 2026-42"),
        ("#88123", "88123"),
    ],
)
def test_a_reference_is_found_however_the_bank_writes_it(number, text):
    assert "Reference" in words(weigh(line(text), payment(bill=number)))[0]


@pytest.mark.parametrize(
    ("number", "text"),
    [("INV-4711", "INV-47112"), ("42", "PAY 42"), ("INV-4711", "NVI 4711 2"), ("ABCD", "ABCD LTD")],
)
def test_a_reference_is_not_found_in_part_of_a_word_or_when_it_says_too_little(number, text):
    assert not weigh(line(text), payment(bill=number)).strong


def test_reasons_are_in_words_the_weightiest_first():
    found = weigh(
        line("POWERDIRECT INV-4711", on=date(2026, 3, 18)), payment(bill="INV-4711", names=("PowerDirect Ltd",))
    )

    assert words(found) == [
        "Reference INV-4711 found in the text",
        "Amount equal",
        "Supplier name found in the text",
        "2 days after the payment",
    ]


def test_a_fee_is_named_where_it_is_part_of_the_amount():
    assert "Amount equal, with the fee of 0.50 GBP" in words(weigh(line(), payment(fee_words="0.50 GBP")))


def test_an_iban_is_found_with_and_without_spaces_and_before_other_words():
    spaced = "GB29 NWBK 6016 1331 9268 19 PAID"

    assert IBAN in bank_numbers_in(spaced)
    assert IBAN in bank_numbers_in(f"TO {IBAN} INVOICE")
    assert weigh(line(spaced), payment(bank_numbers=(Mark("Supplier’s IBAN", IBAN),))).strong


@pytest.mark.parametrize(
    ("name", "text", "payee", "found"),
    [
        ("PowerDirect Ltd", "DD POWERDIRECT LIMITED", "", True),
        ("Harbour Light Office Supplies", "CARD HARBOUR LIGHT OFFIC", "HARBOUR LIGHT OFFIC", True),
        ("The Print Shop Ltd", "COFFEE SHOP LEEDS", "", False),
        ("BT", "BT GROUP", "", True),
        ("BT", "DEBT COLLECTORS", "", False),
    ],
)
def test_a_name_is_found_with_slips_but_not_by_a_shared_word(name, text, payee, found):
    assert name_found(name, line(text, payee=payee)) is found


def test_reference_outranks_amount_name_and_day_together():
    by_reference = payment(1, minor=999_00, on=date(2026, 1, 1), bill="INV-4711")
    by_amount = payment(2, names=("PowerDirect",))

    made = offer(line("POWERDIRECT INV-4711"), [by_amount, by_reference])

    assert [one.candidate for one in made.suggestions] == [by_reference, by_amount]
    assert not made.certain


def test_certain_needs_the_amount_and_a_reference():
    assert offer(line("INV-4711"), [payment(bill="INV-4711")]).certain
    assert not offer(line("INV-4711"), [payment(minor=135_84, bill="INV-4711")]).certain
    assert not offer(line("POWERDIRECT"), [payment(names=("PowerDirect",))]).certain


def test_twins_are_both_offered_and_none_is_picked():
    made = offer(line("POWERDIRECT"), [payment(1), payment(2)])

    assert len(made.leaders) == 2
    assert made.best is None
    assert not made.certain


def test_two_payments_with_the_same_bank_details_and_amount_leave_a_doubt():
    marks = (Mark("Supplier’s IBAN", IBAN),)

    assert not offer(line(IBAN), [payment(1, bank_numbers=marks), payment(2, bank_numbers=marks)]).certain


def test_two_lines_that_are_sure_of_one_payment_are_both_left_to_people():
    offers = offer_all([line("INV-4711", key=1), line("INV-4711", key=2)], [payment(bill="INV-4711")])

    assert not offers[1].certain
    assert not offers[2].certain


def test_what_shares_neither_amount_nor_reference_is_not_offered():
    assert not offer(line("POWERDIRECT"), [payment(minor=1_00, names=("PowerDirect",))]).suggestions


def test_a_batch_says_that_its_sum_is_equal():
    batch = Candidate(key="batch-1", parts=((1, 100_00), (2, 35_85)), on=DAY, is_batch=True)

    assert "Sum of the batch's 2 payments equal" in words(weigh(line(), batch))


def test_payments_of_one_supplier_that_add_up_are_found_and_those_of_two_are_not():
    rows = [(1, "a", 100_00), (2, "a", 35_85), (3, "b", 35_85), (4, "b", 1_00)]

    assert together([135_85], rows) == {135_85: [(1, 2)]}


def test_the_search_for_sums_is_bounded():
    rows = [(pk, "a", 2**pk) for pk in range(1, 40)]

    assert together([2**30 + 2**31], rows) == {}


def test_numbers_in_a_very_long_text_are_bounded():
    assert len(numbers_in(" ".join(f"A{n}" for n in range(500)))) <= 80
