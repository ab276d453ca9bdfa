"""
Settling bills without cash, by what a supplier holds already: a credit note, or money on account.

From either side: one of these shared out over open bills, or one bill covered by several of these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.http import QueryDict

from billpay.bills.models import Bill
from billpay.companies.key_form import KeyForm
from billpay.companies.models import Company
from billpay.ledger import actions as ledger
from billpay.money.forms import BusinessDateField, MoneyField
from billpay.money.value import Money, add_up
from billpay.payments.actions import Header, Order
from billpay.payments.allocating import Fund, Need, cover
from billpay.payments.allocating import add_up as sums_of
from billpay.payments.credits import Credit
from billpay.payments.models import Method
from billpay.payments.planning import Wish, plan


class ShareForm(KeyForm):
    """
    Fields: `key`, `paid_on`, and for each of many things `amount-KEY`. After `is_valid()`: `header()` and `order`.

    `typed` is what was entered, by key; `left` what remains of the one thing it is about.
    """

    paid_on = BusinessDateField(label="Date", widget=forms.TextInput(attrs={"class": "width-10"}))

    company: Company
    currency: str
    rate: Decimal
    whole: Money
    order: Order | None = None

    def __init__(self, data: Mapping[str, Any] | None = None, *, company: Company, today: date, **kwargs: Any) -> None:
        last = ledger.last_day(company, today=today)
        kwargs["initial"] = {"paid_on": last, **(kwargs.get("initial") or {})}
        super().__init__(data, **kwargs)
        cast(BusinessDateField, self.fields["paid_on"]).latest = last
        self.company = company
        self.typed: dict[Any, Money] = {}

    def add_amount(self, key: Any, label: str) -> None:
        self.fields[f"amount-{key}"] = MoneyField(
            label=label,
            currency=self.currency,
            required=False,
            allow_zero=True,
            widget=forms.TextInput(attrs={"class": "num", "data-live": True, "aria-label": label}),
        )

    def read_amounts(self, keys: Sequence[Any]) -> None:
        self.typed = {key: amount for key in keys if (amount := self.cleaned_data.get(f"amount-{key}"))}

    def header(self) -> Header:
        """A payment without cash: no account, and the rate of what it is about."""
        rate = self.rate if self.currency != self.company.base_currency else Decimal(1)
        return Header(
            bank_account=None,
            paid_on=self.cleaned_data["paid_on"],
            currency=self.currency,
            method=Method.OTHER,
            rate=rate,
        )

    @property
    def used(self) -> Money:
        return add_up(self.typed.values(), self.currency)

    @property
    def left(self) -> Money:
        return self.whole - self.used

    @property
    def content_of_amounts(self) -> dict[str, str]:
        """What was typed, for the guard against a second time."""
        names = sorted(name for name in self.data if name.startswith("amount-"))
        return {name: str(self.data[name]).strip() for name in names}


@dataclass(slots=True)
class SpreadRow:
    """A bill as it is drawn: its box, unless it is on hold, and what is left of it."""

    bill: Bill
    amount: forms.BoundField | None
    left: Money
    held: str


class SpreadForm(ShareForm):
    """One credit note, or one payment's money on account, over the open bills of its supplier."""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        company: Company,
        credit: Credit,
        bills: Sequence[Bill],
        held: Mapping[int, str],
        today: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, company=company, today=today, **kwargs)
        self.credit, self.bills, self.held = credit, bills, held
        self.currency, self.rate, self.whole = credit.free.currency, credit.row.rate, credit.free
        for bill in bills:
            if bill.pk not in held:
                self.add_amount(bill.pk, f"Amount for bill {bill.number}")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        self.read_amounts([bill.pk for bill in self.bills])
        zero = Money.zero(self.currency)
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

    def rows(self, worked_out: ShareForm) -> list[SpreadRow]:
        """The bills as they are drawn, with what the checked form leaves of each."""
        zero = Money.zero(self.currency)
        return [
            SpreadRow(
                bill,
                self[f"amount-{bill.pk}"] if bill.pk not in self.held else None,
                bill.available - worked_out.typed.get(bill.pk, zero),
                self.held.get(bill.pk, ""),
            )
            for bill in self.bills
        ]

    def fill(self, data: QueryDict) -> QueryDict:
        """The boxes when the credit goes to what is due first."""
        able = [bill for bill in self.bills if bill.pk not in self.held]
        needs = [Need(bill.pk, bill.available.minor) for bill in able]
        shares = cover(needs, [Fund(self.credit.key, self.credit.free.minor)]).shares
        return _filled(data, {bill.pk: 0 for bill in able} | sums_of((s.need, s.minor) for s in shares), self.currency)


@dataclass(slots=True)
class CoverRow:
    """A credit as it is drawn: its box, and what is left of it."""

    credit: Credit
    amount: forms.BoundField
    left: Money


class CoverForm(ShareForm):
    """One bill, by the credit notes and the money on account of its supplier."""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        company: Company,
        bill: Bill,
        credits: Sequence[Credit],
        today: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, company=company, today=today, **kwargs)
        self.bill, self.credits = bill, credits
        self.currency, self.rate, self.whole = bill.currency, bill.rate, bill.available
        for credit in credits:
            self.add_amount(credit.key, f"Amount from {credit.name}")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        self.read_amounts([credit.key for credit in self.credits])
        chosen = [credit for credit in self.credits if credit.key in self.typed]
        for credit in chosen:
            if self.typed[credit.key] > credit.free:
                words = f"{credit.name} has {credit.free} remaining; {self.typed[credit.key]} is too much."
                self.add_error(f"amount-{credit.key}", words)
        if self.left.is_negative:
            words = f"Bill {self.bill.number} has {self.whole} outstanding; {self.used} is too much."
            self.add_error(f"amount-{chosen[-1].key}", words)
        if not self.errors and not chosen:
            self.add_error(None, "Enter how much to use of at least one of these.")
        self.order = Order(
            supplier=self.bill.supplier,
            amount=Money.zero(self.currency),
            parts=[credit.part(self.bill, self.typed[credit.key]) for credit in chosen],
        )
        return cleaned

    def rows(self, worked_out: ShareForm) -> list[CoverRow]:
        zero = Money.zero(self.currency)
        return [
            CoverRow(credit, self[f"amount-{credit.key}"], credit.free - worked_out.typed.get(credit.key, zero))
            for credit in self.credits
        ]

    def fill(self, data: QueryDict) -> QueryDict:
        """The boxes when the oldest credit is used first."""
        funds = [Fund(credit.key, credit.free.minor) for credit in self.credits]
        shares = cover([Need(self.bill.pk, self.whole.minor)], funds).shares
        taken = {credit.key: 0 for credit in self.credits} | sums_of((s.fund, s.minor) for s in shares)
        return _filled(data, taken, self.currency)


def _filled(data: QueryDict, taken: Mapping[Any, int], currency: str) -> QueryDict:
    filled = data.copy()
    box = MoneyField(currency=currency)
    for key, minor in taken.items():
        filled[f"amount-{key}"] = box.prepare_value(Money(minor, currency)) if minor else ""
    return filled
