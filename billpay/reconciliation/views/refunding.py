"""Recording a refund from money in."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from billpay.banking.models import BankTransaction, Direction
from billpay.companies import idempotency
from billpay.companies.access import MemberRequest, Permission, owned, requires
from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.htmx import render_part, see_other, wants_part
from billpay.ledger import actions as ledger
from billpay.payments.credits import Credit, credits_of
from billpay.reconciliation import actions, guessing
from billpay.reconciliation.forms.finding import SeenForm
from billpay.reconciliation.forms.refunding import RefundFromForm, ReturnsForm
from billpay.suppliers.models import Supplier

PAGE = "reconciliation/refund.html"


class Unfinished(Refused):
    """The form itself says what is wrong."""


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PAYMENT_MAKE)
def refund(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """Draw the form; POST records the refund and matches it with the line. See `RefundFromForm`."""
    line = get_object_or_404(company.bank_transactions.select_related("bank_account__company"), pk=pk)
    context = _context(request, company, line)
    if request.method != "POST":
        return _page(request, context)
    form = RefundFromForm(
        request.POST,
        transaction=line,
        supplier=context["supplier"],
        credits=context["credits"],
        chosen=request.POST.getlist("source"),
    )
    try:
        key = form.fields["key"].clean(request.POST.get("key"))
    except ValidationError:
        form.full_clean()
        return _page(request, context, form, status=422)
    try:
        location = idempotency.once(
            company=company,
            key=key,
            content={**form.content(), "transaction": line.pk},
            by=request.user,
            act=lambda: _record(request, company, line, form),
        )
    except (actions.AlreadyMatched, idempotency.KeyReused) as conflict:
        form.full_clean()
        status = 409 if isinstance(conflict, actions.AlreadyMatched) else 422
        return _page(request, {**context, "errors": [str(conflict)]}, form, status=status)
    except Refused as refusal:
        if not isinstance(refusal, Unfinished):
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return _page(request, context, form, status=422)
    return see_other(request, location)


@require_safe
@vary_on_headers("HX-Request")
@requires(Permission.PAYMENT_MAKE)
def total(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """What the ticked credit comes to against the line, for the running total."""
    line = get_object_or_404(company.bank_transactions.select_related("bank_account__company"), pk=pk)
    supplier, _ = _supplier(request, company, line)
    ticked = set(request.GET.getlist("source"))
    chosen = [credit for credit in _credits(company, supplier, line) if credit.key in ticked]
    form = ReturnsForm(request.GET, chosen=chosen, currency=line.currency)
    context: dict[str, Any] = {"transaction": line, "account": line.bank_account}
    if form.is_valid():
        context |= {"returning": form.total, "left": line.unmatched - form.total}
    else:
        context["total_problem"] = next(iter(form.errors.values()))[0]
    if not wants_part(request):
        return _page(request, {**_context(request, company, line), **context})
    return render_part(request, PAGE, "total", context)


def _record(request: MemberRequest, company: Company, line: BankTransaction, form: RefundFromForm) -> str:
    """:raises Unfinished: when the form says what is wrong itself."""
    if not form.is_valid() or form.supplier is None:
        raise Unfinished("")
    if form.day > ledger.last_day(company, today=timezone.localdate()):
        form.add_error("received_on", "The bank has shown this refund, so it cannot be dated in the future.")
        raise Unfinished("")
    made = actions.refund_from_transaction(
        transaction=line,
        supplier=form.supplier,
        parts=form.parts,
        by=request.user,
        received_on=form.day,
        rate=form.chosen_rate,
        reference=form.cleaned_data.get("reference", ""),
        note=form.cleaned_data.get("note", ""),
        seen=SeenForm(request.POST).seen,
    )
    messages.success(request, f"Refund {made.number} recorded and matched with the bank line.")
    return reverse("reconciliation:account", args=[company.slug, line.bank_account_id])


def _supplier(request: MemberRequest, company: Company, line: BankTransaction) -> tuple[Supplier | None, str]:
    """The one the form names, or that was asked for, else the one the line most likely is from, and why."""
    asked = request.POST.get("supplier") or request.GET.get("supplier")
    if asked:
        return owned(company.suppliers.all(), [asked])[0], ""
    return guessing.refunder_of(company, line)


def _credits(company: Company, supplier: Supplier | None, line: BankTransaction) -> list[Credit]:
    if supplier is None:
        return []
    return credits_of(company, suppliers=[supplier.pk], currency=line.currency)[supplier.pk]


def _with_credit(company: Company, currency: str) -> QuerySet[Supplier]:
    """Suppliers that have anything to send back in the currency."""
    notes = company.credit_notes.usable().filter(currency=currency)
    paid = company.payments.with_money_on_account().filter(currency=currency)
    found = Q(pk__in=notes.order_by().values("supplier")) | Q(pk__in=paid.order_by().values("supplier"))
    return company.suppliers.filter(found).order_by("name")


def _context(request: MemberRequest, company: Company, line: BankTransaction) -> dict[str, Any]:
    supplier, why = _supplier(request, company, line)
    credits = _credits(company, supplier, line)
    return {
        "transaction": line,
        "account": line.bank_account,
        "supplier": supplier,
        "why": why,
        "credits": credits,
        "suppliers": list(_with_credit(company, line.currency)[:1000]),
        "shares": guessing.spread_back(line, credits),
        "may_record": line.direction == Direction.IN and line.unmatched_minor > 0 and line.excluded_at is None,
    }


def _page(
    request: MemberRequest, context: dict[str, Any], form: RefundFromForm | None = None, *, status: int = 200
) -> HttpResponse:
    shares, credits = context["shares"], context["credits"]
    if form is None:
        initial = {f"amount-{key}": amount for key, amount in shares.items()}
        form = RefundFromForm(
            transaction=context["transaction"], supplier=context["supplier"], credits=credits, initial=initial
        )
    ticked = form.chosen if form.is_bound else set(shares)
    rows = [
        {"credit": credit, "field": form[f"amount-{credit.key}"], "ticked": credit.key in ticked} for credit in credits
    ]
    return render(request, PAGE, {**context, "form": form, "rows": rows}, status=status)
