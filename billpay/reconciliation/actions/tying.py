"""
Tying bank transactions to payments and refunds, and untying them (rule 21).

Order of locks: bank transactions, then payments, then refunds, then matches, each ascending by id.
The database counts matches into `matched_minor` of both sides.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction as database
from django.utils import timezone

from billpay.banking import actions as banking
from billpay.banking.models import BankTransaction
from billpay.companies import audit
from billpay.companies.models import Company, User
from billpay.companies.refusals import Refused
from billpay.money.value import Money
from billpay.payments import actions as payments
from billpay.payments.models import Payment, Refund
from billpay.reconciliation.actions.errors import AlreadyMatched, ReconciliationError
from billpay.reconciliation.actions.refusing import refuse_line, refuse_paid, refuse_strangers, undone_words
from billpay.reconciliation.models import Match, Paid


@dataclass(frozen=True, slots=True)
class Tie:
    """So much of a bank transaction is so much of a payment or refund, and why."""

    transaction: BankTransaction
    paid: Paid
    amount: Money
    reasons: tuple[str, ...] = ()


@database.atomic
def match(
    *,
    transaction: BankTransaction,
    pairs: Sequence[tuple[Paid, Money]],
    by: User,
    reasons: Sequence[str] = (),
    seen: int | None = None,
) -> list[Match]:
    """
    Tie one bank transaction to one payment, several, or a part of one; money in to refunds.

    :param pairs: payments or refunds of the transaction's own bank account, each with an amount in its currency.
    :param seen: the minor units that were left to match when the person looked, if that is known.
    :raises AlreadyMatched: someone else matched or excluded one of the two in the meantime.
    :raises ReconciliationError: the wrong direction, another account or currency, a payment that is not completed,
        or more than either side has left.
    """
    ties = [Tie(transaction, paid, amount, tuple(reasons)) for paid, amount in pairs]
    return tie(company=transaction.company, ties=ties, by=by, seen={transaction.pk: seen} if seen is not None else {})


@database.atomic
def tie(
    *, company: Company, ties: Sequence[Tie], by: User, seen: Mapping[int, int | None] | None = None
) -> list[Match]:
    """
    Make many matches at once, all or none; their rows share a group, so that they can be undone together.

    :raises AlreadyMatched: see `match`.
    :raises ReconciliationError: see `match`.
    """
    if not ties:
        raise ReconciliationError("Choose at least one payment or refund.")
    of_lines = _sums((one.transaction.pk, one.amount.minor) for one in ties)
    of_paid = _sums((_key(one.paid), one.amount.minor) for one in ties)
    lines = lock_transactions(of_lines)
    paid = _lock_paid(of_paid)
    for one in ties:
        refuse_strangers(company, lines[one.transaction.pk], paid[_key(one.paid)], one.amount)
    for pk, minor in of_lines.items():
        refuse_line(lines[pk], minor, (seen or {}).get(pk))
    for key, minor in of_paid.items():
        refuse_paid(paid[key], minor)
    group = uuid.uuid4()
    rows = Match.objects.bulk_create(
        _row(company, group, lines[one.transaction.pk], paid[_key(one.paid)], one, by) for one in ties
    )
    audit.record_many(company=company, by=by, events=[event for row in rows for event in _events(row, "matched")])
    return rows


@database.atomic
def unmatch(*, company: Company, group: uuid.UUID, by: User, transaction: BankTransaction | None = None) -> list[Match]:
    """
    Undo a group of matches, or those of it on one bank transaction. The rows stay, with who undid them and when.

    :raises AlreadyMatched: someone undid them already.
    """
    known = company.matches.filter(group=group)
    if transaction is not None:
        known = known.filter(transaction=transaction)
    return untie(company=company, matches=list(known), by=by)


def untie(*, company: Company, matches: Sequence[Match], by: User) -> list[Match]:
    """Undo those of the matches that are live. To be called inside a transaction. See `unmatch`."""
    lock_transactions({row.transaction_id for row in matches})
    _lock_paid(_key_of(row) for row in matches)
    rows = list(
        Match.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=[row.pk for row in matches], undone_at=None)
        .select_related("transaction__bank_account", "payment__supplier", "refund__supplier")
        .order_by("pk")
    )
    if not rows:
        raise AlreadyMatched(undone_words(matches))
    Match.objects.filter(pk__in=[row.pk for row in rows]).update(undone_at=timezone.now(), undone_by=by)
    audit.record_many(company=company, by=by, events=[event for row in rows for event in _events(row, "unmatched")])
    return rows


def lock_transactions(pks: Iterable[int]) -> dict[int, BankTransaction]:
    """
    The bank transactions as they are now, locked in the order of their ids: the first locks of this room.

    :raises ReconciliationError: one of them is gone.
    """
    try:
        return banking.lock_lines(pks)
    except Refused as refusal:
        raise ReconciliationError(str(refusal)) from refusal


type _Key = tuple[bool, int]
"""Whether it is a refund, and its id."""


def _key(paid: Paid) -> _Key:
    return isinstance(paid, Refund), paid.pk


def _key_of(row: Match) -> _Key:
    return (False, row.payment_id) if row.payment_id is not None else (True, row.refund_id or 0)


def _lock_paid(keys: Iterable[_Key]) -> dict[_Key, Paid]:
    wanted = set(keys)
    paid: dict[_Key, Paid] = {}
    if ids := [pk for is_refund, pk in wanted if not is_refund]:
        paid |= {(False, pk): row for pk, row in payments.lock_payments(ids).items()}
    if ids := [pk for is_refund, pk in wanted if is_refund]:
        paid |= {(True, pk): row for pk, row in payments.lock_refunds(ids).items()}
    return paid


def _sums[K](pairs: Iterable[tuple[K, int]]) -> dict[K, int]:
    """All that is asked of one row counts together."""
    sums: dict[K, int] = {}
    for key, minor in pairs:
        sums[key] = sums.get(key, 0) + minor
    return sums


def _row(company: Company, group: uuid.UUID, line: BankTransaction, paid: Paid, one: Tie, by: User) -> Match:
    return Match(
        company=company,
        group=group,
        transaction=line,
        payment=paid if isinstance(paid, Payment) else None,
        refund=paid if isinstance(paid, Refund) else None,
        amount_minor=one.amount.minor,
        reasons=list(one.reasons),
        created_by=by,
    )


def _events(row: Match, what: str) -> tuple[audit.Event, audit.Event]:
    line, paid = row.transaction, row.paid
    kind, towards = ("payment", "to") if isinstance(paid, Payment) else ("refund", "from")
    joined = "matched with" if what == "matched" else "no longer matched with"
    why = f" ({' · '.join(row.reasons)})" if row.reasons and what == "matched" else ""
    detail = {"amount_minor": row.amount_minor, kind: paid.number, "transaction": line.pk}
    return (
        audit.Event(
            f"bank_transaction.{what}",
            line,
            f"{row.amount} of the bank line {joined} {paid.number} {towards} {paid.supplier}{why}",
            detail,
        ),
        audit.Event(
            f"{kind}.{what}",
            paid,
            f"{row.amount} of {paid.number} {joined} the line of {line.booked_on:%-d %B %Y}, {line.bank_account}",
            detail,
        ),
    )
