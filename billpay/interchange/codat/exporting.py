"""
Writing Codat's documents: the same shapes that `reading` takes, with what Billpay has worked out.

Amounts are JSON numbers with the currency's decimals: at most 15 significant digits, which a JSON number carries
exactly. Ids are external ids, or made from ours so that they read back in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch

from billpay.bills.models import Bill, BillState
from billpay.companies.models import Company
from billpay.credit_notes.models import CreditNote, CreditNoteState
from billpay.documents.models import Document, Line
from billpay.interchange.codat.resolving import outside_id
from billpay.money.value import Money
from billpay.payments.models import Allocation, Batch, Payment, PaymentStatus, Source
from billpay.suppliers.models import Supplier

type Json = dict[str, Any]

_BILL_STATUS = {
    BillState.DRAFT: "Draft",
    BillState.AWAITING_APPROVAL: "Draft",
    BillState.OPEN: "Open",
    BillState.PARTIALLY_PAID: "PartiallyPaid",
    BillState.PAID: "Paid",
    BillState.VOID: "Void",
}
_CREDIT_STATUS = {
    CreditNoteState.DRAFT: "Draft",
    CreditNoteState.AWAITING_APPROVAL: "Draft",
    CreditNoteState.OPEN: "Submitted",
    CreditNoteState.PARTLY_USED: "PartiallyPaid",
    CreditNoteState.USED: "Paid",
    CreditNoteState.VOID: "Void",
}


def export(company: Company, kind: str) -> Iterator[Json]:
    """
    The company's documents of one kind, oldest first.

    :param kind: a name from `KINDS`.
    """
    return KINDS[kind](company)


def number(amount: Money) -> int | float:
    """An amount as a JSON number: whole where it is whole."""
    return plain(amount.decimal())


def plain(value: Decimal) -> int | float:
    """A decimal as a JSON number: whole where it is whole."""
    return int(value) if value == value.to_integral_value() else float(value)


def _day(day: date) -> str:
    return f"{day.isoformat()}T00:00:00"


def _suppliers(company: Company) -> Iterator[Json]:
    for row in company.suppliers.order_by("id").iterator():
        yield _supplier(row)


def _supplier(row: Supplier) -> Json:
    return {
        "id": outside_id(row),
        "supplierName": row.name,
        "contactName": row.contact_name,
        "emailAddress": row.email,
        "phone": row.phone,
        "addresses": [{"type": "Billing", "line1": " ".join(row.address.split())}] if row.address else [],
        "taxNumber": row.tax_number,
        "defaultCurrency": row.currency,
        "status": "Archived" if row.archived_at else "Active",
        "metadata": {"isDeleted": False},
    }


def _bills(company: Company) -> Iterator[Json]:
    allocations = (
        Allocation.objects.live()
        .exclude(settlement=None)
        .select_related("payment__bank_account", "payment__supplier", "payment__batch", "settlement")
    )
    rows = (
        company.bills.select_related("supplier")
        .prefetch_related(*_lines(), Prefetch("allocations", queryset=allocations))
        .order_by("id")
    )
    for row in rows.iterator(chunk_size=500):
        yield {
            **_document(row),
            "reference": row.number,
            "dueDate": _day(row.due_on),
            "status": _BILL_STATUS[BillState(row.state)],
            "taxAmount": number(row.tax),
            "amountDue": number(row.outstanding),
            "paymentAllocations": [_allocation(item, row) for item in row.allocations.all()],
        }


def _credit_notes(company: Company) -> Iterator[Json]:
    rows = company.credit_notes.select_related("supplier").prefetch_related(*_lines()).order_by("id")
    for row in rows.iterator(chunk_size=500):
        yield {
            **_document(row),
            "billCreditNoteNumber": row.number,
            "status": _CREDIT_STATUS[CreditNoteState(row.state)],
            "totalTaxAmount": number(row.tax),
            "totalDiscount": 0,
            "discountPercentage": 0,
            "remainingCredit": number(row.remaining),
        }


def _lines() -> tuple[str, ...]:
    return ("lines__account", "lines__tax_rate", "lines__tracking")


def _document(row: Bill | CreditNote) -> Json:
    return {
        "id": outside_id(row),
        "supplierRef": {"id": outside_id(row.supplier), "supplierName": row.supplier.name},
        "issueDate": _day(row.issued_on),
        "currency": row.currency,
        "currencyRate": plain(row.rate),
        "lineItems": [_line(line, row) for line in row.lines.all()],
        "withholdingTax": [],
        "subTotal": number(row.subtotal),
        "totalAmount": number(row.total),
        "note": row.note,
        "metadata": {"isDeleted": False},
    }


def _line(line: Line, document: Document) -> Json:
    def amount(minor: int) -> int | float:
        return number(Money(minor, document.currency))

    item: Json = {
        "description": line.description,
        "unitAmount": amount(line.unit_amount_minor),
        "quantity": plain(line.quantity),
        "discountAmount": amount(line.discount_minor),
        "discountPercentage": plain(line.discount_percent),
        "subTotal": amount(line.subtotal_minor),
        "taxAmount": amount(line.tax_minor),
        "totalAmount": amount(line.total_minor),
        "accountRef": {"id": outside_id(line.account), "name": line.account.name},
        "trackingCategoryRefs": [{"id": outside_id(it), "name": it.name} for it in line.tracking.all()],
    }
    if line.tax_rate is not None:
        item["taxRateRef"] = {
            "id": outside_id(line.tax_rate),
            "name": line.tax_rate.name,
            "effectiveTaxRate": plain(line.tax_rate.percent),
        }
    return item


def _allocation(row: Allocation, bill: Bill) -> Json:
    payment = row.payment
    outer = payment.batch or payment
    result: Json = {
        "payment": {
            "id": outside_id(outer),
            "reference": payment.reference,
            "currency": payment.currency,
            "currencyRate": plain(payment.rate),
            "paidOnDate": _day(payment.paid_on),
            "totalAmount": number(payment.amount),
        },
        "allocation": {
            "currency": bill.currency,
            "currencyRate": plain(payment.rate),
            "allocatedOnDate": _day(row.settlement.on) if row.settlement else _day(payment.paid_on),
            "totalAmount": number(Money(row.amount_minor, bill.currency)),
        },
    }
    if payment.bank_account is not None:
        result["payment"]["accountRef"] = {
            "id": outside_id(payment.bank_account),
            "name": payment.bank_account.name,
        }
    return result


def _payments(company: Company) -> Iterator[Json]:
    """Completed payments: those of a batch as one document without a supplier, whatever became of each."""
    allocations = Prefetch(
        "allocations",
        queryset=Allocation.objects.live().select_related("bill", "credit_note", "from_payment"),
    )
    rows = (
        company.payments.filter(status=PaymentStatus.COMPLETED)
        .select_related("supplier", "bank_account", "payment_method", "batch")
        .prefetch_related(allocations)
    )
    for row in rows.filter(batch=None).order_by("id").iterator(chunk_size=500):
        yield _payment(row)
    in_batches: dict[int, list[Payment]] = defaultdict(list)
    batches: dict[int, Batch] = {}
    for row in rows.exclude(batch=None).order_by("batch_id", "id").iterator(chunk_size=500):
        if row.batch is not None:
            batches[row.batch.pk] = row.batch
            in_batches[row.batch.pk].append(row)
    for pk, members in in_batches.items():
        yield _batch(batches[pk], members)


def _payment(row: Payment) -> Json:
    result = {
        "id": outside_id(row),
        "supplierRef": {"id": outside_id(row.supplier), "supplierName": row.supplier.name},
        **_head(row, row.amount),
        "lines": _payment_lines(row),
    }
    if row.payment_method is not None:
        result["paymentMethodRef"] = {"id": outside_id(row.payment_method), "name": row.payment_method.name}
    if row.supplemental:
        result["supplementalData"] = row.supplemental
    return result


def _batch(batch: Batch, members: list[Payment]) -> Json:
    total = Money(sum(row.amount_minor for row in members), batch.currency)
    lines = [line for row in members for line in _payment_lines(row)]
    return {"id": outside_id(batch), **_head(members[0], total), "note": batch.note, "lines": lines}


def _head(row: Payment, total: Money) -> Json:
    head: Json = {
        "currency": row.currency,
        "currencyRate": plain(row.rate),
        "date": _day(row.paid_on),
        "totalAmount": number(total),
        "reference": row.reference,
        "note": row.note,
        "metadata": {"isDeleted": False},
    }
    if row.bank_account is not None:
        head["accountRef"] = {"id": outside_id(row.bank_account), "name": row.bank_account.name}
    return head


def _payment_lines(row: Payment) -> list[Json]:
    """One line a bill, with the credit that settles it, and one line for cash kept on account."""
    lines: dict[int, list[tuple[str, str, int]]] = {}
    cash: dict[int, int] = defaultdict(int)
    for item in row.allocations.all():
        links = lines.setdefault(item.bill_id, [("Bill", outside_id(item.bill), 0)])
        name, identifier, minor = links[0]
        links[0] = (name, identifier, minor - item.amount_minor)
        if item.source == Source.CREDIT_NOTE and item.credit_note:
            links.append(("CreditNote", outside_id(item.credit_note), item.amount_minor))
        elif item.source == Source.ON_ACCOUNT and item.from_payment:
            links.append(("PaymentOnAccount", outside_id(item.from_payment), item.amount_minor))
        else:
            cash[item.bill_id] += item.amount_minor
    result = [_payment_line(cash[bill_id], links, row) for bill_id, links in lines.items()]
    kept = row.amount_minor - sum(cash.values())
    if kept:
        result.append(_payment_line(kept, [("PaymentOnAccount", "", -kept)], row))
    return result


def _payment_line(minor: int, links: list[tuple[str, str, int]], row: Payment) -> Json:
    return {
        "amount": number(Money(minor, row.currency)),
        "allocatedOnDate": _day(row.paid_on),
        "links": [
            {
                "type": kind,
                **({"id": identifier} if identifier else {}),
                "amount": number(Money(amount, row.currency)),
                "currencyRate": plain(row.rate),
            }
            for kind, identifier, amount in links
        ],
    }


KINDS: dict[str, Callable[[Company], Iterator[Json]]] = {
    "suppliers": _suppliers,
    "bills": _bills,
    "billCreditNotes": _credit_notes,
    "billPayments": _payments,
}
