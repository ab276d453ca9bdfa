"""What the page of a document shows beside its lines: tax by rate, its journal, why it cannot be approved yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from billpay.documents.lines import TaxSum
from billpay.documents.models import Document, Line
from billpay.documents.totals import explain_difference
from billpay.ledger.actions import entries_of
from billpay.ledger.models import JournalEntry, NominalAccount
from billpay.money.value import Money


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One line of an entry; the other side is None."""

    account: NominalAccount
    debit: Money | None
    credit: Money | None


@dataclass(frozen=True, slots=True)
class Journal:
    entry: JournalEntry
    lines: list[JournalRow]


def taxes(lines: Iterable[Line], currency: str) -> list[TaxSum]:
    """Net and tax of a document's lines by rate, in the order the rates first occur."""
    sums: dict[str, tuple[int, int]] = {}
    for line in lines:
        if line.tax_rate is not None:
            net, tax = sums.get(str(line.tax_rate), (0, 0))
            sums[str(line.tax_rate)] = (net + line.subtotal_minor, tax + line.tax_minor)
    return [TaxSum(label, Money(net, currency), Money(tax, currency)) for label, (net, tax) in sums.items()]


def journal(document: Document) -> list[Journal]:
    """The entries posted for a document, in base currency."""
    base = document.company.base_currency
    shown = []
    for entry in entries_of(document):
        rows = [(line.account, line.debit_minor, line.credit_minor) for line in entry.lines.all()]
        sides = [
            JournalRow(account, Money(debit, base) if debit else None, Money(credit, base) if credit else None)
            for account, debit, credit in rows
        ]
        shown.append(Journal(entry, sides))
    return shown


def off(document: Document) -> str:
    """Why an editable document cannot be approved yet: its lines miss what the paper says. Empty if they do not."""
    if not document.is_editable or document.stated_total is None:
        return ""
    return explain_difference(document.total, document.stated_total)
