"""
Which rows of a statement the account holds already (rule 20).

Every stored line can stand for one row of the file only. A row takes the line that carries the bank's own id for it;
else a line of equal content: same day, same amount, same text. Rows left over are new, also when their twins are known:
of two equal rows, an earlier file that held one leaves exactly one to add.

The bank's ids are trusted when they differ from each other within the file, and when none of them stands on another
day or amount in the account: a column that numbers the lines of each export anew is no id.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import count

from django.db.models import QuerySet

from billpay.banking.models import BankAccount, BankTransaction, Direction
from billpay.banking.statements import StatementRow

CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Fresh:
    """A row to add, and what it will be known by."""

    row: StatementRow
    fingerprint: str
    ordinal: int


@dataclass(frozen=True, slots=True)
class SortedOut:
    fresh: list[Fresh]
    known: list[StatementRow]

    @property
    def known_count(self) -> int:
        return len(self.known)


@dataclass(slots=True)
class _Line:
    """A line that the account holds."""

    booked_on: date
    minor: int
    bank_id: str
    fingerprint: str
    ordinal: int
    taken: bool = False


@dataclass(slots=True)
class _Held:
    by_id: dict[str, list[_Line]] = field(default_factory=lambda: defaultdict(list))
    by_content: dict[str, list[_Line]] = field(default_factory=lambda: defaultdict(list))


def fingerprint_of(row: StatementRow) -> str:
    """A digest of day, signed amount and text; case, spacing and forms of the same letter aside."""
    text = f"{row.payee}|{row.reference}|{row.description}"
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return hashlib.sha256(f"{row.booked_on.isoformat()}|{row.minor}|{plain}".encode()).hexdigest()


def sort_out(*, account: BankAccount, rows: Sequence[StatementRow]) -> SortedOut:
    """
    Tell new rows from known ones. Reads only; an import calls it with the account locked.

    Three queries or so, whatever the number of rows.
    """
    held = _held(account, rows)
    trusted = _ids_are_trusted(rows, held)
    known: set[int] = set()
    if trusted:
        known = {index for index, row in enumerate(rows) if row.bank_id and _take_by_id(row, held)}
    fingerprints = [fingerprint_of(row) for row in rows]
    for index, row in enumerate(rows):
        if index not in known and _take_by_content(row, fingerprints[index], held, trusted=trusted):
            known.add(index)
    ordinals = {fingerprint: _free(lines) for fingerprint, lines in held.by_content.items()}
    fresh = []
    for index, row in enumerate(rows):
        if index in known:
            continue
        fingerprint = fingerprints[index]
        fresh.append(Fresh(row, fingerprint, next(ordinals.setdefault(fingerprint, count(1)))))
    return SortedOut(fresh, [row for index, row in enumerate(rows) if index in known])


def _ids_are_trusted(rows: Iterable[StatementRow], held: _Held) -> bool:
    seen: set[str] = set()
    for row in rows:
        if not row.bank_id:
            continue
        if row.bank_id in seen:
            return False
        seen.add(row.bank_id)
        if any(not _same_movement(row, line) for line in held.by_id.get(row.bank_id, ())):
            return False
    return bool(seen)


def _same_movement(row: StatementRow, line: _Line) -> bool:
    return (row.booked_on, row.minor) == (line.booked_on, line.minor)


def _take_by_id(row: StatementRow, held: _Held) -> bool:
    return _take(line for line in held.by_id.get(row.bank_id, ()) if _same_movement(row, line))


def _take_by_content(row: StatementRow, fingerprint: str, held: _Held, *, trusted: bool) -> bool:
    """With trusted ids on both sides, equal content with another id is a twin, not the same."""
    return _take(
        line
        for line in held.by_content.get(fingerprint, ())
        if not (trusted and row.bank_id and line.bank_id and row.bank_id != line.bank_id)
    )


def _take(lines: Iterable[_Line]) -> bool:
    line = next((line for line in lines if not line.taken), None)
    if line is not None:
        line.taken = True
    return line is not None


def _free(lines: Iterable[_Line]) -> Iterator[int]:
    """How-manieths that no line has, in rising order."""
    used = {line.ordinal for line in lines}
    return (number for number in count(1) if number not in used)


def _held(account: BankAccount, rows: Sequence[StatementRow]) -> _Held:
    held = _Held()
    lines: dict[int, _Line] = {}
    stored = BankTransaction.objects.filter(bank_account=account)
    days = [row.booked_on for row in rows]
    if days:
        _load(stored.filter(booked_on__range=(min(days), max(days))), lines)
    ids = sorted({row.bank_id for row in rows if row.bank_id})
    for start in range(0, len(ids), CHUNK):
        _load(stored.filter(bank_id__in=ids[start : start + CHUNK]), lines)
    for line in lines.values():
        held.by_content[line.fingerprint].append(line)
        if line.bank_id:
            held.by_id[line.bank_id].append(line)
    return held


def _load(stored: QuerySet[BankTransaction], lines: dict[int, _Line]) -> None:
    columns = stored.order_by("pk").values_list(
        "pk", "booked_on", "direction", "amount_minor", "bank_id", "fingerprint", "ordinal"
    )
    for pk, booked_on, direction, amount, bank_id, fingerprint, ordinal in columns:
        minor = -amount if direction == Direction.OUT else amount
        lines.setdefault(pk, _Line(booked_on, minor, bank_id, fingerprint, ordinal))
