"""
How a company's trail is chained, so that a line changed, removed, added or put elsewhere shows (docs/adr/0021).

Each line carries an HMAC-SHA256 of itself and of the line before it. Who can write to the database but does not
know the key cannot make one that fits. The head says how many lines there are, so that a tail cut off shows too.
Pure: it knows no Django, and reads any number of lines in constant memory.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

START = ""
"""What stands in the first line for the hash of the line before it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it is stored. `id` only names it to people and is not hashed: another database may count anew."""

    id: int
    company: int
    sequence: int
    at: datetime
    by: int | None
    verb: str
    target_kind: str
    target_id: str
    summary: str
    detail: Any
    previous_hash: str = START
    hash: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a company's trail at some moment: how many lines it had, and the hash of the last."""

    company: int
    count: int
    hash: str


@dataclass(frozen=True, slots=True)
class Break:
    """Where a trail does not hold, in words. `id` and `sequence` of the line; None where it is about the head."""

    words: str
    id: int | None = None
    sequence: int | None = None


def hash_of(line: Line, key: bytes) -> str:
    """The hash that belongs on a line, as 64 hexadecimal digits. `line.hash` itself plays no part."""
    content = [
        "line",
        line.company,
        line.sequence,
        line.at.astimezone(UTC).isoformat(timespec="microseconds"),
        line.by,
        line.verb,
        line.target_kind,
        line.target_id,
        line.summary,
        line.detail,
        line.previous_hash,
    ]
    return _mac(content, key)


def seal_of(head: Head, key: bytes) -> str:
    """What only the holder of the key can put on a head, so that it cannot be moved back to an earlier line."""
    return _mac(["head", head.company, head.count, head.hash], key)


def _mac(content: list[Any], key: bytes) -> str:
    # Sorted keys and no spaces: one content, one text, whatever the database made of the JSON meanwhile.
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def breaks(lines: Iterable[Line], key: bytes, heads: Iterable[Head] = ()) -> Iterator[Break]:
    """
    Every place where a company's trail does not hold, as it is read.

    :param lines: all of one company's lines, in the order of their sequence.
    :param heads: what is known of the trail from elsewhere, or from the past: it must still contain them.
    """
    known: dict[int, list[Head]] = {}
    for head in heads:
        known.setdefault(head.count, []).append(head)
    count, last = 0, START
    for line in lines:
        expected = count + 1
        if line.sequence != expected:
            yield Break(_out_of_step(line, expected), line.id, line.sequence)
        elif not _same(line.previous_hash, last):
            yield Break(f"Line {line.sequence} does not follow from the line before it.", line.id, line.sequence)
        if not _same(line.hash, hash_of(line, key)):
            yield Break(f"Line {line.sequence} is not what was written.", line.id, line.sequence)
        if any(not _same(line.hash, head.hash) for head in known.get(line.sequence, ())):
            yield Break(f"Line {line.sequence} is another than the head that was kept says.", line.id, line.sequence)
        count, last = line.sequence, line.hash
    longest = max(known, default=0)
    if longest > count:
        yield Break(f"The end is missing: there were {longest} lines, and {count} are left.")


def verify(lines: Iterable[Line], key: bytes, heads: Iterable[Head] = ()) -> str:
    """The first place where a trail does not hold, in words; "" if it holds. See `breaks`."""
    found = next(breaks(lines, key, heads), None)
    return found.words if found else ""


def _out_of_step(line: Line, expected: int) -> str:
    if line.sequence < expected:
        return f"Line {line.sequence} is there twice, or in the wrong place."
    missing = line.sequence - expected
    if missing == 1:
        return f"Line {expected} is missing."
    return f"Lines {expected} to {line.sequence - 1} are missing."


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())
