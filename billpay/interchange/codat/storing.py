"""Storing bills and credit notes: entered and approved by the same actions as on screen."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from billpay.bills import actions as bills
from billpay.companies.models import Company, User
from billpay.credit_notes import actions as credit_notes
from billpay.documents.drafting import Content, LineContent
from billpay.documents.models import AmountsAre, Document, Status
from billpay.documents.totals import LineTotals
from billpay.interchange.codat import shapes
from billpay.interchange.codat.resolving import ImportRefused, Resolver, find
from billpay.money.value import InvalidAmount, Money, MoneyError
from billpay.suppliers.models import Supplier

type Outcome = Literal["new", "known", "skipped"]
SKIPPED: Outcome = "skipped"


def bill(shape: shapes.Document, company: Company, resolver: Resolver, by: User) -> Outcome:
    """Store one bill: open, or a draft if the document says so; void ones are left out."""
    if known := find(company.bills.select_related("supplier"), shape.id):
        return _same(known, shape)
    if shape.status == "void":
        return SKIPPED
    supplier = resolver.supplier(shape.supplier, shape.label)
    due_on = shape.due_on or supplier.due_date_for(shape.issued_on)
    row = bills.enter(
        company=company,
        content=_content(shape, supplier, company, resolver),
        due_on=max(due_on, shape.issued_on),
        by=by,
    )
    if shape.status != "draft":
        bills.open_as_imported(bill=row, source="Codat", by=by)
    return "new"


def credit_note(shape: shapes.Document, company: Company, resolver: Resolver, by: User) -> Outcome:
    """Store one credit note: open, or a draft if the document says so; void ones are left out."""
    if known := find(company.credit_notes.select_related("supplier"), shape.id):
        return _same(known, shape)
    if shape.status == "void":
        return SKIPPED
    supplier = resolver.supplier(shape.supplier, shape.label)
    row = credit_notes.enter(company=company, content=_content(shape, supplier, company, resolver), by=by)
    if shape.status != "draft":
        credit_notes.approve(note=row, by=by)
    return "new"


def _same(known: Document, shape: shapes.Document) -> Outcome:
    if known.total != shape.total:
        raise ImportRefused(
            f"{shape.label}: it is here already over {known.total}; the file says {shape.total}. "
            "Approved amounts are not rewritten: void it here and import it under a new id."
        )
    return "known"


def rate_of(rate: Decimal | None, currency: str, company: Company, label: str, warnings: list[str]) -> Decimal:
    """The document's own rate; 1 for the company's currency, and with a warning where a foreign one gives none."""
    if currency == company.base_currency:
        if rate is not None and rate != 1:
            shown = f"{rate.normalize():f}"
            warnings.append(f"{label}: currencyRate {shown} left out; {currency} is {company}'s own currency.")
        return Decimal(1)
    if rate is None:
        warnings.append(f"{label}: no currencyRate; 1 {currency} is counted as 1 {company.base_currency} in the books.")
        return Decimal(1)
    return rate


def _content(shape: shapes.Document, supplier: Supplier, company: Company, resolver: Resolver) -> Content:
    return Content(
        supplier=supplier,
        number=shape.number,
        issued_on=shape.issued_on,
        currency=shape.currency,
        rate=rate_of(shape.rate, shape.currency, company, shape.label, resolver.warnings),
        amounts_are=_amounts_are(shape),
        note=shape.note,
        external_id=shape.id,
        stated_total_minor=shape.total.minor,
        lines=tuple(
            _line(line, f"{shape.label}, line {number}", supplier, resolver)
            for number, line in enumerate(shape.lines, start=1)
        ),
    )


def _amounts_are(shape: shapes.Document) -> AmountsAre:
    """Inclusive if quantity times unit amount comes to the totals of lines that carry tax, else exclusive."""
    if not any(line.tax for line in shape.lines):
        return AmountsAre.EXCLUSIVE
    inclusive = all(
        line.unit_amount * line.quantity - line.discount.decimal() == line.total.decimal() for line in shape.lines
    )
    return AmountsAre.INCLUSIVE if inclusive else AmountsAre.EXCLUSIVE


def _line(line: shapes.DocumentLine, label: str, supplier: Supplier, resolver: Resolver) -> LineContent:
    quantity, unit_minor, description = line.quantity, 0, line.description
    try:
        unit_minor = Money.from_decimal(line.unit_amount, line.subtotal.currency).minor
    except (InvalidAmount, MoneyError):
        # A price finer than the currency: the line is kept as one of its subtotal, and says what it was.
        description = f"{description} ({line.quantity.normalize():f} × {line.unit_amount.normalize():f})"[-500:].strip()
        quantity, unit_minor = Decimal(1), line.subtotal.minor
    return LineContent(
        description=description,
        quantity=quantity,
        unit_amount_minor=unit_minor,
        account=resolver.account(line.account, supplier, label),
        tax_rate=resolver.tax_rate(line.tax_rate, label),
        discount_percent=line.discount_percent,
        discount_minor=line.discount.minor,
        tracking=resolver.tracking(line.tracking),
        given=LineTotals(line.discount.minor, line.subtotal.minor, line.tax.minor, line.total.minor),
    )


def compare_what_is_left(file: shapes.File, company: Company, warnings: list[str]) -> None:
    """Compare `amountDue` and `remainingCredit` with what the payments here leave; they are never believed."""
    for shape in file.bills:
        row = find(company.bills.all(), shape.id) if shape.left is not None else None
        if row is not None and row.status == Status.OPEN and row.outstanding != shape.left:
            warnings.append(f"{shape.label}: amountDue says {shape.left}; here {row.outstanding} is outstanding.")
    for shape in file.credit_notes:
        note = find(company.credit_notes.all(), shape.id) if shape.left is not None else None
        if note is not None and note.status == Status.OPEN and note.remaining != shape.left:
            warnings.append(f"{shape.label}: remainingCredit says {shape.left}; here {note.remaining} remains.")
