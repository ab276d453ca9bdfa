"""Forms of importing a statement: the file, its columns, and the word to go ahead."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.template.defaultfilters import filesizeformat

from billpay.banking.models import BankAccount
from billpay.banking.statements.dates import EXAMPLES
from billpay.banking.statements.profile import ROLES, CsvProfile, InvalidProfile, OutSign
from billpay.banking.statements.table import Table
from billpay.companies.models import Company


class UploadForm(forms.Form):
    account = forms.ModelChoiceField(
        label="Bank account",
        queryset=BankAccount.objects.none(),
        empty_label=None,
        error_messages={"required": "Choose the bank account."},
        widget=forms.Select(attrs={"class": "width-20"}),
    )
    file = forms.FileField(
        label="Statement file",
        max_length=200,
        help_text="A CSV file, as your online banking exports it. Transactions that are here already are left out.",
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv,text/plain"}),
        error_messages={
            "required": "Choose the file to import.",
            "empty": "The file is empty.",
            "missing": "Choose the file to import.",
            "max_length": "The file’s name is too long.",
        },
    )

    def __init__(self, *args: Any, company: Company, account: BankAccount | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if account is None:
            self.fields["account"].queryset = company.bank_accounts.active()  # type: ignore[attr-defined]
        else:
            del self.fields["account"]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > settings.IMPORT_MAX_BYTES:
            raise forms.ValidationError(
                f"The file has {filesizeformat(file.size)}; at most {filesizeformat(settings.IMPORT_MAX_BYTES)} "
                "can be imported. Export a shorter time."
            )
        return file


LABELS = {
    "date": "Date",
    "amount": "Amount",
    "money_out": "Money out",
    "money_in": "Money in",
    "payee": "Payee",
    "reference": "Reference",
    "description": "Description",
    "bank_id": "Bank’s own id",
    "balance": "Balance after it",
    "value_date": "Value date",
}


class ColumnsForm(forms.Form):
    """
    Which column is what. `profile` holds the answer once the form is valid.

    The table decides what can be chosen; whether its first row is a header decides what the columns are called.
    """

    header = forms.BooleanField(label="The first row holds the names of the columns", required=False)
    date_order = forms.ChoiceField(
        label="Dates are written",
        choices=[(order.value, f"like {EXAMPLES[order].split(' or ')[0].split(',')[0]}") for order in EXAMPLES],
    )
    decimal_mark = forms.ChoiceField(
        label="Amounts are written", choices=[(".", "like 1,234.50"), (",", "like 1.234,50")]
    )
    out_sign = forms.ChoiceField(
        label="Money out is written",
        choices=[(OutSign.MINUS.value, "with a minus, −12.50"), (OutSign.PLAIN.value, "without a sign, 12.50")],
    )

    def __init__(self, *args: Any, table: Table, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.table = table
        self.profile: CsvProfile | None = None
        labels = table.labels(header=self.has_header)
        self._rename_columns(labels, table.labels(header=not self.has_header))
        for role in ROLES:
            required = role == "date"
            self.fields[role] = forms.ChoiceField(
                label=LABELS[role],
                required=required,
                choices=[("", "Choose a column" if required else "Not in the file"), *((c, c) for c in labels)],
                error_messages={
                    "required": "Choose the column that holds the date.",
                    "invalid_choice": "Choose a column of this file.",
                },
            )
            self.fields[role].show_optional = False  # type: ignore[attr-defined]

    def _rename_columns(self, now: Sequence[str], before: Sequence[str]) -> None:
        """When someone says that there is a header after all, the columns chosen stay chosen under their new names."""
        if not self.is_bound:
            return
        data = {name: self.data.get(name) for name in self.data}
        for role in ROLES:
            column = data.get(role) or ""
            if column not in now and column in before:
                data[role] = now[before.index(column)]
        self.data = data

    @property
    def has_header(self) -> bool:
        if self.is_bound:
            return bool(self.data.get("header"))
        return bool(self.initial.get("header", True))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                self.profile = CsvProfile.from_json(cleaned)
            except InvalidProfile as refusal:
                self.add_error(refusal.role or None, str(refusal))
        return cleaned

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [self[role] for role in ("date", "amount", "money_out", "money_in")]

    @property
    def text_fields(self) -> list[forms.BoundField]:
        return [self[role] for role in ("payee", "reference", "description", "bank_id", "balance", "value_date")]


class ConfirmForm(forms.Form):
    """Go ahead. `off_by` says that the statement does not add up, so that it must be said to be taken all the same."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    accept_difference = forms.BooleanField(
        label="Import it all the same",
        required=False,
        error_messages={"required": "Tick the box to import a statement that does not add up."},
    )

    def __init__(self, *args: Any, off_by: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = uuid.uuid4()
        self.fields["accept_difference"].required = off_by
