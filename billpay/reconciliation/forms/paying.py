"""Paying bills from a bank line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from billpay.banking.models import BankTransaction
from billpay.bills.models import Bill
from billpay.companies.key_form import KeyForm
from billpay.companies.models import Company
from billpay.money.forms import BusinessDateField, MoneyField
from billpay.money.value import Money, add_up
from billpay.payments.actions import Order, Part
from billpay.payments.forms.fields import method_field, rate_field
from billpay.payments.models import Method


class PartsForm(forms.Form):
    """The ticked bills of the pay page, for its running total: `bill` ids with `amount-ID`; empty counts as nothing."""

    fee = MoneyField(label="Bank fee", required=False, allow_zero=True)

    def __init__(self, data: Mapping[str, Any], *, bills: Sequence[Bill], currency: str) -> None:
        super().__init__(data, label_suffix="")
        self.currency = currency
        self.fields["fee"].currency = currency  # type: ignore[attr-defined]
        for bill in bills:
            self.fields[f"amount-{bill.pk}"] = MoneyField(
                label=f"Amount for {bill.number}", currency=currency, required=False, allow_zero=True
            )

    @property
    def total(self) -> Money:
        return add_up((amount for amount in self.cleaned_data.values() if amount), self.currency)


class PayFromForm(KeyForm):
    """
    Pay bills from a bank line. Field names are stable:

    `key` (UUID, once), `bill` (ids, repeated) with `amount-ID`, `paid_on` (the line's booking date when empty),
    `method` (id of a payment method; a bank transfer when absent), `reference`, `cheque_number`, `fee` (the part of the
    line that is the bank's charge), `rest` (ticked: what is left of the line stays on account with the supplier),
    `rate` (base units per unit; only for an account in foreign currency). After `is_valid()`: `orders`.
    """

    paid_on = BusinessDateField(
        label="Payment date", required=False, widget=forms.TextInput(attrs={"class": "width-10"})
    )
    reference = forms.CharField(required=False, max_length=100)
    cheque_number = forms.CharField(label="Cheque number", required=False, max_length=30)
    fee = MoneyField(
        label="Bank fee in this line", required=False, allow_zero=True, help_text="The bank line is payment and fee."
    )
    rest = forms.BooleanField(label="Keep what is left on account with the supplier", required=False)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        company: Company,
        transaction: BankTransaction,
        bills: Sequence[Bill],
        chosen: Sequence[Bill] = (),
        **kwargs: Any,
    ) -> None:
        """`bills` are those drawn, with a box each; `chosen` those ticked, of which only the boxes count."""
        self.company, self.transaction = company, transaction
        self.default_method = company.payment_methods.active().filter(kind=Method.BANK_TRANSFER).order_by("id").first()
        kwargs["initial"] = {
            "paid_on": transaction.booked_on,
            "method": self.default_method,
            **(kwargs.get("initial") or {}),
        }
        super().__init__(data, **kwargs)
        self.chosen = list(chosen)
        self.orders: list[Order] = []
        currency = transaction.currency
        self.fields["fee"].currency = currency  # type: ignore[attr-defined]
        self.fields["fee"].widget.attrs["class"] = "width-10 num"
        self.fields["paid_on"].show_optional = False  # type: ignore[attr-defined]
        self.fields["method"] = method_field(company, required=False)
        self.fields["method"].show_optional = False  # type: ignore[attr-defined]
        if currency != company.base_currency:
            self.fields["rate"] = rate_field(company, currency)
        ticked = {bill.pk for bill in self.chosen}
        for bill in {bill.pk: bill for bill in (*bills, *self.chosen)}.values():
            self.fields[f"amount-{bill.pk}"] = MoneyField(
                label=f"Amount for {bill.number}",
                currency=bill.currency,
                required=bill.pk in ticked,
                disabled=data is not None and bill.pk not in ticked,
                widget=forms.TextInput(attrs={"class": "num ms-auto", "aria-label": f"Amount for bill {bill.number}"}),
            )

    def content(self) -> dict[str, Any]:
        return {**super().content(), "bills": sorted(bill.pk for bill in self.chosen)}

    @property
    def day(self) -> date:
        return self.cleaned_data.get("paid_on") or self.transaction.booked_on

    @property
    def chosen_method(self) -> Any:
        return self.cleaned_data.get("method") or self.default_method

    @property
    def chosen_rate(self) -> Decimal:
        return self.cleaned_data.get("rate") or Decimal(1)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.chosen:
            self.add_error(None, "Choose at least one bill to pay.")
        for bill in self.chosen:
            if bill.currency != self.transaction.currency:
                self.add_error(
                    None,
                    f"Bill {bill.number} is in {bill.currency}; this line is in {self.transaction.currency}. "
                    "Pay it from its own page, then match the payment.",
                )
        if self.errors:
            return cleaned
        suppliers = {bill.supplier_id: bill.supplier for bill in self.chosen}
        if len(suppliers) > 1 and (cleaned.get("fee") or cleaned.get("rest")):
            self.add_error(
                "fee" if cleaned.get("fee") else "rest", "This works for bills of one supplier only. Choose one."
            )
            return cleaned
        self.orders = [self._order(pk, supplier) for pk, supplier in suppliers.items()]
        return cleaned

    def _order(self, supplier_pk: int, supplier: Any) -> Order:
        currency = self.transaction.currency
        parts = [
            Part(bill, self.cleaned_data[f"amount-{bill.pk}"])
            for bill in self.chosen
            if bill.supplier_id == supplier_pk
        ]
        fee = self.cleaned_data.get("fee") or Money.zero(currency)
        amount = Money(sum(part.amount.minor for part in parts), currency)
        if self.cleaned_data.get("rest"):
            amount = Money(max(amount.minor, self.transaction.unmatched.minor - fee.minor), currency)
        return Order(
            supplier=supplier,
            amount=amount,
            parts=parts,
            fee=fee,
            cheque_number=self.cleaned_data.get("cheque_number", ""),
            reference=self.cleaned_data.get("reference", ""),
        )
