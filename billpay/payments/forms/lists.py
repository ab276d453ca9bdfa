"""Filters of the payments list, the day of an undo, and payment methods."""

from __future__ import annotations

from typing import Any

from django import forms

from billpay.companies.models import Company
from billpay.ledger.day_form import DayForm
from billpay.money.forms import BusinessDateField
from billpay.payments.models import Method


class FilterForm(forms.Form):
    """What the payments list is narrowed to. A box that cannot be read is left out of the question."""

    q = forms.CharField(
        label="Search", required=False, max_length=100, widget=forms.TextInput(attrs={"type": "search"})
    )
    since = BusinessDateField(label="Paid from", required=False)
    until = BusinessDateField(label="Paid to", required=False)

    def __init__(self, data: Any, *, company: Company) -> None:
        super().__init__(data, label_suffix="", auto_id="filter_%s")
        self.fields["q"].widget.attrs["placeholder"] = "Number, reference, cheque, supplier or amount"
        self.fields["supplier"] = forms.ModelChoiceField(
            queryset=company.suppliers.order_by("name", "id"), required=False, empty_label="All suppliers"
        )
        self.fields["account"] = forms.ModelChoiceField(
            queryset=company.bank_accounts.all(), required=False, empty_label="All accounts"
        )

    @property
    def is_filtering(self) -> bool:
        return any(self.data.get(name, "").strip() for name in self.fields)


class UndoForm(DayForm):
    """Field names: `key` (UUID, once), `on` (the day of the undo)."""

    on = BusinessDateField(
        label="Date of the undo",
        help_text="The day it counts from in the books.",
        widget=forms.TextInput(attrs={"class": "width-10"}),
    )


class MethodForm(forms.Form):
    name = forms.CharField(
        max_length=80, error_messages={"required": "Enter the method’s name, as your company calls it."}
    )


class NewMethodForm(MethodForm):
    kind = forms.ChoiceField(
        label="Treated as", choices=Method.choices, help_text="A cheque needs a number; the others do not."
    )
