"""Fields that every form of a payment has: the account, the method, the exchange rate."""

from __future__ import annotations

from typing import Any

from django import forms

from billpay.banking.models import BankAccount
from billpay.companies.models import Company
from billpay.money.forms import RateField


def account_field(company: Company, currency: str, **kwargs: Any) -> forms.ModelChoiceField[BankAccount]:
    """Accounts that can pay the currency: kept in it, or in the company's own."""
    accounts = company.bank_accounts.active().filter(currency__in={currency, company.base_currency})
    return forms.ModelChoiceField(
        label="Pay from",
        queryset=accounts,
        empty_label="Choose an account",
        error_messages={"invalid_choice": f"Choose one of the accounts that can pay {currency}."},
        **kwargs,
    )


def usual_account(company: Company, currency: str) -> int | None:
    """The account that last paid this currency, or the only one that can; nothing is chosen among several."""
    last = (
        company.payments.filter(currency=currency, bank_account__isnull=False, bank_account__archived_at=None)
        .order_by("-id")
        .values_list("bank_account_id", flat=True)
        .first()
    )
    if last:
        return last
    able = list(
        company.bank_accounts.active()
        .filter(currency__in={currency, company.base_currency})
        .values_list("pk", flat=True)[:2]
    )
    return able[0] if len(able) == 1 else None


def method_field(company: Company, **kwargs: Any) -> forms.ModelChoiceField[Any]:
    return forms.ModelChoiceField(
        label="Method",
        queryset=company.payment_methods.active(),
        empty_label=None,
        error_messages={"invalid_choice": "Choose one of the payment methods."},
        **kwargs,
    )


def rate_field(company: Company, currency: str) -> RateField:
    return RateField(
        label="Exchange rate",
        help_text=f"{company.base_currency} for 1 {currency}, such as 0.885.",
        error_messages={"required": f"Enter the exchange rate: {company.base_currency} for 1 {currency}."},
        widget=forms.TextInput(attrs={"class": "width-10 num"}),
    )
