"""How much of a statement's lines is accounted for: matched with payments, or set aside with a reason."""

from __future__ import annotations

from collections.abc import Iterable

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
    """More was to be matched than the transaction has left, or nothing at all."""


class TransactionExcluded(TransactionError):
    """The transaction is set aside, and is not to be matched."""


def lock_lines(pks: Iterable[int]) -> dict[int, BankTransaction]:
    """
    The transactions as they are now, by id, locked in the order of their ids: the first locks of all that touch them.

    :raises TransactionError: one of them is gone.
    """
    wanted = set(pks)
    found = {
        row.pk: row
        for row in BankTransaction.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=wanted)
        .select_related("company", "bank_account", "excluded_by")
        .order_by("pk")
    }
    if wanted - found.keys():
        raise TransactionError("A bank transaction is no longer there: its import was undone. Reload the page.")
    return found


def refuse_matching(transaction: BankTransaction, minor: int) -> None:
    """
    Refuse to match so much of a locked transaction (minor units of its currency).

    Called by reconciliation alone, which stores matches: the database counts them into `matched_minor`.

    :raises AmountTooLarge: it has less left than that.
    :raises TransactionExcluded: it is set aside.
    """
    if transaction.excluded_at is not None:
        raise TransactionExcluded(f"{_named(transaction)} is excluded. Bring it back before you match it.")
    if not 0 < minor <= transaction.unmatched.minor:
        asked = Money(minor, transaction.currency)
        raise AmountTooLarge(
            f"{_named(transaction)} has {transaction.unmatched} left to match; "
            f"{asked} is {'too much' if minor > 0 else 'nothing'}."
        )


@atomic
def exclude(*, transaction: BankTransaction, reason: str, by: User) -> BankTransaction:
    """
    Set a line aside that needs no match, such as a transfer between own accounts. Twice is once.

    :raises TransactionError: no reason is given, or part of the line is matched.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise TransactionError("Say why this transaction needs no match.", field="reason")
    row = lock_lines([transaction.pk])[transaction.pk]
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
    row = lock_lines([transaction.pk])[transaction.pk]
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


def _named(row: BankTransaction) -> str:
    return f"The bank transaction of {row.booked_on:%-d %B %Y} ({abs(row.signed)} {row.direction})"
