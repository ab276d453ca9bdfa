"""
Writing a document and its lines: what bills and credit notes do alike.

Everything here runs inside the transaction of the action that calls it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.documents.models import MOVES, AmountsAre, Document, Line, Status
from billpay.documents.numbers import normalise
from billpay.documents.totals import LineInput, LineTotals, Totals, compute, explain_difference
from billpay.ledger.actions import Posting, accounts_by_role
from billpay.ledger.models import AccountRole, NominalAccount, TaxRate, TrackingCategory
from billpay.money.value import Money, convert
from billpay.suppliers.models import Supplier


class DocumentError(Refused):
    """A bill or credit note would not do what was asked; `pk` says which, where it is one of many."""

    def __init__(self, message: str, *, field: str = "", pk: int | None = None) -> None:
        super().__init__(message, field=field)
        self.pk = pk


class DuplicateNumber(DocumentError):
    """The supplier's number is there already; `twins` are the documents that carry it."""

    field = "number"

    def __init__(self, message: str, twins: Sequence[Document]) -> None:
        super().__init__(message)
        self.twins = twins


class Stale(DocumentError):
    """Someone else changed it since the form was drawn."""


class NotEditable(DocumentError):
    """It is past the point where it may be edited."""


@dataclass(frozen=True, slots=True)
class LineContent:
    """
    One line as entered. `unit_amount_minor` is in the document's currency, tax included if the document says so.

    `given` overrides the arithmetic with the sums of an imported document, which must add up.
    """

    description: str
    quantity: Decimal
    unit_amount_minor: int
    account: NominalAccount
    tax_rate: TaxRate | None = None
    discount_percent: Decimal = Decimal(0)
    discount_minor: int | None = None
    tracking: tuple[TrackingCategory, ...] = ()
    given: LineTotals | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """A document as entered or imported."""

    supplier: Supplier
    number: str
    issued_on: date
    currency: str
    lines: tuple[LineContent, ...]
    rate: Decimal = Decimal(1)
    amounts_are: str = AmountsAre.EXCLUSIVE
    reference: str = ""
    note: str = ""
    stated_total_minor: int | None = None
    external_id: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


def totals_of(content: Content, company: Company) -> Totals:
    """The sums of the lines by the company's rounding, or as given by an import."""
    if content.lines and all(line.given is not None for line in content.lines):
        given = tuple(line.given for line in content.lines if line.given is not None)
        return Totals(
            lines=given,
            subtotal_minor=sum(line.subtotal_minor for line in given),
            tax_minor=sum(line.tax_minor for line in given),
            total_minor=sum(line.total_minor for line in given),
            tax_by_rate=(),
        )
    inputs = [
        LineInput(
            quantity=line.quantity,
            unit_amount_minor=line.unit_amount_minor,
            discount_percent=line.discount_percent,
            discount_minor=line.discount_minor,
            tax_percent=line.tax_rate.percent if line.tax_rate else Decimal(0),
            tax_key=line.tax_rate.pk if line.tax_rate else None,
        )
        for line in content.lines
    ]
    return compute(inputs, currency=content.currency, amounts_are=content.amounts_are, rounding=company.tax_rounding)


def write[D: Document](document: D, content: Content, *, company: Company, twin_reason: str) -> D:
    """
    Put the content on an unsaved or editable document and store it with its lines.

    :raises DuplicateNumber: unless `twin_reason` says why the same number is right.
    """
    totals = totals_of(content, company)
    if totals.total_minor < 0:
        raise DocumentError(
            f"The lines come to {Money(totals.total_minor, content.currency)}. A total cannot be below zero."
        )
    if content.currency == company.base_currency and content.rate != 1:
        raise DocumentError(f"The rate of {content.currency}, the company's own currency, is 1.", field="rate")
    document.company = company
    document.supplier = content.supplier
    document.number = content.number
    document.normalised_number = normalise(content.number)
    document.issued_on = content.issued_on
    for name in ("currency", "rate", "amounts_are", "reference", "note", "stated_total_minor"):
        setattr(document, name, getattr(content, name))
    document.external_id = content.external_id or document.external_id
    for name, value in content.extra.items():
        setattr(document, name, value)
    document.subtotal_minor, document.tax_minor = totals.subtotal_minor, totals.tax_minor
    document.total_minor = totals.total_minor
    settle_twin(document, twin_reason)
    document.save()
    _write_lines(document, content, totals)
    return document


def _write_lines(document: Document, content: Content, totals: Totals) -> None:
    related = document.lines  # type: ignore[attr-defined]
    related.all().delete()
    model: type[Line] = related.model
    rows = model._default_manager.bulk_create(
        model(
            document=document,  # type: ignore[misc]
            position=position,
            description=line.description,
            quantity=line.quantity,
            unit_amount_minor=line.unit_amount_minor,
            discount_percent=line.discount_percent,
            discount_minor=sums.discount_minor,
            account=line.account,
            tax_rate=line.tax_rate,
            subtotal_minor=sums.subtotal_minor,
            tax_minor=sums.tax_minor,
            total_minor=sums.total_minor,
        )
        for position, (line, sums) in enumerate(zip(content.lines, totals.lines, strict=True), start=1)
    )
    through = model.tracking.through
    owner = model._meta.model_name
    through._default_manager.bulk_create(
        through(**{f"{owner}_id": row.pk, "trackingcategory_id": category.pk})
        for row, line in zip(rows, content.lines, strict=True)
        for category in line.tracking
    )


def twins_of(document: Document) -> list[Document]:
    """Documents of the same supplier that carry the same number, case and punctuation aside; void ones excepted."""
    return list(
        type(document)
        ._default_manager.filter(supplier=document.supplier, normalised_number=normalise(document.number))
        .exclude(pk=document.pk)
        .exclude(status=Status.VOID)
        .order_by("pk")
    )


def blocks(document: Document, twin: Document) -> bool:
    """Whether a twin is a duplicate, or only worth a warning: another year's with another amount (rule 8)."""
    return twin.issued_on.year == document.issued_on.year or twin.total_minor == document.total_minor


def settle_twin(document: Document, reason: str) -> None:
    """
    Give the document its place among others of the same number.

    :raises DuplicateNumber: if one of them is a duplicate and no reason is given.
    """
    Supplier.objects.select_for_update(of=("self",), no_key=True).get(pk=document.supplier.pk)
    twins = twins_of(document)
    blocking = [twin for twin in twins if blocks(document, twin)]
    if blocking and not reason.strip():
        first = blocking[0]
        raise DuplicateNumber(
            f"{document.supplier} has {first._meta.verbose_name} {first.number} of {first.issued_on:%-d %B %Y} "
            f"over {first.total} already. If this is another one, say why.",
            blocking,
        )
    document.twin_reason = reason.strip()[:200] if blocking else ""
    taken = {twin.twin for twin in twins}
    if document.twin in taken or document.pk is None:
        document.twin = next(number for number in range(len(taken) + 1) if number not in taken)


def lock[D: Document](document: D) -> D:
    """The document as it is now, locked until the transaction ends."""
    return (
        type(document)
        ._default_manager.select_for_update(of=("self",), no_key=True)
        .select_related("company", "supplier")
        .get(pk=document.pk)
    )


def move(document: Document, to: Status) -> None:
    """
    Change where the document stands.

    :raises DocumentError: if there is no such move.
    """
    if (Status(document.status), to) not in MOVES:
        noun = str(document._meta.verbose_name).capitalize()
        raise DocumentError(
            f"{noun} {document.number} is {document.get_status_display().lower()}; it cannot become {to.label.lower()}."
        )
    document.status = to


def refuse_unless_it_adds_up(document: Document) -> None:
    """
    The checks before approval: lines there are, and they add up to what the paper says (rule 5).

    :raises DocumentError: saying by how much it is off.
    """
    lines = list(document.lines.all())  # type: ignore[attr-defined]
    if not lines:
        raise DocumentError(f"{document.number} has no lines. Add what it is for before approving it.")
    off = Money(sum(line.total_minor for line in lines), document.currency)
    if off != document.total:
        raise DocumentError(explain_difference(off, document.total))
    if document.stated_total is not None and (why := explain_difference(document.total, document.stated_total)):
        raise DocumentError(f"{why}. Correct the lines or the document total before approving it.")


def base_postings(document: Document, *, sign: int) -> tuple[int, list[Posting]]:
    """
    The total in base minor units, and its balanced postings: `sign` is 1 for a bill, −1 for a credit note.

    Each part is converted and rounded by itself; the largest carries the residue of rounding.
    """
    company = document.company
    roles = accounts_by_role(company)
    parts: dict[int, int] = {}
    for line in document.lines.all():  # type: ignore[attr-defined]
        parts[line.account_id] = parts.get(line.account_id, 0) + line.subtotal_minor
        tax_account = roles[AccountRole.TAX].pk
        parts[tax_account] = parts.get(tax_account, 0) + line.tax_minor
    base = {pk: _in_base(document, minor) for pk, minor in parts.items()}
    total = _in_base(document, document.total_minor)
    if base:
        largest = max(base, key=lambda pk: abs(base[pk]))
        base[largest] += total - sum(base.values())
    postings = [Posting(pk, sign * minor) for pk, minor in base.items()]
    return total, [*postings, Posting(roles[AccountRole.PAYABLES].pk, -sign * total)]


def _in_base(document: Document, minor: int) -> int:
    return convert(Money(minor, document.currency), document.rate, document.company.base_currency).minor


def refuse_archived(supplier: Supplier) -> None:
    if supplier.archived_at:
        raise DocumentError(f"{supplier} is archived. Restore the supplier first.", field="supplier")
