"""Forms of bank accounts and of finding their transactions."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.db.models import Q
from iso4217 import Currency

from billpay.banking.actions.accounts import DETAILS
from billpay.banking.models import BankAccount, BankTransactionQuerySet, Calendar, DayRule, Direction, Weekday
from billpay.companies.models import Company
from billpay.ledger.models import AccountType, NominalAccount
from billpay.money.bank_fields import AccountNumberField, BicField, IbanField, RoutingNumberField, SortCodeField
from billpay.money.forms import BusinessDateField, MoneyField
from billpay.money.value import Money


def currency_choices() -> list[tuple[str, str]]:
    """The currencies that can be paid in, as (code, "GBP Pound sterling")."""
    return sorted(
        (currency.code, f"{currency.code} {currency.currency_name}")
        for currency in Currency
        if currency.exponent is not None
    )


class AccountForm(forms.Form):
    """What can be changed of a bank account at any time."""

    name = forms.CharField(
        label="Name",
        max_length=120,
        help_text="What you call it, for example Current account.",
        error_messages={"required": "Enter a name for the account."},
    )
    holder = forms.CharField(label="Account holder", max_length=140, required=False)
    sort_code = SortCodeField(label="Sort code", required=False)
    account_number = AccountNumberField(label="Account number", required=False)
    iban = IbanField(label="IBAN", required=False)
    bic = BicField(label="BIC", required=False)
    routing_number = RoutingNumberField(label="Routing number (US)", required=False)
    calendar = forms.ChoiceField(
        label="Bank holidays",
        choices=Calendar.choices,
        required=False,
        widget=forms.Select(attrs={"class": "width-20"}),
    )
    day_rule = forms.ChoiceField(
        label="A payment on a closed day goes to",
        choices=DayRule.choices,
        initial=DayRule.NEXT,
        error_messages={"required": "Choose where a payment goes that falls on a day on which the bank is closed."},
    )
    payment_weekday = forms.TypedChoiceField(
        label="Weekly payment day",
        choices=[("", "None"), *Weekday.choices],
        coerce=int,
        empty_value=None,
        required=False,
        help_text="Bills can be planned for the next one.",
        widget=forms.Select(attrs={"class": "width-20"}),
    )
    waits_for_outcome = forms.BooleanField(
        label="Payments that fall due wait for the bank’s outcome",
        required=False,
        help_text="Otherwise a payment that falls due is recorded as completed on its day.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # An answer is in the box already: none of these is left empty by leaving it alone.
        for name in ("calendar", "payment_weekday", "waits_for_outcome"):
            self.fields[name].show_optional = False  # type: ignore[attr-defined]

    @classmethod
    def showing(cls, account: BankAccount) -> AccountForm:
        return cls(initial={name: getattr(account, name) for name in DETAILS})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        number = cleaned.get("account_number", "")
        if cleaned.get("sort_code") and number and not re.fullmatch("[0-9]{8}", number):
            self.add_error(
                "account_number", "With a sort code, the account number has 8 digits; put zeros before a shorter one."
            )
        for part, named in (("sort_code", "sort code"), ("routing_number", "routing number")):
            if cleaned.get(part) and not number and not self.has_error("account_number"):
                self.add_error("account_number", f"Enter the account number that goes with the {named}.")
        return cleaned

    @property
    def details(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in DETAILS}


class NewAccountForm(AccountForm):
    """Also what is settled for ever when an account is opened."""

    currency = forms.ChoiceField(
        label="Currency",
        help_text="It cannot be changed later.",
        widget=forms.Select(attrs={"class": "width-20"}),
        error_messages={"required": "Choose the currency of the account."},
    )
    nominal_account = forms.ModelChoiceField(
        label="Account in the books",
        queryset=NominalAccount.objects.none(),
        required=False,
        empty_label="A new one, made for it",
        help_text="Where the books keep its money.",
        widget=forms.Select(attrs={"class": "width-20"}),
    )
    field_order = ("name", "currency", "nominal_account")

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["currency"].choices = currency_choices()  # type: ignore[attr-defined]
        self.fields["currency"].initial = company.base_currency
        self.fields["nominal_account"].queryset = company.nominal_accounts.active().filter(  # type: ignore[attr-defined]
            Q(bank_account=None), type=AccountType.ASSET, role=""
        )


class TransactionFilter(forms.Form):
    """What narrows a list of transactions. What cannot be read narrows nothing, and says so."""

    STATES = {"": "All", "open": "To reconcile", "matched": "Matched", "excluded": "Excluded"}

    q = forms.CharField(label="Search", required=False, max_length=100)
    direction = forms.ChoiceField(
        label="Direction", required=False, choices=[("", "In and out"), *reversed(Direction.choices)]
    )
    since = BusinessDateField(label="From", required=False)
    until = BusinessDateField(label="To", required=False)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.full_clean()
        for name in ("since", "until"):
            self.fields[name].widget.attrs["class"] = "width-10"

    @property
    def narrows(self) -> bool:
        return any(self.cleaned_data.values())

    @property
    def opened(self) -> bool:
        """Whether one of the filters that are folded away is in use."""
        return bool(self.errors) or any(self.cleaned_data.get(name) for name in ("direction", "since", "until"))

    def narrow(self, lines: BankTransactionQuerySet) -> BankTransactionQuerySet:
        wanted = self.cleaned_data
        if text := wanted.get("q"):
            found = lines.search(text)
            lines = (
                lines.filter(Q(pk__in=found.values("pk")) | Q(amount_minor=amount))
                if (amount := self._amount(text))
                else found
            )
        if wanted.get("direction"):
            lines = lines.filter(direction=wanted["direction"])
        if wanted.get("since"):
            lines = lines.filter(booked_on__gte=wanted["since"])
        if wanted.get("until"):
            lines = lines.filter(booked_on__lte=wanted["until"])
        return lines

    def _amount(self, text: str) -> int | None:
        """The search text as an amount, whichever its sign, if it is one."""
        try:
            found: Money = MoneyField(currency=self.currency, allow_negative=True).clean(text)
        except forms.ValidationError:
            return None
        return abs(found.minor)


def in_state(lines: BankTransactionQuerySet, state: str) -> BankTransactionQuerySet:
    """The lines of one tab: `state` as in `TransactionFilter.STATES`."""
    if state == "open":
        return lines.to_reconcile()
    if state == "matched":
        return lines.matched()
    return lines.excluded() if state == "excluded" else lines


SORTS: dict[str, tuple[str, ...]] = {
    "booked_on": ("booked_on", "id"),
    "payee": ("payee", "booked_on", "id"),
    "amount": ("direction", "amount_minor", "id"),
}


def ordered(lines: BankTransactionQuerySet, sort: str) -> BankTransactionQuerySet:
    """:param sort: a key of `SORTS`, with a minus before it for the other way round."""
    turned = "-" if sort.startswith("-") else ""
    return lines.order_by(*(f"{turned}{column}" for column in SORTS[sort.removeprefix("-")]))
