"""Bank accounts and their transactions."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billpay.banking import actions
from billpay.banking.forms import SORTS, AccountForm, NewAccountForm, TransactionFilter, in_state, ordered
from billpay.banking.models import BankAccount, BankTransactionQuerySet
from billpay.companies import audit
from billpay.companies.access import MemberRequest, Permission, requires
from billpay.companies.export import csv_response
from billpay.companies.lists import paginate, sorting
from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.htmx import render_part, see_other

EXPORTED = (
    "Booking date", "Value date", "Amount", "Currency", "Payee", "Reference", "Description", "Bank id", "State",
    "Matched", "Excluded because", "Statement",
)  # fmt: skip


@require_safe
@requires(Permission.VIEW)
def listing(request: MemberRequest, company: Company) -> HttpResponse:
    archived = request.GET.get("tab") == "archived"
    accounts = company.bank_accounts.with_figures().select_related("company", "nominal_account")
    page = paginate(request, accounts.filter(archived_at__isnull=not archived))
    counts = company.bank_accounts.count(), company.bank_accounts.active().count()
    here = reverse("banking:list", args=[company.slug])
    tabs = [
        {"label": "In use", "href": here, "count": counts[1], "current": not archived},
        {"label": "Archived", "href": f"{here}?tab=archived", "count": counts[0] - counts[1], "current": archived},
    ]
    return render(
        request,
        "banking/list.html",
        {"page": page, "tabs": tabs if counts[0] > counts[1] else [], "archived": archived},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.BANK_ACCOUNT_EDIT)
def new(request: MemberRequest, company: Company) -> HttpResponse:
    form = NewAccountForm(request.POST or None, company=company)
    if request.method != "POST":
        return render(request, "banking/form.html", {"form": form})
    if form.is_valid():
        try:
            account = actions.open_account(
                company=company,
                currency=form.cleaned_data["currency"],
                nominal_account=form.cleaned_data["nominal_account"],
                by=request.user,
                **form.details,
            )
        except Refused as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            messages.success(request, f"{account.name} is opened. Import its first statement to begin.")
            return see_other(request, "banking:detail", company.slug, account.pk)
    return render(request, "banking/form.html", {"form": form}, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.BANK_ACCOUNT_EDIT)
def edit(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    account = get_object_or_404(company.bank_accounts.select_related("nominal_account"), pk=pk)
    form = AccountForm(request.POST) if request.method == "POST" else AccountForm.showing(account)
    if request.method != "POST":
        return render(request, "banking/form.html", {"form": form, "account": account})
    if form.is_valid():
        try:
            actions.change_account(account=account, values=form.details, by=request.user)
        except Refused as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            messages.success(request, "The account is saved.")
            return see_other(request, "banking:details", company.slug, pk)
    return render(request, "banking/form.html", {"form": form, "account": account}, status=422)


@require_POST
@requires(Permission.BANK_ACCOUNT_EDIT)
def archive(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    account = get_object_or_404(company.bank_accounts, pk=pk)
    actions.archive_account(account=account, by=request.user)
    undo = reverse("banking:restore", args=[company.slug, pk])
    messages.success(request, f"{account.name} is archived.", extra_tags=f"undo:{undo}")
    return see_other(request, "banking:list", company.slug)


@require_POST
@requires(Permission.BANK_ACCOUNT_EDIT)
def restore(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    account = get_object_or_404(company.bank_accounts, pk=pk)
    actions.restore_account(account=account, by=request.user)
    messages.success(request, f"{account.name} is in use again.")
    return see_other(request, "banking:detail", company.slug, pk)


@require_safe
@requires(Permission.VIEW)
def detail(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """The account's transactions, narrowed, sorted and paged as the address says."""
    account = account_with_figures(company, pk)
    form, state, lines, sort = _narrowed(request, account)
    context = {
        "account": account,
        "form": form,
        "state": state,
        "states": _states(request, state),
        "sort": sort,
        "page": paginate(request, lines.select_related("statement"), per_page=50),
        "query": request.GET.urlencode(),
        "narrowed": form.narrows or bool(state),
        "account_tabs": account_tabs(company, account, "transactions"),
    }
    return render_part(request, "banking/detail.html", "rows", context)


@require_safe
@requires(Permission.VIEW)
def export(request: MemberRequest, company: Company, pk: int) -> StreamingHttpResponse:
    """Exactly the list of `detail` with the same address, all pages."""
    account = get_object_or_404(company.bank_accounts, pk=pk)
    _, _, lines, _ = _narrowed(request, account)
    rows = (
        (
            line.booked_on, line.value_on, line.signed, line.currency, line.payee, line.reference, line.description,
            line.bank_id, line.state, line.matched, line.excluded_reason, line.statement.file_name,
        )
        for line in lines.select_related("statement").iterator(chunk_size=2000)
    )  # fmt: skip
    return csv_response(f"{account.name} {timezone.localdate():%Y-%m-%d}", EXPORTED, rows)


@require_safe
@requires(Permission.VIEW)
def details(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    account, today = account_with_figures(company, pk), timezone.localdate()
    context = {
        "account": account,
        "next_payment_day": account.next_payment_day(today),
        "next_closed": account.next_holiday(today),
        "events": audit.trail(account)[:50],
        "account_tabs": account_tabs(company, account, "details"),
    }
    return render(request, "banking/details.html", context)


def account_with_figures(company: Company, pk: int) -> BankAccount:
    """:raises Http404: the company has no such account."""
    accounts = company.bank_accounts.with_figures().select_related("company", "nominal_account")
    return get_object_or_404(accounts, pk=pk)


def account_tabs(company: Company, account: BankAccount, current: str) -> list[dict[str, Any]]:
    names = {"transactions": "detail", "statements": "statements", "details": "details"}
    return [
        {
            "label": tab.capitalize(),
            "href": reverse(f"banking:{name}", args=[company.slug, account.pk]),
            "current": tab == current,
        }
        for tab, name in names.items()
    ]


def _narrowed(
    request: MemberRequest, account: BankAccount
) -> tuple[TransactionFilter, str, BankTransactionQuerySet, str]:
    form = TransactionFilter(request.GET, currency=account.currency)
    asked = request.GET.get("state", "")
    state = asked if asked in TransactionFilter.STATES else ""
    sort = sorting(request, allowed=SORTS, default="-booked_on")
    return form, state, ordered(form.narrow(in_state(account.transactions.all(), state)), sort), sort


def _states(request: MemberRequest, current: str) -> list[dict[str, Any]]:
    """The chips that choose a state and keep the rest of the address."""
    chips = []
    for state, label in TransactionFilter.STATES.items():
        query = request.GET.copy()
        query.pop("page", None)
        query["state"] = state
        chips.append({"label": label, "href": f"?{query.urlencode()}", "current": state == current})
    return chips
