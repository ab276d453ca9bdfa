"""What Codat's documents hold, as far as Billpay keeps it. Amounts are `Money`, signs as in the document."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from billpay.money.value import Money


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to another record by its id there; whatever else it says helps to make one that is missing."""

    id: str
    name: str = ""
    percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Account:
    id: str
    name: str
    code: str
    type: str
    currency: str
    is_bank: bool | None
    archived: bool


@dataclass(frozen=True, slots=True)
class Rate:
    id: str
    code: str
    name: str
    percent: Decimal
    archived: bool


@dataclass(frozen=True, slots=True)
class Way:
    """A payment method."""

    id: str
    name: str
    type: str
    archived: bool


@dataclass(frozen=True, slots=True)
class Supplier:
    id: str
    name: str
    contact_name: str
    email: str
    phone: str
    address: str
    tax_number: str
    currency: str
    archived: bool


@dataclass(frozen=True, slots=True)
class DocumentLine:
    description: str
    quantity: Decimal
    unit_amount: Decimal
    discount: Money
    discount_percent: Decimal
    subtotal: Money
    tax: Money
    total: Money
    account: Ref | None
    tax_rate: Ref | None
    tracking: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A bill or a bill credit note. `label` is how messages name it; `id` is made from the content if none is given."""

    label: str
    id: str
    number: str
    supplier: Ref
    issued_on: date
    due_on: date | None
    currency: str
    rate: Decimal | None
    note: str
    status: str
    total: Money
    lines: tuple[DocumentLine, ...]
    left: Money | None
    """`amountDue` of a bill or `remainingCredit` of a credit note: compared, never believed."""
    deleted: bool


@dataclass(frozen=True, slots=True)
class Link:
    type: str
    id: str
    amount: Money


@dataclass(frozen=True, slots=True)
class PaymentLine:
    amount: Money
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Payment:
    """A bill payment. Without `supplier` it is a batch."""

    label: str
    id: str
    supplier: Ref | None
    account: Ref | None
    method: Ref | None
    currency: str
    rate: Decimal | None
    paid_on: date
    total: Money
    reference: str
    note: str
    lines: tuple[PaymentLine, ...]
    supplemental: dict[str, object]
    deleted: bool


@dataclass(slots=True)
class File:
    """All that one file holds, in the order in which it is stored, and what to warn of."""

    accounts: list[Account] = field(default_factory=list)
    tax_rates: list[Rate] = field(default_factory=list)
    methods: list[Way] = field(default_factory=list)
    suppliers: list[Supplier] = field(default_factory=list)
    bills: list[Document] = field(default_factory=list)
    credit_notes: list[Document] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
