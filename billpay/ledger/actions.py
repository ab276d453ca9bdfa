"""
Writing the books. `post` alone writes journal lines, within the transaction of who calls.

Amounts are minor units of the company's base currency.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection, models, transaction
from django.utils import timezone

from billpay.companies.models import Company, User
from billpay.companies.refusals import Refused
from billpay.ledger.models import AccountRole, EntryKind, JournalEntry, JournalLine, NominalAccount


class LedgerError(Refused):
    """The books would not take it."""


class PeriodLocked(LedgerError):
    """A person asked for a posting on a day that is closed."""


class Unbalanced(LedgerError):
    """Debits and credits differ: a fault of the program, never of the user."""


@dataclass(frozen=True, slots=True)
class Posting:
    """One side of an entry, in base minor units. `net` is positive for a debit, negative for a credit."""

    account_id: int
    net: int


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry to be posted for `source`; postings to the same account are added up, zeros left out."""

    on: date
    kind: EntryKind
    source: models.Model
    description: str
    postings: Sequence[Posting]
    reverses: JournalEntry | None = None


def debit(account: NominalAccount, amount: int) -> Posting:
    return Posting(account.pk, amount)


def credit(account: NominalAccount, amount: int) -> Posting:
    return Posting(account.pk, -amount)


def accounts_by_role(company: Company) -> dict[AccountRole, NominalAccount]:
    """The accounts the books post to themselves, in one query."""
    return {AccountRole(account.role): account for account in company.nominal_accounts.exclude(role="")}


def refuse_locked_day(company: Company, on: date) -> None:
    """:raises PeriodLocked: if the books are closed on that day."""
    if company.locked_through and on <= company.locked_through:
        raise PeriodLocked(
            f"The books are locked through {company.locked_through:%-d %B %Y}; {on:%-d %B %Y} is closed. "
            "Choose a later date, or ask an owner to open the period."
        )


def _as_now(company: Company) -> Company:
    """
    When the books are closed as of this moment: the caller may hold the company from before somebody closed them.

    Whoever closes them waits until this transaction ends; other postings do not.
    """
    lock = " FOR KEY SHARE" if connection.features.has_select_for_update else ""
    sql = f"SELECT id, locked_through FROM companies_company WHERE id = %s{lock}"  # noqa: S608  No words of anyone's.
    return Company.objects.raw(sql, [company.pk])[0]


def first_open_day(company: Company, on: date) -> date:
    """The day itself, or the first one that is open: for postings the books make by themselves (rule 23)."""
    if company.locked_through and on <= company.locked_through:
        return company.locked_through + timedelta(days=1)
    return on


def last_day(company: Company, *, today: date, since: date | None = None) -> date:
    """
    The last day that a person may date something, and the day to propose: today, or the first open day after it when
    the books are closed through today.

    :param since: since when what is changed stands, if that is later: nothing is taken back from before it was there.
    """
    return first_open_day(company, max(today, since or today))


def post(*, company: Company, entry: Entry, by: User | None) -> JournalEntry | None:
    """
    Post one balanced entry; an entry whose every posting is zero leaves nothing.

    :raises PeriodLocked: if the day is closed.
    :raises Unbalanced: if debits and credits differ.
    """
    return post_many(company=company, entries=[entry], by=by)[0]


def post_many(*, company: Company, entries: Iterable[Entry], by: User | None) -> list[JournalEntry | None]:
    """Post entries in three statements, whatever their number. See `post`."""
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("Books are written within a transaction, never half.")
    kept: list[tuple[int, Entry, dict[int, int]]] = []
    asked = list(entries)
    now_closed = _as_now(company)
    for index, entry in enumerate(asked):
        refuse_locked_day(now_closed, entry.on)
        nets = _nets(entry)
        if nets:
            kept.append((index, entry, nets))
    now = timezone.now()  # Asked here, like every moment of what is posted: the field's default is bound too early.
    rows = JournalEntry.objects.bulk_create(
        JournalEntry(
            company=company,
            on=entry.on,
            kind=entry.kind,
            source_kind=entry.source._meta.model_name or "",
            source_id=entry.source.pk,
            description=entry.description[:250],
            reverses=entry.reverses,
            created_at=now,
            created_by=by,
        )
        for _, entry, _ in kept
    )
    JournalLine.objects.bulk_create(
        JournalLine(entry=row, account_id=account_id, debit_minor=max(net, 0), credit_minor=max(-net, 0))
        for row, (_, _, nets) in zip(rows, kept, strict=True)
        for account_id, net in nets.items()
    )
    result: list[JournalEntry | None] = [None] * len(asked)
    for row, (index, _, _) in zip(rows, kept, strict=True):
        result[index] = row
    return result


def _nets(entry: Entry) -> dict[int, int]:
    nets: dict[int, int] = {}
    for posting in entry.postings:
        nets[posting.account_id] = nets.get(posting.account_id, 0) + posting.net
    if sum(nets.values()) != 0:
        raise Unbalanced(f"“{entry.description}” is out of balance by {sum(nets.values())}.")
    return {account_id: net for account_id, net in nets.items() if net}


@transaction.atomic
def reverse(*, company: Company, source: models.Model, on: date, by: User, reason: str) -> list[JournalEntry]:
    """
    Post the reverse of every entry of `source` that is not reversed yet, dated `on`.

    :raises PeriodLocked: if that day is closed.
    """
    entries = list(
        JournalEntry.objects.filter(
            company=company,
            source_kind=source._meta.model_name,
            source_id=source.pk,
            reverses=None,
            reversed_by=None,
        )
        .order_by("id")
        .prefetch_related("lines")
    )
    reversals = [
        Entry(
            on=on,
            kind=EntryKind.REVERSAL,
            source=source,
            description=f"Reversal: {entry.description} ({reason})" if reason else f"Reversal: {entry.description}",
            postings=[Posting(line.account_id, line.credit_minor - line.debit_minor) for line in entry.lines.all()],
            reverses=entry,
        )
        for entry in entries
    ]
    return [row for row in post_many(company=company, entries=reversals, by=by) if row]


def entries_of(source: models.Model) -> models.QuerySet[JournalEntry]:
    """The journal of one document or payment, oldest first, with lines and accounts."""
    return (
        JournalEntry.objects.filter(
            company=source.company,  # type: ignore[attr-defined]
            source_kind=source._meta.model_name,
            source_id=source.pk,
        )
        .order_by("id")
        .prefetch_related("lines__account")
    )
