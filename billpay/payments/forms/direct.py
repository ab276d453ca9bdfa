"""One bill, one form, one step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms

from billpay.bills.models import Bill
from billpay.companies.key_form import KeyForm
from billpay.companies.models import Company
from billpay.money.forms import MoneyField
from billpay.money.value import Money
from billpay.payments.actions import Dispatch, Order, Terms
from billpay.payments.credits import Credit
from billpay.payments.forms.fields import usual_account
from billpay.payments.forms.going import GoingForm, Then
from billpay.payments.forms.rows import credit_choices, discount_field, reason_field, write_off_field
from billpay.payments.models import Method
from billpay.payments.planning import Ask, Outcome, Wish, plan
from billpay.payments.timing import When


class PayBillForm(KeyForm, GoingForm):
    """
    Pay one bill. Field names are stable:

    `key` (UUID, once), `amount` (cash; 0 when credit covers all), `bank_account` (id), `paid_on`,
    `method` (id of a payment method; a bank transfer when absent), `reference`, `fee`, `cheque_number`,
    `credit` ("auto", "note-ID" or "payment-ID"), or `credit_note` (id of the supplier's usable credit note),
    `credit_amount` (as much as cash leaves when empty), `discount` ("on" takes the early-payment discount),
    `write_off` and `write_off_reason` (of what remains), `then` ("record", "submit", "draft") and `when` ("date",
    "due", "payday"), `rate` (base units per unit; only for a bill in foreign currency).
    After `is_valid()`: `dispatch`.
    """

    amount = MoneyField(
        allow_zero=True, error_messages={"required": "Enter the amount to pay; 0 if credit covers it all."}
    )
    reference = forms.CharField(required=False, max_length=100)
    fee = MoneyField(
        label="Processing fee",
        required=False,
        allow_zero=True,
        help_text="The bank line is payment and fee together.",
    )
    cheque_number = forms.CharField(label="Cheque number", required=False, max_length=30)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        company: Company,
        bill: Bill,
        credits: list[Credit],
        terms: Terms,
        today: date,
        button: Then | None = None,
        **kwargs: Any,
    ) -> None:
        first = company.payment_methods.active().filter(kind=Method.BANK_TRANSFER).order_by("id").first()
        early = terms.discount_on(today)
        kwargs["initial"] = {
            "amount": bill.available - early,
            "discount": (Ask.YES if early else Ask.IF_IT_FITS).value if terms.discount else "",
            "paid_on": today,
            "method": first,
            "bank_account": usual_account(company, bill.currency),
            **(kwargs.get("initial") or {}),
        }
        super().__init__(data, **kwargs)
        self.company, self.bill, self.credits, self.terms = company, bill, credits, terms
        self.today, self.button = today, button
        self.order: Order | None = None
        self.outcome: Outcome | None = None
        for name in ("amount", "fee"):
            self.fields[name].currency = bill.currency  # type: ignore[attr-defined]
            self.fields[name].widget.attrs["class"] = "width-10 num"
        self.add_going(currency=bill.currency, may_be_due=True, default_method=first)
        due = (When.DUE.value, f"On its due date, {bill.due_on:%a %-d %B %Y}")
        choices = [due if choice[0] == When.DUE else choice for choice in self.fields["when"].choices]  # type: ignore[attr-defined]
        self.fields["when"].choices = choices  # type: ignore[attr-defined]
        self.fields["discount"] = discount_field(bill.number)
        self.fields["write_off"] = write_off_field(bill.number)
        self.fields["write_off_reason"] = reason_field(bill.number)
        self._add_credit()

    def _add_credit(self) -> None:
        bill, currency = self.bill, self.bill.currency
        self.fields["credit"] = forms.ChoiceField(
            label="Use credit",
            help_text=f"Credit notes and money on account of {bill.supplier} in {currency}.",
            choices=credit_choices(self.credits, currency),
            required=False,
            error_messages={"invalid_choice": f"Choose credit of {bill.supplier} that is still free."},
        )
        self.fields["credit"].show_optional = False  # type: ignore[attr-defined]
        notes = [credit.row.pk for credit in self.credits if credit.is_note]
        self.fields["credit_note"] = forms.ModelChoiceField(
            queryset=self.company.credit_notes.filter(supplier=bill.supplier_id, currency=currency, pk__in=notes),
            required=False,
            widget=forms.HiddenInput,
            error_messages={"invalid_choice": f"Choose a credit note of {bill.supplier} that has credit left."},
        )
        self.fields["credit_amount"] = MoneyField(
            label="Amount of credit",
            currency=currency,
            required=False,
            help_text="Empty: as much as the cash amount leaves to pay.",
            widget=forms.TextInput(attrs={"class": "width-10 num"}),
        )

    @property
    def has_credit(self) -> bool:
        return bool(self.credits)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        self.check_going()
        note = cleaned.get("credit_note")
        credit = f"note-{note.pk}" if note else cleaned.get("credit") or ""
        if cleaned.get("credit_amount") and not credit and "credit_note" not in self.errors:
            self.add_error("credit", "Choose the credit note or money on account that this credit comes from.")
        wish = Wish(
            bill=self.bill,
            due=self.bill.available,
            cash=cleaned.get("amount") or Money.zero(self.bill.currency),
            credit=credit,
            credit_amount=cleaned.get("credit_amount"),
            terms=self.terms,
            on=self.goes(self.bill).on,
            discount=Ask(cleaned.get("discount") or ""),
            write_off=bool(cleaned.get("write_off")),
            reason=cleaned.get("write_off_reason") or "",
        )
        self.outcome = plan([wish], {self.bill.supplier_id: self.credits})[0]
        self.order = Order(
            supplier=self.bill.supplier,
            amount=self.outcome.cash,
            parts=self.outcome.order_parts(),
            fee=cleaned.get("fee") or Money.zero(self.bill.currency),
            cheque_number=cleaned.get("cheque_number", ""),
            reference=cleaned.get("reference", ""),
        )
        if "amount" not in self.errors:
            self._say_problems(self.outcome)
        return cleaned

    def _say_problems(self, outcome: Outcome) -> None:
        for name, words in outcome.problems:
            self.add_error({"pay": "amount", "reason": "write_off_reason"}.get(name, name), words)
        if not self.errors and not outcome.settles:
            self.add_error("amount", "Enter how much to pay.")

    @property
    def dispatch(self) -> Dispatch:
        """The payment, on its day. There is one once the form was cleaned."""
        if self.order is None:
            raise ValueError("The form was not cleaned.")
        return Dispatch(self.header_on(self.goes(self.bill).on, currency=self.bill.currency), [self.order])
