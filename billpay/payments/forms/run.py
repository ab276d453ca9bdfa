"""The allocate page of a payment run: how much of which bill, from what, and how it is paid."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict

from billpay.bills.models import Bill
from billpay.ledger.actions import LedgerError, refuse_locked_day
from billpay.money.forms import BusinessDateField, MoneyField
from billpay.money.value import Money, add_up
from billpay.payments.actions import Header, Order, PaymentError
from billpay.payments.actions.orders import check, leaves_account
from billpay.payments.forms.fields import account_field, method_field, rate_field, usual_account
from billpay.payments.forms.subject import Group, Row, Subject
from billpay.payments.models import Method
from billpay.payments.planning import AUTO, Outcome, Wish, grouped, orders_for, plan


class RunForm(forms.Form):
    """
    Fields: `bank_account`, `paid_on`, `method`, `rate` (foreign currency), `reference`, `fee` (single payment),
    `cheque_number` (the first), `combine`, `extra` (one supplier), and for each bill `pay-ID`, `credit-ID`,
    `credit_amount-ID`. After `is_valid()`: `header(draft)`, `orders`, `outcomes`.
    """

    reference = forms.CharField(
        required=False, max_length=100, help_text="What the supplier sees, such as your customer number."
    )
    cheque_number = forms.CharField(
        label="Cheque number", required=False, max_length=30, help_text="For a cheque only; a number is used once."
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, subject: Subject, **kwargs: Any) -> None:
        super().__init__(data, label_suffix="", **kwargs)
        self.subject = subject
        self.outcomes: list[Outcome] = []
        self.orders: list[Order] = []
        company, currency = subject.company, subject.currency
        self.fields["bank_account"] = account_field(company, currency, required=False)
        self.fields["paid_on"] = BusinessDateField(
            label="Payment date", widget=forms.TextInput(attrs={"class": "width-10"})
        )
        self.fields["method"] = method_field(company)
        for name in ("bank_account", "reference", "cheque_number"):
            self.fields[name].show_optional = name == "reference"  # type: ignore[attr-defined]
        if subject.is_foreign:
            self.fields["rate"] = rate_field(company, currency)
        if len(subject.suppliers) == 1:
            self.fields["fee"] = MoneyField(
                label="Processing fee",
                currency=currency,
                required=False,
                allow_zero=True,
                help_text="The bank line is payment and fee together.",
            )
            self.fields["extra"] = MoneyField(
                label="Extra, to keep on account",
                currency=currency,
                required=False,
                allow_zero=True,
                help_text="An overpayment or prepayment, to allocate later.",
            )
        else:
            self.fields["cheque_number"].label = "First cheque number"
            self.fields["cheque_number"].help_text = "For cheques only; each payment takes the next number."
        if subject.may_combine:
            self.fields["combine"] = forms.BooleanField(
                label="Combine the bills of a supplier into one payment", required=False
            )
        for bill in subject.bills:
            self._add_row(bill)

    def _add_row(self, bill: Bill) -> None:
        currency, pk = self.subject.currency, bill.pk
        self.fields[f"pay-{pk}"] = MoneyField(
            label=f"Cash for bill {bill.number}",
            currency=currency,
            required=False,
            allow_zero=True,
            widget=forms.TextInput(
                attrs={"class": "num", "data-live": True, "aria-label": f"Cash for bill {bill.number}"}
            ),
        )
        credits = self.subject.credits.get(bill.supplier_id, [])
        if not credits:
            # A box that is not on the page may still come in a post: what it asks is refused in words.
            self.fields[f"credit-{pk}"] = forms.CharField(
                label=f"Credit for bill {bill.number}", required=False, widget=forms.HiddenInput
            )
        else:
            total = add_up((credit.free for credit in credits), currency)
            choices = [("", "No credit"), (AUTO, f"Oldest first ({total})")]
            choices += [(credit.key, f"{credit.row.number}: {credit.free}") for credit in credits]
            self.fields[f"credit-{pk}"] = forms.CharField(
                label=f"Credit for bill {bill.number}",
                required=False,
                widget=forms.Select(choices=choices, attrs={"aria-label": f"Credit for bill {bill.number}"}),
            )
        self.fields[f"credit_amount-{pk}"] = MoneyField(
            label=f"Amount of credit for bill {bill.number}",
            currency=currency,
            required=False,
            widget=forms.TextInput(
                attrs={
                    "class": "num",
                    "data-live": True,
                    "placeholder": "as it fits",
                    "aria-label": f"Amount of credit for bill {bill.number}",
                }
            ),
        )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        self.outcomes = plan([self._wish(bill, cleaned) for bill in self.subject.bills], self.subject.credits)
        for outcome in self.outcomes:
            for name, words in outcome.problems:
                self._say(f"{name}-{outcome.bill.pk}", words)
        self.orders = self._orders(cleaned)
        if not self.errors:
            self._check_whole()
        return cleaned

    def _wish(self, bill: Bill, cleaned: Mapping[str, Any]) -> Wish:
        zero = Money.zero(self.subject.currency)
        return Wish(
            bill=bill,
            due=self.subject.due[bill.pk],
            cash=cleaned.get(f"pay-{bill.pk}") or zero,
            credit=cleaned.get(f"credit-{bill.pk}") or "",
            credit_amount=cleaned.get(f"credit_amount-{bill.pk}"),
        )

    @property
    def combine(self) -> bool:
        return not self.subject.may_combine or bool(self.cleaned_data.get("combine"))

    def _orders(self, cleaned: Mapping[str, Any]) -> list[Order]:
        groups = grouped(self.outcomes, combine=self.combine)
        extra = cleaned.get("extra")
        if not groups and extra:
            groups = [(self.subject.suppliers[0], [])]
        if len(groups) > 1:
            for name, what in (("fee", "A fee belongs to one payment"), ("extra", "Extra cash belongs to one payment")):
                if cleaned.get(name):
                    self._say(name, f"{what}; these are {len(groups)}. Combine them, or leave it empty.")
        method = cleaned.get("method")
        cheque = cleaned.get("cheque_number", "") if method and method.kind == Method.CHEQUE else ""
        try:
            return orders_for(
                groups,
                currency=self.subject.currency,
                reference=cleaned.get("reference", ""),
                fee=cleaned.get("fee"),
                extra=extra,
                first_cheque=cheque,
            )
        except ValueError as error:
            self._say("cheque_number", f"{error}: there are several cheques, and no next number after it.")
            return orders_for(groups, currency=self.subject.currency)

    def _check_whole(self) -> None:
        if not self.orders:
            self.add_error(None, "Nothing is to be paid yet. Enter an amount or choose credit for at least one bill.")
            return
        if self.cleaned_data.get("bank_account") is None and (self.cash or self.makes_batch or self.fee_sum):
            self._say("bank_account", "Choose the bank account the money leaves from.")
            return
        try:
            refuse_locked_day(self.subject.company, self.cleaned_data["paid_on"])
            mine = self.subject.draft.cheque_number if self.subject.draft else ""
            check(self.subject.company, self.header(), self.orders, own_cheque=mine)
        except LedgerError as refusal:
            self._say("paid_on", str(refusal))
        except PaymentError as refusal:
            self.say_refusal(refusal)

    def say_refusal(self, refusal: PaymentError) -> None:
        """Put an action's words beside what they are about."""
        if refusal.bill_id and f"pay-{refusal.bill_id}" in self.fields:
            self._say(f"pay-{refusal.bill_id}", str(refusal))
        else:
            self._say(refusal.field, str(refusal))

    def _say(self, name: str, words: str) -> None:
        self.add_error(name if name in self.fields else None, words)

    def header(self, *, draft: bool = False) -> Header:
        method = self.cleaned_data["method"]
        return Header(
            bank_account=self.cleaned_data["bank_account"],
            paid_on=self.paid_on,
            currency=self.subject.currency,
            method=Method(method.kind),
            payment_method=method,
            rate=self.cleaned_data.get("rate") or Decimal(1),
            draft=draft,
        )

    @property
    def paid_on(self) -> date:
        day: date = self.cleaned_data["paid_on"]
        return day

    @property
    def makes_batch(self) -> bool:
        return len(self.orders) > 1

    @property
    def fee_sum(self) -> Money:
        return self.cleaned_data.get("fee") or Money.zero(self.subject.currency)

    @property
    def cash(self) -> Money:
        return add_up((order.amount for order in self.orders), self.subject.currency)

    @property
    def credit_used(self) -> Money:
        return add_up((outcome.credit for outcome in self.outcomes), self.subject.currency)

    @property
    def settles(self) -> Money:
        return add_up((outcome.settles for outcome in self.outcomes), self.subject.currency)

    @property
    def leaves(self) -> Money | None:
        """What the account is short of afterwards, in its own currency; None while it is not known."""
        account = self.cleaned_data.get("bank_account")
        if account is None or (self.subject.is_foreign and not self.cleaned_data.get("rate")):
            return None
        header = Header(account, date.min, self.subject.currency, rate=self.cleaned_data.get("rate") or Decimal(1))
        return Money(
            sum(leaves_account(self.subject.company, header, order) for order in self.orders), account.currency
        )

    def groups(self, outcomes: list[Outcome]) -> list[Group]:
        """The rows as they are drawn, by supplier. `outcomes` are those of the form that was checked."""
        by_bill = {outcome.bill.pk: outcome for outcome in outcomes}
        groups: dict[int, Group] = {}
        for bill in self.subject.bills:
            credits = self.subject.credits.get(bill.supplier_id, [])
            group = groups.setdefault(
                bill.supplier_id,
                Group(
                    bill.supplier,
                    [],
                    add_up((credit.free for credit in credits), self.subject.currency),
                    bill.supplier_id in self.subject.without_details,
                ),
            )
            group.rows.append(
                Row(
                    bill,
                    self.subject.due[bill.pk],
                    bool(credits),
                    self[f"pay-{bill.pk}"],
                    self[f"credit-{bill.pk}"],
                    self[f"credit_amount-{bill.pk}"],
                    by_bill.get(bill.pk),
                )
            )
        return list(groups.values())


def fresh_data(subject: Subject, *, today: date) -> QueryDict:
    """What the boxes of a new run hold: all that is due in cash, today, from the account last used."""
    data = QueryDict(mutable=True)
    form = RunForm(subject=subject)
    data["paid_on"] = today.isoformat()
    data["combine"] = "on"
    data["bank_account"] = str(usual_account(subject.company, subject.currency) or "")
    method = subject.company.payment_methods.active().order_by("id").first()
    if method:
        data["method"] = str(method.pk)
    for bill in subject.bills:
        name = f"pay-{bill.pk}"
        data[name] = form.fields[name].prepare_value(subject.due[bill.pk])
    return data
