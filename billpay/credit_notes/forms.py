"""Forms of credit notes: entering one, finding some, and the small ones of its page."""

from __future__ import annotations

from typing import Any, cast

from django import forms

from billpay.companies.models import Company
from billpay.documents.forms import DocumentForm, QuickSelect
from billpay.ledger.day_form import DayForm
from billpay.money.forms import BusinessDateField

TABS: dict[str, str] = {
    "draft": "Draft",
    "approve": "To approve",
    "open": "Open",
    "partly": "Partly used",
    "used": "Used",
    "void": "Void",
    "all": "All",
}
DEFAULT_TAB = "open"


class CreditNoteForm(DocumentForm):
    """A credit note as it is entered."""

    field_order = ["key", "version", "supplier", "number", "reference", "issued_on", "currency", "rate"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].label = "Credit note number"
        self.fields["number"].error_messages["required"] = "Enter the number printed on the credit note."
        self.fields["issued_on"].label = "Credit note date"
        self.fields["issued_on"].error_messages["required"] = "Enter the credit note date."


class FilterForm(forms.Form):
    """What the address of the list asks for. A value that cannot be read is said so, and filters nothing."""

    tab = forms.ChoiceField(choices=TABS.items(), required=False)
    q = forms.CharField(label="Search", max_length=100, required=False)
    supplier = forms.IntegerField(widget=QuickSelect, required=False, min_value=1, max_value=2**62)
    since = BusinessDateField(label="From", required=False)
    until = BusinessDateField(label="To", required=False)
    left = forms.BooleanField(label="With credit left", required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        for name in ("since", "until"):
            self.fields[name].widget.attrs["class"] = "width-10"
            self.fields[name].show_optional = False  # type: ignore[attr-defined]

    def offer_suppliers(self) -> None:
        """Fill the box of suppliers with those that gave credit: only the whole page draws it."""
        giving = self.company.credit_notes.order_by().values("supplier")
        names = self.company.suppliers.filter(pk__in=giving).order_by("name", "pk").values_list("pk", "name")
        cast(QuickSelect, self.fields["supplier"].widget).choices = [("", "All suppliers"), *names]

    @property
    def tab_code(self) -> str:
        return self.cleaned_data.get("tab") or DEFAULT_TAB

    @property
    def narrows(self) -> bool:
        """Whether more is asked for than a tab."""
        return any(value for name, value in self.cleaned_data.items() if name != "tab")


class VoidForm(DayForm):
    """Field names: `key` (UUID, once), `on` (the day of the void), `reason`."""

    on = BusinessDateField(
        label="Void from",
        help_text="The reverse is posted on this day.",
        widget=forms.TextInput(attrs={"class": "width-10"}),
        error_messages={"required": "Enter the day it is void from."},
    )
    reason = forms.CharField(
        max_length=200,
        help_text="Kept with the credit note, as in “Entered twice” or “Supplier withdrew it”.",
        error_messages={"required": "Say why it is void."},
    )


class ReturnForm(forms.Form):
    reason = forms.CharField(
        label="What should be changed?", max_length=200, error_messages={"required": "Say what should be changed."}
    )
