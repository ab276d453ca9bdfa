"""Small documents in Codat's shapes, with the figures of its published samples."""

from __future__ import annotations

import json
from typing import Any

SUPPLIER = {"id": "sup-power", "supplierName": "PowerDirect", "defaultCurrency": "GBP", "status": "Active"}
OTHER = {"id": "sup-guard", "supplierName": "Swanston Security", "defaultCurrency": "GBP", "status": "Active"}
BANK = {"id": "acc-bank", "name": "Business current", "type": "Asset", "isBankAccount": True, "currency": "GBP"}
POWER = {"id": "acc-power", "nominalCode": "7205", "name": "Electricity", "type": "Expense", "isBankAccount": False}


def text(**lists: list[dict[str, Any]]) -> str:
    return json.dumps(lists)


def base(**lists: list[dict[str, Any]]) -> str:
    """A file with two suppliers, a bank account and an expense account, and whatever else is asked."""
    return text(suppliers=[SUPPLIER, OTHER], accounts=[BANK, POWER], **lists)


def bill(identifier: str = "bill-1", net: float = 129.38, tax: float = 6.47, **fields: Any) -> dict[str, Any]:
    total = round(net + tax, 3)
    return {
        "id": identifier,
        "reference": f"RPT-{identifier}",
        "supplierRef": {"id": "sup-power", "supplierName": "PowerDirect"},
        "issueDate": "2023-02-09T00:00:00",
        "dueDate": "2023-02-19T00:00:00",
        "currency": "GBP",
        "currencyRate": 1,
        "lineItems": [
            {
                "description": "Monthly electricity",
                "unitAmount": net,
                "quantity": 1,
                "subTotal": net,
                "taxAmount": tax,
                "totalAmount": total,
                "accountRef": {"id": "acc-power"},
                "taxRateRef": {"id": "RRINPUT", "name": "5% (VAT on Expenses)", "effectiveTaxRate": 5},
            }
        ],
        "status": "Open",
        "subTotal": net,
        "taxAmount": tax,
        "totalAmount": total,
        "amountDue": total,
        **fields,
    }


def credit_note(identifier: str = "cn-1", net: float = 21.2, tax: float = 4.24, **fields: Any) -> dict[str, Any]:
    note = bill(identifier, net, tax)
    for name in ("reference", "dueDate", "amountDue", "taxAmount"):
        del note[name]
    return {**note, "billCreditNoteNumber": f"JMY-{identifier}", "totalTaxAmount": tax, "status": "Submitted", **fields}


def link(kind: str, identifier: str, amount: float) -> dict[str, Any]:
    return {"type": kind, "id": identifier, "amount": amount}


def payment(total: float, *lines: tuple[float, list[dict[str, Any]]], **fields: Any) -> dict[str, Any]:
    return {
        "supplierRef": {"id": "sup-power"},
        "accountRef": {"id": "acc-bank"},
        "totalAmount": total,
        "currency": "GBP",
        "currencyRate": 1,
        "date": "2023-04-17T00:00:00",
        "lines": [{"amount": amount, "links": links} for amount, links in lines],
        **fields,
    }
