"""The allocate page of a payment run: how much of which bill, from what, how it is paid and what happens to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict

from billpay.bills.models import Bill
from billpay.ledger.actions import LedgerError, refuse_locked_day
from billpay.money.forms import MoneyField
from billpay.money.value import Money, add_up
from billpay.payments.actions import Dispatch, Order, PaymentError
from billpay.payments.actions.orders import check, leaves_account
from billpay.payments.forms.fields import usual_account
from billpay.payments.forms.going import GoingForm, Then
from billpay.payments.forms.rows import row_fields, wish_of
from billpay.payments.forms.subject import Group, Row, Subject
from billpay.payments.grouping import Group as Paid
from billpay.payments.grouping import grouped, orders_for
from billpay.payments.models import Method
from billpay.payments.planning import Ask, Outcome, plan
from billpay.payments.timing import When


class RunForm(GoingForm):
    """
    Fields: those of `GoingForm`, `reference`, `fee` (single payment), `cheque_number` (the first), `combine`,
    `extra` (one supplier), and for each bill `pay-ID`, `credit-ID`, `credit_amount-ID`, `discount-ID`,
    `write_off-ID`, `reason-ID`. After `is_valid()`: `orders`, `dispatches`, `outcomes`.
    """

    reference = forms.CharField(
        required=False, max_length=100, help_text="What the supplier sees, such as your customer number."
    )
    cheque_number = forms.CharField(
        label="Cheque number", required=False, max_length=30, help_text="For a cheque only; a number is used once."
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        subject: Subject,
        button: Then | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, label_suffix="", **kwargs)
        self.subject, self.company, self.today, self.button = subject, subject.company, subject.today, button
        self.outcomes: list[Outcome] = []
        self.paid: list[Paid] = []
        self.orders: list[Order] = []
        currency = subject.currency
        self.add_going(currency=currency, may_be_due=subject.draft is None)
        self.fields["cheque_number"].show_optional = False  # type: ignore[attr-defined]
        if len(subject.suppliers) == 1:
            self.fields["fee"] = _extra_cash("Processing fee", currency, "The bank line is payment and fee together.")
            self.fields["extra"] = _extra_cash(
                "Extra, to keep on account", currency, "An overpayment or prepayment, to allocate later."
            )
        else:
            self.fields["cheque_number"].label = "First cheque number"
            self.fields["cheque_number"].help_text = "For cheques only; each payment takes the next number."
        if subject.may_combine:
            self.fields["combine"] = forms.BooleanField(
                label="Combine the bills of a supplier into one payment", required=False
            )
        for bill in subject.bills:
            self.fields |= row_fields(bill, subject.credits.get(bill.supplier_id, []))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        subject = self.subject
        self.check_going()
        wishes = [
            wish_of(bill, cleaned, due=subject.due[bill.pk], terms=subject.terms[bill.pk], on=self.goes(bill).on)
            for bill in subject.bills
        ]
        self.outcomes = plan(wishes, subject.credits)
        for outcome in self.outcomes:
            pk = outcome.bill.pk
            for name, words in outcome.problems:
                self._say(f"{name}-{pk}", words)
            if outcome.settles and pk in subject.held:
                self._say(f"pay-{pk}", f"{subject.held[pk]} Lift the hold, or clear the amount.")
        self.orders = self._orders(cleaned)
        if not self.errors:
            self._check_whole()
        return cleaned

    @property
    def combine(self) -> bool:
        return not self.subject.may_combine or bool(self.cleaned_data.get("combine"))

    def _orders(self, cleaned: Mapping[str, Any]) -> list[Order]:
        self.paid = grouped(self.outcomes, combine=self.combine)
        extra = cleaned.get("extra")
        if not self.paid and extra:
            self.paid = [Paid(self.subject.suppliers[0], self.goes().on, ())]
        if len(self.paid) > 1:
            for name, what in (("fee", "A fee belongs to one payment"), ("extra", "Extra cash belongs to one payment")):
                if cleaned.get(name):
                    self._say(name, f"{what}; these are {len(self.paid)}. Combine them, or leave it empty.")
        method = cleaned.get("method")
        cheque = cleaned.get("cheque_number", "") if method and method.kind == Method.CHEQUE else ""
        try:
            return orders_for(
                self.paid,
                currency=self.subject.currency,
                reference=cleaned.get("reference", ""),
                fee=cleaned.get("fee"),
                extra=extra,
                first_cheque=cheque,
            )
        except ValueError as error:
            self._say("cheque_number", f"{error}: there are several cheques, and no next number after it.")
            return orders_for(self.paid, currency=self.subject.currency)

    def _check_whole(self) -> None:
        if not self.orders:
            self.add_error(None, "Nothing is to be paid yet. Enter an amount or choose credit for at least one bill.")
            return
        if self.account is None and (self.cash or self.makes_batch or self.fee_sum):
            self._say("bank_account", "Choose the bank account the money leaves from.")
            return
        mine = self.subject.draft.cheque_number if self.subject.draft else ""
        try:
            for dispatch in self.dispatches:
                refuse_locked_day(self.company, dispatch.header.paid_on)
                check(self.company, dispatch.header, dispatch.orders, own_cheque=mine)
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

    @property
    def dispatches(self) -> list[Dispatch]:
        """The orders by the day on which they go out, the first day first."""
        days: dict[date, list[Order]] = {}
        for paid, order in zip(self.paid, self.orders, strict=True):
            days.setdefault(paid.on, []).append(order)
        currency = self.subject.currency
        return [Dispatch(self.header_on(day, currency=currency), orders) for day, orders in days.items()]

    @property
    def days(self) -> list[tuple[date, int]]:
        """The days on which something goes out, with the number of payments of each."""
        return sorted(Counter(paid.on for paid in self.paid).items())

    @property
    def makes_batch(self) -> bool:
        return len(self.orders) > len({paid.on for paid in self.paid})

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
    def discount_taken(self) -> Money:
        return add_up((outcome.discount for outcome in self.outcomes), self.subject.currency)

    @property
    def written_off(self) -> Money:
        return add_up((outcome.write_off for outcome in self.outcomes), self.subject.currency)

    @property
    def settles(self) -> Money:
        return add_up((outcome.settles for outcome in self.outcomes), self.subject.currency)

    @property
    def leaves(self) -> Money | None:
        """What the account is short of afterwards, in its own currency; None while it is not known."""
        account = self.account
        if account is None or (self.subject.is_foreign and not self.cleaned_data.get("rate")):
            return None
        header = self.header_on(self.today, currency=self.subject.currency)
        return Money(sum(leaves_account(self.company, header, order) for order in self.orders), account.currency)

    def groups(self, outcomes: Sequence[Outcome], *, set_anew: Collection[int] = ()) -> list[Group]:
        """
        The rows as they are drawn, by supplier. `outcomes` are those of the form that was checked.

        :param set_anew: ids of the bills whose cash was worked out by the server.
        """
        by_bill = {outcome.bill.pk: outcome for outcome in outcomes}
        subject = self.subject
        groups: dict[int, Group] = {}
        for bill in subject.bills:
            credits = subject.credits.get(bill.supplier_id, [])
            free = add_up((credit.free for credit in credits), subject.currency)
            misses, unchecked = (bill.supplier_id in some for some in (subject.without_details, subject.unchecked))
            group = groups.setdefault(bill.supplier_id, Group(bill.supplier, [], free, misses, unchecked))
            group.rows.append(self._row(bill, by_bill.get(bill.pk), bool(credits), bill.pk in set_anew))
        return list(groups.values())

    def _row(self, bill: Bill, outcome: Outcome | None, has_credit: bool, sets_cash: bool) -> Row:
        pk = bill.pk
        return Row(
            bill=bill,
            due=self.subject.due[pk],
            has_credit=has_credit,
            pay=self[f"pay-{pk}"],
            credit=self[f"credit-{pk}"],
            credit_amount=self[f"credit_amount-{pk}"],
            discount=self[f"discount-{pk}"],
            write_off=self[f"write_off-{pk}"],
            reason=self[f"reason-{pk}"],
            outcome=outcome,
            held=self.subject.held.get(pk, ""),
            reserved_by=self.subject.reserved_by.get(pk, []),
            sets_cash=sets_cash,
        )


def _extra_cash(label: str, currency: str, hint: str) -> MoneyField:
    return MoneyField(label=label, currency=currency, required=False, allow_zero=True, help_text=hint)


def fresh_data(subject: Subject) -> QueryDict:
    """What the boxes of a new run hold: what pays each bill in full today, from the account last used."""
    data = QueryDict(mutable=True)
    data["paid_on"] = subject.today.isoformat()
    data["then"], data["when"] = Then.RECORD.value, When.DATE.value
    data["combine"] = "on"
    data["bank_account"] = str(usual_account(subject.company, subject.currency) or "")
    method = subject.company.payment_methods.active().order_by("id").first()
    if method:
        data["method"] = str(method.pk)
    box = MoneyField(currency=subject.currency)
    for bill in subject.bills:
        terms, due = subject.terms[bill.pk], subject.due[bill.pk]
        early = terms.discount_on(subject.today)
        cash = Money.zero(subject.currency) if bill.pk in subject.held else due - early
        data[f"pay-{bill.pk}"] = box.prepare_value(cash)
        if terms.discount:
            data[f"discount-{bill.pk}"] = (Ask.YES if early and bill.pk not in subject.held else Ask.IF_IT_FITS).value
    return data
