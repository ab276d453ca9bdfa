"""
Bills and bill credit notes: read, and checked that they add up (rule 5). Pure.

The lines decide. `subTotal + taxAmount = totalAmount` on each line and the line totals add up to the document's
`totalAmount`, or it is refused, saying by how much. A header `subTotal` or tax that differs is a warning.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from billpay.interchange.codat.fields import Fields
from billpay.interchange.codat.shapes import Document, DocumentLine, Ref
from billpay.money.value import Money, add_up

type Identify = Callable[[Fields], str]

_MOST = Decimal("999999999999.99")


def bill(fields: Fields, base_currency: str, identify: Identify, warnings: list[str]) -> Document:
    """:raises Unreadable: naming the bill, the line and the difference."""
    identifier = identify(fields)
    number = fields.text("reference", limit="number") or fields.text("id", limit="number") or identifier[:100]
    fields = Fields(f"bill {number}", fields.data)
    return _document(fields, identifier, number, base_currency, warnings, left="amountDue", tax="taxAmount")


def credit_note(fields: Fields, base_currency: str, identify: Identify, warnings: list[str]) -> Document:
    """:raises Unreadable: naming the credit note, the line and the difference."""
    identifier = identify(fields)
    number = (
        fields.text("billCreditNoteNumber", limit="number") or fields.text("id", limit="number") or identifier[:100]
    )
    fields = Fields(f"credit note {number}", fields.data)
    return _document(fields, identifier, number, base_currency, warnings, left="remainingCredit", tax="totalTaxAmount")


def _document(
    fields: Fields, identifier: str, number: str, base_currency: str, warnings: list[str], *, left: str, tax: str
) -> Document:
    currency = fields.currency() or base_currency
    supplier = fields.ref("supplierRef", "supplierName")
    if supplier is None:
        raise fields.refuse("supplierRef is missing.")
    issued_on = fields.day("issueDate", required=True)
    assert issued_on is not None  # noqa: S101  It is required.
    items = fields.objects("lineItems")
    if not items:
        raise fields.refuse("lineItems is empty; the lines decide what a document comes to.")
    lines = tuple(_line(item, currency) for item in items)
    total = _total(fields, lines, currency)
    _warn_of_header(fields, lines, currency, tax, warnings)
    if fields.data.get("withholdingTax"):
        warnings.append(f"{fields.where}: withholdingTax is not kept.")
    return Document(
        label=fields.where,
        id=identifier,
        number=number,
        supplier=supplier,
        issued_on=issued_on,
        due_on=fields.day("dueDate"),
        currency=currency,
        rate=exchange_rate(fields),
        note=fields.text("note", limit="note"),
        status=fields.text("status").casefold(),
        total=total,
        lines=lines,
        left=fields.money(left, currency),
        deleted=fields.is_deleted(),
    )


def exchange_rate(fields: Fields) -> Decimal | None:
    """Base units per unit of the document's currency, at most 9 decimals (rule 3)."""
    rate = fields.number("currencyRate", most=Decimal(10**9), places=9)
    if rate is not None and rate <= 0:
        raise fields.refuse(f"currencyRate {rate} must be above zero.")
    return rate


def _total(fields: Fields, lines: tuple[DocumentLine, ...], currency: str) -> Money:
    lines_total = add_up((line.total for line in lines), currency)
    total = fields.money("totalAmount", currency)
    if total is not None and total != lines_total:
        raise fields.refuse(f"its lines add up to {lines_total}, totalAmount is {total}: off by {total - lines_total}.")
    if lines_total.minor < 0:
        raise fields.refuse(f"it comes to {lines_total}; a total cannot be below zero.")
    return lines_total


def _warn_of_header(
    fields: Fields, lines: tuple[DocumentLine, ...], currency: str, tax: str, warnings: list[str]
) -> None:
    for name, found in (
        ("subTotal", add_up((line.subtotal for line in lines), currency)),
        (tax, add_up((line.tax for line in lines), currency)),
    ):
        given = fields.money(name, currency)
        if given is not None and given != found:
            warnings.append(f"{fields.where}: {name} says {given}, its lines come to {found}. The lines decide.")


def _line(fields: Fields, currency: str) -> DocumentLine:
    quantity = fields.number("quantity", most=Decimal(10**9), places=4)
    unit_amount = fields.number("unitAmount", most=_MOST, places=10) or Decimal(0)
    subtotal, tax, total = _sums(fields, currency)
    if subtotal + tax != total:
        raise fields.refuse(
            f"subTotal {subtotal} and taxAmount {tax} make {subtotal + tax}, totalAmount is {total}: "
            f"off by {total - subtotal - tax}."
        )
    refs = [_tracking(item) for item in fields.objects("trackingCategoryRefs")]
    return DocumentLine(
        description=fields.text("description"),
        quantity=Decimal(1) if quantity is None else quantity,
        unit_amount=unit_amount,
        discount=fields.money("discountAmount", currency) or Money.zero(currency),
        discount_percent=fields.number("discountPercentage", least=Decimal(0), most=Decimal(100), places=4)
        or Decimal(0),
        subtotal=subtotal,
        tax=tax,
        total=total,
        account=fields.ref("accountRef"),
        tax_rate=fields.ref("taxRateRef"),
        tracking=tuple({ref.id: ref for ref in refs if ref}.values()),
    )


def _tracking(fields: Fields) -> Ref | None:
    identifier = fields.text("id", limit="id")
    return Ref(identifier, fields.text("name")[:120]) if identifier else None


def _sums(fields: Fields, currency: str) -> tuple[Money, Money, Money]:
    """Subtotal, tax and total of a line; one that is missing follows from the other two."""
    subtotal = fields.money("subTotal", currency)
    tax = fields.money("taxAmount", currency)
    total = fields.money("totalAmount", currency)
    if subtotal is None and total is None:
        raise fields.refuse("it says neither subTotal nor totalAmount.")
    if subtotal is None and total is not None:
        tax = tax or Money.zero(currency)
        return total - tax, tax, total
    assert subtotal is not None  # noqa: S101  The case above is done.
    if tax is None:
        tax = Money.zero(currency) if total is None else total - subtotal
    return subtotal, tax, subtotal + tax if total is None else total
