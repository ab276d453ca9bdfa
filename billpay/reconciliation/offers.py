"""What bank lines may be: money out is held against payments, money in against refunds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from billpay.banking.models import BankAccount, BankTransaction, Direction
from billpay.payments.models import Payment, Refund
from billpay.reconciliation import matching, payment_candidates, refund_candidates
from billpay.reconciliation.matching import Candidate, Line, Offer
from billpay.reconciliation.models import Paid

MOST_REVIEWED = 500


_SOURCES = ((Direction.OUT, payment_candidates), (Direction.IN, refund_candidates))


@dataclass(slots=True)
class Offers:
    """Offers by bank transaction, and the payments and refunds that they speak of."""

    by_transaction: dict[int, Offer] = field(default_factory=dict)
    payments: dict[int, Payment] = field(default_factory=dict)
    refunds: dict[int, Refund] = field(default_factory=dict)

    def paid_of(self, candidate: Candidate) -> list[Paid]:
        """The payments or refunds of a candidate, in the order of its parts."""
        known: dict[int, Payment] | dict[int, Refund] = self.refunds if candidate.is_refund else self.payments
        return [known[pk] for pk, _ in candidate.parts]

    def know(self, rows: Iterable[Paid]) -> None:
        for row in rows:
            if isinstance(row, Refund):
                self.refunds[row.pk] = row
            else:
                self.payments[row.pk] = row


def line_of(transaction: BankTransaction) -> Line:
    """What is left of a bank transaction, for matching."""
    return Line(
        key=transaction.pk,
        minor=transaction.unmatched.minor,
        on=transaction.booked_on,
        text=transaction.text,
        payee=transaction.payee,
    )


def offers_for(account: BankAccount, transactions: Iterable[BankTransaction]) -> Offers:
    """Suggestions for these transactions of one account."""
    waiting = [row for row in transactions if row.unmatched_minor]
    made = Offers()
    for direction, source in _SOURCES:
        lines = _lines(waiting, direction)
        if not lines:
            continue
        rows = source.near(account, lines, by_text=True)
        made.know(rows)
        candidates = source.candidates_of(account, rows)
        made.by_transaction |= matching.offer_all(lines, candidates)
        if lonely := _lonely(lines, made.by_transaction):
            grouped, more = source.together(account, lonely)
            made.know(more)
            made.by_transaction |= matching.offer_all(lonely, [*candidates, *grouped])
    return made


def certain_for(account: BankAccount) -> Offers:
    """The offers for the latest open lines that leave no doubt: one candidate, equal amount, its reference or bank."""
    waiting = list(account.transactions.to_reconcile()[:MOST_REVIEWED])
    made = Offers()
    for direction, source in _SOURCES:
        lines = _lines(waiting, direction)
        if not lines:
            continue
        rows = source.near(account, lines, by_text=False)
        made.know(rows)
        offers = matching.offer_all(lines, source.candidates_of(account, rows))
        made.by_transaction |= {key: each for key, each in offers.items() if each.certain}
    return made


def explain(transaction: BankTransaction, paid: Sequence[Paid]) -> list[str]:
    """Why these payments or refunds may be this transaction, in words, to be kept with the match."""
    company_id = transaction.company_id
    made = payment_candidates.chosen(company_id, (row for row in paid if isinstance(row, Payment)))
    made = made or refund_candidates.chosen(company_id, (row for row in paid if isinstance(row, Refund)))
    if made is None:
        return []
    return [reason.words for reason in matching.weigh(line_of(transaction), made).reasons]


def _lines(transactions: Iterable[BankTransaction], direction: Direction) -> list[Line]:
    return [line_of(row) for row in transactions if row.direction == direction]


def _lonely(lines: Sequence[Line], offers: dict[int, Offer]) -> list[Line]:
    """Lines for which no single candidate has the amount, so that several together are looked for."""
    return [line for line in lines if not any(one.exact for one in offers[line.key].suggestions)]
