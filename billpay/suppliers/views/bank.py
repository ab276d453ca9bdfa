"""Where a supplier is paid: entering the details, and removing them."""

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
from billpay.suppliers.forms import BankDetailsForm, is_currency, likely_kind
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
    messages.success(request, f"{supplier} is paid in {account.currency} to {account.masked}.")
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
