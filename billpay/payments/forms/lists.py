"""Filters of the payments list, the day of an undo, and payment methods."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Self, cast

from django import forms

from billpay.companies.models import Company
from billpay.money.forms import BusinessDateField
from billpay.payments.forms.direct import KeyForm
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


class UndoForm(KeyForm):
    """Field names: `key` (UUID, once), `on` (the day of the undo)."""

    on = BusinessDateField(
        label="Date of the undo",
        help_text="The day it counts from in the books.",
        widget=forms.TextInput(attrs={"class": "width-10"}),
    )

    @classmethod
    def drawn(cls, data: Mapping[str, str], *, on: date) -> Self:
        """As drawn at first, on the day to propose; `data` is what was typed by someone who only looks."""
        initial = {"on": on, **{name: data[name] for name in cls.base_fields if data.get(name)}}
        return cls(initial=initial)

    def day(self, data: Mapping[str, str], *, otherwise: date) -> date:
        """The day in the box, where it can be read."""
        try:
            return cast("date", self.fields["on"].clean(data.get("on")))
        except forms.ValidationError:
            return otherwise


class MethodForm(forms.Form):
    name = forms.CharField(
        max_length=80, error_messages={"required": "Enter the method’s name, as your company calls it."}
    )


class NewMethodForm(MethodForm):
    kind = forms.ChoiceField(
        label="Treated as", choices=Method.choices, help_text="A cheque needs a number; the others do not."
    )
