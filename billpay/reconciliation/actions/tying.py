"""
Tying bank transactions to payments, and untying them (rule 21).

Order of locks: bank transactions, then payments, then matches, each ascending by id.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction as database
from django.db.models import QuerySet
from django.utils import timezone

from billpay.banking import actions as banking
from billpay.banking.models import BankTransaction, Direction
from billpay.companies import audit
from billpay.companies.models import Company, User
from billpay.money.value import Money
from billpay.payments import actions as payments
from billpay.payments.allocating import add_up
from billpay.payments.models import Batch, Payment, PaymentStatus
from billpay.reconciliation.actions.errors import AlreadyMatched, ReconciliationError
from billpay.reconciliation.models import Match


@dataclass(frozen=True, slots=True)
class Tie:
    """So much of a bank transaction is so much of a payment, and why."""

    transaction: BankTransaction
    payment: Payment
    amount: Money
    reasons: tuple[str, ...] = ()


@database.atomic
def match(
    *,
    transaction: BankTransaction,
    pairs: Sequence[tuple[Payment, Money]],
    by: User,
    reasons: Sequence[str] = (),
    seen: int | None = None,
) -> list[Match]:
    """
    Tie one bank transaction to one payment, several, or a part of one.

    :param pairs: payments of the transaction's own bank account, each with an amount in its currency.
    :param seen: the minor units that were left to match when the person looked, if that is known.
    :raises AlreadyMatched: someone else matched or excluded one of the two in the meantime.
    :raises ReconciliationError: money in, another account or currency, a payment that is not completed, or more than
        either side has left.
    """
    ties = [Tie(transaction, payment, amount, tuple(reasons)) for payment, amount in pairs]
    return tie(company=transaction.company, ties=ties, by=by, seen={transaction.pk: seen} if seen is not None else {})


def match_batch(
    *,
    transaction: BankTransaction,
    batch: Batch,
    by: User,
    reasons: Sequence[str] = (),
    seen: int | None = None,
) -> list[Match]:
    """Tie a bank transaction to all that is left to match of a batch. See `match`."""
    rows = batch.payments.to_match().select_related("bank_account").order_by("pk")
    pairs = [(payment, payment.unmatched) for payment in rows]
    if not pairs:
        raise ReconciliationError(f"Nothing of {batch.number} is left to match.")
    return match(transaction=transaction, pairs=pairs, by=by, reasons=reasons, seen=seen)


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
        raise ReconciliationError("Choose at least one payment.")
    of_lines = _sums((one.transaction.pk, one.amount.minor) for one in ties)
    of_payments = _sums((one.payment.pk, one.amount.minor) for one in ties)
    lines = lock_transactions(of_lines)
    paid = _lock_payments(of_payments)
    for pk, minor in of_lines.items():
        _refuse_line(lines[pk], minor, (seen or {}).get(pk))
    for pk, minor in of_payments.items():
        _refuse_payment(paid[pk], minor)
    for one in ties:
        _refuse_strangers(company, lines[one.transaction.pk], paid[one.payment.pk], one.amount)
    banking.mark_matched(amounts=of_lines)
    payments.mark_matched(amounts=of_payments)
    group = uuid.uuid4()
    rows = Match.objects.bulk_create(
        Match(
            company=company,
            group=group,
            transaction=lines[one.transaction.pk],
            payment=paid[one.payment.pk],
            amount_minor=one.amount.minor,
            reasons=list(one.reasons),
            created_by=by,
        )
        for one in ties
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
    _lock_payments({row.payment_id for row in matches})
    rows = list(
        Match.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=[row.pk for row in matches], undone_at=None)
        .select_related("transaction__bank_account", "payment__supplier", "payment__bank_account")
        .order_by("pk")
    )
    if not rows:
        raise AlreadyMatched(_undone_words(matches))
    banking.mark_unmatched(amounts=_sums((row.transaction_id, row.amount_minor) for row in rows))
    payments.mark_unmatched(amounts=_sums((row.payment_id, row.amount_minor) for row in rows))
    Match.objects.filter(pk__in=[row.pk for row in rows]).update(undone_at=timezone.now(), undone_by=by)
    audit.record_many(company=company, by=by, events=[event for row in rows for event in _events(row, "unmatched")])
    return rows


def lock_transactions(pks: Iterable[int]) -> dict[int, BankTransaction]:
    """
    The bank transactions as they are now, locked in the order of their ids: the first locks of this room.

    :raises ReconciliationError: one of them is gone.
    """
    wanted = set(pks)
    rows = (
        BankTransaction.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=wanted)
        .select_related("bank_account", "excluded_by")
        .order_by("pk")
    )
    found = {row.pk: row for row in rows}
    if wanted - found.keys():
        raise ReconciliationError("A bank line is no longer there: its import was undone. Reload the page.")
    return found


def refuse_unready(line: BankTransaction, seen: int | None) -> None:
    """
    :raises AlreadyMatched: the line is matched or excluded, or not as the person saw it.
    :raises ReconciliationError: it is money in.
    """
    if line.direction == Direction.IN:
        raise ReconciliationError("This is money in. Only money out can be matched with payments.")
    if line.excluded_at:
        raise AlreadyMatched(f"This line was excluded by {line.excluded_by} {_when(line.excluded_at)}.")
    left = line.unmatched.minor
    if not left or (seen is not None and seen != left):
        raise AlreadyMatched(_taken_words("This line", line.matches.live(), left=str(line.unmatched) if left else ""))


def _lock_payments(pks: Iterable[int]) -> dict[int, Payment]:
    rows = (
        Payment.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=set(pks))
        .select_related("bank_account", "supplier")
        .order_by("pk")
    )
    return {row.pk: row for row in rows}


def _sums(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    return {int(str(key)): minor for key, minor in add_up(pairs).items()}


def _refuse_line(line: BankTransaction, minor: int, seen: int | None) -> None:
    refuse_unready(line, seen)
    if minor > line.unmatched.minor:
        raise ReconciliationError(
            f"The bank line has {line.unmatched} left to match; {Money(minor, line.currency)} is too much."
        )


def _refuse_payment(payment: Payment, minor: int) -> None:
    if payment.status != PaymentStatus.COMPLETED:
        raise ReconciliationError(
            f"{payment.number} is {payment.get_status_display().lower()}; only completed payments can be matched."
        )
    if payment.matched_minor and not payment.unmatched.minor:
        raise AlreadyMatched(_taken_words(payment.number, payment.matches.live()))
    if minor > payment.unmatched.minor:
        raise ReconciliationError(
            f"{payment.number} has {payment.unmatched} left to match; "
            f"{Money(minor, payment.unmatched.currency)} is too much."
        )


def _refuse_strangers(company: Company, line: BankTransaction, payment: Payment, amount: Money) -> None:
    if line.company_id != company.pk or payment.company_id != company.pk:
        raise ReconciliationError("That belongs to another company.")
    if payment.bank_account_id != line.bank_account_id:
        raise ReconciliationError(
            f"{payment.number} left {payment.bank_account or 'no account'}, not {line.bank_account}."
        )
    if amount.currency != line.currency:
        raise ReconciliationError(f"The bank line is in {line.currency}; {amount} cannot be matched with it.")
    if amount.minor <= 0:
        raise ReconciliationError(f"Enter an amount above zero for {payment.number}.")


def _taken_words(what: str, live: QuerySet[Match], *, left: str = "") -> str:
    last = live.select_related("created_by", "payment", "transaction").order_by("-pk").first()
    if last is None:
        return f"{what} was changed by someone else. It has {left} left to match." if left else f"{what} was changed."
    words = (
        f"{what} was matched by {last.created_by} {_when(last.created_at)}: {last.amount} with {last.payment.number}."
    )
    return f"{words} It has {left} left to match." if left else words


def _undone_words(matches: Sequence[Match]) -> str:
    last = max((row for row in matches), key=lambda row: row.pk, default=None)
    fresh = last and Match.objects.select_related("undone_by").get(pk=last.pk)
    if fresh and fresh.undone_at:
        return f"This match was undone by {fresh.undone_by} {_when(fresh.undone_at)}."
    return "There is nothing to undo."


def _when(at: datetime) -> str:
    return f"on {timezone.localtime(at):%-d %B at %H:%M}"


def _events(row: Match, what: str) -> tuple[audit.Event, audit.Event]:
    line, payment = row.transaction, row.payment
    joined = "matched with" if what == "matched" else "no longer matched with"
    why = f" ({' · '.join(row.reasons)})" if row.reasons and what == "matched" else ""
    detail = {"amount_minor": row.amount_minor, "payment": payment.number, "transaction": line.pk}
    return (
        audit.Event(
            f"bank_transaction.{what}",
            line,
            f"{row.amount} of the bank line {joined} {payment.number} to {payment.supplier}{why}",
            detail,
        ),
        audit.Event(
            f"payment.{what}",
            payment,
            f"{row.amount} of {payment.number} {joined} the line of {line.booked_on:%-d %B %Y}, {line.bank_account}",
            detail,
        ),
    )
