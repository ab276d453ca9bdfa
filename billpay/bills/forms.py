"""Forms of bills: entering one, finding some, and the small ones of its page."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, ClassVar, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from billpay.bills.actions import Discount
from billpay.companies.models import Company
from billpay.documents.forms import DocumentForm, QuickSelect, is_currency
from billpay.ledger.day_form import DayForm
from billpay.money.forms import BusinessDateField, MoneyField, PercentField
from billpay.suppliers.models import DiscountTax

TABS: dict[str, str] = {
    "draft": "Draft",
    "approve": "To approve",
    "awaiting": "Awaiting payment",
    "paid": "Paid",
    "void": "Void",
    "all": "All",
}
DEFAULT_TAB = "awaiting"
NOT_PLANNED = "none"
FILE_HINT = "PDF, PNG or JPEG, at most 10 MB."


class BillForm(DocumentForm):
    """A bill as it is entered. An empty due date is filled in by the supplier's terms."""

    due_on = BusinessDateField(label="Due date", required=False)
    planned_on = BusinessDateField(label="Plan to pay on", required=False)
    due_suggested = forms.CharField(widget=forms.HiddenInput, required=False)
    discount_percent = PercentField(label="Discount", required=False)
    discount_until = BusinessDateField(label="If paid by", required=False)
    discount_tax = forms.ChoiceField(label="When it is taken", choices=DiscountTax.choices, required=False)
    discount_suggested = forms.CharField(widget=forms.HiddenInput, required=False)
    file = forms.FileField(
        label="File",
        required=False,
        help_text=FILE_HINT,
        widget=forms.FileInput(attrs={"accept": "application/pdf,image/png,image/jpeg"}),
    )

    field_order = [
        "key", "version", "supplier", "number", "reference", "issued_on", "due_on", "planned_on", "currency", "rate",
        "discount_percent", "discount_until", "discount_tax",
    ]  # fmt: skip
    COUNTED_FROM_DATE = ("due_on", "discount_until")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].label = "Bill number"
        self.fields["issued_on"].label = "Bill date"
        self.fields["due_on"].show_optional = False  # type: ignore[attr-defined]
        self.fields["due_on"].widget.attrs["aria-describedby"] = "terms-hint"
        self.fields["discount_percent"].unit_after = "%"  # type: ignore[attr-defined]
        self.fields["discount_percent"].widget.attrs["class"] = "width-5 num"
        for name in ("discount_percent", "discount_until", "discount_tax"):
            self.fields[name].show_optional = False  # type: ignore[attr-defined]

    @property
    def has_discount(self) -> bool:
        """Whether the terms of a discount are worth showing at once."""
        names = ("discount_percent", "discount_until")
        return any(self[name].value() or name in self.errors for name in names)

    @property
    def discount(self) -> Discount | None:
        """The discount as entered. The form is valid."""
        percent, until = self.cleaned_data["discount_percent"], self.cleaned_data["discount_until"]
        return Discount(percent, until, self.cleaned_data["discount_tax"]) if percent else None

    def clean_discount_tax(self) -> str:
        """A form without a discount says nothing about its tax."""
        return self.cleaned_data["discount_tax"] or DiscountTax.REDUCED

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not {"discount_percent", "discount_until"} & self.errors.keys():
            percent, until = cleaned.get("discount_percent"), cleaned.get("discount_until")
            if percent and until is None:
                self.add_error("discount_until", "Enter the last day of the discount, or no discount.")
            elif until and not percent:
                self.add_error("discount_percent", "Enter the discount in percent, or no day for it.")
        supplier, issued_on = cleaned.get("supplier"), cleaned.get("issued_on")
        if not cleaned.get("due_on") and "due_on" not in self.errors and supplier and issued_on:
            cleaned["due_on"] = supplier.due_date_for(issued_on)
        return cleaned


class PlannedField(forms.CharField):
    """A planned date, or "none" for bills without one."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return text if text in {"", NOT_PLANNED} else BusinessDateField().clean(text)


@functools.lru_cache(maxsize=64)
def _options(choices: tuple[tuple[Any, str], ...], chosen: frozenset[str]) -> str:
    return "".join(QuickSelect().parts(choices, set(chosen)))


class SupplierSelect(QuickSelect):
    """The box of all suppliers above the list: the same names are written once, not once a page."""

    def parts(self, choices: Iterable[Any], chosen: set[str]) -> Iterator[str]:
        yield _options(tuple(choices), frozenset(chosen))


class FilterForm(forms.Form):
    """What the address of the inbox asks for. A value that cannot be read is said so, and filters nothing."""

    tab = forms.ChoiceField(choices=TABS.items(), required=False, widget=forms.HiddenInput)
    q = forms.CharField(label="Search", max_length=100, required=False)
    supplier = forms.IntegerField(widget=SupplierSelect, required=False, min_value=1, max_value=2**62)
    due_from = BusinessDateField(label="Due from", required=False)
    due_to = BusinessDateField(label="Due to", required=False)
    amount_from = MoneyField(label="Total from", required=False, allow_zero=True)
    amount_to = MoneyField(label="Total to", required=False, allow_zero=True)
    currency = forms.CharField(max_length=3, required=False)
    credit = forms.BooleanField(label="Has credit available", required=False)
    held = forms.BooleanField(label="On hold", required=False)
    planned = PlannedField(required=False, widget=forms.HiddenInput)
    paid_since = BusinessDateField(required=False, widget=forms.HiddenInput)

    NARROWING: ClassVar = (
        "supplier", "due_from", "due_to", "amount_from", "amount_to", "currency", "credit", "held",
    )  # fmt: skip

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        typed = str(self.data.get("currency", "")).strip().upper()
        for name in ("amount_from", "amount_to"):
            cast(MoneyField, self.fields[name]).currency = typed if is_currency(typed) else company.base_currency
            self.fields[name].widget.attrs["class"] = "width-10 num"
        for name in ("due_from", "due_to"):
            self.fields[name].widget.attrs["class"] = "width-10"
        self.fields["currency"].widget.attrs["class"] = "width-5"
        for field in self.fields.values():
            field.show_optional = False  # type: ignore[attr-defined]

    def offer_suppliers(self) -> None:
        """Fill the box of suppliers: only the whole page draws it."""
        names = self.company.suppliers.order_by("name", "pk").values_list("pk", "name")
        cast(QuickSelect, self.fields["supplier"].widget).choices = [("", "All suppliers"), *names]

    def clean_currency(self) -> str:
        currency: str = self.cleaned_data["currency"].strip().upper()
        if currency and not is_currency(currency):
            raise ValidationError(f"{currency} is not a currency. Enter three letters, such as GBP.")
        return currency

    @property
    def tab_code(self) -> str:
        return self.cleaned_data.get("tab") or DEFAULT_TAB

    @property
    def narrows(self) -> bool:
        """Whether more is asked for than a tab."""
        return any(value for name, value in self.cleaned_data.items() if name != "tab")

    def more(self) -> SafeString:
        """The further filters, drawn."""
        names = ("due_from", "due_to", "amount_from", "amount_to", "currency", "credit", "held")
        return format_html_join("", "{}", ((self[name].as_field_group(),) for name in names))

    @property
    def opened(self) -> bool:
        """Whether one of the further filters is in force, so that they are shown."""
        return any(self.cleaned_data.get(name) or name in self.errors for name in self.NARROWING)


class PlanForm(forms.Form):
    """What may change on an approved bill: dates, reference and note."""

    due_on = BusinessDateField(label="Due date", error_messages={"required": "Enter the due date."})
    planned_on = BusinessDateField(label="Plan to pay on", required=False)
    reference = forms.CharField(max_length=100, required=False)
    note = forms.CharField(max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, issued_on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(BusinessDateField, self.fields["due_on"]).base = issued_on


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
        help_text="Kept with the bill, as in “Entered twice” or “Supplier withdrew it”.",
        error_messages={"required": "Say why it is void."},
    )


class ReturnForm(forms.Form):
    reason = forms.CharField(
        label="What should be changed?", max_length=200, error_messages={"required": "Say what should be changed."}
    )


class HoldForm(forms.Form):
    reason = forms.CharField(
        max_length=200,
        help_text="As in “Disputed quantity” or “Waiting for a credit note”. It is shown wherever the bill is.",
        error_messages={"required": "Say why it is on hold."},
    )
    until = BusinessDateField(
        label="Hold until", required=False, help_text="From this day on it may be paid. Empty: until someone lifts it."
    )


class AttachmentForm(forms.Form):
    file = forms.FileField(
        label="File",
        help_text=FILE_HINT,
        widget=forms.FileInput(attrs={"accept": "application/pdf,image/png,image/jpeg"}),
        error_messages={"required": "Choose a file.", "empty": "The file is empty.", "missing": "Choose a file."},
    )
