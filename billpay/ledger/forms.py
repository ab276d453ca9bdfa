"""Forms of the chart of accounts, tax rates, tracking categories, and of finding entries."""

from __future__ import annotations

from typing import Any

from django import forms

from billpay.companies.models import Company
from billpay.ledger.models import AccountType, NominalAccount, TaxRate, TrackingCategory
from billpay.money.forms import BusinessDateField, PercentField


class AccountForm(forms.Form):
    model = NominalAccount

    code = forms.CharField(
        label="Code",
        max_length=20,
        widget=forms.TextInput(attrs={"class": "width-10", "autocomplete": "off"}),
        error_messages={"required": "Enter a code, for example 7510."},
    )
    name = forms.CharField(label="Name", max_length=120, error_messages={"required": "Enter a name."})
    type = forms.ChoiceField(
        label="Type", choices=AccountType.choices, initial=AccountType.EXPENSE, widget=forms.RadioSelect
    )


class TaxRateForm(forms.Form):
    model = TaxRate

    code = forms.CharField(
        label="Code",
        max_length=60,
        widget=forms.TextInput(attrs={"class": "width-10", "autocomplete": "off"}),
        error_messages={"required": "Enter a code, for example REDUCED."},
    )
    name = forms.CharField(
        label="Name",
        max_length=120,
        help_text="As it is chosen on bills, for example 20% (VAT on expenses).",
        error_messages={"required": "Enter a name."},
    )
    percent = PercentField(
        label="Percentage",
        widget=forms.TextInput(attrs={"class": "width-5 num"}),
        error_messages={"required": "Enter the percentage; 0 if there is no tax."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["percent"].unit_after = "%"  # type: ignore[attr-defined]


class TrackingForm(forms.Form):
    model = TrackingCategory

    name = forms.CharField(
        label="Name",
        max_length=120,
        help_text="A department, location or project, for example Warehouse.",
        error_messages={"required": "Enter a name."},
    )


class JournalFilter(forms.Form):
    """What narrows the journal. What cannot be read narrows nothing, and says so."""

    since = BusinessDateField(label="From", required=False, widget=forms.TextInput(attrs={"class": "width-10"}))
    until = BusinessDateField(label="To", required=False, widget=forms.TextInput(attrs={"class": "width-10"}))
    account = forms.ModelChoiceField(
        label="Account", queryset=NominalAccount.objects.none(), required=False, empty_label="Every account"
    )

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account"].queryset = company.nominal_accounts.all()  # type: ignore[attr-defined]
        self.full_clean()

    @property
    def narrows(self) -> bool:
        return any(self.cleaned_data.values())


class DayForm(forms.Form):
    on = BusinessDateField(label="As of", required=False, widget=forms.TextInput(attrs={"class": "width-10"}))
