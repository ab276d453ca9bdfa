"""Where a supplier is paid: entering the details, having them checked, and removing them."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from billpay.companies.access import MemberRequest, Permission, requires
from billpay.companies.models import Company
from billpay.htmx import see_other
from billpay.suppliers import actions
from billpay.suppliers import bank_details as details
from billpay.suppliers.forms import BankDetailsForm, CheckForm, RejectionForm, is_currency, likely_kind
from billpay.suppliers.models import AccountKind, Supplier, SupplierBankAccount


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.SUPPLIER_EDIT)
@reauthentication_required  # type: ignore[untyped-decorator]
def bank_details(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """
    Enter an account, in place of the one in use for `?currency=`.

    `?kind=` chooses which numbers are asked for. Whoever signed in long ago proves first who they are.
    """
    supplier = get_object_or_404(company.suppliers.select_related("company"), pk=pk)
    live = list(supplier.bank_accounts.live().order_by("-id"))
    if request.method != "POST":
        return _page(request, supplier, _drawn(request, supplier, live), live)
    kind = request.POST.get("kind", "")
    form = BankDetailsForm(
        request.POST, kind=kind if kind in AccountKind.values else AccountKind.OTHER, company=company
    )
    if not form.is_valid():
        return _page(request, supplier, form, live, status=422)
    try:
        account = actions.set_bank_details(
            supplier=supplier,
            details=form.details,
            seen={int(pk) for pk in request.POST.get("seen", "").split(",") if pk.isascii() and pk.isdigit()},
            by=request.user,
            reason=form.cleaned_data["reason"],
        )
    except actions.Stale as refusal:
        form.add_error(None, str(refusal))
        return _page(request, supplier, form, list(supplier.bank_accounts.live().order_by("-id")), status=409)
    after = " once a second person has checked it" if details.waits(company, account) else ""
    messages.success(request, f"{supplier} is paid in {account.currency} to {account.masked}{after}.")
    return see_other(request, _tab(company, pk))


def _drawn(request: MemberRequest, supplier: Supplier, live: list[SupplierBankAccount]) -> BankDetailsForm:
    """`?currency=new` leaves the currency to be entered."""
    asked = request.GET.get("currency", supplier.currency).upper()
    current = next((row for row in live if row.currency == asked), None)
    kind = request.GET.get("kind", "")
    initial = {
        "kind": kind if kind in AccountKind.values else likely_kind(supplier, current),
        "currency": asked if is_currency(asked) else "",
        "holder": current.holder if current else supplier.name,
    }
    return BankDetailsForm(initial=initial, kind=initial["kind"], company=supplier.company)


def _page(
    request: MemberRequest,
    supplier: Supplier,
    form: BankDetailsForm,
    live: list[SupplierBankAccount],
    *,
    status: int = 200,
) -> HttpResponse:
    currency = str(form["currency"].value() or "").strip().upper()
    context = {
        "supplier": supplier,
        "form": form,
        "current": next((row for row in live if row.currency == currency), None),
        "seen": ",".join(str(row.pk) for row in live),
        "kinds": [(code, label, code == form.account_kind) for code, label in AccountKind.choices],
        "currency": currency,
        "known": details.known(supplier, today=timezone.localdate()),
        "cancel_href": _tab(supplier.company, supplier.pk),
    }
    return render(request, "suppliers/bank_details.html", context, status=status)


def _tab(company: Company, pk: int) -> str:
    return f"{reverse('suppliers:detail', args=[company.slug, pk])}?tab=bank"


@require_POST
@requires(Permission.SUPPLIER_EDIT)
@reauthentication_required  # type: ignore[untyped-decorator]
def bank_details_removal(request: MemberRequest, company: Company, pk: int, account: int) -> HttpResponse:
    """Stop paying to an account; the history keeps it."""
    supplier = get_object_or_404(company.suppliers, pk=pk)
    row = get_object_or_404(supplier.bank_accounts.select_related("supplier"), pk=account)
    actions.remove_bank_details(account=row, by=request.user)
    messages.success(request, f"{supplier} is not paid to {row.masked} any more.")
    return see_other(request, _tab(company, pk))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.BANK_DETAILS_CHECK)
@reauthentication_required  # type: ignore[untyped-decorator]
def bank_details_check(request: MemberRequest, company: Company, pk: int, account: int) -> HttpResponse:
    """What a second person compares with what the supplier says, and their word that it is right."""
    row = _account(company, pk, account)
    if request.method != "POST":
        return _check_page(request, row)
    form = CheckForm(request.POST)
    if not form.is_valid():
        return _check_page(request, row, check=form, status=422)
    try:
        actions.check_bank_details(account=row, by=request.user, how=form.cleaned_data["how"])
    except actions.CheckRefused as refusal:
        form.add_error(None, str(refusal))
        return _check_page(request, _account(company, pk, account), check=form, status=422)
    messages.success(request, f"The {row.currency} bank details of {row.supplier} are checked: {row.masked}.")
    return see_other(request, _tab(company, pk))


@require_POST
@requires(Permission.BANK_DETAILS_CHECK)
@reauthentication_required  # type: ignore[untyped-decorator]
def bank_details_rejection(request: MemberRequest, company: Company, pk: int, account: int) -> HttpResponse:
    """They are not the supplier's: nothing is paid to them any more."""
    row = _account(company, pk, account)
    form = RejectionForm(request.POST)
    if not form.is_valid():
        return _check_page(request, row, rejection=form, status=422)
    try:
        actions.reject_bank_details(account=row, by=request.user, reason=form.cleaned_data["reason"])
    except actions.CheckRefused as refusal:
        form.add_error(None, str(refusal))
        return _check_page(request, _account(company, pk, account), rejection=form, status=422)
    messages.success(
        request, f"{row.supplier} is not paid to {row.masked}. Enter the right details when you have them."
    )
    return see_other(request, _tab(company, pk))


def _account(company: Company, pk: int, account: int) -> SupplierBankAccount:
    """:raises Http404: the company has no such supplier, or the supplier no such account."""
    rows = company.supplier_bank_accounts.select_related("supplier__company", "created_by", "checked_by", "archived_by")
    return get_object_or_404(rows, pk=account, supplier=pk)


def _check_page(
    request: MemberRequest,
    row: SupplierBankAccount,
    *,
    check: CheckForm | None = None,
    rejection: RejectionForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "supplier": row.supplier,
        "change": details.change(row, today=timezone.localdate()),
        "is_own": row.created_by_id == request.user.pk,
        "check": check or CheckForm(),
        "rejection": rejection or RejectionForm(),
        "form": check or rejection,
        "cancel_href": _tab(request.company, row.supplier_id),
    }
    return render(request, "suppliers/bank_details_check.html", context, status=status)
