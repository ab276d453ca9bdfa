"""What the allocate page of a payment run shows: its bills, and their boxes by supplier."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from django import forms

from billpay.bills.models import Bill
from billpay.companies.models import Company
from billpay.money.value import Money
from billpay.payments.actions import Terms
from billpay.payments.credits import Credit
from billpay.payments.models import Payment
from billpay.payments.planning import Outcome
from billpay.suppliers.models import Supplier


@dataclass(slots=True)
class Subject:
    """
    What a run is about, as it is in the database now.

    `due` is what a payment may settle of each bill, `unchecked` the suppliers whose bank details wait for a second
    person, `held` why a bill on hold must not be paid, `reserved_by` the
    unfinished payments that hold a part of a bill.
    """

    company: Company
    currency: str
    today: date
    bills: list[Bill]
    due: dict[int, Money]
    credits: dict[int, list[Credit]]
    terms: dict[int, Terms]
    without_details: set[int]
    unchecked: set[int] = field(default_factory=set)
    held: dict[int, str] = field(default_factory=dict)
    reserved_by: dict[int, list[Payment]] = field(default_factory=dict)
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
    """
    One bill on the page: its boxes, and what they come to.

    `sets_cash` says that the cash was worked out anew, so that its box is to be drawn again.
    """

    bill: Bill
    due: Money
    has_credit: bool
    pay: forms.BoundField
    credit: forms.BoundField
    credit_amount: forms.BoundField
    discount: forms.BoundField
    write_off: forms.BoundField
    reason: forms.BoundField
    outcome: Outcome | None
    held: str
    reserved_by: list[Payment]
    sets_cash: bool = False

    @property
    def boxes(self) -> tuple[forms.BoundField, ...]:
        return (self.pay, self.credit, self.credit_amount, self.discount, self.write_off, self.reason)

    @property
    def has_errors(self) -> bool:
        return any(box.errors for box in self.boxes)


@dataclass(slots=True)
class Group:
    """One supplier on the page."""

    supplier: Supplier
    rows: list[Row]
    credit: Money
    misses_details: bool
    is_unchecked: bool
