"""The page that leads to every report."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from billpay.companies.access import MemberRequest, Permission, requires
from billpay.companies.models import Company


@dataclass(frozen=True, slots=True)
class Report:
    label: str
    icon: str
    name: str
    """Of its URL, as in "reports:ageing"."""
    text: str


REPORTS: dict[str, tuple[Report, ...]] = {
    "What is owed and paid": (
        Report(
            "AP ageing",
            "hourglass",
            "reports:ageing",
            "What every supplier is owed on any day, by how late it is, less credit and money on account; as it is "
            "known now, or was on another day. It says whether it agrees with the payables account.",
        ),
        Report(
            "Payment register",
            "credit-card",
            "reports:register",
            "What was paid and what came back in a period: to whom, from which account and how, for which bills, and "
            "whether the bank has shown it.",
        ),
        Report(
            "Supplier statements",
            "building-store",
            "suppliers:list",
            "Choose a supplier, then its tab Statement: opening balance, what moved, closing balance.",
        ),
    ),
    "The ledger": (
        Report(
            "Trial balance",
            "scale",
            "ledger:trial_balance",
            "Every account with a balance on any day, as it is known now, or was on another day.",
        ),
        Report(
            "Journal",
            "book",
            "ledger:journal",
            "Every entry with its debits and credits, by days, account, kind and words. Entries are never changed.",
        ),
    ),
    "The trail": (
        Report(
            "Activity",
            "history",
            "companies:activity",
            "Who did what, and when: every line chained to the one before it.",
        ),
    ),
}


@require_safe
@requires(Permission.VIEW)
def hub(request: MemberRequest, company: Company) -> HttpResponse:
    """All reports by what they are about; one whose address does not exist is left out."""
    groups = []
    for label, reports in REPORTS.items():
        found = []
        for report in reports:
            try:
                found.append((report, reverse(report.name, args=[company.slug])))
            except NoReverseMatch:
                continue
        groups.append((label, found))
    return render(request, "reports/hub.html", {"groups": groups})
