"""Money back from a supplier: how much of which credit, and where it arrived. And the filters of the list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.db.models import QuerySet

from billpay.companies.key_form import KeyForm
from billpay.companies.models import Company
from billpay.ledger import actions as ledger
from billpay.money.forms import BusinessDateField, MoneyField
from billpay.money.value import Money, add_up, convert
from billpay.payments.actions import Returned
from billpay.payments.credits import Credit
from billpay.payments.forms.fields import account_field, rate_field, usual_account
from billpay.payments.models import Refund
from billpay.suppliers.models import Supplier


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """A source as it is drawn: its box, and what would be left of it."""

    source: Credit
    amount: forms.BoundField
    left: Money


class RefundForm(KeyForm):
    """
    Field names are stable: `key` (UUID, once), `supplier` (id), `currency`, `amount-note-ID` and `amount-payment-ID`
    (how much of which), `bank_account` (id), `received_on`, `rate` (foreign currency only), `reference`, `note`.

    After `is_valid()`: `parts`.
    """

    received_on = BusinessDateField(label="Date received", widget=forms.TextInput(attrs={"class": "width-10"}))
    reference = forms.CharField(
        required=False, max_length=100, help_text="As the bank statement shows it, if you have it."
    )
    note = forms.CharField(required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        company: Company,
        supplier: Supplier,
        currency: str,
        sources: Sequence[Credit],
        today: date,
        **kwargs: Any,
    ) -> None:
        last = ledger.last_day(company, today=today)
        kwargs["initial"] = {
            "supplier": supplier.pk,
            "currency": currency,
            "received_on": last,
            "bank_account": usual_account(company, currency),
            **(kwargs.get("initial") or {}),
        }
        super().__init__(data, **kwargs)
        self.company, self.currency, self.sources = company, currency, sources
        cast(BusinessDateField, self.fields["received_on"]).latest = last
        self.typed: dict[str, Money] = {}
        for name in ("supplier", "currency"):
            self.fields[name] = forms.CharField(widget=forms.HiddenInput)
        self.fields["bank_account"] = account_field(company, currency, required=True)
        self.fields["bank_account"].label = "Received into"
        self.fields["bank_account"].error_messages = {
            "required": "Choose the account that the money arrived in.",
            "invalid_choice": f"Choose one of the accounts that can take {currency}.",
        }
        if self.is_foreign:
            self.fields["rate"] = rate_field(company, currency)
            self.fields["rate"].widget.attrs["data-live"] = True
        for source in sources:
            self.fields[f"amount-{source.key}"] = MoneyField(
                label=f"Amount of {source.name[:1].lower()}{source.name[1:]}",
                currency=currency,
                required=False,
                allow_zero=True,
                widget=forms.TextInput(
                    attrs={"class": "num", "data-live": True, "aria-label": f"Amount of {source.name}"}
                ),
            )

    @property
    def is_foreign(self) -> bool:
        return self.currency != self.company.base_currency

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        boxes = {source.key: f"amount-{source.key}" for source in self.sources}
        self.typed = {key: amount for key, box in boxes.items() if (amount := cleaned.get(box))}
        for source in self.sources:
            amount = self.typed.get(source.key)
            if amount and amount > source.free:
                self.add_error(boxes[source.key], f"{source.name} has {source.free} left; {amount} is too much.")
        gone = [name for name in self.data if name.startswith("amount-") and name not in self.fields]
        if any(self.data[name].strip() for name in gone):
            self.add_error(None, "Some of what you entered an amount for has nothing left any more. Check the amounts.")
        elif not self.typed and not any(box in self.errors for box in boxes.values()):
            self.add_error(None, "Enter how much came back, of at least one credit note or payment.")
        return cleaned

    @property
    def parts(self) -> list[Returned]:
        return [source.returned(self.typed[source.key]) for source in self.sources if source.key in self.typed]

    @property
    def total(self) -> Money:
        return add_up(self.typed.values(), self.currency)

    @property
    def base(self) -> Money | None:
        """The total in the company's own currency; None without a rate that can be read."""
        rate: Decimal | None = self.cleaned_data.get("rate")
        return convert(self.total, rate, self.company.base_currency) if self.is_foreign and rate else None

    def rows(self, worked_out: RefundForm) -> list[ReturnRow]:
        """The sources as they are drawn, with what the checked form leaves of each."""
        nothing = Money.zero(self.currency)
        return [
            ReturnRow(one, self[f"amount-{one.key}"], one.free - worked_out.typed.get(one.key, nothing))
            for one in self.sources
        ]


class SenderForm(forms.Form):
    """Whose money it is, where the address does not say."""

    supplier = forms.ModelChoiceField(
        queryset=Supplier.objects.none(),
        empty_label="Choose a supplier",
        error_messages={"invalid_choice": "Choose one of the suppliers with credit, or with money on account."},
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, senders: QuerySet[Supplier]) -> None:
        super().__init__(data, label_suffix="")
        self.fields["supplier"].queryset = senders  # type: ignore[attr-defined]


class RefundFilter(forms.Form):
    """What the list of refunds is narrowed to. A box that cannot be read is left out of the question."""

    q = forms.CharField(
        label="Search",
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Number, reference, supplier or amount"}),
    )
    since = BusinessDateField(label="Received from", required=False)
    until = BusinessDateField(label="Received to", required=False)

    def __init__(self, data: Any, *, company: Company) -> None:
        super().__init__(data, label_suffix="", auto_id="filter_%s")
        having = Refund.objects.filter(company=company).order_by().values("supplier")
        self.fields["supplier"] = forms.ModelChoiceField(
            queryset=company.suppliers.filter(pk__in=having).order_by("name", "id"),
            required=False,
            empty_label="All suppliers",
        )

    @property
    def is_filtering(self) -> bool:
        return any(self.data.get(name, "").strip() for name in self.fields)
