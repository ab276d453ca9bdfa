"""Voiding a payment or a refund."""

from __future__ import annotations

from django import forms

from billpay.ledger.day_form import DayForm
from billpay.money.forms import BusinessDateField


class VoidForm(DayForm):
    """Field names: `key` (UUID, once), `on` (the day of the void), `reason`."""

    on = BusinessDateField(
        label="Date of the void",
        widget=forms.TextInput(attrs={"class": "width-10"}),
        help_text="The reverse is posted on this day.",
    )
    reason = forms.CharField(
        label="Why it is void", max_length=200, help_text="Such as: returned by the bank, paid twice."
    )
