"""The payables control account against the bills, credit and money on account it stands for (rule 24)."""

from __future__ import annotations

from django.db.models import F, Q, Sum

from billpay.ledger.models import AccountRole, JournalLine
from billpay.ledger.standpoint import Standpoint
from billpay.money.value import Money
from billpay.proof.comparing import Rows
from billpay.proof.invariant import Figure, Finding, Invariant, Scope
from billpay.reports.kinds import Kind, kinds_of

_VOID = Q(voided_at__isnull=False)
"""By who and when rather than by status, which another invariant compares with it."""


def control_account(scope: Scope) -> Finding:
    """
    Both sides in the base currency, as of a day, by what was known on a day.

    Every action dates the rows it writes and its journal entry alike, so the sides agree at the end of every day:
    a bill counts from its date, a settlement from the day the money moved, a void from its own day.
    Known is what had been written by then; what was being written at midnight itself may be there on one side only.
    What counts is what the AP ageing counts, but added up from the first row on, without the counters it starts from.
    """
    at = scope.standpoint
    bills, credit, on_account = (_left(kind, at) for kind in kinds_of(scope.of, at=at))
    lines = JournalLine.objects.filter(entry__company=scope.of, account__role=AccountRole.PAYABLES)
    control = _sum(lines.filter(at.counts("entry__on", "entry__created_at")), F("credit_minor") - F("debit_minor"))
    words = _words(scope.of.base_currency, bills, credit, on_account)
    return Finding((Figure(control, bills - credit - on_account, scope.of.base_currency, of=words),))


def _words(currency: str, *minors: int) -> str:
    bills, credit, on_account = (f"{Money(minor, currency).decimal():,f}" for minor in minors)
    return f"bills {bills} − credit {credit} − on account {on_account}"


def _left(kind: Kind, at: Standpoint) -> int:
    """What was left of one kind: made, less void, less drawn on."""
    made = _sum(kind.made.filter(at.counts(kind.dated, kind.known)), kind.total_base)
    void = _sum(kind.made.filter(_VOID & at.counts("voided_on", "voided_at")), kind.total_base)
    moves = kind.moves.filter(at.counts("on", "created_at"), kind__in=(kind.drawn, kind.given_back))
    return made - void - _sum(moves, kind.signed("base_minor"))


def _sum(rows: Rows, minor: object) -> int:
    return int(rows.order_by().aggregate(sum=Sum(minor))["sum"] or 0)


INVARIANTS = (
    Invariant(
        "books.control_account",
        "24",
        "Payables control account = outstanding bills − remaining credit − money on account",
        control_account,
    ),
)
