"""The three kinds of what a company owes its suppliers: bills, less credit notes, less money on account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import BigIntegerField, Case, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from billpay.bills.models import EarlierDueDate, Settlement
from billpay.companies.models import Company
from billpay.credit_notes.models import CreditUse
from billpay.documents.ageing import BUCKETS
from billpay.ledger.standpoint import Standpoint
from billpay.payments.models import CashUse

COLUMNS = ("Current", "1–30 days", "31–60 days", "61–90 days", "91+ days", "Credit notes", "On account")
LATE = tuple(bucket.last for bucket in BUCKETS[1:] if bucket.last is not None)
"""The last day of each column of overdue bills but the last."""
CREDIT, ON_ACCOUNT = 5, 6


VOID = Q(status="void")
VOID_BY_INDEX = Q(state="void")
"""The same, where an index leads to the state and none to the status."""

type Due = Callable[[str], Any]
"""The due date as it was known where one stands, of the bill at the end of a path."""


@dataclass(frozen=True, slots=True)
class Kind:
    """
    One kind of what ageing adds up: documents with an amount, a date and a void, and the dated rows that draw on them.

    :param made: those that were ever posted; `void` of them were taken back.
    :param now: those with something left of them, and `left`, `left_base` say how much.
    :param moves: all that was drawn on them or given back; `owner` leads from there to the document.
    :param moved: the documents' own name for those rows.
    :param column: in which column a document stands; bills stand by how late they are instead.
    :param sign: −1 for what is taken off what is owed.
    :param page: the name of a document's address.
    """

    name: str
    page: str

    made: QuerySet[Any]
    now: QuerySet[Any]
    dated: str
    known: str
    total: str
    total_base: str
    left: Any
    left_base: Any
    moves: QuerySet[Any]
    owner: str
    moved: str
    drawn: str
    given_back: str
    sign: int = 1
    column: int | None = None
    due: Due | None = None
    void: Q = VOID

    def column_at(self, day: date) -> Any:
        """The column as an expression, of rows with `due_then` annotated where the kind has one."""
        if self.column is not None:
            return Value(self.column)
        steps = [When(due_then__gte=day, then=Value(0))]
        steps += [When(due_then__gte=day - timedelta(days=days), then=Value(at)) for at, days in enumerate(LATE, 1)]
        return Case(*steps, default=Value(len(LATE) + 1), output_field=IntegerField())

    def signed(self, amount: str, prefix: str = "") -> Any:
        """What a movement drew, below zero where it gave back, and nothing where it only reserved."""
        kind = f"{prefix}kind"
        return Case(
            When(**{kind: self.drawn}, then=F(f"{prefix}{amount}")),
            When(**{kind: self.given_back}, then=-F(f"{prefix}{amount}")),
            default=Value(0),
            output_field=BigIntegerField(),
        )


def kinds_of(company: Company, *, at: Standpoint) -> tuple[Kind, Kind, Kind]:
    """Bills, credit notes, and payments with what they left on account."""
    return (
        Kind(
            name="Bill",
            page="bills:detail",
            made=company.bills.filter(approved_at__isnull=False),
            now=company.bills.outstanding(),
            dated="issued_on",
            known="approved_at",
            total="total_minor",
            total_base="total_base_minor",
            left=F("outstanding_minor"),
            left_base=F("total_base_minor") - F("settled_base_minor"),
            moves=Settlement.objects.filter(bill__company=company),
            owner="bill",
            moved="settlements",
            drawn="settled",
            given_back="unsettled",
            due=_due(company, at),
            void=VOID_BY_INDEX,
        ),
        Kind(
            name="Credit note",
            page="credit_notes:detail",
            made=company.credit_notes.filter(approved_at__isnull=False),
            now=company.credit_notes.filter(status="open", remaining_minor__gt=0),
            dated="issued_on",
            known="approved_at",
            total="total_minor",
            total_base="total_base_minor",
            left=F("remaining_minor"),
            left_base=F("total_base_minor") - F("used_base_minor"),
            moves=CreditUse.objects.filter(credit_note__company=company),
            owner="credit_note",
            moved="uses",
            drawn="used",
            given_back="given_back",
            sign=-1,
            column=CREDIT,
            void=VOID_BY_INDEX,
        ),
        Kind(
            name="Money on account",
            page="payments:detail",
            made=company.payments.filter(completed_at__isnull=False),
            now=company.payments.with_money_on_account(),
            dated="paid_on",
            known="completed_at",
            total="amount_minor",
            total_base="amount_base_minor",
            left=F("on_account_minor"),
            left_base=F("amount_base_minor") - F("allocated_base_minor"),
            moves=CashUse.objects.filter(payment__company=company),
            owner="payment",
            moved="cash_uses",
            drawn="used",
            given_back="given_back",
            sign=-1,
            column=ON_ACCOUNT,
        ),
    )


def _due(company: Company, at: Standpoint) -> Due:
    """Of a bill whose due date was changed after what was known then: the one that the first such change replaced."""
    if at.unknown_from is None:
        return lambda path: F(f"{path}due_on")
    replaced = EarlierDueDate.objects.filter(bill__company=company, replaced_at__gte=at.unknown_from)
    if not replaced.exists():
        return lambda path: F(f"{path}due_on")

    def due(path: str) -> Any:
        of_bill = replaced.filter(bill=OuterRef(f"{path.removesuffix('__')}_id" if path else "pk"))
        first = of_bill.order_by("replaced_at", "pk").values("due_on")[:1]
        return Coalesce(Subquery(first), F(f"{path}due_on"))

    return due
