"""Changes of a bill's state: submission, approval, sending back, void, deletion; and its dates."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods, require_POST

from billpay.bills import actions, foreseeing
from billpay.bills.forms import PlanForm, ReturnForm, VoidForm
from billpay.bills.models import Bill
from billpay.bills.views.page import draw
from billpay.companies import idempotency, key_form
from billpay.companies.access import MemberRequest, Permission, requires
from billpay.companies.key_form import KeyForm
from billpay.companies.models import Company, User
from billpay.companies.refusals import Refused
from billpay.htmx import render_part, see_other
from billpay.ledger import actions as ledger
from billpay.money.locales import active_locale
from billpay.money.value import format_locale


def say(request: MemberRequest, words: str, bill: Bill) -> None:
    """A message about a bill: number, total and due date fill the gaps in `words`."""
    total = format_locale(bill.total, active_locale())
    messages.success(request, words.format(f"Bill {bill.number}", total, date_format(bill.due_on, "j F Y")))


def _found(company: Company, pk: int) -> Bill:
    bill: Bill = get_object_or_404(company.bills.select_related("supplier", "company"), pk=pk)
    return bill


def after_approval(request: MemberRequest, company: Company, bill: Bill, *, go_on: bool) -> HttpResponse:
    """To the next bill that waits for this person, if asked for and there is one; else to the page of this one."""
    if go_on:
        waiting = actions.next_to_approve(company=company, by=request.user, after=bill)
        if waiting:
            return see_other(request, "bills:detail", company.slug, waiting.pk)
        messages.info(request, "That was the last bill for you to approve.")
    return see_other(request, "bills:detail", company.slug, bill.pk)


def approved_words(bill: Bill, by: User) -> str:
    """What an approval did: the last one opens the bill, another may be needed before."""
    if bill.status == Bill.Status.OPEN:
        return "{} is approved: {} to pay by {}."
    standing = actions.standing(bill, by)
    return f"{{}} has {len(standing.given)} of {standing.needed} approvals; someone else gives the other."


def _moved(
    request: MemberRequest, company: Company, pk: int, act: Callable[[Bill], Bill], words: str = ""
) -> HttpResponse:
    """One action without a form: the page again with the reason if it is refused."""
    bill = _found(company, pk)
    try:
        _once(request, company, bill, act)
    except Refused as refusal:
        return draw(request, company, _found(company, pk), error=str(refusal), status=422)
    bill = _found(company, pk)
    say(request, words or approved_words(bill, request.user), bill)
    return after_approval(request, company, bill, go_on=request.POST.get("then") == "next")


def _once(request: MemberRequest, company: Company, bill: Bill, act: Callable[[Bill], Bill]) -> None:
    """Do it once for the key that the form carries; a form without one, of a list, does what it says each time."""
    if "key" not in request.POST:
        act(bill)
        return
    form = KeyForm(request.POST)
    if not form.is_valid():
        raise Refused(str(form.errors["key"][0]))

    def done() -> str:
        act(bill)
        return reverse("bills:detail", args=[company.slug, bill.pk])

    idempotency.once(
        company=company,
        key=form.cleaned_data["key"],
        content={"version": request.POST.get("version", "")},
        by=request.user,
        path=request.path,
        act=done,
    )


@require_POST
@requires(Permission.BILL_EDIT)
def submission(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    return _moved(
        request, company, pk, lambda bill: actions.submit(bill=bill, by=request.user), "{} is submitted for approval."
    )


@require_POST
@requires(Permission.BILL_APPROVE)
def approval(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """`then=next` goes on to the next bill that waits; `version` is the one that the person looked at."""
    text = request.POST.get("version", "")
    seen = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
    return _moved(request, company, pk, lambda bill: actions.approve(bill=bill, by=request.user, seen=seen))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.BILL_APPROVE)
def return_to_draft(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """Send a submitted bill back, saying what should be changed."""
    bill = _found(company, pk)
    form = ReturnForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.return_to_draft(bill=bill, reason=form.cleaned_data["reason"], by=request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            say(request, "{} is a draft again.", bill)
            return see_other(request, "bills:detail", company.slug, pk)
    return render(request, "bills/return.html", {"bill": bill, "form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.BILL_VOID)
def void(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """GET shows what will change on a day (`on`); POST voids. With `look` in what is posted only the day is another."""
    bill = _found(company, pk)
    last = ledger.last_day(company, today=timezone.localdate(), since=bill.issued_on)
    data = request.POST if request.method == "POST" else request.GET
    sent = request.method == "POST" and "look" not in request.POST
    form = VoidForm(data, last=last) if sent else VoidForm.drawn(data, last=last)
    if sent and form.is_valid():
        try:
            return see_other(request, _void_once(request, company, bill, form))
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
            bill = _found(company, pk)
    context = {"bill": bill, "form": form, "foreseen": foreseeing.of_void(bill, on=form.day(data), last=last)}
    return render_part(request, "bills/void.html", "foreseen", context, status=422 if form.errors else 200)


def _void_once(request: MemberRequest, company: Company, bill: Bill, form: VoidForm) -> str:
    def act() -> str:
        actions.void(bill=bill, on=form.cleaned_data["on"], reason=form.cleaned_data["reason"], by=request.user)
        say(request, "{} is void.", bill)
        return reverse("bills:detail", args=[company.slug, bill.pk])

    return key_form.once(request, company, form, act)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.BILL_EDIT)
def delete(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """Ask, and then delete a draft."""
    bill = _found(company, pk)
    error = ""
    if request.method == "POST":
        try:
            actions.delete_draft(bill=bill, by=request.user)
        except Refused as refusal:
            error = str(refusal)
        else:
            say(request, "The draft of {} is deleted.", bill)
            return see_other(request, "bills:list", company.slug)
    return render(request, "bills/delete.html", {"bill": bill, "error": error}, status=422 if error else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.BILL_EDIT)
def dates(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """Due date, planned date, reference and note: what may change on a bill whose amounts are locked."""
    bill = _found(company, pk)
    fields = ("due_on", "planned_on", "reference", "note")
    initial = {name: getattr(bill, name) for name in fields}
    form = PlanForm(request.POST if request.method == "POST" else None, initial=initial, issued_on=bill.issued_on)
    if request.method == "POST" and form.is_valid():
        try:
            actions.plan(bill=bill, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            say(request, "{} is changed.", bill)
            return see_other(request, "bills:detail", company.slug, pk)
    return render(request, "bills/dates.html", {"bill": bill, "form": form}, status=422 if form.errors else 200)
