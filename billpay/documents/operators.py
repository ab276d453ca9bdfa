"""Voiding from the operators' desk: several at once, each by itself, and what will change said before (rule 14)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from billpay.companies.admin import ReadOnlyAdmin
from billpay.companies.refusals import Refused
from billpay.documents.foreseeing import closed_words
from billpay.documents.foreseen import Foreseen
from billpay.ledger import actions as ledger
from billpay.ledger.day_form import DayBox
from billpay.money.forms import BusinessDateField

type Act[M] = Callable[[M, date, str], object]
"""Voids one row from a day, for a reason."""


class VoidForm(DayBox):
    """One day and one reason for all that are chosen."""

    on = BusinessDateField(label="Void from")
    reason = forms.CharField(max_length=200, error_messages={"required": "Say why it is void."})


@dataclass(frozen=True, slots=True)
class Chosen:
    """A row and what voiding it on the day of the form would change."""

    row: Any
    foreseen: Foreseen

    @property
    def refused(self) -> str:
        """Why it cannot be voided, or not on that day; empty if it can."""
        return self.foreseen.obstacle or self.foreseen.closed


def void_chosen[M: Model](
    desk: ReadOnlyAdmin,
    request: HttpRequest,
    rows: Sequence[M],
    *,
    since: str,
    foresee: Callable[[M, date, date], Foreseen],
    act: Act[M],
) -> HttpResponse | None:
    """
    Ask for the day and the reason, with what each would change; then void each by itself, and say what was refused.

    :param since: the field that says since when a row stands.
    :param foresee: what voiding a row on a day would change, given the last day that may be chosen.
    """
    today = timezone.localdate()
    # By row: companies close their books by themselves.
    lasts = {
        row.pk: ledger.last_day(row.company, today=today, since=getattr(row, since))  # type: ignore[attr-defined]
        for row in rows
    }
    sent = "confirmed" in request.POST
    form = VoidForm(request.POST if sent else None, last=max(lasts.values(), default=today))
    if not sent or not form.is_valid():
        on = form.day(request.POST)
        chosen = [Chosen(row, foresee(row, on, lasts[row.pk])) for row in rows]
        return _page(desk, request, chosen, form)
    for row in rows:
        try:
            _refuse_closed(row, form.cleaned_data["on"], since=getattr(row, since), last=lasts[row.pk])
            act(row, form.cleaned_data["on"], form.cleaned_data["reason"])
        except Refused as refusal:
            desk.message_user(request, f"{row} stays: {refusal}", messages.ERROR)
        else:
            desk.message_user(request, f"{row} is void.", messages.SUCCESS)
    return None


def each_alone[M: Model](queryset: QuerySet[M]) -> list[M]:
    """The chosen rows, each loaded by itself: what is foreseen of each reads its own relations."""
    return [queryset.get(pk=pk) for pk in queryset.order_by("pk").values_list("pk", flat=True)]


def _refuse_closed(row: Any, on: date, *, since: date, last: date) -> None:
    if why := closed_words(row.company, on, since=since, last=last):
        raise Refused(why)


def _page(desk: ReadOnlyAdmin, request: HttpRequest, chosen: Sequence[Chosen], form: VoidForm) -> HttpResponse:
    able = sum(not one.refused for one in chosen)
    context: Mapping[str, Any] = {
        **desk.admin_site.each_context(request),
        "title": f"Void {desk.opts.verbose_name_plural}",
        "chosen": chosen,
        "able": able,
        "what": desk.opts.verbose_name if able == 1 else desk.opts.verbose_name_plural,
        "form": form,
        "opts": desk.opts,
        "action_name": request.POST.get("action", ""),
        "checkbox_name": ACTION_CHECKBOX_NAME,
    }
    return TemplateResponse(request, "documents/admin_void.html", {**context}, status=422 if form.errors else 200)
