"""How much of a statement's lines is accounted for: matched with payments, or set aside with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.transaction import atomic
from django.utils import timezone

from billpay.banking.models import BankTransaction
from billpay.companies import audit
from billpay.companies.models import User
from billpay.companies.refusals import Refused
from billpay.money.value import Money


class TransactionError(Refused):
    """A bank transaction would not do what was asked."""


class AmountTooLarge(TransactionError):
    """More was to be matched than the transaction has left, or more taken back than was matched."""


class TransactionExcluded(TransactionError):
    """The transaction is set aside, and is not to be matched."""


@atomic
def mark_matched(*, amounts: Mapping[int, int]) -> dict[int, BankTransaction]:
    """
    Count amounts (positive minor units of the account's currency, by transaction id) as accounted for.

    Locks the rows ascending by id. Called by reconciliation alone, which keeps what each amount is matched with.

    :raises AmountTooLarge: a transaction has less left than that.
    :raises TransactionExcluded: a transaction is set aside.
    :raises TransactionError: a transaction is gone.
    """
    rows = _lock(amounts)
    for pk, minor in amounts.items():
        row = rows[pk]
        if row.excluded_at is not None:
            raise TransactionExcluded(f"{_named(row)} is excluded. Bring it back before you match it.")
        if not 0 < minor <= row.unmatched.minor:
            asked = Money(minor, row.currency)
            raise AmountTooLarge(
                f"{_named(row)} has {row.unmatched} left to match; {asked} is {'too much' if minor > 0 else 'nothing'}."
            )
        row.matched_minor += minor
    BankTransaction.objects.bulk_update(rows.values(), ["matched_minor"])
    return rows


@atomic
def mark_unmatched(*, amounts: Mapping[int, int]) -> dict[int, BankTransaction]:
    """
    Take back what `mark_matched` counted, under the same locks.

    :raises AmountTooLarge: less than that is matched.
    """
    rows = _lock(amounts)
    for pk, minor in amounts.items():
        row = rows[pk]
        if not 0 < minor <= row.matched_minor:
            raise AmountTooLarge(
                f"{_named(row)} has {row.matched} matched; {Money(minor, row.currency)} cannot be taken back."
            )
        row.matched_minor -= minor
    BankTransaction.objects.bulk_update(rows.values(), ["matched_minor"])
    return rows


@atomic
def exclude(*, transaction: BankTransaction, reason: str, by: User) -> BankTransaction:
    """
    Set a line aside that needs no match, such as a transfer between own accounts. Twice is once.

    :raises TransactionError: no reason is given, or part of the line is matched.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise TransactionError("Say why this transaction needs no match.", field="reason")
    row = _lock([transaction.pk])[transaction.pk]
    if row.matched_minor:
        raise TransactionError(
            f"{row.matched} of {_named(row)} is matched. Undo the match before you exclude it.", field="reason"
        )
    if row.excluded_at is not None:
        return row
    row.excluded_at, row.excluded_by, row.excluded_reason = timezone.now(), by, reason[:200]
    row.save(update_fields=["excluded_at", "excluded_by", "excluded_reason"])
    audit.record(
        company=row.company,
        verb="bank_transaction.excluded",
        target=row,
        by=by,
        summary=f"{_named(row)} excluded: {reason[:200]}",
    )
    return row


@atomic
def include(*, transaction: BankTransaction, by: User) -> BankTransaction:
    """Bring an excluded line back among those to reconcile. Twice is once."""
    row = _lock([transaction.pk])[transaction.pk]
    if row.excluded_at is None:
        return row
    row.excluded_at, row.excluded_by, row.excluded_reason = None, None, ""
    row.save(update_fields=["excluded_at", "excluded_by", "excluded_reason"])
    audit.record(
        company=row.company,
        verb="bank_transaction.included",
        target=row,
        by=by,
        summary=f"{_named(row)} brought back to be reconciled",
    )
    return row


def _lock(ids: Iterable[int]) -> dict[int, BankTransaction]:
    wanted = set(ids)
    found = {
        row.pk: row
        for row in BankTransaction.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=wanted)
        .select_related("company", "bank_account")
        .order_by("pk")
    }
    if wanted - found.keys():
        raise TransactionError("A bank transaction is no longer there: its import was undone. Reload the page.")
    return found


def _named(row: BankTransaction) -> str:
    return f"The bank transaction of {row.booked_on:%-d %B %Y} ({abs(row.signed)} {row.direction})"
