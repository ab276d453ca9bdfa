"""Writing off what is left of a bill, without any cash."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, cast

from django import forms

from billpay.bills.models import Bill
from billpay.companies.key_form import KeyForm
from billpay.companies.models import Company
from billpay.ledger import actions as ledger
from billpay.money.forms import BusinessDateField, MoneyField
from billpay.money.value import Money
from billpay.payments.actions import Header, Order, Part
from billpay.payments.models import Method, Source


class WriteOffForm(KeyForm):
    """
    Fields: `key`, `on`, `amount` (what was left when the page was drawn), `reason`.

    After `is_valid()`: `header()` and `order`.
    """

    amount = MoneyField(widget=forms.HiddenInput, error_messages={"required": "Load the page again."})

    on = BusinessDateField(
        label="Date",
        help_text="The day it counts from in the books.",
        widget=forms.TextInput(attrs={"class": "width-10"}),
    )
    reason = forms.CharField(
        label="Why",
        max_length=200,
        help_text="Such as: rounding, or a difference not worth pursuing.",
        error_messages={"required": "Say why it is written off."},
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, bill: Bill, today: date, **kwargs: Any) -> None:
        last = ledger.last_day(bill.company, today=today)
        kwargs["initial"] = {"on": last, "amount": bill.available, **(kwargs.get("initial") or {})}
        super().__init__(data, **kwargs)
        self.bill = bill
        cast(BusinessDateField, self.fields["on"]).latest = last
        self.fields["amount"].currency = bill.currency  # type: ignore[attr-defined]

    def header(self, company: Company) -> Header:
        """A payment without cash, by the bill's own rate."""
        bill = self.bill
        rate = bill.rate if bill.currency != company.base_currency else Decimal(1)
        return Header(
            bank_account=None, paid_on=self.cleaned_data["on"], currency=bill.currency, method=Method.OTHER, rate=rate
        )

    @property
    def order(self) -> Order:
        bill = self.bill
        part = Part(bill, self.cleaned_data["amount"], Source.WRITE_OFF, reason=self.cleaned_data["reason"])
        return Order(supplier=bill.supplier, amount=Money.zero(bill.currency), parts=[part])
