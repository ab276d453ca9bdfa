"""
The audit trail: appended by actions, inside the same transaction as what they did, and chained (docs/adr/0021).

Writing a line locks the company's head until the transaction ends. It is the last lock of every transaction: who
takes another one after it may deadlock. A transaction of several actions is wrapped in `gathered` therefore.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, fields
from datetime import datetime
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from billpay.companies import chain
from billpay.companies.models import AuditEvent, AuditHead, Company, User

PAGE = 2_000
"""So many lines are read at once when a trail is verified."""
_COLUMNS = [{"company": "company_id", "by": "by_id"}.get(one.name, one.name) for one in fields(chain.Line)]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: `verb` as in "bill.approved", `summary` as people read it."""

    verb: str
    target: models.Model
    summary: str
    detail: dict[str, Any] = field(default_factory=dict)


def key() -> bytes:
    """What the trails are chained with: `AUDIT_KEY`, else a key derived from `SECRET_KEY`."""
    return (settings.AUDIT_KEY or derived_key()).encode()


def derived_key() -> str:
    """The key in force while `AUDIT_KEY` is not set; it changes with `SECRET_KEY`."""
    return salted_hmac("billpay.companies.audit", "the key of the audit chain", algorithm="sha256").hexdigest()


def record(*, company: Company, verb: str, target: models.Model, by: User | None, summary: str, **detail: Any) -> None:
    """Append one line. `detail` holds JSON values only: minor units as integers, dates as ISO text."""
    record_many(company=company, by=by, events=[Event(verb, target, summary, detail)])


def record_many(*, company: Company, by: User | None, events: Iterable[Event]) -> None:
    """Append lines in the order given, by a fixed number of statements. The last thing that a transaction does."""
    now = timezone.now()
    rows = [_drawn(company, by, event, now) for event in events]
    waiting = _waiting.get()
    if waiting is None:
        _append(company, rows)
    elif rows:
        waiting.add(company, rows)


def _drawn(company: Company, by: User | None, event: Event, at: datetime) -> AuditEvent:
    return AuditEvent(
        company=company,
        at=at,
        by=by,
        verb=event.verb,
        target_kind=event.target._meta.model_name or "",
        target_id=str(event.target.pk),
        summary=event.summary[:500],
        # As it will be read back: what is hashed must not depend on tuples or keys that are numbers.
        detail=json.loads(json.dumps(event.detail), parse_float=_refuse_fraction),
    )


def _refuse_fraction(text: str) -> float:
    """Databases write fractions in their own way, and then the hash would not fit."""
    raise TypeError(f"{text} in a line of the trail is not exact: give integers or text.")


@transaction.atomic(savepoint=False)
def _append(company: Company, rows: list[AuditEvent]) -> None:
    if not rows:
        return
    head, secret = _locked_head(company), key()
    for row in rows:
        head.count += 1
        row.sequence, row.previous_hash = head.count, head.hash
        row.hash = head.hash = chain.hash_of(_line_of(row), secret)
    head.seal = chain.seal_of(_end(head), secret)
    AuditEvent.objects.bulk_create(rows)
    head.save(update_fields=["count", "hash", "seal"])


def _locked_head(company: Company) -> AuditHead:
    heads = AuditHead.objects.select_for_update(no_key=True)
    try:
        return heads.get(company=company)
    except AuditHead.DoesNotExist:
        # Who comes second waits here for the first, and then finds the first one's row.
        AuditHead.objects.bulk_create([AuditHead(company=company)], ignore_conflicts=True)
        return heads.get(company=company)


def _line_of(row: AuditEvent) -> chain.Line:
    return chain.Line(*(getattr(row, column) for column in _COLUMNS))


def _end(head: AuditHead) -> chain.Head:
    return chain.Head(head.company_id, head.count, head.hash)


def head_of(company: Company) -> chain.Head:
    """Where the company's trail ends now, to be kept elsewhere."""
    head = AuditHead.objects.filter(company=company).first()
    return _end(head) if head else chain.Head(company.pk, 0, chain.START)


def verify(company: Company, head: chain.Head | None = None, *, most: int = 100) -> list[chain.Break]:
    """
    Where the company's trail does not hold; nothing if it holds. Reads every line, and holds up nobody.

    :param head: as it was exported and kept elsewhere; with it a tail cut off shows even where the head went along.
    :param most: so many are told; a trail read with another key than it was written with breaks at every line.
    """
    # Read before the lines: lines added meanwhile come after it, and none of those it speaks of may be gone.
    heads = [head_of(company), *([head] if head else [])]
    end = chain.Head(company.pk, 0, chain.START)

    def lines() -> Iterator[chain.Line]:
        nonlocal end
        for line in _lines(company):
            end = chain.Head(company.pk, line.sequence, line.hash)
            yield line

    found = list(islice(chain.breaks(lines(), key(), heads), most))
    if len(found) < most:
        found += _breaks_of_head(company, end)
    return found


def _breaks_of_head(company: Company, end: chain.Head) -> Iterator[chain.Break]:
    """:param end: of the lines that were read just now; the head has since moved on at most."""
    head = AuditHead.objects.filter(company=company).first()
    if head is None:
        if end.count:
            yield chain.Break(f"The head is gone: there are {end.count} lines.")
        return
    if head.count < end.count:
        yield chain.Break(f"The head says {head.count} lines, and there are {end.count}.")
    if head.seal != chain.seal_of(_end(head), key()):
        yield chain.Break("The head is not what was written.")


def _lines(company: Company) -> Iterator[chain.Line]:
    """A company's lines in their order, a page at a time: SQLite lets nobody write while a query is open."""
    rows = AuditEvent.objects.filter(company=company).order_by("sequence", "id")
    page = rows[:PAGE]
    while found := [chain.Line(*row) for row in page.values_list(*_COLUMNS)]:
        yield from found
        last = found[-1]
        further = Q(sequence__gt=last.sequence) | Q(sequence=last.sequence, id__gt=last.id)
        page = rows.filter(further, sequence__gte=last.sequence)[:PAGE]


class _Waiting:
    """Lines that are written when the block around them ends, unless a savepoint they stand in was rolled back."""

    def __init__(self) -> None:
        self._lines: list[tuple[Company, list[AuditEvent], object]] = []

    def add(self, company: Company, rows: list[AuditEvent]) -> None:
        def stands() -> None:
            """Asked for on commit: Django forgets it with the savepoint, and so tells which lines went with it."""

        transaction.on_commit(stands)
        self._lines.append((company, rows, stands))

    def write(self) -> None:
        standing = {entry[1] for entry in connection.run_on_commit}
        by_company: dict[int, tuple[Company, list[AuditEvent]]] = {}
        for company, rows, stands in self._lines:
            if stands in standing:
                by_company.setdefault(company.pk, (company, []))[1].extend(rows)
        for _, (company, rows) in sorted(by_company.items()):
            _append(company, rows)


_waiting: ContextVar[_Waiting | None] = ContextVar("lines waiting to be written", default=None)


@contextmanager
def gathered() -> Iterator[None]:
    """
    Write the lines of all actions in this block at its end, so that no action locks anything after the head.

    The block is one transaction; each line is as it was when it happened. Of a block within a block the outer one
    writes. `@audit.gathered()` makes a block of a whole action, as one that deletes what it writes a line about.
    """
    with transaction.atomic():
        if _waiting.get() is not None:
            yield
            return
        waiting = _Waiting()
        token = _waiting.set(waiting)
        try:
            yield
        finally:
            _waiting.reset(token)
        waiting.write()


def trail_of(company: Company, targets: Sequence[models.Model]) -> models.QuerySet[AuditEvent]:
    """The lines about several objects of one kind, newest first. All of them are the company's."""
    kinds = {target._meta.model_name for target in targets}
    ids = {str(target.pk) for target in targets}
    return AuditEvent.objects.filter(company=company, target_kind__in=kinds, target_id__in=ids)


def trail(target: models.Model) -> models.QuerySet[AuditEvent]:
    """The lines about one object, newest first, with who did each. `target` carries its company."""
    company = target if isinstance(target, Company) else target.company  # type: ignore[attr-defined]
    return AuditEvent.objects.filter(
        company=company, target_kind=target._meta.model_name, target_id=str(target.pk)
    ).select_related("by")
