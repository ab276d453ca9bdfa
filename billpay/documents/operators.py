"""Voiding from the operators' desk: several at once, each by itself, and what will change said before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.documents.foreseen import Foreseen
from billpay.ledger import actions as ledger
from billpay.ledger.day_form import DayBox
from billpay.money.forms import BusinessDateField


class TooLate(Refused):
    """The day is in the future for one of the chosen, though not for all: companies close their books by themselves."""


class VoidForm(DayBox):
    """One day and one reason for all that are chosen."""

    on = BusinessDateField(label="Void from")
    reason = forms.CharField(max_length=200, error_messages={"required": "Say why it is void."})


@dataclass(frozen=True, slots=True)
class Chosen:
    """One row to be voided: the last day that it may be void from, and what would change on the day of the form."""

    row: Any
    last: date
    foreseen: Foreseen

    @property
    def refused(self) -> str:
        """Why it cannot be voided, or not on that day; empty if it can."""
        return self.foreseen.obstacle or self.foreseen.closed


def last_of(company: Company, since: date) -> date:
    """The last day that something which stands since then may be void from."""
    return ledger.last_day(company, today=timezone.localdate(), since=since)


def form_for(data: Mapping[str, Any] | None, lasts: Iterable[date]) -> VoidForm:
    """The form for rows of which each has a last day: it proposes the latest of them."""
    return VoidForm(data, last=max(lasts, default=timezone.localdate()))


def once_allowed[R](act: Callable[[], R], *, on: date, last: date) -> R:
    """:raises TooLate: the day is in the future for this one."""
    if on > last:
        raise TooLate(f"{on:%-d %B %Y} is in the future. Choose {last:%-d %B %Y} or an earlier day.")
    return act()
