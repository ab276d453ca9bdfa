"""
From a JSON text to `shapes.File`: every document read and checked by itself, before anything is stored.

Pure: knows nothing of Django. All that is wrong is found in one pass, not one fault at a time.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from billpay.interchange.codat import documents, payments
from billpay.interchange.codat.fields import Fields, Unreadable, load
from billpay.interchange.codat.shapes import Account, File, Rate, Supplier, Way

TYPES = ("accounts", "taxRates", "paymentMethods", "suppliers", "bills", "billCreditNotes", "billPayments")


class Refusals(Exception):
    """Everything that is wrong with a file, a sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def read(text: str, *, base_currency: str) -> File:
    """
    Read one JSON object with any of the lists in `TYPES`.

    :param base_currency: the currency of documents that name none.
    :raises Refusals: naming each document that cannot be taken, and why.
    """
    try:
        data = load(text)
    except Unreadable as error:
        raise Refusals([str(error)]) from error
    if unknown := [name for name in data if name not in TYPES]:
        raise Refusals([f"“{name[:60]}” is not a list Billpay knows. It reads {', '.join(TYPES)}." for name in unknown])
    file, problems = File(), []
    identities = _Identities()

    def collect[T](name: str, into: list[T], read_one: Callable[[Fields], T]) -> None:
        value = data.get(name, [])
        if not isinstance(value, list):
            problems.append(f"“{name}” should be a list.")
            return
        for index, item in enumerate(value):
            try:
                into.append(read_one(Fields.of(f"{name}[{index}]", item)))
            except Unreadable as error:
                problems.append(str(error))

    collect("accounts", file.accounts, _account)
    collect("taxRates", file.tax_rates, _tax_rate)
    collect("paymentMethods", file.methods, _method)
    collect("suppliers", file.suppliers, _supplier)
    collect("bills", file.bills, lambda fields: documents.bill(fields, base_currency, identities.of, file.warnings))
    collect(
        "billCreditNotes",
        file.credit_notes,
        lambda fields: documents.credit_note(fields, base_currency, identities.of, file.warnings),
    )
    collect("billPayments", file.payments, lambda fields: payments.payment(fields, base_currency, identities.of))
    problems.extend(_given_twice(file))
    if problems:
        raise Refusals(problems)
    return file


class _Identities:
    """
    Ids for documents that carry none: a digest of the content, and the how-manieth of its kind in the file.

    The same file read twice names its documents alike, so a second run adds nothing, and true twins survive.
    """

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def of(self, fields: Fields) -> str:
        if given := fields.text("id", limit="id"):
            return given
        canonical = json.dumps(fields.data, sort_keys=True, default=str, separators=(",", ":"))
        digest = hashlib.sha256(canonical.encode()).hexdigest()[:32]
        self._seen[digest] += 1
        return f"codat-{digest}-{self._seen[digest]}"


def _given_twice(file: File) -> list[str]:
    problems = []
    lists: dict[str, list[Any]] = {
        "accounts": file.accounts,
        "taxRates": file.tax_rates,
        "paymentMethods": file.methods,
        "suppliers": file.suppliers,
        "bills": file.bills,
        "billCreditNotes": file.credit_notes,
        "billPayments": file.payments,
    }
    for name, items in lists.items():
        counts = Counter(item.id for item in items)
        problems += [f"{name}: the id {id_} occurs {count} times." for id_, count in counts.items() if count > 1]
    return problems


def _archived(fields: Fields) -> bool:
    return fields.text("status").casefold() in {"archived", "inactive", "obsolete"} or fields.is_deleted()


def _account(fields: Fields) -> Account:
    identifier = fields.text("id", limit="id", required=True)
    return Account(
        id=identifier,
        name=(fields.text("name") or fields.text("nominalCode") or f"Account {identifier}")[:100],
        code=fields.text("nominalCode")[:20],
        type=fields.text("type").casefold(),
        currency=fields.currency(),
        is_bank=fields.flag("isBankAccount"),
        archived=_archived(fields),
    )


def _tax_rate(fields: Fields) -> Rate:
    identifier = fields.text("id", limit="id", required=True)
    percent = fields.number("effectiveTaxRate", least=Decimal(0), most=Decimal(100), places=4)
    if percent is None:
        percent = fields.number("totalTaxRate", least=Decimal(0), most=Decimal(100), places=4)
    if percent is None:
        raise fields.refuse(f"tax rate {identifier} says neither effectiveTaxRate nor totalTaxRate.")
    return Rate(
        id=identifier,
        code=(fields.text("code") or identifier)[:60],
        name=(fields.text("name") or identifier)[:120],
        percent=percent,
        archived=_archived(fields),
    )


def _method(fields: Fields) -> Way:
    identifier = fields.text("id", limit="id", required=True)
    return Way(
        id=identifier,
        name=(fields.text("name") or f"Method {identifier}")[:80],
        type=fields.text("type").casefold(),
        archived=_archived(fields),
    )


def _supplier(fields: Fields) -> Supplier:
    identifier = fields.text("id", limit="id", required=True)
    addresses = fields.objects("addresses")
    address = ""
    if addresses:
        parts = [addresses[0].text(part) for part in ("line1", "line2", "city", "region", "postalCode", "country")]
        address = "\n".join(part for part in parts if part)
    return Supplier(
        id=identifier,
        name=fields.text("supplierName", limit="name") or f"Supplier {identifier}"[:150],
        contact_name=fields.text("contactName")[:120],
        email=fields.text("emailAddress")[:254],
        phone=fields.text("phone")[:40],
        address=address,
        tax_number=fields.text("taxNumber")[:40],
        currency=fields.currency("defaultCurrency"),
        archived=_archived(fields),
    )
