"""
What is typed into a bill or a credit note, turned into typed values of the company.

Plain forms: text in, `Content` out. Nothing is saved here.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import flatatt
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from billpay.companies.models import Company
from billpay.documents.drafting import Content, LineContent
from billpay.documents.models import AmountsAre, Document, Line
from billpay.ledger.models import AccountRole, AccountType, NominalAccount, TaxRate, TrackingCategory
from billpay.money.forms import BusinessDateField, MoneyField, PercentField, QuantityField, RateField
from billpay.money.value import UnknownCurrency, exponent
from billpay.suppliers.models import Supplier

MAX_LINES = 300
PREFIX = "lines"


class QuickSelect(forms.Select):
    """A select box written in one go: a bill has hundreds of options on its lines, and a template each is slow."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        chosen = {str(part) for part in self.format_value(value)}
        final = self.build_attrs(self.attrs, attrs)
        css = " ".join(("form-select", final.pop("class", ""))).strip()
        body = mark_safe("".join(self.parts(self.choices, chosen)))  # noqa: S308  Escaped.
        return format_html('<select name="{}" class="{}"{}>{}</select>', name, css, mark_safe(flatatt(final)), body)  # noqa: S308

    def parts(self, choices: Iterable[Any], chosen: set[str]) -> Iterator[str]:
        """The options as HTML, escaped by hand: format_html costs many times as much, and a page may hold thousands."""
        for key, label in choices:
            if isinstance(label, list | tuple):
                yield f'<optgroup label="{escape(str(key))}">{"".join(self.parts(label, chosen))}</optgroup>'
                continue
            value = "" if key is None else str(key)
            shown = value if value.isalnum() else escape(value)
            yield f'<option value="{shown}"{" selected" if value in chosen else ""}>{escape(str(label))}</option>'


@dataclass(frozen=True, slots=True)
class LineOptions:
    """What a line can be put on, loaded once for all lines of a form: three queries."""

    accounts: dict[str, NominalAccount]
    tax_rates: dict[str, TaxRate]
    tracking: dict[str, TrackingCategory]

    @classmethod
    def of(cls, company: Company, *, lines: Iterable[Line] = ()) -> LineOptions:
        """
        Active accounts that a person may charge, active tax rates and tracking categories.

        :param lines: lines whose account, rate and tracking stay on offer even if archived meanwhile.
        """
        kept = list(lines)
        accounts = company.nominal_accounts.active().filter(bank_account=None)
        accounts = accounts.exclude(role__in=(AccountRole.PAYABLES, AccountRole.TAX))
        offered = {str(one.pk): one for one in accounts} | {str(line.account_id): line.account for line in kept}
        rates = {str(one.pk): one for one in company.tax_rates.active()}
        rates |= {str(line.tax_rate_id): line.tax_rate for line in kept if line.tax_rate}
        tracking = {str(one.pk): one for one in company.tracking_categories.active()}
        tracking |= {str(one.pk): one for line in kept for one in line.tracking.all()}
        return cls(offered, rates, tracking)

    def account_choices(self) -> list[tuple[Any, Any]]:
        groups: dict[str, list[tuple[str, str]]] = {AccountType.EXPENSE.label: []}
        for key, account in self.accounts.items():
            groups.setdefault(account.get_type_display(), []).append((key, str(account)))
        return [("", "Choose…"), *((label, rows) for label, rows in groups.items() if rows)]

    def tax_choices(self) -> list[tuple[str, str]]:
        return [("", "No tax"), *((key, str(rate)) for key, rate in self.tax_rates.items())]

    def tracking_choices(self, value: Any) -> list[tuple[str, str]]:
        """One category each, and the several that an imported line may carry, as one choice."""
        several = str(value or "")
        joined = [(several, ", ".join(str(self.tracking[key]) for key in several.split(",") if key in self.tracking))]
        return [
            ("", "–"),
            *((key, str(one)) for key, one in self.tracking.items()),
            *(joined if "," in several else []),
        ]


class LineForm(forms.Form):
    """
    One line. A line without description and price is blank, and left out.

    The box of each field is named by `aria-label`: the table's header names the column for the eye.
    """

    description = forms.CharField(max_length=500, required=False)
    quantity = QuantityField(allow_negative=True, error_messages={"required": "Enter the quantity."})
    unit_amount = MoneyField(allow_negative=True, allow_zero=True, error_messages={"required": "Enter the unit price."})
    discount_percent = PercentField(required=False)
    account = forms.ChoiceField(
        widget=QuickSelect,
        error_messages={"required": "Choose the account it is charged to.", "invalid_choice": "Choose the account."},
    )
    tax_rate = forms.ChoiceField(widget=QuickSelect, required=False)
    tracking = forms.CharField(widget=QuickSelect, required=False)

    LABELS: ClassVar = {
        "description": "Description",
        "quantity": "Quantity",
        "unit_amount": "Unit price",
        "discount_percent": "Discount, percent",
        "account": "Account",
        "tax_rate": "Tax rate",
        "tracking": "Tracking",
    }

    def __init__(self, *args: Any, options: LineOptions, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.options = options
        cast(MoneyField, self.fields["unit_amount"]).currency = currency
        account, tax = (cast(forms.ChoiceField, self.fields[name]) for name in ("account", "tax_rate"))
        account.choices, tax.choices = options.account_choices(), options.tax_choices()
        value = self["tracking"].value()
        cast(QuickSelect, self.fields["tracking"].widget).choices = options.tracking_choices(value)
        number = int((self.prefix or "lines-0").rpartition("-")[2]) + 1
        for name, label in self.LABELS.items():
            self.fields[name].widget.attrs["aria-label"] = f"{label}, line {number}"
        for name in ("quantity", "unit_amount", "discount_percent"):
            self.fields[name].widget.attrs["class"] = "num"

    def has_changed(self) -> bool:
        """Whether anything was entered: preset quantity, account and tax alone do not make a line."""
        return any(str(self[name].value() or "").strip() for name in ("description", "unit_amount"))

    def clean_account(self) -> NominalAccount:
        return self.options.accounts[self.cleaned_data["account"]]

    def clean_tax_rate(self) -> TaxRate | None:
        key = self.cleaned_data["tax_rate"]
        return self.options.tax_rates[key] if key else None

    def clean_tracking(self) -> tuple[TrackingCategory, ...]:
        keys = [key for key in self.cleaned_data["tracking"].split(",") if key]
        if any(key not in self.options.tracking for key in keys):
            raise ValidationError("Choose one of the tracking categories.")
        return tuple(self.options.tracking[key] for key in dict.fromkeys(keys))

    def content(self, amounts_are: str) -> LineContent:
        """The line as entered; tax is left off a document without tax."""
        entered = self.cleaned_data
        return LineContent(
            description=entered["description"],
            quantity=entered["quantity"],
            unit_amount_minor=entered["unit_amount"].minor,
            account=entered["account"],
            tax_rate=None if amounts_are == AmountsAre.NO_TAX else entered["tax_rate"],
            discount_percent=entered["discount_percent"] or Decimal(0),
            tracking=entered["tracking"],
        )


if TYPE_CHECKING:
    _FormSet = forms.BaseFormSet[LineForm]
else:
    _FormSet = forms.BaseFormSet  # Generic in its type only.


class BaseLineFormSet(_FormSet):
    """The lines of a document. Any of them may be left blank."""

    def initial_form_count(self) -> int:
        return 0 if self.is_bound else super().initial_form_count()

    @property
    def filled(self) -> list[LineForm]:
        return [form for form in self.forms if form.has_changed()]


LineFormSet = forms.formset_factory(
    LineForm, formset=BaseLineFormSet, extra=0, max_num=MAX_LINES, absolute_max=MAX_LINES + 1, validate_max=True
)


class DocumentForm(forms.Form):
    """The head of a bill or credit note; a subclass adds what its own kind has."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    supplier = forms.ModelChoiceField(
        queryset=Supplier.objects.none(),
        widget=QuickSelect,
        error_messages={"required": "Choose the supplier.", "invalid_choice": "Choose one of your suppliers."},
    )
    number = forms.CharField(max_length=100, error_messages={"required": "Enter the number printed on the document."})
    issued_on = BusinessDateField(label="Date", error_messages={"required": "Enter the date of the document."})
    currency = forms.CharField(max_length=3, error_messages={"required": "Enter the currency, such as GBP."})
    rate = RateField(label="Exchange rate", required=False)
    amounts_are = forms.ChoiceField(label="Amounts are", choices=AmountsAre.choices, widget=QuickSelect)
    reference = forms.CharField(max_length=100, required=False)
    note = forms.CharField(max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    stated_total = MoneyField(
        label="Document total", allow_zero=True, required=False, help_text="As printed, to check the lines against."
    )
    twin_reason = forms.CharField(
        label="Enter it anyway because",
        max_length=200,
        required=False,
        help_text="Say why this is not the same document again.",
    )

    COUNTED_FROM_DATE: ClassVar[tuple[str, ...]] = ()
    """Fields of days in which +30 counts from the date of the document."""

    def __init__(self, *args: Any, company: Company, document: Document | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company, self.document = company, document
        supplier = cast("forms.ModelChoiceField[Supplier]", self.fields["supplier"])
        offered = company.suppliers.active()
        if document:
            offered = offered | company.suppliers.filter(pk=document.supplier_id)
        supplier.queryset = offered
        names = offered.order_by("name", "pk").values_list("pk", "name")
        supplier.widget.choices = [("", "Choose…"), *names]
        self.fields["currency"].widget.attrs |= {"class": "width-5", "list": "currencies", "autocomplete": "off"}
        self.fields["number"].widget.attrs["autocomplete"] = "off"
        self.fields["rate"].widget.attrs["class"] = "width-10 num"
        self.fields["stated_total"].widget.attrs["class"] = "width-10 num"
        for name in ("rate", "twin_reason"):
            self.fields[name].show_optional = False  # type: ignore[attr-defined]
        currency = self.typed_currency
        self.fields["stated_total"].unit = currency  # type: ignore[attr-defined]
        self.fields["rate"].help_text = f"{company.base_currency} for 1 {currency}"
        cast(MoneyField, self.fields["stated_total"]).currency = currency

    @property
    def typed_currency(self) -> str:
        """The currency in the box if it is one, else the company's own."""
        typed = str(self["currency"].value() or "").strip().upper()
        return typed if is_currency(typed) else self.company.base_currency

    @property
    def is_foreign(self) -> bool:
        return self.typed_currency != self.company.base_currency

    @property
    def currencies(self) -> list[str]:
        """Offered first in the box: the company's own, and those it has used."""
        used = set(self.company.suppliers.values_list("currency", flat=True).distinct())
        used |= set(self.company.bank_accounts.values_list("currency", flat=True).distinct())
        return [self.company.base_currency, *sorted(used - {self.company.base_currency})]

    def clean_number(self) -> str:
        return " ".join(str(self.cleaned_data["number"]).split())

    def clean_issued_on(self) -> date:
        issued_on: date = self.cleaned_data["issued_on"]
        for name in self.COUNTED_FROM_DATE:
            cast(BusinessDateField, self.fields[name]).base = issued_on
        return issued_on

    def clean_currency(self) -> str:
        currency = str(self.cleaned_data["currency"]).strip().upper()
        if not is_currency(currency):
            raise ValidationError(f"{currency} is not a currency. Enter three letters, such as GBP.")
        return currency

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("currency") == self.company.base_currency:
            cleaned["rate"] = Decimal(1)
        elif cleaned.get("currency") and not cleaned.get("rate") and "rate" not in self.errors:
            base = self.company.base_currency
            self.add_error("rate", f"Enter the exchange rate: how much {base} one {cleaned['currency']} costs.")
        return cleaned

    def content(self, lines: BaseLineFormSet) -> Content:
        """The document as entered. Both forms are valid."""
        entered = self.cleaned_data
        stated = entered["stated_total"]
        return Content(
            supplier=entered["supplier"],
            number=entered["number"],
            issued_on=entered["issued_on"],
            currency=entered["currency"],
            lines=tuple(form.content(entered["amounts_are"]) for form in lines.filled),
            rate=entered["rate"],
            amounts_are=entered["amounts_are"],
            reference=entered["reference"],
            note=entered["note"],
            stated_total_minor=None if stated is None else stated.minor,
        )


def is_currency(code: str) -> bool:
    try:
        exponent(code)
    except UnknownCurrency:
        return False
    return True


def head_of(document: Document) -> dict[str, Any]:
    """What the head of a form shows of a document that exists."""
    names = ("version", "number", "issued_on", "currency", "rate", "amounts_are", "reference", "note", "twin_reason")
    return {
        **{name: getattr(document, name) for name in names},
        "key": uuid.uuid4(),
        "supplier": document.supplier_id,
        "stated_total": document.stated_total,
    }


def blank_head(company: Company, supplier: Supplier | None = None) -> dict[str, Any]:
    """What the head of a fresh form shows."""
    return {
        "key": uuid.uuid4(),
        "supplier": supplier.pk if supplier else "",
        "issued_on": timezone.localdate(),
        "currency": supplier.currency if supplier else company.base_currency,
        "amounts_are": AmountsAre.EXCLUSIVE,
    }
