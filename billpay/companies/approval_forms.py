"""The form in which owners say who must approve what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, cast

from django import forms
from django.http import QueryDict

from billpay.companies.approval import PEOPLE, Limits, Policy
from billpay.companies.models import ApprovalSubject, Company
from billpay.money.forms import MoneyField
from billpay.money.value import Money

MOST_LIMITS = 20
LONGEST_WINDOW = 366
PREFIX = "limits"
ADDS, REMOVES = "add_limit", "remove_limit"


class LimitForm(forms.Form):
    """One row. One without an amount is left out, whatever else it says."""

    subject = forms.ChoiceField(choices=ApprovalSubject.choices)
    above = MoneyField(allow_zero=True)
    approvers = forms.TypedChoiceField(
        choices=[(number, words.capitalize()) for number, words in PEOPLE.items()], coerce=int
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(MoneyField, self.fields["above"]).currency = currency
        number = int((self.prefix or f"{PREFIX}-0").rpartition("-")[2]) + 1
        labels = {"subject": "What", "above": f"Over, in {currency}", "approvers": "Approved by"}
        for name, label in labels.items():
            self.fields[name].label = label
            self.fields[name].widget.attrs["aria-label"] = f"{label}, line {number}"
        self.fields["above"].widget.attrs["class"] = "num"

    def has_changed(self) -> bool:
        return bool(str(self["above"].value() or "").strip())


if TYPE_CHECKING:
    _FormSet = forms.BaseFormSet[LimitForm]
else:
    _FormSet = forms.BaseFormSet  # Generic in its type only.


class BaseLimitFormSet(_FormSet):
    def initial_form_count(self) -> int:
        return 0 if self.is_bound else super().initial_form_count()

    def limits(self, subject: ApprovalSubject) -> Limits:
        """What was entered for one subject, the smallest amount first."""
        rows = [form.cleaned_data for form in self.forms if form.has_changed()]
        return tuple(sorted((row["above"].minor, row["approvers"]) for row in rows if row["subject"] == subject))


LimitFormSet = forms.formset_factory(
    LimitForm,
    formset=BaseLimitFormSet,
    extra=0,
    max_num=MOST_LIMITS,
    absolute_max=MOST_LIMITS + 1,
    validate_max=True,
)


class ApprovalForm(forms.Form):
    """
    The page's own fields; `rows` holds the limits.

    A row is added and removed by posting `add_limit` or `remove_limit`, which stores nothing.
    """

    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)
    split_window_days = forms.IntegerField(
        label="Days looked back for split payments",
        min_value=0,
        max_value=LONGEST_WINDOW,
        widget=forms.TextInput(attrs={"class": "width-5", "inputmode": "numeric", "autocomplete": "off"}),
        help_text="Payments to one supplier made within so many days count together, so that nobody gets round a limit "
        "by paying in parts. 0 looks at each payment by itself.",
        error_messages={"required": "Enter a number of days, 0 for none.", "invalid": "Enter a whole number of days."},
    )
    checks_bank_details = forms.BooleanField(
        label="A second person checks new bank details of suppliers",
        required=False,
        help_text="Until then nothing that waits to be paid to the supplier goes out.",
    )
    write_off_limit = MoneyField(
        label="Largest write-off",
        allow_zero=True,
        widget=forms.TextInput(attrs={"class": "width-10 num"}),
        help_text="Of what is left of one bill when it is paid. 0 allows none.",
        error_messages={"required": "Enter the largest amount that may be written off, 0 for none."},
    )

    def __init__(self, *args: Any, company: Company, rows: BaseLimitFormSet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = rows
        cast(MoneyField, self.fields["write_off_limit"]).currency = company.base_currency

    @classmethod
    def showing(cls, company: Company, policy: Policy) -> Self:
        """What is in force."""
        currency = company.base_currency
        rows = [
            {"subject": subject, "above": Money(minor, currency), "approvers": people}
            for subject, limits in policy.limits.items()
            for minor, people in limits
        ]
        initial = {
            "seen": policy.digest,
            "split_window_days": policy.split_window_days,
            "checks_bank_details": policy.checks_bank_details,
            "write_off_limit": Money(policy.write_off_limit_minor, currency),
        }
        return cls(company=company, rows=_rows(company, rows), initial=initial)

    @classmethod
    def redrawn(cls, company: Company, data: QueryDict) -> Self:
        """As it was typed, without blame, with a row more or less."""
        rows = _typed(data)
        removed = data.get(REMOVES, "")
        if ADDS in data and len(rows) < MOST_LIMITS:
            rows.append({"subject": rows[-1]["subject"] if rows else ApprovalSubject.PAYMENT})
        elif removed.isascii() and removed.isdigit() and len(removed) < 4 and int(removed) < len(rows):
            del rows[int(removed)]
        typed = {name: data.get(name, "") for name in cls.base_fields}
        drawn = _rows(company, rows)
        if ADDS in data:
            drawn.forms[-1].fields["above"].widget.attrs["data-focus-after"] = True
        return cls(company=company, rows=drawn, initial=typed)

    @classmethod
    def sent(cls, company: Company, data: QueryDict) -> Self:
        rows = LimitFormSet(data, prefix=PREFIX, form_kwargs={"currency": company.base_currency})
        return cls(data, company=company, rows=cast(BaseLimitFormSet, rows))

    def is_valid(self) -> bool:
        # Both, so that everything that is wrong is said at once.
        return self.rows.is_valid() & super().is_valid()

    @property
    def policy(self) -> Policy:
        """What was entered, once it is valid."""
        return Policy(
            bill_limits=self.rows.limits(ApprovalSubject.BILL),
            payment_limits=self.rows.limits(ApprovalSubject.PAYMENT),
            split_window_days=self.cleaned_data["split_window_days"],
            checks_bank_details=self.cleaned_data["checks_bank_details"],
            write_off_limit_minor=self.cleaned_data["write_off_limit"].minor,
        )


def _rows(company: Company, rows: list[dict[str, Any]]) -> BaseLimitFormSet:
    drawn = LimitFormSet(initial=rows, prefix=PREFIX, form_kwargs={"currency": company.base_currency})
    return cast(BaseLimitFormSet, drawn)


def _typed(data: QueryDict) -> list[dict[str, Any]]:
    text = data.get(f"{PREFIX}-TOTAL_FORMS", "0")
    count = min(int(text), MOST_LIMITS) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    return [{name: data.get(f"{PREFIX}-{n}-{name}", "") for name in LimitForm.base_fields} for n in range(count)]
