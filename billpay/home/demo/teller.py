"""The demo company's bank: what leaves and reaches its accounts, and the statements that say so."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction

from billpay.banking import actions as banking
from billpay.banking.actions import Source, import_statement
from billpay.banking.models import BankTransaction
from billpay.banking.statements import ParsedStatement, StatementRow
from billpay.home.demo.clock import working_day_after
from billpay.home.demo.desk import Desk
from billpay.ledger import actions as ledger
from billpay.ledger.actions import Entry, Posting
from billpay.ledger.models import EntryKind
from billpay.money.value import Money, convert
from billpay.payments.models import Payment, Refund
from billpay.reconciliation import actions as reconciliation
from billpay.reconciliation.offers import explain

RANGES = ((125, 91), (90, 61), (60, 31), (30, 15), (14, 1))
"""The days each statement covers, in days ago. The last is imported, and not worked through yet."""
CURRENT, EURO, CARD = "Current account", "Euro account", "Company card"
EURO_RATE = Decimal("0.845")
OPENING = {CURRENT: 38_214_60, EURO: 9_480_15, CARD: -1_204_30}


@dataclass(frozen=True, slots=True)
class Movement:
    """A line to come: signed minor units, and what it is: payments of ours, or why it needs no match."""

    booked_on: date
    minor: int
    payee: str
    reference: str = ""
    description: str = ""
    payments: tuple[int, ...] = ()
    excluded: str = ""
    books: str = ""
    """Code of the account, or name of the bank account, that the books post it against when it is set aside."""


class Teller:
    """Collects what moves on each account; imports and works through statements when their day comes."""

    def __init__(self, desk: Desk, today: date) -> None:
        self._desk, self._today = desk, today
        self._moves: dict[str, list[Movement]] = {name: [] for name in OPENING}
        self._balance = dict(OPENING)
        self._nominal = {code: account.pk for code, account in desk.accounts.items()}
        self._nominal |= {name: bank.nominal_account_id for name, bank in desk.banks.items()}
        for name, minor in OPENING.items():
            in_books = (
                convert(Money(minor, desk.banks[name].currency), EURO_RATE, "GBP").minor if name == EURO else minor
            )
            self._post(name, "3000", in_books, desk.clock.day, f"Opening balance, {name}")

    def moves(self, account: str, movement: Movement) -> None:
        self._moves[account].append(movement)

    def shows(self, account: str, payments: Sequence[Payment], *, lag: int = 1, **texts: str) -> None:
        """Payments of ours will be seen on the account as one line, `lag` working days on."""
        booked_on = working_day_after(self._desk.clock.day, lag)
        out = -sum(payment.bank_minor for payment in payments)
        self.moves(account, Movement(booked_on, out, payments=tuple(row.pk for row in payments), **texts))

    def comes_back(self, account: str, refund: Refund, *, payee: str, reference: str) -> None:
        """A refund will be seen on the account on the next working day."""
        self.moves(account, Movement(working_day_after(self._desk.clock.day, 1), refund.bank_minor, payee, reference))

    def forget(self, payment: Payment) -> None:
        """The payment never left: no line will show it."""
        for account, moves in self._moves.items():
            self._moves[account] = [move for move in moves if payment.pk not in move.payments]

    def play(self) -> None:
        """Import the statements that are out today."""
        day = self._desk.clock.day
        for number, (first, last) in enumerate(RANGES):
            newest = number == len(RANGES) - 1
            ends_on = self._today - timedelta(days=last)
            if day == (ends_on if newest else working_day_after(ends_on + timedelta(days=1))):
                for account in OPENING:
                    self._import(account, self._today - timedelta(days=first), ends_on, work_through=not newest)

    def _import(self, account: str, starts_on: date, ends_on: date, *, work_through: bool) -> None:
        moves = sorted(
            (move for move in self._moves[account] if starts_on <= move.booked_on <= ends_on),
            key=lambda move: move.booked_on,
        )
        if not moves:
            return
        desk, bank = self._desk, self._desk.banks[account]
        opening = self._balance[account]
        self._balance[account] = opening + sum(move.minor for move in moves)
        rows = tuple(
            StatementRow(number, move.booked_on, move.minor, move.payee, move.reference, move.description)
            for number, move in enumerate(moves, start=2)
        )
        desk.clock.tick()
        done = import_statement(
            account=bank,
            parsed=ParsedStatement(bank.currency, rows, (), opening, self._balance[account]),
            source=Source(
                f"{account.lower().replace(' ', '-')}-{ends_on:%Y-%m-%d}.csv",
                hashlib.sha256(repr(rows).encode()).hexdigest(),
            ),
            by=desk.staff.bookkeeper,
        )
        lines = (
            list(done.statement.transactions.select_related("bank_account").order_by("pk")) if done.statement else []
        )
        pairs = list(zip(lines, moves, strict=True))
        self._set_aside(pairs)
        if work_through:
            desk.clock.tick()
            reconciliation.match_certain(company=desk.company, account=bank, by=desk.staff.bookkeeper)
            self._match_the_rest(pairs)

    def _set_aside(self, pairs: Sequence[tuple[BankTransaction, Movement]]) -> None:
        for line, move in pairs:
            if move.excluded:
                self._desk.clock.tick()
                banking.exclude(transaction=line, reason=move.excluded, by=self._desk.staff.bookkeeper)
            if move.books:
                self._post(line.bank_account.name, move.books, move.minor, line.booked_on, move.excluded)

    @transaction.atomic
    def _post(self, bank: str, against: str, minor: int, on: date, text: str) -> None:
        """Keep the books of what is no bill's: the rest of the business posts it, so that balances are true."""
        ledger.post(
            company=self._desk.company,
            entry=Entry(
                on=on,
                kind=EntryKind.JOURNAL,
                source=self._desk.banks[bank],
                description=text,
                postings=[Posting(self._nominal[bank], minor), Posting(self._nominal[against], -minor)],
            ),
            by=self._desk.staff.owner,
        )

    def _match_the_rest(self, pairs: Sequence[tuple[BankTransaction, Movement]]) -> None:
        for line, move in pairs:
            rows = Payment.objects.to_match().filter(pk__in=move.payments).select_related("bank_account")
            payments = list(rows.order_by("pk"))
            if payments:
                self._desk.clock.tick()
                reconciliation.match(
                    transaction=line,
                    pairs=[(payment, payment.unmatched) for payment in payments],
                    by=self._desk.staff.bookkeeper,
                    reasons=explain(line, payments),
                )
