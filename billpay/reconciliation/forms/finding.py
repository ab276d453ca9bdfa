"""Looking for what matches a bank line, choosing it, and setting a line aside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from billpay.money.forms import BusinessDateField, MoneyField
from billpay.money.value import Money
from billpay.payments.models import Refund
from billpay.reconciliation.models import Paid


class SeenForm(forms.Form):
    """`left`: the minor units that were left to match when the page was drawn, against two people at once."""

    left = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    @property
    def seen(self) -> int | None:
        """None when the form does not say, or says nonsense."""
        return self.cleaned_data.get("left") if self.is_valid() else None


class FindForm(forms.Form):
    """What to look for among payments or refunds that are still to be matched. All fields are optional."""

    q = forms.CharField(label="Supplier, number or reference", required=False, max_length=100)
    amount = MoneyField(label="Amount", required=False)
    after = BusinessDateField(label="Paid from", required=False)
    before = BusinessDateField(label="Paid to", required=False)

    def __init__(self, data: Mapping[str, Any] | None, *, currency: str, refunds: bool = False) -> None:
        super().__init__(data, label_suffix="", auto_id="find_%s")
        if refunds:
            self.fields["after"].label, self.fields["before"].label = "Received from", "Received to"
        self.fields["amount"].currency = currency  # type: ignore[attr-defined]
        self.fields["amount"].widget.attrs["class"] = "num width-10"
        for name in ("after", "before"):
            self.fields[name].widget.attrs["class"] = "width-10"
        for each in self.fields.values():
            each.show_optional = False  # type: ignore[attr-defined]


def amount_name(paid: Paid) -> str:
    """The name of the box that says how much of a payment or refund is matched."""
    return f"amount-refund-{paid.pk}" if isinstance(paid, Refund) else f"amount-{paid.pk}"


class SelectionForm(forms.Form):
    """
    Payments or refunds ticked for one bank line. Field names: `payment` (ids, repeated) with `amount-ID`, or `refund`
    with `amount-refund-ID`.

    An amount left out or empty is all that the payment or refund has left. After `is_valid()`: `pairs`.
    """

    def __init__(self, data: Mapping[str, Any], *, paid: Sequence[Paid]) -> None:
        super().__init__(data, label_suffix="")
        self.paid = paid
        for row in paid:
            self.fields[amount_name(row)] = MoneyField(
                label=f"Amount of {row.number}", currency=row.bank_total.currency, required=False
            )

    @property
    def pairs(self) -> list[tuple[Paid, Money]]:
        return [(row, self.cleaned_data.get(amount_name(row)) or row.unmatched) for row in self.paid]


class ExcludeForm(forms.Form):
    reason = forms.CharField(
        label="Why it needs no match",
        max_length=200,
        help_text="Such as: transfer between own accounts, bank charges, wages.",
    )
