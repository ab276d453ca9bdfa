"""
What a company owed at the end of a day, by how late it was, as the books knew it on a day (rule 24).

Worked out backwards: what is there now, less the documents that do not count yet, with what was voided and what
moved later put back. All of it is sums, so nothing is looked at bill by bill: a look at today reads little more
than what is owed today, and a look into the past reads what has happened since (docs/adr/0028).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet, Sum

from billpay.companies.models import Company
from billpay.ledger.standpoint import Standpoint
from billpay.money.value import Money
from billpay.reports.kinds import COLUMNS, Kind, kinds_of


@dataclass(slots=True)
class Row:
    """One supplier in one currency: minor units by column, in that currency and in the company's own."""

    supplier_id: int
    currency: str
    base_currency: str
    minor: list[int] = field(default_factory=lambda: [0] * len(COLUMNS))
    base: list[int] = field(default_factory=lambda: [0] * len(COLUMNS))
    supplier: str = ""

    def __bool__(self) -> bool:
        return any(self.minor) or any(self.base)

    @property
    def amounts(self) -> list[Money]:
        return [Money(minor, self.currency) for minor in self.minor]

    @property
    def cells(self) -> list[tuple[str, Money]]:
        """Each amount with the name of its column."""
        return list(zip(COLUMNS, self.amounts, strict=True))

    @property
    def total(self) -> Money:
        return Money(sum(self.minor), self.currency)

    @property
    def weight(self) -> Money:
        """The total in the company's own currency, at the rates of the books."""
        return Money(sum(self.base), self.base_currency)


@dataclass(frozen=True, slots=True)
class Ageing:
    """The rows by supplier's name, and what they come to."""

    at: Standpoint
    base_currency: str
    rows: list[Row]

    @property
    def total(self) -> Money:
        """All that is owed, in the company's own currency at the rates of the books."""
        return Money(sum(sum(row.base) for row in self.rows), self.base_currency)

    @property
    def base(self) -> list[Money]:
        """Each column in the company's own currency."""
        return [Money(sum(row.base[at] for row in self.rows), self.base_currency) for at in range(len(COLUMNS))]

    @property
    def base_cells(self) -> list[tuple[str, Money]]:
        return list(zip(COLUMNS, self.base, strict=True))

    @property
    def currencies(self) -> list[Row]:
        """The sums of each currency, the company's own first; rows without a supplier."""
        sums: dict[str, Row] = {}
        for row in self.rows:
            one = sums.setdefault(row.currency, Row(0, row.currency, self.base_currency))
            for at in range(len(COLUMNS)):
                one.minor[at] += row.minor[at]
                one.base[at] += row.base[at]
        return sorted(sums.values(), key=lambda one: (one.currency != self.base_currency, one.currency))


def ageing(company: Company, *, at: Standpoint) -> Ageing:
    """Everything owed, credited and on account, by supplier and currency: fourteen queries, whatever there is."""
    rows: dict[tuple[int, str], Row] = {}
    for kind in kinds_of(company, at=at):
        for sign, found in _sums(kind, at):
            for supplier, currency, column, minor, base in found:
                row = rows.setdefault((supplier, currency), Row(supplier, currency, company.base_currency))
                row.minor[column] += kind.sign * sign * minor
                row.base[column] += kind.sign * sign * base
    kept = [row for row in rows.values() if row]
    names = dict(company.suppliers.filter(pk__in={row.supplier_id for row in kept}).values_list("pk", "name"))
    for row in kept:
        row.supplier = names[row.supplier_id]
    kept.sort(key=lambda row: (row.supplier.casefold(), row.supplier_id, row.currency))
    return Ageing(at, company.base_currency, kept)


def _sums(kind: Kind, at: Standpoint) -> Iterator[tuple[int, QuerySet[Any]]]:
    """What is left now, and what of it came later, by supplier, currency and column; each with its sign."""
    later = at.counts_later(kind.dated, kind.known)
    void_later = kind.void & at.counts_later("voided_on", "voided_at")
    moved_later = Q(kind__in=(kind.drawn, kind.given_back)) & at.counts_later("on", "created_at")
    drawn, drawn_base = kind.signed("amount_minor"), kind.signed("base_minor")
    yield 1, _grouped(kind, kind.now, at, kind.left, kind.left_base)
    yield -1, _grouped(kind, kind.made.filter(later), at, kind.total, kind.total_base)
    yield 1, _grouped(kind, kind.made.filter(void_later), at, kind.total, kind.total_base)
    yield 1, _grouped(kind, kind.moves.filter(moved_later), at, drawn, drawn_base, path=f"{kind.owner}__")


def _grouped(
    kind: Kind, rows: QuerySet[Any], at: Standpoint, minor: Any, base: Any, *, path: str = ""
) -> QuerySet[Any]:
    rows = rows.alias(due_then=kind.due(path)) if kind.due else rows
    found: QuerySet[Any] = (
        rows.order_by()
        .annotate(stands_in=kind.column_at(at.on))
        .values_list(f"{path}supplier_id", f"{path}currency", "stands_in")
        .annotate(minor_sum=Sum(minor), base_sum=Sum(base))
    )
    return found
