"""The tabs that the pages of the books have in common."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from billpay.companies.models import Company

TABS = {
    "Accounts": "ledger:accounts",
    "Tax rates": "ledger:tax_rates",
    "Tracking": "ledger:tracking",
    "Journal": "ledger:journal",
    "Trial balance": "ledger:trial_balance",
}


def book_tabs(company: Company, current: str) -> list[dict[str, Any]]:
    return [
        {"label": label, "href": reverse(name, args=[company.slug]), "current": name == current}
        for label, name in TABS.items()
    ]
