"""A chained trail, without a database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice

import pytest

from billpay.companies.chain import START, Head, Line, breaks, hash_of, seal_of, verify

KEY = b"the key of these tests"


def trail(count=5, key=KEY):
    """Lines as they are written: each with the hash of the one before it."""
    lines, last = [], START
    for number in range(1, count + 1):
        line = Line(
            id=100 + number,
            company=7,
            sequence=number,
            at=datetime(2026, 3, 16, 9, number % 60, tzinfo=UTC),
            by=3,
            verb="bill.approved",
            target_kind="bill",
            target_id=str(number),
            summary=f"Bill INV-{number} approved: 100.00 GBP",
            detail={"total_minor": 10_000, "currency": "GBP"},
            previous_hash=last,
        )
        lines.append(replace(line, hash=hash_of(line, key)))
        last = lines[-1].hash
    return lines


def words(lines, heads=(), key=KEY):
    return [found.words for found in breaks(lines, key, heads)]


def test_a_trail_that_nobody_touched_holds():
    assert verify(trail(), KEY) == ""


def test_a_company_without_lines_holds():
    assert verify([], KEY) == ""


@pytest.mark.parametrize(
    "change",
    [
        {"company": 8},
        {"at": datetime(2026, 3, 16, 9, 4, tzinfo=UTC)},
        {"by": None},
        {"by": 4},
        {"verb": "bill.voided"},
        {"target_kind": "payment"},
        {"target_id": "33"},
        {"summary": "Bill INV-3 approved: 900.00 GBP"},
        {"detail": {"total_minor": 90_000, "currency": "GBP"}},
        {"hash": "0" * 64},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_part_of_a_line_is_kept_by_its_hash(change):
    lines = trail()
    lines[2] = replace(lines[2], **change)

    assert verify(lines, KEY) == "Line 3 is not what was written."


def test_a_line_hashed_anew_without_the_key_does_not_fit():
    lines = trail()
    changed = replace(lines[2], summary="Bill INV-3 approved: 900.00 GBP")
    lines[2] = replace(changed, hash=hash_of(changed, b"a guess"))

    assert verify(lines, KEY) == "Line 3 is not what was written."


def test_a_whole_trail_written_anew_without_the_key_does_not_fit():
    assert len(words(trail(key=b"a guess"))) == 5


def test_a_line_taken_out_is_missed():
    lines = trail()
    del lines[2]

    assert words(lines) == ["Line 3 is missing."]


def test_lines_taken_out_are_missed_also_when_those_after_them_are_numbered_anew():
    lines = trail()
    del lines[1:3]
    lines[1:] = [replace(line, sequence=number) for number, line in enumerate(lines[1:], start=2)]

    assert words(lines)[0] == "Line 2 does not follow from the line before it."


def test_lines_put_in_another_order_are_noticed():
    lines = trail()
    lines[1], lines[2] = replace(lines[2], sequence=2), replace(lines[1], sequence=3)

    assert words(lines)[0] == "Line 2 does not follow from the line before it."


def test_a_line_put_in_is_noticed():
    lines = trail()
    lines.insert(2, replace(lines[2], id=999))

    assert words(lines) == ["Line 3 is there twice, or in the wrong place."]


def test_a_tail_cut_off_is_noticed_by_the_head():
    lines = trail()
    head = Head(7, 5, lines[-1].hash)

    assert verify(lines[:3], KEY) == ""
    assert words(lines[:3], [head]) == ["The end is missing: there were 5 lines, and 3 are left."]


def test_a_trail_that_grew_since_its_head_was_kept_holds():
    lines = trail()

    assert words(lines, [Head(7, 3, lines[2].hash), Head(7, 0, START)]) == []


def test_a_tail_replaced_by_a_holder_of_the_key_is_noticed_by_a_head_that_was_kept():
    kept = Head(7, 5, trail()[-1].hash)
    other = trail(4)
    last = replace(other[-1], id=999, sequence=5, summary="Nothing happened", previous_hash=other[-1].hash)
    other.append(replace(last, hash=hash_of(last, KEY)))

    assert verify(other, KEY) == ""
    assert words(other, [kept]) == ["Line 5 is another than the head that was kept says."]


def test_the_order_of_keys_and_the_zone_of_a_time_make_no_difference():
    [line] = trail(1)
    east = timezone(timedelta(hours=2))
    again = replace(line, at=line.at.astimezone(east), detail=dict(reversed(line.detail.items())))

    assert hash_of(again, KEY) == line.hash


def test_a_seal_belongs_to_one_head_and_one_key():
    head = Head(7, 5, "a" * 64)

    others = {seal_of(Head(8, 5, "a" * 64), KEY), seal_of(Head(7, 4, "a" * 64), KEY), seal_of(head, b"a guess")}
    assert seal_of(head, KEY) not in others


def test_a_trail_is_read_line_by_line():
    """Endless lines: the first break is found without reading further."""

    def endless():
        yield from trail(3)
        while True:
            yield replace(trail(1)[0], sequence=9)

    assert verify(endless(), KEY) == "Lines 4 to 8 are missing."
    assert len(list(islice(breaks(endless(), KEY), 10))) == 10
