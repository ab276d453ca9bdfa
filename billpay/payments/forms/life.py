"""The small forms of a payment's life: a reason, a day, the bank's outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar, cast

from django import forms

from billpay.companies.key_form import KeyForm
from billpay.ledger import actions as ledger
from billpay.money.forms import BusinessDateField
from billpay.payments.actions import retrial_of
from billpay.payments.arrows import seen_of
from billpay.payments.forms.fields import rate_field
from billpay.payments.models import Batch, Method, Payment

_DAY = {"class": "width-10"}
_NOT_YET = "{day} is in the future; nothing was paid yet. Record it when that day has come."


class ArrowForm(KeyForm):
    """
    One press. `key` is made when the form is drawn; `seen` says what was looked at; `back` where to go on to.

    Subclasses add what their arrow asks.
    """

    left_out: Sequence[str] = ()
    """What its arrow does not do of what one might expect, in words."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100)
    back = forms.ChoiceField(choices=(("", ""), ("approvals", "Approvals")), widget=forms.HiddenInput, required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, *, payment: Payment, today: date, back: str = "") -> None:
        self.payment, self.today = payment, today
        super().__init__(data, initial={"seen": self.shown(payment), "back": back, **self.first_values(payment)})

    def first_values(self, payment: Payment) -> dict[str, Any]:
        """What stands in the boxes before anything is typed."""
        return {}

    def shown(self, payment: Payment) -> str:
        """What `seen` is for the payment as it is."""
        return seen_of(payment)

    def is_stale(self, payment: Payment) -> bool:
        """Whether the payment is another now than the one that was looked at."""
        seen = self.cleaned_data.get("seen")
        return bool(seen) and seen != self.shown(payment)

    def stale_words(self, payment: Payment) -> str:
        """What a person reads when it is."""
        return (
            f"{payment.number} was changed by someone else since you looked at it. "
            f"It is {payment.get_status_display().lower()} now. Nothing was done; look at it again."
        )


class ApprovalForm(ArrowForm):
    """A yes to the payment whose digest came with the form, and to no other."""

    seen = forms.CharField(
        widget=forms.HiddenInput,
        max_length=100,
        error_messages={
            "required": "This form does not say what was looked at. Load the page again and approve it there."
        },
    )

    def shown(self, payment: Payment) -> str:
        return payment.digest


class ReasonForm(ArrowForm):
    reason = forms.CharField(max_length=200)
    words: ClassVar[dict[str, str]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["reason"]
        field.label = self.words.get("label", "Reason")
        field.help_text = self.words.get("hint", "")
        if "missing" in self.words:
            field.error_messages["required"] = self.words["missing"]
        else:
            field.required = field.widget.is_required = False


class RejectionForm(ReasonForm):
    words: ClassVar = {
        "label": "Why is it rejected?",
        "hint": "Whoever made the payment reads this.",
        "missing": "Say why it is rejected.",
    }


class BackToDraftForm(ReasonForm):
    words: ClassVar = {"label": "Why does it go back?", "hint": "As in “Wrong account”. It is kept with the payment."}


class StopForm(ReasonForm):
    words: ClassVar = {
        "label": "Why is it stopped?",
        "hint": "It stands beside the payment until someone resumes it.",
        "missing": "Say why it is stopped.",
    }


class FailureForm(ReasonForm):
    words: ClassVar = {
        "label": "What does the bank say?",
        "hint": "In the bank’s own words, as in “Account closed”.",
        "missing": "Say why it failed, in the bank’s words.",
    }


class CancellationForm(ReasonForm):
    words: ClassVar = {"label": "Why is it cancelled?", "missing": "Say why it is cancelled."}


class ScheduleForm(ArrowForm):
    on = BusinessDateField(
        label="Goes out on",
        widget=forms.TextInput(attrs=_DAY),
        error_messages={"required": "Enter the day on which it goes out."},
    )

    def first_values(self, payment: Payment) -> dict[str, Any]:
        account = payment.bank_account
        if payment.execute_on and payment.execute_on >= self.today:
            return {"on": payment.execute_on}
        weekly = account.next_payment_day(self.today) if account else None
        return {"on": weekly or (account.business_day(self.today) if account else self.today)}


class CompletionForm(ArrowForm):
    """When the money moved, and at which rate. Left empty, the day and the rate are as planned."""

    on = BusinessDateField(label="Day the money left the account", required=False, widget=forms.TextInput(attrs=_DAY))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].show_optional = False  # type: ignore[attr-defined]
        company = self.payment.company
        if not self.payment.has_cash:
            self.fields["on"].label = "Day it counts from"
        if self.payment.currency != company.base_currency:
            self.fields["rate"] = rate_field(company, self.payment.currency)
            self.fields["rate"].required = False
            self.fields["rate"].show_optional = False  # type: ignore[attr-defined]

        self.last = ledger.last_day(company, today=self.today)
        box = cast(BusinessDateField, self.fields["on"])
        box.latest, box.error_messages["future"] = self.last, _NOT_YET

    def first_values(self, payment: Payment) -> dict[str, Any]:
        on = ledger.first_open_day(payment.company, min(payment.paid_on, self.today))
        return {"on": on, "rate": payment.rate}

    def clean_on(self) -> date:
        """Also the day as planned, where the box is empty, has to have come."""
        on: date = self.cleaned_data["on"] or self.payment.paid_on
        if on > self.last:
            raise forms.ValidationError(_NOT_YET.format(day=f"{on:%-d %B %Y}"))
        return on


class OutcomeForm(KeyForm):
    """When the payments of a batch went through, and at which rate if not as planned."""

    on = BusinessDateField(
        label="Day the money left the account",
        widget=forms.TextInput(attrs=_DAY),
        error_messages={"required": "Enter the day on which the money left the account."},
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, batch: Batch, today: date) -> None:
        on = ledger.first_open_day(batch.company, min(batch.paid_on, today))
        super().__init__(data, initial={"on": on})
        box = cast(BusinessDateField, self.fields["on"])
        box.latest, box.error_messages["future"] = ledger.last_day(batch.company, today=today), _NOT_YET
        if batch.currency != batch.company.base_currency:
            self.fields["rate"] = rate_field(batch.company, batch.currency)
            self.fields["rate"].required = False
            self.fields["rate"].initial = batch.rate
            self.fields["rate"].show_optional = False  # type: ignore[attr-defined]


class RetryForm(ArrowForm):
    """
    A new draft. A cheque needs a new number: none is used twice.

    `lapsed` says what the page said would be left out.
    """

    lapsed = forms.CharField(widget=forms.HiddenInput, required=False, max_length=16)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.payment.method == Method.CHEQUE and self.payment.amount_minor:
            self.fields["cheque_number"] = forms.CharField(
                max_length=30,
                label="Number of the new cheque",
                help_text=f"Cheque {self.payment.cheque_number} is used up; a number is used once.",
                widget=forms.TextInput(attrs=_DAY),
                error_messages={"required": "Enter the number of the new cheque."},
            )

    def first_values(self, payment: Payment) -> dict[str, Any]:
        return {"lapsed": retrial_of(payment, today=self.today).key}

    def is_stale(self, payment: Payment) -> bool:
        return super().is_stale(payment) or self._is_otherwise(payment)

    def _is_otherwise(self, payment: Payment) -> bool:
        """Whether a draft can be made, but not the one that the page spoke of."""
        retrial = retrial_of(payment, today=self.today)
        self.left_out = retrial.left_out
        return not retrial.refusals and self.cleaned_data["lapsed"] != retrial.key

    def stale_words(self, payment: Payment) -> str:
        if super().is_stale(payment):
            return super().stale_words(payment)
        return (
            f"Not the same of {payment.number} can be paid again as when you looked at it. "
            "Nothing was done; look at it again."
        )


FORMS: dict[str, type[ArrowForm]] = {
    "approval": ApprovalForm,
    "rejection": RejectionForm,
    "scheduling": ScheduleForm,
    "stop": StopForm,
    "back_to_draft": BackToDraftForm,
    "completion": CompletionForm,
    "failure": FailureForm,
    "cancellation": CancellationForm,
    "retry": RetryForm,
}
"""By the code of the arrow; the others ask nothing."""


def form_for(code: str) -> type[ArrowForm]:
    return FORMS.get(code, ArrowForm)
