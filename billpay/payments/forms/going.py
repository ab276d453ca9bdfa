"""What happens to a payment, and when: asked alike on the allocate page and on the page that pays one bill."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django import forms

from billpay.banking.models import BankAccount
from billpay.bills.models import Bill
from billpay.companies.models import Company
from billpay.ledger import actions as ledger
from billpay.money.forms import BusinessDateField
from billpay.payments.actions import Header
from billpay.payments.forms.fields import account_field, method_field, rate_field
from billpay.payments.models import Method, PaymentMethod
from billpay.payments.timing import Bank, Goes, When, goes_out


class Then(StrEnum):
    """What becomes of a payment that is asked for."""

    RECORD = "record"
    SUBMIT = "submit"
    DRAFT = "draft"


THEN_CHOICES = (
    (Then.RECORD.value, "Record as paid: the money has left already"),
    (Then.SUBMIT.value, "Submit: it goes out on its day, once approved where a limit asks for that"),
    (Then.DRAFT.value, "Keep as draft: amounts are reserved, nothing goes out"),
)
WHEN_CHOICES = (
    (When.DATE.value, "On the payment date"),
    (When.DUE.value, "Each bill on its due date"),
    (When.PAYDAY.value, "On the next payment day of the account"),
)


class GoingForm(forms.Form):
    """
    Fields: `bank_account`, `paid_on`, `method`, `rate` (foreign currency), `then` and `when`.

    A payment recorded as paid has the date that was typed. What is submitted or kept goes out on a business day of
    its account: on the date, on each bill's due date, or on the account's next payment day.
    """

    company: Company
    today: date
    button: Then | None = None
    """What the button that was pressed says, instead of `then`."""
    typed: date | None = None
    """The date as it was typed, whether or not it can be."""

    def add_going(self, *, currency: str, may_be_due: bool, default_method: PaymentMethod | None = None) -> None:
        """
        :param may_be_due: whether "each bill on its due date" is a choice.
        :param default_method: what a form that says nothing means; without it the method must be chosen.
        """
        self.default_method = default_method
        self.fields["bank_account"] = account_field(self.company, currency, required=False)
        self.fields["paid_on"] = BusinessDateField(
            label="Payment date", required=False, widget=forms.TextInput(attrs={"class": "width-10"})
        )
        self.fields["method"] = method_field(self.company, required=default_method is None)
        if currency != self.company.base_currency:
            self.fields["rate"] = rate_field(self.company, currency)
        self.fields["then"] = forms.ChoiceField(
            label="What happens to it",
            choices=THEN_CHOICES,
            required=False,
            widget=forms.RadioSelect,
            initial=Then.RECORD.value,
            error_messages={"invalid_choice": "Choose what happens to it: record it, submit it, or keep it as draft."},
        )
        self.fields["when"] = forms.ChoiceField(
            label="When it goes out",
            choices=[choice for choice in WHEN_CHOICES if may_be_due or choice[0] != When.DUE],
            required=False,
            widget=forms.RadioSelect,
            initial=When.DATE.value,
            error_messages={"invalid_choice": "Choose when it goes out."},
        )
        for name in ("bank_account", "paid_on", "method", "then", "when"):
            self.fields[name].show_optional = False  # type: ignore[attr-defined]

    def offer_payday(self, account: BankAccount | None) -> None:
        """Offer the account's own payment day by its date, or don't where it has none."""
        field = self.fields["when"]
        payday = account.next_payment_day(self.today) if account else None
        shown = [choice for choice in field.choices if choice[0] != When.PAYDAY]  # type: ignore[attr-defined]
        if account and payday:
            shown.append((When.PAYDAY.value, f"On the next payment day of {account.name}, {payday:%a %-d %B}"))
        field.widget.choices = shown

    @property
    def then(self) -> Then:
        return self.button or Then(self.cleaned_data.get("then") or Then.RECORD)

    @property
    def when(self) -> When:
        """Something made already was made on its date, whatever else is chosen."""
        return When.DATE if self.then == Then.RECORD else When(self.cleaned_data.get("when") or When.DATE)

    @property
    def account(self) -> BankAccount | None:
        found: BankAccount | None = self.cleaned_data.get("bank_account")
        return found

    def goes(self, bill: Bill | None = None) -> Goes:
        """When the payment of this bill goes out; today as long as that cannot be told."""
        typed, account = self.typed, self.account
        if self.then == Then.RECORD or (self._keeps_date and typed and typed < self.today):
            day = typed or self.today
            return Goes(day, day, account.closed_because(day) if account else "")
        bank = Bank(account.calendar, account.day_rule) if account else None
        if self.when == When.PAYDAY:
            day = (account.next_payment_day(self.today) if account else None) or self.today
            return Goes(day, day)
        if self.when == When.DUE:
            return goes_out(bill.due_on if bill else self.today, today=self.today, bank=bank)
        return goes_out(typed or self.today, today=self.today, bank=bank)

    @property
    def _keeps_date(self) -> bool:
        """A draft may be of a day that has passed: it is recorded later."""
        return self.then == Then.DRAFT and self.when == When.DATE

    def check_going(self) -> None:
        """Say what is wrong with the day."""
        typed = self.typed = self.cleaned_data.get("paid_on")
        if self.when == When.DATE and "paid_on" not in self.errors:
            if typed is None:
                self.add_error("paid_on", "Enter the payment date.")
            elif self.then == Then.RECORD and typed > ledger.last_day(self.company, today=self.today):
                self.add_error(
                    "paid_on",
                    f"{typed:%-d %B %Y} is in the future; nothing was paid yet. Submit it, keep it as a draft, "
                    "or change the date.",
                )
            elif self.then == Then.SUBMIT and typed < self.today:
                self.add_error(
                    "paid_on", f"{typed:%-d %B %Y} has passed. Choose today or a later day, or record it as paid."
                )
        if self.when == When.PAYDAY and self.account is None:
            self.add_error("when", "Choose the bank account whose payment day it is.")
        elif self.when == When.PAYDAY and self.account and self.account.payment_weekday is None:
            self.add_error("when", f"{self.account.name} has no weekly payment day. Choose another day.")

    def header_on(self, day: date, *, currency: str) -> Header:
        """What payments of that day have in common. What is kept for a later day remembers it."""
        method: PaymentMethod | None = self.cleaned_data.get("method") or self.default_method
        later = self.then == Then.SUBMIT or (self.then == Then.DRAFT and day > self.today)
        return Header(
            bank_account=self.account,
            paid_on=day,
            currency=currency,
            method=Method(method.kind) if method else Method.BANK_TRANSFER,
            payment_method=method,
            rate=self.cleaned_data.get("rate") or Decimal(1),
            draft=self.then != Then.RECORD,
            execute_on=day if later else None,
        )


def button_of(data: Mapping[str, Any]) -> Then | None:
    """What the button that sent a form says should happen; None for one that leaves it to the form."""
    action = data.get("action", "")
    return Then(action) if action in set(Then) else None
