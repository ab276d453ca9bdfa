"""What may not be matched, in words. All rows are locked by who calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from billpay.banking import actions as banking
from billpay.banking.models import BankTransaction, Direction
from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.money.value import Money
from billpay.payments import actions as payments
from billpay.payments.models import Payment
from billpay.reconciliation.actions.errors import AlreadyMatched, ReconciliationError
from billpay.reconciliation.models import Match, Paid


def refuse_direction(line: BankTransaction, wanted: Direction) -> None:
    """:raises ReconciliationError: the line is money in where money out is wanted, or the other way about."""
    if line.direction == wanted:
        return
    if wanted == Direction.OUT:
        raise ReconciliationError("This is money in. Only money out can be matched with payments.")
    raise ReconciliationError("This is money out. Only money in can be matched with refunds.")


def refuse_unready(line: BankTransaction, seen: int | None) -> None:
    """
    :param seen: the minor units that were left to match when the person looked, if that is known.
    :raises AlreadyMatched: the line is matched or excluded, or not as the person saw it.
    """
    if line.excluded_at:
        raise AlreadyMatched(f"This line was excluded by {line.excluded_by} {_when(line.excluded_at)}.")
    left = line.unmatched.minor
    if not left or (seen is not None and seen != left):
        raise AlreadyMatched(_taken_words("This line", line.matches.live(), left=str(line.unmatched) if left else ""))


def refuse_line(line: BankTransaction, minor: int, seen: int | None) -> None:
    """
    :raises AlreadyMatched: see `refuse_unready`.
    :raises ReconciliationError: the line has less left than `minor`.
    """
    refuse_unready(line, seen)
    try:
        banking.refuse_matching(line, minor)
    except Refused as refusal:
        raise ReconciliationError(str(refusal)) from refusal


def refuse_paid(paid: Paid, minor: int) -> None:
    """
    :raises AlreadyMatched: all of the payment or refund is matched.
    :raises ReconciliationError: it is not completed, or has less left than `minor`.
    """
    if paid.matched_minor and not paid.unmatched.minor:
        raise AlreadyMatched(_taken_words(paid.number, paid.matches.live()))
    try:
        payments.refuse_matching(paid, minor)
    except Refused as refusal:
        raise ReconciliationError(str(refusal)) from refusal


def refuse_strangers(company: Company, line: BankTransaction, paid: Paid, amount: Money) -> None:
    """:raises ReconciliationError: the two do not belong together, whatever they have left."""
    is_payment = isinstance(paid, Payment)
    if line.company_id != company.pk or paid.company_id != company.pk:
        raise ReconciliationError("That belongs to another company.")
    refuse_direction(line, Direction.OUT if is_payment else Direction.IN)
    if paid.bank_account_id != line.bank_account_id:
        went = "left" if is_payment else "arrived in"
        raise ReconciliationError(f"{paid.number} {went} {paid.bank_account or 'no account'}, not {line.bank_account}.")
    if amount.currency != line.currency:
        raise ReconciliationError(f"The bank line is in {line.currency}; {amount} cannot be matched with it.")
    if amount.minor <= 0:
        raise ReconciliationError(f"Enter an amount above zero for {paid.number}.")


def undone_words(matches: Sequence[Match]) -> str:
    """Who undid the last of these matches and when, as far as anyone did."""
    last = max((row for row in matches), key=lambda row: row.pk, default=None)
    fresh = last and Match.objects.select_related("undone_by").get(pk=last.pk)
    if fresh and fresh.undone_at:
        return f"This match was undone by {fresh.undone_by} {_when(fresh.undone_at)}."
    return "There is nothing to undo."


def _taken_words(what: str, live: QuerySet[Match], *, left: str = "") -> str:
    last = live.select_related("created_by", "payment", "refund", "transaction").order_by("-pk").first()
    if last is None:
        return f"{what} was changed by someone else. It has {left} left to match." if left else f"{what} was changed."
    words = f"{what} was matched by {last.created_by} {_when(last.created_at)}: {last.amount} with {last.paid.number}."
    return f"{words} It has {left} left to match." if left else words


def _when(at: datetime) -> str:
    return f"on {timezone.localtime(at):%-d %B at %H:%M}"
