"""Forms of suppliers: entering one, where to pay it, and finding some."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, ClassVar, cast

from django import forms
from django.core.exceptions import ValidationError
from schwifty import IBAN

from billpay.companies.models import Company
from billpay.ledger.models import AccountRole, AccountType, NominalAccount, TaxRate
from billpay.money.bank_fields import AccountNumberField, BicField, IbanField, RoutingNumberField, SortCodeField
from billpay.money.forms import BusinessDateField, PercentField
from billpay.money.value import UnknownCurrency, exponent
from billpay.suppliers.actions import DETAILS, BankDetails
from billpay.suppliers.models import AccountKind, DiscountTax, Supplier, SupplierBankAccount, Terms
from billpay.suppliers.standing import SHOWN


class CurrencyField(forms.CharField):
    """Three letters of ISO 4217, in any case, cleaned to capitals."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{"max_length": 3, "error_messages": {"required": "Enter the currency, such as GBP."}, **kwargs}
        )

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "class": "width-5", "list": "currencies", "autocomplete": "off"}

    def clean(self, value: Any) -> str:
        code = str(super().clean(value)).strip().upper()
        if not is_currency(code):
            raise ValidationError(f"{code} is not a currency. Enter three letters, such as GBP.")
        return code


def is_currency(code: str) -> bool:
    try:
        exponent(code)
    except UnknownCurrency:
        return False
    return True


def currencies(company: Company) -> list[str]:
    """Offered first in the box: the company's own, and those its suppliers have."""
    used = set(company.suppliers.order_by().values_list("currency", flat=True).distinct())
    return [company.base_currency, *sorted(used - {company.base_currency})]


class SupplierForm(forms.Form):
    """
    A supplier as it is entered.

    `confirmed` is drawn only when a supplier of a similar name was found.
    """

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(max_length=150, error_messages={"required": "Enter the name of the supplier."})
    contact_name = forms.CharField(label="Contact", max_length=120, required=False)
    email = forms.EmailField(
        label="Email",
        max_length=254,
        required=False,
        help_text="Remittance advices go here.",
        error_messages={"invalid": "Enter an email address, as in accounts@example.com."},
    )
    phone = forms.CharField(max_length=40, required=False, help_text="To check changed bank details by.")
    address = forms.CharField(max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4}))
    tax_number = forms.CharField(label="Tax number", max_length=40, required=False)
    currency = CurrencyField(label="Currency")
    terms_days = forms.IntegerField(
        label="Days to pay",
        min_value=0,
        max_value=730,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "width-5 num", "autocomplete": "off"}),
        error_messages={
            "required": "Enter the number of days to pay; 0 is on receipt.",
            "invalid": "Enter the days to pay as a number, such as 30.",
            "min_value": "Days to pay cannot be below 0.",
            "max_value": "Days to pay can be at most 730.",
        },
    )
    terms = forms.ChoiceField(
        label="Counted from", choices=[(Terms.DAYS, "The bill date"), (Terms.MONTH_END, "The end of the bill’s month")]
    )
    discount_percent = PercentField(label="Discount", required=False)
    discount_days = forms.IntegerField(
        label="When paid within",
        min_value=0,
        max_value=730,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "width-5 num", "autocomplete": "off"}),
        error_messages={
            "invalid": "Enter the days of the discount as a number, such as 10.",
            "min_value": "The days of the discount cannot be below 0.",
            "max_value": "The days of the discount can be at most 730.",
        },
    )
    discount_tax = forms.ChoiceField(label="Tax", choices=DiscountTax.choices, required=False)
    default_account = forms.ModelChoiceField(
        label="Account",
        queryset=NominalAccount.objects.none(),
        required=False,
        empty_label="None",
        error_messages={"invalid_choice": "Choose one of your accounts."},
    )
    default_tax_rate = forms.ModelChoiceField(
        label="Tax rate",
        queryset=TaxRate.objects.none(),
        required=False,
        empty_label="None",
        error_messages={"invalid_choice": "Choose one of your tax rates."},
    )
    notes = forms.CharField(max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    confirmed = forms.BooleanField(label="It is another supplier. Add it.", required=False)

    def __init__(self, *args: Any, company: Company, supplier: Supplier | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        accounts = company.nominal_accounts.active().filter(bank_account=None)
        accounts = accounts.exclude(role__in=(AccountRole.PAYABLES, AccountRole.TAX))
        rates = company.tax_rates.active()
        # One that was archived meanwhile stays on offer until something else is chosen.
        if supplier and supplier.default_account_id:
            accounts |= company.nominal_accounts.filter(pk=supplier.default_account_id)
        if supplier and supplier.default_tax_rate_id:
            rates |= company.tax_rates.filter(pk=supplier.default_tax_rate_id)
        account = cast("forms.ModelChoiceField[NominalAccount]", self.fields["default_account"])
        account.queryset = accounts
        account.choices = _grouped(list(accounts))
        cast("forms.ModelChoiceField[TaxRate]", self.fields["default_tax_rate"]).queryset = rates
        for name in ("confirmed", "discount_percent", "discount_days", "discount_tax"):
            self.fields[name].show_optional = False  # type: ignore[attr-defined]
        self.fields["discount_percent"].unit_after = "%"  # type: ignore[attr-defined]
        self.fields["discount_days"].unit_after = "days"  # type: ignore[attr-defined]
        self.fields["discount_percent"].widget.attrs["class"] = "width-5 num"

    @classmethod
    def showing(cls, supplier: Supplier) -> SupplierForm:
        """The form of a supplier that exists."""
        initial: dict[str, Any] = {name: getattr(supplier, name) for name in DETAILS}
        initial |= {
            "version": supplier.version,
            "default_account": supplier.default_account_id,
            "default_tax_rate": supplier.default_tax_rate_id,
        }
        if not supplier.discount_percent:
            initial |= {"discount_percent": None, "discount_days": None}
        return cls(initial=initial, company=supplier.company, supplier=supplier)

    @property
    def currencies(self) -> list[str]:
        return currencies(self.company)

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())

    def clean_discount_tax(self) -> str:
        """A form without discounts says nothing about their tax."""
        return self.cleaned_data["discount_tax"] or DiscountTax.REDUCED

    def clean(self) -> dict[str, Any]:
        """A discount has a percentage and days; without either there is none."""
        cleaned = super().clean() or self.cleaned_data
        if self.has_error("discount_percent") or self.has_error("discount_days"):
            return cleaned
        percent, days = cleaned.get("discount_percent") or Decimal(0), cleaned.get("discount_days")
        if percent >= 100:
            self.add_error("discount_percent", "A discount is less than 100 %.")
        elif percent and days is None:
            self.add_error("discount_days", "Enter within how many days; 0 is on the day of the bill.")
        elif days and not percent:
            self.add_error("discount_percent", f"Enter the discount for paying within {days} days, or no days.")
        return {**cleaned, "discount_percent": percent, "discount_days": days or 0}

    @property
    def values(self) -> dict[str, Any]:
        """What was entered, as the actions take it."""
        return {name: self.cleaned_data[name] for name in DETAILS}


def _grouped(accounts: list[NominalAccount]) -> list[tuple[str, Any]]:
    """Accounts under the name of their type, expenses first."""
    groups: dict[str, list[tuple[int, str]]] = {str(AccountType.EXPENSE.label): []}
    for account in accounts:
        groups.setdefault(account.get_type_display(), []).append((account.pk, str(account)))
    return [("", "None"), *((label, rows) for label, rows in groups.items() if rows)]


class UkNumberField(AccountNumberField):
    attributes = {"class": "width-20", "inputmode": "numeric"}

    def check(self, bare: str) -> str:
        if not re.fullmatch("[0-9]{8}", bare):
            raise ValidationError("A UK account number has 8 digits; put zeros before a shorter one.", code="invalid")
        return bare


class UsNumberField(AccountNumberField):
    attributes = {"class": "width-20", "inputmode": "numeric"}

    def check(self, bare: str) -> str:
        if not re.fullmatch("[0-9]{4,17}", bare):
            raise ValidationError("A US account number has 4 to 17 digits.", code="invalid")
        return bare


class BankDetailsForm(forms.Form):
    """
    Where to pay a supplier: only the numbers that an account of this kind has.

    The account in use is never drawn into the form: whoever changes it enters it whole.
    """

    FIELDS: ClassVar[dict[str, tuple[str, ...]]] = {
        AccountKind.UK: ("sort_code", "account_number"),
        AccountKind.IBAN: ("iban", "bic"),
        AccountKind.US: ("routing_number", "account_number"),
        AccountKind.OTHER: ("bic", "account_number"),
    }
    NUMBERS: ClassVar = ("iban", "bic", "sort_code", "routing_number", "account_number")

    kind = forms.ChoiceField(choices=AccountKind.choices, widget=forms.HiddenInput)
    currency = CurrencyField(label="Currency", help_text="One account for each currency.")
    holder = forms.CharField(
        label="Account holder",
        max_length=140,
        help_text="As the bank has it.",
        error_messages={"required": "Enter the name of the account holder."},
    )
    iban = IbanField(label="IBAN", error_messages={"required": "Enter the IBAN."})
    sort_code = SortCodeField(label="Sort code", error_messages={"required": "Enter the sort code."})
    routing_number = RoutingNumberField(
        label="Routing number", error_messages={"required": "Enter the routing number."}
    )
    account_number = AccountNumberField(
        label="Account number", error_messages={"required": "Enter the account number."}
    )
    bic = BicField(label="BIC", required=False)
    reason = forms.CharField(
        label="Why, and where from?",
        max_length=200,
        required=False,
        help_text="For example: new bank, letter of 3 March, confirmed by phone with Ana. Kept in the activity.",
    )

    def __init__(self, *args: Any, kind: str, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company, self.account_kind = company, kind
        for name in set(self.NUMBERS) - set(self.FIELDS[kind]):
            del self.fields[name]
        if field := {AccountKind.UK: UkNumberField, AccountKind.US: UsNumberField}.get(AccountKind(kind)):
            asked = self.fields["account_number"]
            self.fields["account_number"] = field(label=asked.label, error_messages=asked.error_messages)
        if kind == AccountKind.IBAN:
            self.fields["bic"].help_text = "Left empty, it is told from the IBAN where that is possible."

    @property
    def currencies(self) -> list[str]:
        return currencies(self.company)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        iban, bic = cleaned.get("iban"), cleaned.get("bic")
        if iban and not bic and "bic" not in self.errors:
            cleaned["bic"] = str(IBAN(iban).bic or "")
        elif iban and bic and bic[4:6] != iban[:2]:
            self.add_error("bic", f"The BIC is of a bank in {bic[4:6]}, the IBAN of one in {iban[:2]}.")
        return cleaned

    @property
    def details(self) -> BankDetails:
        entered = self.cleaned_data
        return BankDetails(
            holder=" ".join(entered["holder"].split()),
            currency=entered["currency"],
            **{name: entered.get(name, "") for name in self.NUMBERS},
        )


class CheckForm(forms.Form):
    """What a second person found out about bank details that another entered."""

    how = forms.CharField(
        label="How did you check them?",
        max_length=200,
        help_text="For example: called the number on the contract, and Ana read out the last four digits.",
        error_messages={"required": "Say how you checked them."},
    )


class RejectionForm(forms.Form):
    reason = forms.CharField(
        label="Why not?",
        max_length=200,
        help_text="For example: the supplier knows of no change.",
        error_messages={"required": "Say why they are not right."},
    )


def likely_kind(supplier: Supplier, live: SupplierBankAccount | None) -> AccountKind:
    """The kind of account to ask for: as it is now, else what is usual for the supplier's currency."""
    if live is not None:
        return live.kind
    usual = {"GBP": AccountKind.UK, "USD": AccountKind.US, "EUR": AccountKind.IBAN}
    return usual.get(supplier.currency, AccountKind.IBAN)


class FilterForm(forms.Form):
    """What the address of the list asks for. What cannot be read filters nothing."""

    TABS: ClassVar = {"active": "Active", "archived": "Archived"}

    q = forms.CharField(label="Search", max_length=100, required=False)
    tab = forms.ChoiceField(choices=TABS.items(), required=False)
    show = forms.ChoiceField(label="Show", choices=SHOWN.items(), required=False)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not company.checks_bank_details:
            offered = [(code, label) for code, label in SHOWN.items() if code != "to_check"]
            cast(forms.ChoiceField, self.fields["show"]).choices = offered

    @property
    def tab_code(self) -> str:
        return self.cleaned_data.get("tab") or "active"

    @property
    def shown(self) -> str:
        return self.cleaned_data.get("show") or ""

    @property
    def narrows(self) -> bool:
        return bool(self.cleaned_data.get("q") or self.shown)


class StatementForm(forms.Form):
    """Which days and currency a statement is of; what is left empty is as usual."""

    since = BusinessDateField(label="From", required=False)
    until = BusinessDateField(label="To", required=False)
    currency = forms.ChoiceField(label="Currency", required=False)

    def __init__(self, *args: Any, currencies: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["currency"]).choices = [(code, code) for code in currencies]
        for name in ("since", "until"):
            self.fields[name].widget.attrs["class"] = "width-10"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since > until:
            self.add_error("until", "The last day cannot be before the first.")
        return cleaned
