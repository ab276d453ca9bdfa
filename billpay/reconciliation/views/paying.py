"""Paying bills from a bank line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from billpay.banking.models import BankTransaction, Direction
from billpay.bills.models import Bill
from billpay.companies import idempotency
from billpay.companies.access import MemberRequest, Permission, owned, requires
from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.htmx import render_part, see_other, wants_part
from billpay.ledger import actions as ledger
from billpay.money.value import Money
from billpay.payments.models import Method
from billpay.payments.subjects import held_because
from billpay.reconciliation import actions, guessing
from billpay.reconciliation.forms.finding import SeenForm
from billpay.reconciliation.forms.paying import PartsForm, PayFromForm

MOST_BILLS = 100


class Unfinished(Refused):
    """The form itself says what is wrong."""


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PAYMENT_MAKE)
def payment(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """Draw the form; POST records the payments and matches them with the line. See `PayFromForm`."""
    lines = company.bank_transactions.select_related("bank_account__company")
    line = get_object_or_404(lines, pk=pk)
    context = _context(request, company, line)
    if request.method != "POST":
        return _page(request, context)
    chosen = owned(company.bills.select_related("supplier"), request.POST.getlist("bill"))
    form = PayFromForm(request.POST, company=company, transaction=line, bills=context["bills"], chosen=chosen)
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
            path=request.path,
            act=lambda: _pay(request, company, line, form),
        )
    except (actions.AlreadyMatched, idempotency.KeyReused) as conflict:
        form.full_clean()
        status = 409 if isinstance(conflict, actions.AlreadyMatched) else 422
        return _page(request, {**context, "errors": [str(conflict)]}, form, status=status)
    except Refused as refusal:
        if not isinstance(refusal, Unfinished):
            _blame(form, refusal)
        return _page(request, context, form, status=422)
    return see_other(request, location)


@require_safe
@vary_on_headers("HX-Request")
@requires(Permission.PAYMENT_MAKE)
def total(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """What the ticked bills and the fee come to against the line, for the running total."""
    line = get_object_or_404(company.bank_transactions.select_related("bank_account__company"), pk=pk)
    chosen = owned(company.bills.filter(currency=line.currency), request.GET.getlist("bill"))
    form = PartsForm(request.GET, bills=chosen, currency=line.currency)
    context: dict[str, Any] = {"transaction": line, "account": line.bank_account}
    if form.is_valid():
        context |= {"paying": form.total, "left": line.unmatched - form.total}
    else:
        context["total_problem"] = next(iter(form.errors.values()))[0]
    if not wants_part(request):
        return _page(request, {**_context(request, company, line), **context})
    return render_part(request, "reconciliation/payment.html", "total", context)


def _pay(request: MemberRequest, company: Company, line: BankTransaction, form: PayFromForm) -> str:
    """:raises Unfinished: when the form says what is wrong itself."""
    if not form.is_valid():
        raise Unfinished("")
    if form.day > ledger.last_day(company, today=timezone.localdate()):
        form.add_error("paid_on", "The bank has shown this payment, so it cannot be dated in the future.")
        raise Unfinished("")
    method = form.chosen_method
    made = actions.pay_from_transaction(
        transaction=line,
        orders=form.orders,
        by=request.user,
        paid_on=form.day,
        method=Method(method.kind) if method else Method.BANK_TRANSFER,
        payment_method=method,
        rate=form.chosen_rate,
        reference=form.cleaned_data.get("reference", ""),
        seen=SeenForm(request.POST).seen,
    )
    what = f"Payment {made[0].number}" if len(made) == 1 else f"Batch {made[0].batch} of {len(made)} payments"
    messages.success(request, f"{what} recorded and matched with the bank line.")
    return reverse("reconciliation:account", args=[company.slug, line.bank_account_id])


def _context(request: MemberRequest, company: Company, line: BankTransaction) -> dict[str, Any]:
    """Whose bills are shown: those of the supplier asked for, else of the one the line names, else the oldest."""
    named = guessing.named_bills(company, line)
    guess, why = guessing.supplier_of(company, line, named)
    asked = request.GET.get("supplier", "")
    supplier = guess
    if asked == "all":
        supplier = None
    elif asked:
        supplier, why = owned(company.suppliers.all(), [asked])[0], ""
    bills = company.bills.payable().filter(currency=line.currency).select_related("supplier")
    if supplier is not None:
        bills = bills.filter(supplier=supplier)
    shown = list(bills.order_by("due_on", "id")[:MOST_BILLS])
    owing = company.suppliers.filter(bills__in=company.bills.payable().filter(currency=line.currency)).distinct()
    held = {bill.pk: held_because(bill) for bill in (*shown, *named) if bill.is_held(today=timezone.localdate())}
    ours = [bill for bill in named if supplier is None or bill.supplier_id == supplier.pk]
    return {
        "transaction": line,
        "account": line.bank_account,
        "supplier": supplier,
        "why": why if supplier else "",
        "bills": shown,
        "held": held,
        "suppliers": owing.order_by("name")[:1000],
        "shares": _shares(line, shown, ours, held) if supplier or ours else {},
        "may_pay": line.direction == Direction.OUT and line.unmatched_minor > 0 and line.excluded_at is None,
    }


def _shares(
    line: BankTransaction, bills: Sequence[Bill], named: Sequence[Bill], held: Mapping[int, str]
) -> dict[int, Money]:
    """What is proposed for each bill; nothing pays one that is on hold."""
    free = [bill for bill in bills if bill.pk not in held]
    return guessing.spread(line.unmatched, free, [bill for bill in named if bill.pk not in held])


def _page(
    request: MemberRequest, context: dict[str, Any], form: PayFromForm | None = None, *, status: int = 200
) -> HttpResponse:
    shares, bills = context["shares"], context["bills"]
    line = context["transaction"]
    if form is None:
        initial = {f"amount-{pk}": amount for pk, amount in shares.items()}
        form = PayFromForm(company=line.bank_account.company, transaction=line, bills=bills, initial=initial)
    ticked = {bill.pk for bill in form.chosen} if form.is_bound else set(shares)
    drawn: list[Bill] = list({bill.pk: bill for bill in (*form.chosen, *bills)}.values())
    held = {pk: words for pk, words in context["held"].items() if pk not in ticked}
    rows = [
        {
            "bill": bill,
            "field": form[f"amount-{bill.pk}"],
            "ticked": bill.pk in ticked,
            "held": held.get(bill.pk, ""),
        }
        for bill in drawn
    ]
    context = {**context, "form": form, "rows": rows, "today": timezone.localdate()}
    return render(request, "reconciliation/payment.html", context, status=status)


def _blame(form: PayFromForm, refusal: Refused) -> None:
    """Put the refusal beside the box it is about, where it names one."""
    bill = getattr(refusal, "bill_id", None)
    field = f"amount-{bill}" if bill else refusal.field
    form.add_error(field if field in form.fields else None, str(refusal))
