"""What the payment register is narrowed to."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from billpay.companies.models import Company
from billpay.documents.forms import QuickSelect
from billpay.money.forms import BusinessDateField
from billpay.payments.models import Method
from billpay.reports.register import BANK, STATUSES, Asked

KINDS = {"": "Payments and refunds", "payment": "Payments", "refund": "Refunds"}


class RegisterForm(forms.Form):
    """Every box may be empty; what cannot be read narrows nothing, and says so."""

    since = BusinessDateField(label="From", required=False, widget=forms.TextInput(attrs={"class": "width-10"}))
    until = BusinessDateField(label="To", required=False, widget=forms.TextInput(attrs={"class": "width-10"}))
    kind = forms.ChoiceField(label="What", choices=list(KINDS.items()), required=False)
    method = forms.ChoiceField(label="Method", choices=[("", "Every method"), *Method.choices], required=False)
    status = forms.ChoiceField(label="Status", choices=list(STATUSES.items()), required=False)
    bank = forms.ChoiceField(label="Bank statement", choices=list(BANK.items()), required=False)

    def __init__(self, data: Any = None, *, company: Company, **kwargs: Any) -> None:
        super().__init__(data, label_suffix="", **kwargs)
        self.fields["account"] = forms.ModelChoiceField(
            label="Account", queryset=company.bank_accounts.all(), required=False, empty_label="Every account"
        )
        self.fields["supplier"] = forms.ModelChoiceField(
            label="Supplier",
            queryset=company.suppliers.order_by("name", "id"),
            required=False,
            empty_label="Every supplier",
            widget=QuickSelect(),
        )
        for field in self.fields.values():
            field.show_optional = False  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", f"That is before {since:%-d %B %Y}, the day it starts.")
        return cleaned


def asked_register(data: Any, *, company: Company, today: date) -> tuple[RegisterForm, Asked]:
    """What the address asks for; without days, this month up to today."""
    form = RegisterForm(data, company=company)
    form.is_valid()
    got = form.cleaned_data
    until = got.get("until") or max(today, got.get("since") or today)
    since = got.get("since") or until.replace(day=1)
    account, supplier = got.get("account"), got.get("supplier")
    asked = Asked(
        since=since,
        until=until,
        kind=got.get("kind", ""),
        account=account.pk if account else None,
        supplier=supplier.pk if supplier else None,
        method=got.get("method", ""),
        status=got.get("status", ""),
        bank=got.get("bank", ""),
    )
    if not form.errors:
        form = RegisterForm(initial={**got, "since": since, "until": until}, company=company)
    return form, asked
