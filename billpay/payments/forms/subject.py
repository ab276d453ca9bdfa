"""What the allocate page of a payment run shows: its bills, and their boxes by supplier."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms

from billpay.bills.models import Bill
from billpay.companies.models import Company
from billpay.money.value import Money
from billpay.payments.models import Payment
from billpay.payments.planning import Credit, Outcome
from billpay.suppliers.models import Supplier


@dataclass(slots=True)
class Subject:
    """What a run is about, as it is in the database now."""

    company: Company
    currency: str
    bills: list[Bill]
    due: dict[int, Money]
    credits: dict[int, list[Credit]]
    without_details: set[int]
    draft: Payment | None = None

    @property
    def is_foreign(self) -> bool:
        return self.currency != self.company.base_currency

    @property
    def suppliers(self) -> list[Supplier]:
        return list({bill.supplier_id: bill.supplier for bill in self.bills}.values())

    @property
    def may_combine(self) -> bool:
        """Whether there is a choice between one payment a supplier and one a bill."""
        return self.draft is None and len(self.bills) > len(self.suppliers)


@dataclass(slots=True)
class Row:
    """One bill on the page: its boxes, and what they come to."""

    bill: Bill
    due: Money
    has_credit: bool
    pay: forms.BoundField
    credit: forms.BoundField
    credit_amount: forms.BoundField
    outcome: Outcome | None

    @property
    def has_errors(self) -> bool:
        return bool(self.pay.errors or self.credit.errors or self.credit_amount.errors)


@dataclass(slots=True)
class Group:
    """One supplier on the page."""

    supplier: Supplier
    rows: list[Row]
    credit: Money
    misses_details: bool
