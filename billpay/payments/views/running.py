"""Allocate, review, record: the middle of the pay flow."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from billpay.companies import idempotency
from billpay.companies.access import Permission, requires
from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.htmx import render_part, see_other
from billpay.money.value import add_up
from billpay.payments import actions, runs
from billpay.payments.actions import Ordered, PaymentError
from billpay.payments.forms.going import Then, button_of
from billpay.payments.forms.run import RunForm, fresh_data
from billpay.payments.forms.subject import Subject
from billpay.payments.reviewing import book_balance, button_words, planned
from billpay.payments.runs import Run
from billpay.payments.subjects import press, set_anew, subject_of
from billpay.payments.views.ordering import STEPS, result_of


def _gone(request: HttpRequest, company: Company, key: uuid.UUID) -> HttpResponse:
    """The run is not kept (any more): go to its result if there is one, else back to choosing."""
    if location := runs.recorded_at(request, company, key):
        return see_other(request, location)
    messages.info(request, "This payment run is no longer here. Choose the bills again.")
    return see_other(request, "payments:pick", company.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PAYMENT_MAKE)
def allocate(request: HttpRequest, company: Company, key: uuid.UUID) -> HttpResponse:
    """How much of which bill, from what. The server adds up: live by htmx, and with every button without it."""
    run = runs.load(request, company, key)
    if run is None or runs.recorded_at(request, company, key):
        return _gone(request, company, key)
    subject = subject_of(company, run, today=timezone.localdate())
    if request.method != "POST":
        data = run.data if run.posted else fresh_data(subject)
        return _allocate_page(request, run, subject, data, bound="check" in request.GET)
    action = request.POST.get("action", "review")
    if action in {"totals", "written_off"}:
        return _allocate_page(request, run, subject, request.POST, part="live", keeps_boxes=action != "totals")
    if action == "review":
        return _to_review(request, company, run, subject)
    if action in {"anew", "recalculate"}:
        data, changed = set_anew(request.POST, subject)
        if request.htmx:  # type: ignore[attr-defined]
            return _allocate_page(request, run, subject, data, part="live", changed=changed)
    else:
        data = press(request.POST, action, subject)
    runs.keep_posted(request, run, data)
    if request.htmx:  # type: ignore[attr-defined]
        return _allocate_page(request, run, subject, run.data, part="grid")
    return see_other(request, "payments:allocate", company.slug, run.key)


def _to_review(request: HttpRequest, company: Company, run: Run, subject: Subject) -> HttpResponse:
    form = RunForm(request.POST, subject=subject)
    if not form.is_valid():
        return _allocate_page(request, run, subject, request.POST, bound=True, status=422)
    runs.keep_posted(request, run, request.POST)
    return see_other(request, "payments:review", company.slug, run.key)


def _allocate_page(
    request: HttpRequest,
    run: Run,
    subject: Subject,
    data: QueryDict,
    *,
    bound: bool = False,
    part: str = "grid",
    changed: Collection[int] = (),
    keeps_boxes: bool = False,
    status: int = 200,
) -> HttpResponse:
    """
    Draw the page, or a part of it, from what the boxes hold.

    :param bound: whether to say what is wrong; while someone is still typing, sums are shown without blame.
    :param changed: ids of the bills whose cash the server set, so that their boxes are drawn again.
    :param keeps_boxes: leave the boxes below a bill alone: someone goes on to type why its rest is written off.
    """
    worked_out = RunForm(data, subject=subject)
    worked_out.full_clean()
    form = worked_out if bound else RunForm(subject=subject, initial=data.dict())
    form.offer_payday(worked_out.account)
    account = worked_out.account
    balance, leaves = book_balance(account), worked_out.leaves
    context = {
        "run": run,
        "subject": subject,
        "form": form,
        "groups": form.groups(worked_out.outcomes, set_anew=changed),
        "sums": worked_out,
        "goes": worked_out.goes(),
        "days": worked_out.days,
        "due": add_up(subject.due.values(), subject.currency),
        "has_credit": any(subject.credits.values()),
        "account": account,
        "balance": balance,
        "balance_after": balance - leaves if balance is not None and leaves is not None else None,
        "keeps_boxes": keeps_boxes,
        "steps": STEPS,
        "today": subject.today,
    }
    return render_part(request, "payments/allocate.html", part, context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PAYMENT_MAKE)
def review(request: HttpRequest, company: Company, key: uuid.UUID) -> HttpResponse:
    """Check the answers; POST carries them out, once: `action` "record", "submit" or "draft", or as was chosen."""
    run = runs.load(request, company, key)
    if run is None:
        return _gone(request, company, key)
    if request.method == "POST":
        return _carry_out(request, company, run)
    if runs.recorded_at(request, company, key):
        return _gone(request, company, key)
    form = RunForm(run.data, subject=subject_of(company, run, today=timezone.localdate()))
    if not run.posted or not form.is_valid():
        return redirect(f"{reverse('payments:allocate', args=[company.slug, run.key])}?check=1")
    return _review_page(request, company, run, form)


def _review_page(
    request: HttpRequest, company: Company, run: Run, form: RunForm, *, error: str = "", status: int = 200
) -> HttpResponse:
    whole = form.is_valid()
    payments = planned(form) if whole else []
    context: dict[str, Any] = {
        "run": run,
        "subject": form.subject,
        "sums": form,
        "whole": whole,
        "planned": payments,
        "then": form.then,
        "when": form.when,
        "goes": form.goes(),
        "days": form.days,
        "button": button_words(form.then, [one.foresight for one in payments]) if payments else "",
        "account": form.account,
        "method": form.cleaned_data.get("method"),
        "rate": form.cleaned_data.get("rate"),
        "leaves": form.leaves,
        "allocate_href": f"{reverse('payments:allocate', args=[company.slug, run.key])}{'' if whole else '?check=1'}",
        "error": error,
        "steps": STEPS,
        "today": form.today,
    }
    return render(request, "payments/review.html", context, status=status)


def _carry_out(request: HttpRequest, company: Company, run: Run) -> HttpResponse:
    button = button_of(request.POST)
    try:
        if request.POST.get("content") != run.digest:
            raise idempotency.KeyReused(
                "This run was changed since the page you sent was drawn. Nothing was recorded; check it again."
            )
        location = idempotency.once(
            company=company,
            key=uuid.UUID(run.key),
            content={**run.content, "button": button.value if button else ""},
            by=request.user,  # type: ignore[arg-type]
            path=request.path,
            act=lambda: _act(request, company, run, button),
        )
    except idempotency.KeyReused as refusal:
        if runs.recorded_at(request, company, uuid.UUID(run.key)):
            return _reused(request, company, run, str(refusal))
        return _refused(request, company, run, str(refusal), status=409)
    except Refused as refusal:
        return _refused(request, company, run, str(refusal), status=422)
    return see_other(request, location)


def _refused(request: HttpRequest, company: Company, run: Run, error: str, *, status: int) -> HttpResponse:
    form = RunForm(run.data, subject=subject_of(company, run, today=timezone.localdate()))
    return _review_page(request, company, run, form, error=error, status=status)


def _reused(request: HttpRequest, company: Company, run: Run, error: str) -> HttpResponse:
    context = {"error": error, "location": runs.recorded_at(request, company, uuid.UUID(run.key))}
    return render(request, "payments/recorded_before.html", context, status=422)


def _act(request: HttpRequest, company: Company, run: Run, button: Then | None) -> str:
    """
    Carry the run out and say where the result is.

    :raises PaymentError: naming what makes it impossible; nothing is stored then.
    """
    subject = subject_of(company, run, today=timezone.localdate())
    form = RunForm(run.data, subject=subject, button=button)
    if not form.is_valid():
        raise PaymentError(_first_words(form))
    if run.draft:
        return _change(request, company, run, form)
    ordered = actions.order(
        company=company,
        dispatches=form.dispatches,
        by=request.user,  # type: ignore[arg-type]
        submitted=form.then == Then.SUBMIT,
        reference=form.cleaned_data["reference"],
    )
    return result_of(company, ordered, then=form.then)


def _change(request: HttpRequest, company: Company, run: Run, form: RunForm) -> str:
    if form.subject.draft is None:
        raise PaymentError("This draft was deleted.")
    dispatch = form.dispatches[0]
    payment = actions.reorder(
        payment=form.subject.draft,
        header=dispatch.header,
        order=dispatch.orders[0],
        version=run.version,
        by=request.user,  # type: ignore[arg-type]
        submitted=form.then == Then.SUBMIT,
        recorded=form.then == Then.RECORD,
    )
    return result_of(company, Ordered([payment], []), then=form.then)


def _first_words(form: RunForm) -> str:
    return next(str(words) for rows in form.errors.values() for words in rows)
