"""The papers behind one supplier's line of the ageing: each bill, credit note and advance with what was left of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import BigIntegerField, Case, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from billpay.ledger.standpoint import Standpoint
from billpay.money.value import Money
from billpay.reports.kinds import COLUMNS, Kind, kinds_of
from billpay.suppliers.models import Supplier


@dataclass(frozen=True, slots=True)
class Paper:
    """One document with something left of it; what is taken off what is owed is below zero."""

    kind: str
    page: str
    pk: int
    number: str
    on: date
    due_on: date | None
    column: int
    total: Money
    left: Money
    base: Money
    is_early: bool
    """Drawn on before its own date: a bill paid ahead of itself."""
    days_late: int

    @property
    def column_name(self) -> str:
        return COLUMNS[self.column]


def papers(supplier: Supplier, *, at: Standpoint) -> list[Paper]:
    """
    All that makes up a supplier's lines of the ageing, by currency, kind and due date: at most four queries.

    Worked out forwards, document by document, from the day each was dated; `ageing` goes backwards.
    """
    found = [paper for kind in kinds_of(supplier.company, at=at) for paper in _of_kind(kind, supplier, at)]
    found.sort(key=lambda one: (one.total.currency != supplier.currency, one.total.currency))
    return found


def _of_kind(kind: Kind, supplier: Supplier, at: Standpoint) -> Iterator[Paper]:
    base = supplier.company.base_currency
    days = ("due_then",) if kind.due else ()
    for row in _left(kind, supplier, at).values(
        "pk", "number", "currency", kind.dated, kind.total, *days, "stands_in", "left_then", "base_then"
    ):
        due_on: date | None = row["due_then"] if kind.due else None
        yield Paper(
            kind=kind.name,
            page=kind.page,
            pk=row["pk"],
            number=row["number"],
            on=row[kind.dated],
            due_on=due_on,
            column=row["stands_in"],
            total=Money(kind.sign * row[kind.total], row["currency"]),
            left=Money(kind.sign * row["left_then"], row["currency"]),
            base=Money(kind.sign * row["base_then"], base),
            is_early=row[kind.dated] > at.on,
            days_late=max((at.on - due_on).days, 0) if due_on else 0,
        )


def _left(kind: Kind, supplier: Supplier, at: Standpoint) -> QuerySet[Any]:
    """The supplier's documents of one kind with something left from where one stands."""
    moves = f"{kind.moved}__"
    counted = Q(**{f"{moves}kind__in": (kind.drawn, kind.given_back)}) & at.counts(f"{moves}on", f"{moves}created_at")
    void = kind.void & at.counts("voided_on", "voided_at")

    def left(total: str, amount: str) -> Any:
        stands = Case(
            When(void, then=Value(0)),
            When(at.counts(kind.dated, kind.known), then=F(total)),
            default=Value(0),
            output_field=BigIntegerField(),
        )
        return stands - Coalesce(Sum(kind.signed(amount, moves), filter=counted), 0)

    found: QuerySet[Any] = (
        kind.made.filter(supplier=supplier)
        .annotate(**({"due_then": kind.due("")} if kind.due else {}))
        .annotate(
            stands_in=kind.column_at(at.on),
            left_then=left(kind.total, "amount_minor"),
            base_then=left(kind.total_base, "base_minor"),
        )
        .exclude(left_then=0, base_then=0)
        .order_by("due_then" if kind.due else kind.dated, "pk")
    )
    return found
