"""Changes of a credit note's state: submission, approval, sending back, void, deletion."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from billpay.companies import key_form
from billpay.companies.access import MemberRequest, Permission, requires
from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.credit_notes import actions, foreseeing
from billpay.credit_notes.forms import ReturnForm, VoidForm
from billpay.credit_notes.holding import held_by
from billpay.credit_notes.models import CreditNote, CreditNoteState
from billpay.credit_notes.views.page import draw
from billpay.htmx import render_part, see_other
from billpay.ledger import actions as ledger
from billpay.money.locales import active_locale
from billpay.money.value import format_locale


def say(request: MemberRequest, words: str, note: CreditNote) -> None:
    """A message about a credit note: number and total fill the gaps in `words`."""
    messages.success(request, words.format(f"Credit note {note.number}", format_locale(note.total, active_locale())))


def _found(company: Company, pk: int) -> CreditNote:
    note: CreditNote = get_object_or_404(company.credit_notes.select_related("supplier", "company"), pk=pk)
    return note


def after_approval(request: MemberRequest, company: Company, pk: int, *, go_on: bool) -> HttpResponse:
    """To the next credit note that waits, if asked for and there is one; else to the page of this one."""
    if go_on:
        waiting = (
            company.credit_notes.filter(state=CreditNoteState.AWAITING_APPROVAL).order_by("issued_on", "pk").first()
        )
        if waiting:
            return see_other(request, "credit_notes:detail", company.slug, waiting.pk)
        messages.info(request, "That was the last credit note to approve.")
    return see_other(request, "credit_notes:detail", company.slug, pk)


def _moved(
    request: MemberRequest, company: Company, pk: int, act: Callable[[CreditNote], CreditNote], words: str
) -> HttpResponse:
    """One action without a form: the page again with the reason if it is refused."""
    note = _found(company, pk)
    try:
        act(note)
    except Refused as refusal:
        return draw(request, company, pk, error=str(refusal), status=422)
    say(request, words, note)
    return after_approval(request, company, pk, go_on=request.POST.get("then") == "next")


@require_POST
@requires(Permission.CREDIT_EDIT)
def submission(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    return _moved(
        request, company, pk, lambda note: actions.submit(note=note, by=request.user), "{} is submitted for approval."
    )


@require_POST
@requires(Permission.CREDIT_APPROVE)
def approval(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """`then=next` goes on to the next credit note that waits."""
    return _moved(
        request,
        company,
        pk,
        lambda note: actions.approve(note=note, by=request.user),
        "{} is approved: {} of credit can be used.",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.CREDIT_APPROVE)
def return_to_draft(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """Send a submitted credit note back, saying what should be changed."""
    note = _found(company, pk)
    form = ReturnForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.return_to_draft(note=note, reason=form.cleaned_data["reason"], by=request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            say(request, "{} is a draft again.", note)
            return see_other(request, "credit_notes:detail", company.slug, pk)
    context = {"note": note, "form": form}
    return render(request, "credit_notes/return.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.CREDIT_VOID)
def void(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """GET shows what will change on a day (`on`); POST voids. With `look` in what is posted only the day is another."""
    note = _found(company, pk)
    last = ledger.last_day(company, today=timezone.localdate(), since=note.issued_on)
    data = request.POST if request.method == "POST" else request.GET
    sent = request.method == "POST" and "look" not in request.POST
    form = VoidForm(data, last=last) if sent else VoidForm.drawn(data, last=last)
    if sent and form.is_valid():
        try:
            return see_other(request, _void_once(request, company, note, form))
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
            note = _found(company, pk)
    foreseen = foreseeing.of_void(note, on=form.day(data), last=last)
    context = {"note": note, "form": form, "foreseen": foreseen, "held": held_by(note)}
    return render_part(request, "credit_notes/void.html", "foreseen", context, status=422 if form.errors else 200)


def _void_once(request: MemberRequest, company: Company, note: CreditNote, form: VoidForm) -> str:
    def act() -> str:
        actions.void(note=note, on=form.cleaned_data["on"], reason=form.cleaned_data["reason"], by=request.user)
        say(request, "{} is void.", note)
        return reverse("credit_notes:detail", args=[company.slug, note.pk])

    return key_form.once(request, company, form, act)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.CREDIT_EDIT)
def delete(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """Ask, and then delete a draft."""
    note = _found(company, pk)
    error = ""
    if request.method == "POST":
        try:
            actions.delete_draft(note=note, by=request.user)
        except Refused as refusal:
            error = str(refusal)
        else:
            say(request, "The draft of {} is deleted.", note)
            return see_other(request, "credit_notes:list", company.slug)
    context = {"note": note, "error": error}
    return render(request, "credit_notes/delete.html", context, status=422 if error else 200)
