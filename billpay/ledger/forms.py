"""Forms of the chart of accounts, tax rates, tracking categories, and of finding entries."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone

from billpay.companies.models import Company
from billpay.ledger.models import (
    AccountType,
    EntryKind,
    JournalEntry,
    JournalLine,
    NominalAccount,
    TaxRate,
    TrackingCategory,
)
from billpay.ledger.standpoint import Standpoint, moment_after
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

    q = forms.CharField(
        label="Search",
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Words of the entry"}),
    )
    since = BusinessDateField(label="From", required=False, widget=forms.TextInput(attrs={"class": "width-10"}))
    until = BusinessDateField(label="To", required=False, widget=forms.TextInput(attrs={"class": "width-10"}))
    known = BusinessDateField(
        label="As known on",
        required=False,
        widget=forms.TextInput(attrs={"class": "width-10"}),
        help_text="What had been entered by its end.",
    )
    account = forms.ModelChoiceField(
        label="Account", queryset=NominalAccount.objects.none(), required=False, empty_label="Every account"
    )
    kind = forms.ChoiceField(label="Kind", choices=[("", "Every kind"), *EntryKind.choices], required=False)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        self.fields["account"].queryset = company.nominal_accounts.all()  # type: ignore[attr-defined]
        for field in self.fields.values():
            field.show_optional = False  # type: ignore[attr-defined]
        self.full_clean()

    @property
    def narrows(self) -> bool:
        return any(self.cleaned_data.values())

    @property
    def slug(self) -> str:
        """Its days for the name of a file; an end that is not given is today."""
        since, until, known = (self.cleaned_data.get(name) for name in ("since", "until", "known"))
        days = [since, until or timezone.localdate()]
        name = "-".join(f"{day:%Y-%m-%d}" for day in days if day)
        return f"{name}-as-known-on-{known:%Y-%m-%d}" if known else name

    def entries(self) -> QuerySet[JournalEntry]:
        """The entries of the company's journal that are asked for."""
        entries = self.company.journal_entries.filter(**self._lookups(""))
        account = self.cleaned_data.get("account")
        return entries.filter(pk__in=account.journal_lines.values("entry")) if account else entries

    def lines(self) -> QuerySet[JournalLine]:
        """Their lines; of one account, its own alone."""
        lines = JournalLine.objects.filter(entry__company=self.company, **self._lookups("entry__"))
        account = self.cleaned_data.get("account")
        return lines.filter(account=account) if account else lines

    def _lookups(self, path: str) -> dict[str, Any]:
        asked = self.cleaned_data
        lookups = {"kind": "kind", "on__gte": "since", "on__lte": "until", "description__icontains": "q"}
        found = {f"{path}{lookup}": asked[name] for lookup, name in lookups.items() if asked.get(name)}
        if known := asked.get("known"):
            found[f"{path}created_at__lt"] = moment_after(known)
        return found


class StandpointForm(forms.Form):
    """As of which day the books are looked at, and by what was known on which day; empty is today, and now."""

    on = BusinessDateField(
        label="As of",
        required=False,
        widget=forms.TextInput(attrs={"class": "width-10"}),
        help_text="The end of that day; empty: today.",
    )
    known = BusinessDateField(
        label="As known on",
        required=False,
        widget=forms.TextInput(attrs={"class": "width-10"}),
        help_text="What had been entered by the end of that day; empty: all there is.",
    )

    def __init__(self, data: QueryDict | None = None, **kwargs: Any) -> None:
        super().__init__(data, label_suffix="", **kwargs)
        for field in self.fields.values():
            field.show_optional = False  # type: ignore[attr-defined]


def asked_standpoint(data: QueryDict, *, today: date) -> tuple[StandpointForm, Standpoint]:
    """Where `?on=` and `?known=` stand; what cannot be read is as usual, and the form says so."""
    form = StandpointForm(data)
    form.is_valid()
    on = form.cleaned_data.get("on") or today
    known = form.cleaned_data.get("known")
    # What is known today, or will be later, is all there is.
    at = Standpoint(on, known if known and known < today else None)
    if not form.errors:
        form = StandpointForm(initial={"on": on, "known": known})
    return form, at
