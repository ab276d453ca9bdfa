"""One bill, one form, one step."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from billpay.bills.models import Bill
from billpay.companies.models import Company
from billpay.money.forms import BusinessDateField, MoneyField
from billpay.money.value import Money
from billpay.payments.actions import Header, Order
from billpay.payments.forms.fields import account_field, method_field, rate_field, usual_account
from billpay.payments.models import Method
from billpay.payments.planning import Credit, Outcome, Wish, plan


class KeyForm(forms.Form):
    """A form that is carried out once: `key` is made when it is drawn."""

    key = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages={
            "required": "This form came without its key. Load the page again and send it from there.",
            "invalid": "This form came with a broken key. Load the page again and send it from there.",
        },
    )

    def __init__(self, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        kwargs["initial"] = {"key": uuid.uuid4(), **(kwargs.get("initial") or {})}
        super().__init__(data, label_suffix="", **kwargs)

    def content(self) -> dict[str, str]:
        """What was sent, for the guard against a second time."""
        return {name: str(self.data.get(name, "")).strip() for name in self.fields if name != "key"}


class PayBillForm(KeyForm):
    """
    Pay one bill. Field names are stable:

    `key` (UUID, once), `amount` (cash; 0 when credit covers all), `bank_account` (id), `paid_on`,
    `method` (id of a payment method; a bank transfer when absent), `reference`, `fee`, `cheque_number`,
    `credit_note` (id of the supplier's usable credit note), `credit_amount` (as much as cash leaves when empty),
    `rate` (base units per unit; only for a bill in foreign currency).
    After `is_valid()`: `header(draft)` and `order`.
    """

    amount = MoneyField(
        allow_zero=True, error_messages={"required": "Enter the amount to pay; 0 if credit covers it all."}
    )
    paid_on = BusinessDateField(label="Payment date", widget=forms.TextInput(attrs={"class": "width-10"}))
    reference = forms.CharField(required=False, max_length=100)
    fee = MoneyField(
        label="Processing fee",
        required=False,
        allow_zero=True,
        help_text="The bank line is payment and fee together.",
    )
    cheque_number = forms.CharField(label="Cheque number", required=False, max_length=30)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        company: Company,
        bill: Bill,
        credits: list[Credit],
        today: date,
        **kwargs: Any,
    ) -> None:
        first = company.payment_methods.active().filter(kind=Method.BANK_TRANSFER).order_by("id").first()
        kwargs["initial"] = {
            "amount": bill.available,
            "paid_on": today,
            "method": first,
            "bank_account": usual_account(company, bill.currency),
            **(kwargs.get("initial") or {}),
        }
        super().__init__(data, **kwargs)
        self.company, self.bill, self.credits, self.default_method = company, bill, credits, first
        self.order: Order | None = None
        self.outcome: Outcome | None = None
        for name in ("amount", "fee"):
            self.fields[name].currency = bill.currency  # type: ignore[attr-defined]
        self.fields["amount"].widget.attrs["class"] = "width-10 num"
        self.fields["fee"].widget.attrs["class"] = "width-10 num"
        self.fields["bank_account"] = account_field(company, bill.currency, required=False)
        self.fields["bank_account"].show_optional = False  # type: ignore[attr-defined]
        self.fields["method"] = method_field(company, required=False)
        self.fields["method"].show_optional = False  # type: ignore[attr-defined]
        if bill.currency != company.base_currency:
            self.fields["rate"] = rate_field(company, bill.currency)
        notes = [credit.row.pk for credit in credits if credit.key.startswith("note-")]
        self.fields["credit_note"] = forms.ModelChoiceField(
            label="Use credit note",
            help_text=f"Credit of {bill.supplier} in {bill.currency}.",
            queryset=company.credit_notes.filter(supplier=bill.supplier_id, currency=bill.currency, pk__in=notes),
            required=False,
            empty_label="No credit",
            error_messages={"invalid_choice": f"Choose a credit note of {bill.supplier} that has credit left."},
        )
        free = {credit.row.pk: credit.free for credit in credits}
        self.fields["credit_note"].label_from_instance = (  # type: ignore[attr-defined]
            lambda note: f"{note.number}: {free[note.pk]} remaining"
        )
        self.fields["credit_amount"] = MoneyField(
            label="Amount of credit",
            currency=bill.currency,
            required=False,
            help_text="Empty: as much as the cash amount leaves to pay.",
            widget=forms.TextInput(attrs={"class": "width-10 num"}),
        )

    @property
    def has_credit(self) -> bool:
        return any(credit.key.startswith("note-") for credit in self.credits)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "amount" not in cleaned or self.errors:
            return cleaned
        note = cleaned.get("credit_note")
        if cleaned.get("credit_amount") and note is None:
            self.add_error("credit_note", "Choose the credit note that this credit comes from.")
            return cleaned
        wish = Wish(
            self.bill,
            self.bill.available,
            cleaned["amount"],
            credit=f"note-{note.pk}" if note else "",
            credit_amount=cleaned.get("credit_amount"),
        )
        self.outcome = plan([wish], {self.bill.supplier_id: self.credits})[0]
        for name, words in self.outcome.problems:
            self.add_error({"pay": "amount", "credit": "credit_note"}.get(name, name), words)
        if not self.errors and not self.outcome.settles:
            self.add_error("amount", "Enter how much to pay.")
        self.order = Order(
            supplier=self.bill.supplier,
            amount=self.outcome.cash,
            parts=self.outcome.order_parts(),
            fee=cleaned.get("fee") or Money.zero(self.bill.currency),
            cheque_number=cleaned.get("cheque_number", ""),
            reference=cleaned.get("reference", ""),
        )
        return cleaned

    def header(self, *, draft: bool = False) -> Header:
        method = self.cleaned_data.get("method") or self.default_method
        return Header(
            bank_account=self.cleaned_data.get("bank_account"),
            paid_on=self.cleaned_data["paid_on"],
            currency=self.bill.currency,
            method=Method(method.kind) if method else Method.BANK_TRANSFER,
            payment_method=method,
            rate=self.cleaned_data.get("rate") or Decimal(1),
            draft=draft,
        )
