"""What lines of the bank's text are looked through for, and the marks that all kinds of candidates share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q

from billpay.documents.numbers import normalise
from billpay.reconciliation import matching
from billpay.reconciliation.matching import Line, Mark
from billpay.suppliers.models import SupplierBankAccount

DAYS_BEFORE, DAYS_AFTER = 180, 30
"""How long before its booking a payment may have been made (cheques are slow), and how long after."""
TOGETHER_DAYS = 14
MOST_CANDIDATES = 4_000
MOST_TOGETHER_ROWS = 600
MOST_GROUPS = 50


@dataclass(frozen=True, slots=True)
class Traces:
    """All that the texts of some lines may speak of."""

    numbers: frozenset[str]
    words: frozenset[str]
    banks: frozenset[str]

    def ours(self, prefix: str, digits: int) -> set[str]:
        """Numbers of our own counting, as in ours("PAY", 5) for PAY-00042 written in whatever way."""
        start = prefix.casefold()
        found = (number.removeprefix(start) for number in self.numbers)
        return {f"{prefix}-{number:0>{digits}}" for number in found if number.isdigit()}


def traces_of(lines: Sequence[Line]) -> Traces:
    numbers = {number for line in lines for number in matching.numbers_in(line.text)}
    words = {word.upper() for line in lines for word in line.text.split()} | {n.upper() for n in numbers}
    banks = {number for line in lines for number in matching.bank_numbers_in(line.text)}
    return Traces(frozenset(numbers), frozenset(words), frozenset(banks))


def days_around(lines: Sequence[Line], before: int = DAYS_BEFORE, after: int = DAYS_AFTER) -> tuple[date, date]:
    """The first and the last day of what these lines may show."""
    days = [line.on for line in lines]
    return min(days) - timedelta(before), max(days) + timedelta(after)


def suppliers_by_bank(company_id: int, numbers: Iterable[str]) -> list[int]:
    """Suppliers whose IBAN or account number is one of these."""
    wanted = list(numbers)
    rows = SupplierBankAccount.objects.filter(
        Q(iban__in=wanted) | Q(account_number__in=wanted), company=company_id, archived_at=None
    )
    return list(rows.values_list("supplier", flat=True))


def bank_marks(company_id: int, suppliers: Iterable[int]) -> dict[int, list[Mark]]:
    """Bank details by supplier, as marks."""
    marks: dict[int, list[Mark]] = defaultdict(list)
    for found in SupplierBankAccount.objects.filter(company=company_id, supplier__in=set(suppliers), archived_at=None):
        if found.iban:
            marks[found.supplier_id].append(Mark("Supplier’s IBAN", found.iban))
        if found.account_number:
            marks[found.supplier_id].append(Mark("Supplier’s account number", found.account_number))
    return marks


def each_once(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """Without marks that repeat the number of an earlier one, as when a payment's reference is its bill's number."""
    first: dict[str, Mark] = {}
    for mark in marks:
        first.setdefault(normalise(mark.value), mark)
    return tuple(first.values())
