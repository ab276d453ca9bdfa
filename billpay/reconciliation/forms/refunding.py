"""Recording a refund from money in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from billpay.banking.models import BankTransaction
from billpay.companies.key_form import KeyForm
from billpay.money.forms import BusinessDateField, MoneyField
from billpay.money.value import Money, add_up
from billpay.payments.actions import Returned
from billpay.payments.credits import Credit
from billpay.payments.forms.fields import rate_field
from billpay.suppliers.models import Supplier


class ReturnsForm(forms.Form):
    """The ticked credit of the refund page, for its running total: `amount-KEY`; empty counts as nothing."""

    def __init__(self, data: Mapping[str, Any], *, chosen: Sequence[Credit], currency: str) -> None:
        super().__init__(data, label_suffix="")
        self.currency = currency
        for credit in chosen:
            self.fields[f"amount-{credit.key}"] = MoneyField(
                label=f"Amount of {credit.row.number}", currency=currency, required=False, allow_zero=True
            )

    @property
    def total(self) -> Money:
        return add_up((amount for amount in self.cleaned_data.values() if amount), self.currency)


class RefundFromForm(KeyForm):
    """
    Record a refund that a bank line shows. Field names are stable:

    `key` (UUID, once), `supplier` (id), `source` (keys, repeated: "note-ID" of a credit note, "payment-ID" of a payment
    with money on account) with `amount-KEY`, `received_on` (the line's booking date when empty), `reference`, `note`,
    `rate` (base units per unit; only for an account in foreign currency). After `is_valid()`: `parts`.
    """

    received_on = BusinessDateField(
        label="Date received", required=False, widget=forms.TextInput(attrs={"class": "width-10"})
    )
    reference = forms.CharField(required=False, max_length=100)
    note = forms.CharField(required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        transaction: BankTransaction,
        supplier: Supplier | None,
        credits: Sequence[Credit],
        chosen: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        """`credits` are those of the supplier, with a box each; `chosen` the ticked keys, whose boxes alone count."""
        self.transaction, self.supplier, self.credits = transaction, supplier, list(credits)
        company = transaction.bank_account.company
        kwargs["initial"] = {"received_on": transaction.booked_on, **(kwargs.get("initial") or {})}
        super().__init__(data, **kwargs)
        self.chosen = set(chosen)
        self.parts: list[Returned] = []
        self.fields["received_on"].show_optional = False  # type: ignore[attr-defined]
        if transaction.currency != company.base_currency:
            self.fields["rate"] = rate_field(company, transaction.currency)
        for credit in self.credits:
            name, ticked = f"amount-{credit.key}", credit.key in self.chosen
            self.fields[name] = MoneyField(
                label=f"Amount of {credit.row.number}",
                currency=credit.free.currency,
                required=ticked,
                disabled=data is not None and not ticked,
                widget=forms.TextInput(
                    attrs={"class": "num ms-auto", "aria-label": f"Amount back of {credit.row.number}"}
                ),
            )

    def content(self) -> dict[str, Any]:
        # Told from what was sent alone: what the supplier still has free is less when the same form comes again.
        sent = {name: words for name, words in super().content().items() if not name.startswith("amount-")}
        amounts = {key: str(self.data.get(f"amount-{key}", "")).strip() for key in sorted(self.chosen)}
        return {**sent, "supplier": self.supplier.pk if self.supplier else None, "amounts": amounts}

    @property
    def day(self) -> date:
        return self.cleaned_data.get("received_on") or self.transaction.booked_on

    @property
    def chosen_rate(self) -> Decimal:
        return self.cleaned_data.get("rate") or Decimal(1)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.supplier is None:
            self.add_error(None, "Choose the supplier who sent the money back.")
            return cleaned
        known = {credit.key for credit in self.credits}
        if self.chosen - known:
            self.add_error(
                None, f"Some of what you ticked is no longer free credit of {self.supplier}. Look at the list again."
            )
        elif not self.chosen:
            self.add_error(None, "Tick at least one credit note or payment that the money comes back from.")
        if self.errors:
            return cleaned
        for credit in self.credits:
            if credit.key not in self.chosen:
                continue
            amount = cleaned[f"amount-{credit.key}"]
            if amount > credit.free:
                self.add_error(
                    f"amount-{credit.key}", f"{credit.row.number} has {credit.free} left; {amount} is too much."
                )
                continue
            self.parts.append(credit.returned(amount))
        return cleaned
