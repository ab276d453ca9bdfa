"""The form that takes something back on a day, and how far that day may lie."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Self, cast

from django import forms

from billpay.companies.key_form import KeyForm
from billpay.money.forms import BusinessDateField


class DayBox(forms.Form):
    """Field name: `on` (the day it counts from)."""

    on = BusinessDateField(
        label="Date",
        help_text="The day it counts from in the books.",
        widget=forms.TextInput(attrs={"class": "width-10"}),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, last: date, **kwargs: Any) -> None:
        """:param last: the day to propose, and the last one allowed; see `ledger.actions.last_day`."""
        self.last = last
        kwargs["initial"] = {"on": last, **(kwargs.get("initial") or {})}
        super().__init__(data, **kwargs)
        cast(BusinessDateField, self.fields["on"]).latest = last

    def day(self, data: Mapping[str, str]) -> date:
        """The day in the box, where it can be read; also one that will be refused, so that the page can say so."""
        try:
            return cast("date | None", self.fields["on"].to_python(data.get("on"))) or self.last
        except forms.ValidationError:
            return self.last


class DayForm(DayBox, KeyForm):
    """Field names: `key` (UUID, once), `on`."""

    @classmethod
    def drawn(cls, data: Mapping[str, str], *, last: date) -> Self:
        """As drawn at first; `data` is what was typed by someone who only looks."""
        typed = {name: data[name] for name in cls.base_fields if data.get(name)}
        return cls(last=last, initial=typed)
