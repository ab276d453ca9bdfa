"""
What undoing matches would change, alone or with the payment or refund that is voided: told before it is done (rule 14).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from billpay.banking.models import BankTransaction
from billpay.money.value import Money
from billpay.payments import foreseeing
from billpay.payments.foreseen import PaidForeseen
from billpay.payments.models import Payment, Refund
from billpay.reconciliation.models import Match, MatchQuerySet, Paid


@dataclass(frozen=True, slots=True)
class Shown:
    """A bank line, payment or refund, and what of it is left to match, before and after. States are codes."""

    row: BankTransaction | Payment | Refund
    before: Money
    after: Money
    state_before: str
    state_after: str


@dataclass(frozen=True, slots=True)
class Untied:
    """The matches undone, and both of their sides."""

    matches: list[Match] = field(default_factory=list)
    lines: list[Shown] = field(default_factory=list)
    paid: list[Shown] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Voided:
    """What a void changes: in the books, and on the bank statement."""

    foreseen: PaidForeseen
    untied: Untied


def of_void(paid: Paid, *, on: date, last: date | None = None) -> Voided:
    """What voiding a payment or refund on that day would change; `last` is the last day that may be chosen."""
    if isinstance(paid, Refund):
        foreseen = foreseeing.of_void_refund(paid, on=on, last=last)
    else:
        foreseen = foreseeing.of_void(paid, on=on, last=last)
    return Voided(foreseen, of_unmatch(paid.matches.all()))


def of_unmatch(matches: MatchQuerySet) -> Untied:
    """What undoing those of the matches that are live would change."""
    rows = list(
        matches.live()
        .select_related(
            "transaction__bank_account",
            "payment__bank_account",
            "payment__supplier",
            "refund__bank_account",
            "refund__supplier",
        )
        .order_by("pk")
    )
    lines = _sums((row.transaction, row.amount_minor) for row in rows)
    paid = _sums((row.paid, row.amount_minor) for row in rows)
    return Untied(
        rows,
        [
            Shown(line, line.unmatched, _more(line, minor), line.state, _state(line.matched_minor - minor, "to_review"))
            for line, minor in lines.items()
        ],
        [
            Shown(one, one.unmatched, _more(one, minor), state_of(one), _state(one.matched_minor - minor, "unmatched"))
            for one, minor in paid.items()
        ],
    )


def state_of(paid: Paid) -> str:
    """How much of it the bank has shown, as a code: unmatched, partly_matched or matched."""
    if not paid.unmatched.minor:
        return "matched"
    return _state(paid.matched_minor, "unmatched")


def _sums[R: (BankTransaction, Payment | Refund)](pairs: Iterable[tuple[R, int]]) -> dict[R, int]:
    sums: dict[R, int] = {}
    for row, minor in pairs:
        sums[row] = sums.get(row, 0) + minor
    return sums


def _more(row: BankTransaction | Paid, minor: int) -> Money:
    return Money(row.unmatched.minor + minor, row.unmatched.currency)


def _state(matched_minor: int, nothing: str) -> str:
    return "partly_matched" if matched_minor else nothing
