"""What several pages of reconciliation draw: the header of an account, and one line in place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers

from billpay.banking.models import BankAccount, BankTransaction
from billpay.companies.models import Company
from billpay.htmx import see_other, wants_part
from billpay.reconciliation import desk

TABS = (("review", "To review"), ("matched", "Matched"), ("excluded", "Excluded"))


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    href: str
    count: int | None
    current: bool


def header(company: Company, account: BankAccount, *, tab: str = "review") -> dict[str, Any]:
    """The figures and tabs of an account, and how many lines leave no doubt."""
    figures = desk.figures_of(account)
    address = reverse("reconciliation:account", args=[company.slug, account.pk])
    counts = {"review": figures.to_review, "matched": figures.matched, "excluded": figures.excluded}
    tabs = [
        Tab(label, address if code == "review" else f"{address}?tab={code}", counts[code], code == tab)
        for code, label in TABS
    ]
    tabs.append(Tab("Statements", reverse("banking:statements", args=[company.slug, account.pk]), None, False))
    certain = desk.certain_rows(account) if tab == "review" else []
    return {"account": account, "figures": figures, "tabs": tabs, "tab": tab, "certain": certain}


def swapped(
    request: HttpRequest,
    company: Company,
    account: BankAccount,
    row: Mapping[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    """One line drawn in place for htmx, with the account's header beside it."""
    context = {**header(company, account), **row, "oob": True}
    context["certain_keys"] = {one.transaction.pk for one in context["certain"]}
    response = render(request, "reconciliation/swapped.html", context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def after(
    request: HttpRequest,
    company: Company,
    transaction: BankTransaction,
    *,
    words: str,
    undo: str = "",
    done: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Success: for htmx the line as it now is, else back to the account's list with the words."""
    if wants_part(request) and request.POST.get("from") == "list":
        fresh = reload(company, transaction.pk)
        row = {"row": desk.rows_of(fresh.bank_account, [fresh])[0], "done_words": words, "undo": undo, **(done or {})}
        return swapped(request, company, fresh.bank_account, row)
    messages.success(request, words, extra_tags=f"undo:{undo}" if undo else "")
    return see_other(request, _back(request, company, transaction))


def reload(company: Company, pk: int) -> BankTransaction:
    return company.bank_transactions.select_related("bank_account__company", "excluded_by").get(pk=pk)


def _back(request: HttpRequest, company: Company, transaction: BankTransaction) -> str:
    address = reverse("reconciliation:account", args=[company.slug, transaction.bank_account_id])
    page = request.POST.get("page", "")
    return f"{address}?page={page}" if page.isascii() and page.isdigit() and page != "1" else address
