"""What voiding a payment would change, said before it is done (rule 14)."""

from __future__ import annotations

from dataclasses import dataclass, field

from billpay.bills.models import Bill, BillState
from billpay.credit_notes.models import CreditNote
from billpay.ledger import actions as ledger
from billpay.ledger.models import JournalEntry, NominalAccount
from billpay.money.value import Money
from billpay.payments.models import Payment
from billpay.reconciliation.models import Match


@dataclass(frozen=True, slots=True)
class Change:
    """A bill or credit note, what comes back to it, and what it then is."""

    target: Bill | CreditNote
    before: Money
    after: Money
    status_before: str = ""
    status_after: str = ""
    label_before: str = ""
    label_after: str = ""


@dataclass(frozen=True, slots=True)
class Side:
    """One side of what is posted, in the base currency; the other column is empty."""

    account: NominalAccount
    debit: Money | None
    credit: Money | None


@dataclass(frozen=True, slots=True)
class Changes:
    bills: list[Change] = field(default_factory=list)
    credits: list[Change] = field(default_factory=list)
    on_account: Money | None = None
    given_back: list[tuple[Payment, Money]] = field(default_factory=list)
    matches: list[Match] = field(default_factory=list)
    entries: list[JournalEntry] = field(default_factory=list)
    reversal: list[Side] = field(default_factory=list)
    base_currency: str = ""


def of_void(payment: Payment) -> Changes:
    """What would change, read without locks: the void itself looks again."""
    rows = list(
        payment.allocations.live()
        .exclude(settlement=None)
        .select_related("bill", "credit_note", "from_payment")
        .order_by("pk")
    )
    bills: dict[Bill, int] = {}
    credits: dict[CreditNote, int] = {}
    earlier: dict[Payment, int] = {}
    for row in rows:
        bills[row.bill] = bills.get(row.bill, 0) + row.amount_minor
        if row.credit_note:
            credits[row.credit_note] = credits.get(row.credit_note, 0) + row.amount_minor
        if row.from_payment:
            earlier[row.from_payment] = earlier.get(row.from_payment, 0) + row.amount_minor
    matches = payment.matches.live().select_related("transaction__bank_account", "payment__bank_account")
    entries = list(ledger.entries_of(payment).filter(reverses=None, reversed_by=None))
    return Changes(
        bills=[_bill(bill, minor) for bill, minor in bills.items()],
        credits=[_credit(note, minor) for note, minor in credits.items()],
        on_account=payment.on_account or None,
        given_back=[(row, Money(minor, row.currency)) for row, minor in earlier.items()],
        matches=list(matches.order_by("pk")),
        entries=entries,
        reversal=_reversal(entries, payment.company.base_currency),
        base_currency=payment.company.base_currency,
    )


def _reversal(entries: list[JournalEntry], currency: str) -> list[Side]:
    return [
        Side(
            line.account,
            Money(line.credit_minor, currency) if line.credit_minor else None,
            Money(line.debit_minor, currency) if line.debit_minor else None,
        )
        for entry in entries
        for line in entry.lines.all()
    ]


def _bill(bill: Bill, minor: int) -> Change:
    settled = bill.settled_minor - minor
    after = BillState.PARTIALLY_PAID if settled > 0 else BillState.OPEN
    return Change(
        target=bill,
        before=bill.outstanding,
        after=bill.outstanding + Money(minor, bill.currency),
        status_before=bill.state,
        status_after=after.value,
        label_before=BillState(bill.state).label,
        label_after=str(after.label),
    )


def _credit(note: CreditNote, minor: int) -> Change:
    return Change(target=note, before=note.remaining, after=note.remaining + Money(minor, note.currency))
