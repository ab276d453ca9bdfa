"""What every reader of statements hands over, whatever the format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from billpay.money.value import Money

SHOWN = 20


@dataclass(frozen=True, slots=True)
class StatementRow:
    """
    One movement on the account, as the bank tells it.

    `minor` is signed: negative is money out, in minor units of the account's currency; never 0. `line_no` counts
    the lines of the file from 1. `balance_minor` is the balance after it, where the file gives one.
    """

    line_no: int
    booked_on: date
    minor: int
    payee: str = ""
    reference: str = ""
    description: str = ""
    bank_id: str = ""
    value_on: date | None = None
    balance_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about one line of the file (0: about the whole of it), in words for the person who imports it."""

    line_no: int
    why: str

    def __str__(self) -> str:
        return f"Line {self.line_no}: {self.why}" if self.line_no else self.why


class UnreadableStatement(ValueError):
    """A file that cannot be read as it is; `problems` names the lines, the first ones if there are many."""

    def __init__(self, problems: Sequence[Problem], *, count: int | None = None) -> None:
        self.problems = tuple(problems)
        self.count = len(problems) if count is None else count
        super().__init__(" ".join(str(problem) for problem in self.problems[:SHOWN]))

    @classmethod
    def because(cls, why: str, *, line_no: int = 0) -> UnreadableStatement:
        return cls([Problem(line_no, why)])


@dataclass(frozen=True, slots=True)
class ParsedStatement:
    """
    A statement that could be read: its rows in the order of the file, and what was left out of it and why.

    Balances are signed minor units; None where the file does not tell.
    """

    currency: str
    rows: tuple[StatementRow, ...]
    notes: tuple[Problem, ...] = ()
    opening_minor: int | None = None
    closing_minor: int | None = None

    @property
    def total_minor(self) -> int:
        return sum(row.minor for row in self.rows)

    @property
    def off_by_minor(self) -> int:
        """Closing less opening less lines: 0 when it adds up, or when there is nothing to check by (rule 20)."""
        if self.opening_minor is None or self.closing_minor is None:
            return 0
        return self.closing_minor - self.opening_minor - self.total_minor

    @property
    def opening(self) -> Money | None:
        return None if self.opening_minor is None else Money(self.opening_minor, self.currency)

    @property
    def closing(self) -> Money | None:
        return None if self.closing_minor is None else Money(self.closing_minor, self.currency)

    @property
    def money_in(self) -> Money:
        return Money(sum(row.minor for row in self.rows if row.minor > 0), self.currency)

    @property
    def money_out(self) -> Money:
        """Signed, so never above zero."""
        return Money(sum(row.minor for row in self.rows if row.minor < 0), self.currency)

    @property
    def starts_on(self) -> date | None:
        return min((row.booked_on for row in self.rows), default=None)

    @property
    def ends_on(self) -> date | None:
        return max((row.booked_on for row in self.rows), default=None)
