"""Sharing out what a supplier holds already, a credit note or money on account, over their open bills."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict

from billpay.bills.models import Bill
from billpay.companies.models import Company
from billpay.money.forms import BusinessDateField, MoneyField
from billpay.money.value import Money, add_up
from billpay.payments.actions import Header, Order
from billpay.payments.allocating import Fund, Need, cover
from billpay.payments.allocating import add_up as sums_of
from billpay.payments.forms.direct import KeyForm
from billpay.payments.models import Method
from billpay.payments.planning import Credit, Wish, plan


@dataclass(slots=True)
class SpreadRow:
    bill: Bill
    amount: forms.BoundField
    left: Money


class SpreadForm(KeyForm):
    """Fields: `key`, `paid_on`, and for each bill `amount-ID`. After `is_valid()`: `header()` and `order`."""

    paid_on = BusinessDateField(label="Date", widget=forms.TextInput(attrs={"class": "width-10"}))

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        company: Company,
        credit: Credit,
        bills: Sequence[Bill],
        today: date,
        **kwargs: Any,
    ) -> None:
        kwargs["initial"] = {"paid_on": today, **(kwargs.get("initial") or {})}
        super().__init__(data, **kwargs)
        self.company, self.credit, self.bills = company, credit, bills
        self.typed: dict[int, Money] = {}
        self.order: Order | None = None
        for bill in bills:
            label = f"Amount for bill {bill.number}"
            self.fields[f"amount-{bill.pk}"] = MoneyField(
                label=label,
                currency=bill.currency,
                required=False,
                allow_zero=True,
                widget=forms.TextInput(attrs={"class": "num", "data-live": True, "aria-label": label}),
            )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        self.typed = {bill.pk: amount for bill in self.bills if (amount := cleaned.get(f"amount-{bill.pk}"))}
        zero = Money.zero(self.credit.free.currency)
        wishes = [
            Wish(bill, bill.available, zero, credit=self.credit.key, credit_amount=self.typed[bill.pk])
            for bill in self.bills
            if bill.pk in self.typed
        ]
        outcomes = plan(wishes, {self.credit.row.supplier_id: [self.credit]})
        for outcome in outcomes:
            if outcome.problems:
                words = outcome.problems[0][1]
                if outcome.left.minor < 0:
                    words = (
                        f"Bill {outcome.bill.number} has {outcome.wish.due} outstanding; "
                        f"{outcome.wish.credit_amount} is too much."
                    )
                self.add_error(f"amount-{outcome.bill.pk}", words)
        if not self.errors and not wishes:
            self.add_error(None, "Enter an amount for at least one bill.")
        self.order = Order(
            supplier=self.credit.row.supplier,
            amount=zero,
            parts=[part for outcome in outcomes for part in outcome.order_parts()],
        )
        return cleaned

    def header(self) -> Header:
        """A payment without cash: no account, and the rate of what is shared out."""
        currency = self.credit.free.currency
        rate = self.credit.row.rate if currency != self.company.base_currency else Decimal(1)
        return Header(
            bank_account=None, paid_on=self.cleaned_data["paid_on"], currency=currency, method=Method.OTHER, rate=rate
        )

    @property
    def used(self) -> Money:
        return add_up(self.typed.values(), self.credit.free.currency)

    @property
    def left(self) -> Money:
        return self.credit.free - self.used

    def rows(self, worked_out: SpreadForm) -> list[SpreadRow]:
        """The bills as they are drawn, with what the checked form leaves of each."""
        zero = Money.zero(self.credit.free.currency)
        return [
            SpreadRow(bill, self[f"amount-{bill.pk}"], bill.available - worked_out.typed.get(bill.pk, zero))
            for bill in self.bills
        ]


def fill_oldest_first(data: QueryDict, *, credit: Credit, bills: Sequence[Bill]) -> QueryDict:
    """The boxes when the credit goes to what is due first."""
    filled = data.copy()
    covered = cover([Need(bill.pk, bill.available.minor) for bill in bills], [Fund(credit.key, credit.free.minor)])
    taken = sums_of((share.need, share.minor) for share in covered.shares)
    box = MoneyField(currency=credit.free.currency)
    for bill in bills:
        minor = taken.get(bill.pk, 0)
        filled[f"amount-{bill.pk}"] = box.prepare_value(Money(minor, bill.currency)) if minor else ""
    return filled
