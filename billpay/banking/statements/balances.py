"""Whether the running balance of a statement follows from its lines, whichever end of the file is the newest."""

from __future__ import annotations

from collections.abc import Sequence

from billpay.banking.statements.rows import Problem, StatementRow
from billpay.money.value import Money


def follow(rows: Sequence[StatementRow], *, currency: str) -> tuple[int | None, int | None, tuple[Problem, ...]]:
    """
    Opening balance, closing balance, and the lines whose balance does not follow from the ones before.

    Rows may be oldest first or newest first: the way in which more balances follow is taken. Rows without a balance
    are counted towards the next that has one. Without any balance there is nothing to say.
    """
    if all(row.balance_minor is None for row in rows):
        return None, None, ()
    forward, backward = _walk(rows, currency), _walk(rows[::-1], currency)
    newest_first = rows[0].booked_on > rows[-1].booked_on
    if len(backward[2]) < len(forward[2]) or (len(backward[2]) == len(forward[2]) and newest_first):
        return backward
    return forward


def _walk(rows: Sequence[StatementRow], currency: str) -> tuple[int, int, tuple[Problem, ...]]:
    opening: int | None = None
    last, since = 0, 0
    breaks: list[Problem] = []
    for row in rows:
        since += row.minor
        if row.balance_minor is None:
            continue
        if opening is None:
            opening = row.balance_minor - since
        elif last + since != row.balance_minor:
            expected, given = Money(last + since, currency), Money(row.balance_minor, currency)
            breaks.append(
                Problem(row.line_no, f"Its balance {given} does not follow; the lines before it make {expected}.")
            )
        last, since = row.balance_minor, 0
    return opening or 0, last + since, tuple(breaks)
