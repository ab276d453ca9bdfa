"""The operators' page of the proof."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from billpay.proof.forms import ProofForm
from billpay.proof.invariant import Offender
from billpay.proof.proving import Proved, prove

NAMED = 50
"""Offenders named on the page; `manage.py prove --json` names more."""


@dataclass(frozen=True, slots=True)
class Named:
    """An offender, with where operators look at it."""

    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Row:
    proved: Proved
    offenders: list[Named]

    @property
    def more(self) -> int:
        return self.proved.finding.count - len(self.offenders)


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Choose a company; then every invariant of it, the broken ones first."""
    if not request.user.has_perm("ledger.view_journalentry"):
        raise PermissionDenied("Whoever proves the books may look at them.")
    form = ProofForm(request.GET if "company" in request.GET else None)
    rows: list[Row] = []
    if form.is_valid():
        chosen = form.cleaned_data
        proved = prove([chosen["company"]], as_of=chosen["as_of"], known_on=chosen["known_on"])
        rows = [Row(one, _named(one)) for one in sorted(proved, key=lambda one: one.holds)]
    context = {
        **admin.site.each_context(request),
        "title": "Prove the records of a company",
        "form": form,
        "rows": rows,
        "broken": sum(not row.proved.holds for row in rows),
    }
    return TemplateResponse(request, "proof/page.html", context, status=422 if form.errors else 200)


def _named(proved: Proved) -> list[Named]:
    return [Named(str(offender), _address(offender)) for offender in proved.finding.offenders[:NAMED]]


def _address(offender: Offender) -> str:
    """Empty for what operators have no page of."""
    if offender.model is None:
        return ""
    meta = offender.model._meta
    try:
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[offender.id])
    except NoReverseMatch:
        return ""
