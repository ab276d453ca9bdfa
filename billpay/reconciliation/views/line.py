"""One bank line: what may match it, finding what does, and setting it aside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from billpay.banking import actions as banking
from billpay.banking.models import BankAccount, BankTransaction, Direction
from billpay.companies import audit, idempotency
from billpay.companies.access import MemberRequest, Permission, owned, requires
from billpay.companies.key_form import KeyForm
from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.htmx import render_part, see_other, wants_part
from billpay.money.locales import active_locale
from billpay.money.value import Money, format_amount, format_locale
from billpay.payments.models import Refund
from billpay.reconciliation import actions, desk
from billpay.reconciliation.forms.finding import ExcludeForm, FindForm, SeenForm, SelectionForm, amount_name
from billpay.reconciliation.models import Paid
from billpay.reconciliation.offers import explain
from billpay.reconciliation.views.parts import after, swapped

PAGE = "reconciliation/transaction.html"
LOOKED_THROUGH = {
    Direction.OUT: "Only completed payments from this account that are not on a statement yet are looked through.",
    Direction.IN: "Only refunds into this account that are not on a statement yet are looked through.",
}


@dataclass(frozen=True, slots=True)
class Found:
    """A payment or refund that may be ticked, and the box that says how much of it."""

    paid: Paid
    on: date
    name: str
    amount: str


@require_safe
@requires(Permission.VIEW)
def transaction(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """Everything about one line: suggestions, find and match, its matches and history."""
    line = _line(company, pk)
    return render_part(request, PAGE, "find", page_context(request, line))


@require_POST
@requires(Permission.RECONCILE)
def match(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """
    Match the line with `payment` ids (repeated, with `amount-ID`) and with all that is left of `batch` ids; money in
    with `refund` ids (repeated, with `amount-refund-ID`).

    `key` (UUID, once) is the form's; `left` is what the line had left when the page was drawn.
    """
    line = _line(company, pk)
    keyed = KeyForm(request.POST)
    if not keyed.is_valid():
        return _refused(request, company, line, errors=[str(keyed.errors["key"][0])], status=422)
    try:
        done = idempotency.answer_once(
            company=company,
            key=keyed.cleaned_data["key"],
            content={name: request.POST.getlist(name) for name in request.POST if name not in _FRAME},
            by=request.user,
            path=request.path,
            act=lambda: _match(request, company, line),
        )
    except Unfit as refusal:
        return _refused(request, company, line, errors=refusal.problems, status=422)
    except actions.AlreadyMatched as conflict:
        return _refused(request, company, line, errors=[str(conflict)], status=409)
    except Refused as refusal:
        return _refused(request, company, line, errors=[str(refusal)], status=422)
    return after(request, company, line, words=done.message, undo=done.location)


_FRAME = frozenset({"key", "csrfmiddlewaretoken", "from", "page"})
"""What the form carries besides its content."""


class Unfit(Refused):
    """The form itself is wrong; `problems` says how, one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(problems[0])
        self.problems = problems


def _match(request: MemberRequest, company: Company, line: BankTransaction) -> idempotency.Answer:
    """:raises Refused: in the words of the form or of the action."""
    chosen = _chosen(company, request.POST)
    form = SelectionForm(request.POST, paid=chosen)
    seen = SeenForm(request.POST).seen
    if not chosen or not form.is_valid():
        raise Unfit(_problems(form) or [f"Tick at least one {_noun(line)}."])
    rows = actions.match(transaction=line, pairs=form.pairs, by=request.user, reasons=explain(line, chosen), seen=seen)
    total = Money(sum(row.amount_minor for row in rows), line.currency)
    with_what = chosen[0].number if len(chosen) == 1 else f"{len(chosen)} {_noun(line)}s"
    return idempotency.Answer(
        reverse("reconciliation:undo", args=[company.slug, rows[0].group]),
        message=f"{format_locale(total, active_locale())} matched with {with_what}.",
    )


@require_safe
@requires(Permission.VIEW)
def selection(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """What is ticked adds up to against the line, for the running total."""
    line = _line(company, pk)
    chosen = _chosen(company, request.GET)
    form = SelectionForm(request.GET, paid=chosen)
    context = page_context(request, line) if not wants_part(request) else {"transaction": line}
    context.update(_sums(line, form))
    return render_part(request, PAGE, "selected", context)


@require_POST
@requires(Permission.RECONCILE)
def exclusion(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """Set the line aside with a reason, or with `action=include` bring it back."""
    line = _line(company, pk)
    if request.POST.get("action") == "include":
        banking.include(transaction=line, by=request.user)
        messages.success(request, "The line is back among those to review.")
        return see_other(request, "reconciliation:account", company.slug, line.bank_account_id)
    form = ExcludeForm(request.POST, label_suffix="")
    try:
        if form.is_valid():
            banking.exclude(transaction=line, reason=form.cleaned_data["reason"], by=request.user)
            return after(request, company, line, words="Excluded. It is kept under Excluded, with your reason.")
    except Refused as refusal:
        form.add_error("reason", str(refusal))
    return render(request, PAGE, {**page_context(request, line), "form": form}, status=422)


def page_context(request: MemberRequest, line: BankTransaction) -> dict[str, Any]:
    """What the page of one line shows."""
    account = line.bank_account
    looked = any(request.GET.get(name) for name in ("q", "amount", "after", "before"))
    into = line.direction == Direction.IN
    find = FindForm(request.GET if looked else None, currency=account.currency, refunds=into)
    wanted = find.cleaned_data if looked and find.is_valid() else {}
    found = _search(account, wanted, refunds=into)
    row = desk.rows_of(account, [line])[0]
    ticked = {int(pk) for pk in request.POST.getlist(_noun(line)) if pk.isascii() and pk.isdigit()}
    if not ticked and row.best:
        ticked = {paid.pk for paid in row.best.paid}
    return {
        "transaction": line,
        "account": account,
        "row": row,
        "noun": _noun(line),
        "nothing_fits": f"No {_noun(line)} fits",
        "looked_through": LOOKED_THROUGH[Direction(line.direction)],
        "find": find,
        "looked": looked,
        "found": [_found(request, line, paid) for paid in sorted(found, key=lambda each: each.pk not in ticked)],
        "batches": desk.open_batches(account, found),
        "ticked": ticked,
        "matches": desk.with_matches([line])[line.pk],
        "events": audit.trail(line)[:20],
        "form": ExcludeForm(label_suffix=""),
        "nothing": Money.zero(line.currency),
    }


def _noun(line: BankTransaction) -> str:
    return "refund" if line.direction == Direction.IN else "payment"


def _search(account: BankAccount, wanted: Mapping[str, Any], *, refunds: bool) -> Sequence[Paid]:
    search = desk.search_refunds if refunds else desk.search_payments
    return search(
        account,
        words=wanted.get("q", ""),
        amount=wanted.get("amount"),
        first=wanted.get("after"),
        last=wanted.get("before"),
    )


def _found(request: MemberRequest, line: BankTransaction, paid: Paid) -> Found:
    """A payment or refund with what its box holds: as typed, else as much of it as the line has left."""
    least = min(paid.unmatched.minor, line.unmatched.minor)
    name = amount_name(paid)
    typed = request.POST.get(name, "")
    on = paid.received_on if isinstance(paid, Refund) else paid.paid_on
    return Found(paid, on, name, typed or format_amount(Money(least, line.currency), active_locale()))


def _line(company: Company, pk: int) -> BankTransaction:
    lines = company.bank_transactions.select_related("bank_account__company", "statement", "excluded_by")
    return get_object_or_404(lines, pk=pk)


def _chosen(company: Company, data: QueryDict) -> list[Paid]:
    """The payments and refunds asked for, and what is left of the batches asked for; 404 for another company's."""
    payments = owned(company.payments.select_related("supplier", "bank_account"), data.getlist("payment"))
    for batch in owned(company.batches.all(), data.getlist("batch")):
        payments += batch.payments.to_match().select_related("supplier", "bank_account").order_by("pk")
    refunds = owned(company.refunds.select_related("supplier", "bank_account"), data.getlist("refund"))
    return [*{row.pk: row for row in payments}.values(), *{row.pk: row for row in refunds}.values()]


def _sums(line: BankTransaction, form: SelectionForm) -> dict[str, Any]:
    if not form.is_valid():
        return {"selected_problem": _problems(form)[0]}
    selected = sum((amount.minor for _, amount in form.pairs if amount.currency == line.currency), 0)
    difference = Money(line.unmatched.minor - selected, line.currency)
    return {"selected": Money(selected, line.currency), "difference": difference}


def _problems(form: SelectionForm) -> list[str]:
    return [f"{form.fields[name].label}: {words[0]}" for name, words in form.errors.items()] if form.is_bound else []


def _refused(
    request: MemberRequest, company: Company, line: BankTransaction, *, errors: list[str], status: int
) -> HttpResponse:
    """The line as it is now, with what is wrong; nothing was changed."""
    fresh = _line(company, line.pk)
    if wants_part(request) and request.POST.get("from") == "list":
        row = {"row": desk.rows_of(fresh.bank_account, [fresh])[0], "problem": errors[0]}
        return swapped(request, company, fresh.bank_account, row, status=status)
    context = {**page_context(request, fresh), "errors": errors, "conflict": status == 409}
    return render(request, PAGE, context, status=status)
