"""The small forms of the schedule page."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from billpay.money.forms import BusinessDateField
from billpay.payments.models import Payment


class DayForm(forms.Form):
    """
    The day on which a payment goes out, and the day that the person saw beside it: `was`, empty where there was none.

    Without a day, and with `was`, it is taken off the schedule again: that is the way back from putting it there.
    """

    on = BusinessDateField(
        label="Goes out on",
        widget=forms.TextInput(attrs={"class": "width-10"}),
        error_messages={"required": "Enter the day on which it goes out."},
    )
    was = forms.DateField(widget=forms.HiddenInput, required=False)
    back = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)

    def __init__(self, data: Any = None, *, payment: Payment, day: date | None = None, back: str = "") -> None:
        super().__init__(
            data,
            auto_id=f"day-{payment.pk}-%s",
            initial={"on": day or payment.execute_on, "was": payment.execute_on, "back": back},
            label_suffix="",
        )
