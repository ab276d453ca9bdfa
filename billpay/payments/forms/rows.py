"""The boxes of one bill: how much cash, which credit, the discount, and the write-off of a small rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms

from billpay.bills.models import Bill
from billpay.money.forms import MoneyField
from billpay.money.value import Money, add_up
from billpay.payments.actions import Terms
from billpay.payments.credits import Credit
from billpay.payments.planning import AUTO, Ask, Wish


def discount_field(number: str) -> forms.Field:
    """A tick: "on" takes the discount; "fits", from a box that is off, takes it once amount and day allow it."""
    return forms.ChoiceField(
        label=f"Early-payment discount of bill {number}",
        choices=[(ask.value, ask.value) for ask in Ask if ask],
        required=False,
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": "Tick the discount, or don’t."},
    )


def write_off_field(number: str) -> forms.BooleanField:
    return forms.BooleanField(label=f"Write off what remains of bill {number}", required=False)


def reason_field(number: str) -> forms.CharField:
    label = f"Why the rest of bill {number} is written off"
    return forms.CharField(
        label=label,
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"aria-label": label, "placeholder": "Why, such as: rounding"}),
    )


def credit_choices(credits: Sequence[Credit], currency: str) -> list[tuple[str, str]]:
    """No credit, all of it, or one of what the supplier holds."""
    total = add_up((credit.free for credit in credits), currency)
    named = [
        (credit.key, f"{credit.row.number}{'' if credit.is_note else ', on account'}: {credit.free}")
        for credit in credits
    ]
    return [("", "No credit"), (AUTO, f"Oldest first ({total})"), *named]


def row_fields(bill: Bill, credits: Sequence[Credit]) -> dict[str, forms.Field]:
    """The fields of one bill of a run, by name."""
    pk, number, currency = bill.pk, bill.number, bill.currency
    if credits:
        choose: forms.Widget = forms.Select(
            choices=credit_choices(credits, currency), attrs={"aria-label": f"Credit for bill {number}"}
        )
    else:
        # A box that is not on the page may still come in a post: what it asks is refused in words.
        choose = forms.HiddenInput()
    return {
        f"pay-{pk}": _amount(f"Cash for bill {number}", currency, allow_zero=True),
        f"credit-{pk}": forms.CharField(label=f"Credit for bill {number}", required=False, widget=choose),
        f"credit_amount-{pk}": _amount(f"Amount of credit for bill {number}", currency, placeholder="as it fits"),
        f"discount-{pk}": discount_field(number),
        f"write_off-{pk}": write_off_field(number),
        f"reason-{pk}": reason_field(number),
    }


def _amount(label: str, currency: str, *, allow_zero: bool = False, placeholder: str = "") -> MoneyField:
    attrs = {"class": "num", "data-live": True, "aria-label": label}
    if placeholder:
        attrs["placeholder"] = placeholder
    return MoneyField(
        label=label, currency=currency, required=False, allow_zero=allow_zero, widget=forms.TextInput(attrs=attrs)
    )


def wish_of(bill: Bill, cleaned: Mapping[str, Any], *, due: Money, terms: Terms, on: date) -> Wish:
    """What the boxes of a bill ask for."""
    pk = bill.pk
    return Wish(
        bill=bill,
        due=due,
        cash=cleaned.get(f"pay-{pk}") or Money.zero(due.currency),
        credit=cleaned.get(f"credit-{pk}") or "",
        credit_amount=cleaned.get(f"credit_amount-{pk}"),
        terms=terms,
        on=on,
        discount=Ask(cleaned.get(f"discount-{pk}") or ""),
        write_off=bool(cleaned.get(f"write_off-{pk}")),
        reason=cleaned.get(f"reason-{pk}") or "",
    )
