"""
Statements in CSV: every bank has its own columns, so a profile says which is which.

A row that cannot be read is refused with its line and the reason; nothing unreadable becomes 0 or is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from billpay.banking.statements.balances import follow
from billpay.banking.statements.dates import read_date
from billpay.banking.statements.profile import CsvProfile, OutSign
from billpay.banking.statements.rows import ParsedStatement, Problem, StatementRow, UnreadableStatement
from billpay.banking.statements.table import Line, Table, read_table
from billpay.money.value import InvalidAmount, parse

MOST_PROBLEMS = 100
TEXT_LENGTHS = {"payee": 200, "reference": 200, "description": 500}
LONGEST_BANK_ID = 120


def read_csv(data: bytes, *, profile: CsvProfile, currency: str, max_bytes: int) -> ParsedStatement:
    """
    Read a whole file by its profile.

    :param currency: of the account; the file's amounts are taken to be in it.
    :raises UnreadableStatement: with every line that cannot be read (at most `MOST_PROBLEMS` of them).
    """
    return read_table_as(read_table(data, max_bytes=max_bytes), profile=profile, currency=currency)


def read_table_as(table: Table, *, profile: CsvProfile, currency: str) -> ParsedStatement:
    """See `read_csv`, for a file that is a table already."""
    reader = _Reader.of(table, profile, currency)
    rows: list[StatementRow] = []
    problems: list[Problem] = []
    notes: list[Problem] = []
    count = 0
    for line in table.body(header=profile.header):
        try:
            rows.append(reader.row(line))
        except _Skipped as reason:
            notes.append(Problem(line.line_no, str(reason)))
        except ValueError as error:
            count += 1
            if count <= MOST_PROBLEMS:
                problems.append(Problem(line.line_no, str(error)))
    if problems:
        raise UnreadableStatement(problems, count=count)
    if not rows:
        raise UnreadableStatement.because("The file holds no transactions.")
    if table.preamble:
        notes.insert(0, Problem(0, f"The first {table.preamble} lines stand before the table and are left out."))
    opening, closing, breaks = follow(rows, currency=currency)
    return ParsedStatement(currency, tuple(rows), (*notes, *breaks), opening, closing)


@dataclass(frozen=True, slots=True)
class Sample:
    """How one line of the file reads: a row, or why there is none."""

    line: Line
    row: StatementRow | None
    why: str = ""
    skipped: bool = False


def sample(table: Table, *, profile: CsvProfile, currency: str, count: int = 8) -> list[Sample]:
    """
    How the first lines read by a profile, for a person to check.

    :raises UnreadableStatement: the file has no such columns.
    """
    reader = _Reader.of(table, profile, currency)
    samples = []
    for line in table.body(header=profile.header)[:count]:
        try:
            samples.append(Sample(line, reader.row(line)))
        except _Skipped as reason:
            samples.append(Sample(line, None, str(reason), skipped=True))
        except ValueError as error:
            samples.append(Sample(line, None, str(error)))
    return samples


class _Skipped(Exception):
    """A line that is no transaction; its text says why."""


@dataclass(frozen=True, slots=True)
class _Reader:
    profile: CsvProfile
    currency: str
    width: int
    places: dict[str, int]

    @classmethod
    def of(cls, table: Table, profile: CsvProfile, currency: str) -> _Reader:
        labels = table.labels(header=profile.header)
        missing = [column for column in profile.columns.values() if column not in labels]
        if missing:
            raise UnreadableStatement.because(
                f"The file has no column {', no column '.join(missing)}. It has {', '.join(labels[:30])}."
            )
        return cls(profile, currency, table.width, {role: labels.index(c) for role, c in profile.columns.items()})

    def row(self, line: Line) -> StatementRow:
        if any(cell.strip() for cell in line.cells[self.width :]):
            raise ValueError(
                f"It has {len(line.cells)} cells where {self.width} are usual: a cell holds the mark that parts cells."
            )
        if not self.cell(line, "date") and not any(self.cell(line, r) for r in ("amount", "money_out", "money_in")):
            raise _Skipped("It has neither date nor amount and is left out.")
        booked_on = self.day(line, "date")
        if booked_on is None:
            raise ValueError("The date is missing.")
        balance = self.cell(line, "balance")
        minor = self.minor(line)
        if minor == 0:
            raise _Skipped("Its amount is zero and it is left out.")
        bank_id = " ".join(self.cell(line, "bank_id").split())
        if len(bank_id) > LONGEST_BANK_ID:
            raise ValueError(f"The bank's id is longer than {LONGEST_BANK_ID} characters.")
        return StatementRow(
            line_no=line.line_no,
            booked_on=booked_on,
            minor=minor,
            payee=self.text(line, "payee"),
            reference=self.text(line, "reference"),
            description=self.text(line, "description"),
            bank_id=bank_id,
            value_on=self.day(line, "value_date"),
            balance_minor=self.amount(balance, "balance") if balance else None,
        )

    def cell(self, line: Line, role: str) -> str:
        place = self.places.get(role)
        return line.cells[place].strip() if place is not None and place < len(line.cells) else ""

    def text(self, line: Line, role: str) -> str:
        """Text on one line, without signs that cannot be printed, and cut where the books' column ends."""
        raw = "".join(char if char.isprintable() else " " for char in self.cell(line, role))
        return " ".join(raw.split())[: TEXT_LENGTHS[role]].rstrip()

    def day(self, line: Line, role: str) -> date | None:
        text = self.cell(line, role)
        return read_date(text, self.profile.date_order) if text else None

    def minor(self, line: Line) -> int:
        """The signed amount of the line: negative is money out."""
        if self.profile.amount:
            text = self.cell(line, "amount")
            if not text:
                raise ValueError("The amount is missing.")
            minor = self.amount(text, "amount")
            return minor if self.profile.out_sign == OutSign.MINUS else -minor
        out_text, in_text = self.cell(line, "money_out"), self.cell(line, "money_in")
        if not out_text and not in_text:
            raise ValueError("The amount is missing: both money out and money in are empty.")
        out = self.amount(out_text, "money out") if out_text else 0
        into = self.amount(in_text, "money in") if in_text else 0
        if out and into:
            raise ValueError("Both money out and money in are filled; which one it is cannot be told.")
        if into < 0:
            raise ValueError(f"'{in_text}' in money in is negative.")
        if self.profile.out_sign == OutSign.MINUS:
            if out > 0:
                raise ValueError(f"'{out_text}' in money out has no minus, as the columns were said to have.")
            return out or into
        if out < 0:
            raise ValueError(f"'{out_text}' in money out is negative, and it was said to be written without a sign.")
        return into - out

    def amount(self, text: str, what: str) -> int:
        """Signed minor units. Minus before or after, brackets for minus, plus before."""
        bare, negative = text, False
        if bare.startswith("(") and bare.endswith(")"):
            bare, negative = bare[1:-1].strip(), True
        elif bare.endswith(("-", "\u2212")):
            bare, negative = bare[:-1].strip(), True
        elif bare.startswith("+"):
            bare = bare[1:].strip()
        if (negative or text.startswith("+")) and bare[:1] in ("-", "\u2212", "+", "("):
            raise ValueError(f"The {what} '{text[:40]}' has two signs.")
        groups = "'" if "'" in bare or "\u2019" in bare else "," if self.profile.decimal_mark == "." else "."
        try:
            money = parse(
                bare, self.currency, decimal_mark=self.profile.decimal_mark, group_mark=groups, allow_negative=True
            )
        except InvalidAmount as error:
            raise ValueError(f"The {what} cannot be read: {error}") from error
        return -money.minor if negative else money.minor


def columns_of(table: Table, *, header: bool) -> Sequence[tuple[str, Sequence[str]]]:
    """Each column's name with its first cells, for choosing among them."""
    body = table.body(header=header)[:3]
    return [
        (label, [line.cells[index].strip()[:40] for line in body if index < len(line.cells)])
        for index, label in enumerate(table.labels(header=header))
    ]
