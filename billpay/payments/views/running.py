"""Allocate, review, record: the middle of the pay flow."""

from __future__ import annotations

import uuid
from datetime import date
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
from billpay.payments.actions import PaymentError
from billpay.payments.forms.run import RunForm, fresh_data
from billpay.payments.forms.subject import Subject
from billpay.payments.runs import Run
from billpay.payments.subjects import book_balance, planned, press, subject_of

SATURDAY = 5
STEPS = ["Pick", "Allocate", "Review", "Done"]


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
    subject = subject_of(company, run)
    if request.method != "POST":
        data = run.data if run.posted else fresh_data(subject, today=timezone.localdate())
        return _allocate_page(request, run, subject, data, bound="check" in request.GET)
    action = request.POST.get("action", "review")
    if action == "totals":
        return _allocate_page(request, run, subject, request.POST, part="live")
    if action == "review":
        return _to_review(request, company, run, subject)
    runs.keep_posted(request, run, press(request.POST, action, subject))
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
    status: int = 200,
) -> HttpResponse:
    """
    Draw the page, or a part of it, from what the boxes hold.

    :param bound: whether to say what is wrong; while someone is still typing, sums are shown without blame.
    """
    worked_out = RunForm(data, subject=subject)
    worked_out.full_clean()
    form = worked_out if bound else RunForm(subject=subject, initial=data.dict())
    account = worked_out.cleaned_data.get("bank_account")
    balance, leaves = book_balance(account), worked_out.leaves
    context = {
        "run": run,
        "subject": subject,
        "form": form,
        "groups": form.groups(worked_out.outcomes),
        "sums": worked_out,
        "due": add_up(subject.due.values(), subject.currency),
        "has_credit": any(subject.credits.values()),
        "account": account,
        "balance": balance,
        "balance_after": balance - leaves if balance is not None and leaves is not None else None,
        "steps": STEPS,
        "today": timezone.localdate(),
    }
    return render_part(request, "payments/allocate.html", part, context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PAYMENT_MAKE)
def review(request: HttpRequest, company: Company, key: uuid.UUID) -> HttpResponse:
    """Check the answers; POST records them, once."""
    run = runs.load(request, company, key)
    if run is None:
        return _gone(request, company, key)
    if request.method == "POST":
        return _record(request, company, run)
    if runs.recorded_at(request, company, key):
        return _gone(request, company, key)
    subject = subject_of(company, run)
    form = RunForm(run.data, subject=subject)
    if not run.posted or not form.is_valid():
        return redirect(f"{reverse('payments:allocate', args=[company.slug, run.key])}?check=1")
    return _review_page(request, company, run, form)


def _review_page(
    request: HttpRequest, company: Company, run: Run, form: RunForm, *, error: str = "", status: int = 200
) -> HttpResponse:
    today = timezone.localdate()
    whole = form.is_valid()
    context: dict[str, Any] = {
        "run": run,
        "subject": form.subject,
        "sums": form,
        "whole": whole,
        "planned": planned(form, today=today) if whole else [],
        "is_future": whole and form.paid_on > today,
        "is_weekend": whole and form.paid_on.weekday() >= SATURDAY,
        "paid_on": form.cleaned_data.get("paid_on"),
        "account": form.cleaned_data.get("bank_account"),
        "method": form.cleaned_data.get("method"),
        "rate": form.cleaned_data.get("rate"),
        "leaves": form.leaves,
        "allocate_href": f"{reverse('payments:allocate', args=[company.slug, run.key])}{'' if whole else '?check=1'}",
        "error": error,
        "steps": STEPS,
        "today": today,
    }
    return render(request, "payments/review.html", context, status=status)


def _record(request: HttpRequest, company: Company, run: Run) -> HttpResponse:
    keep = request.POST.get("action") == "draft"
    today = timezone.localdate()
    try:
        if request.POST.get("content") != run.digest:
            raise idempotency.KeyReused(
                "This run was changed since the page you sent was drawn. Nothing was recorded; check it again."
            )
        location = idempotency.once(
            company=company,
            key=uuid.UUID(run.key),
            content={**run.content, "keep": keep},
            by=request.user,  # type: ignore[arg-type]
            path=request.path,
            act=lambda: _act(request, company, run, keep=keep, today=today),
        )
    except idempotency.KeyReused as refusal:
        if runs.recorded_at(request, company, uuid.UUID(run.key)):
            return _reused(request, company, run, str(refusal))
        return _refused(request, company, run, str(refusal), status=409)
    except Refused as refusal:
        return _refused(request, company, run, str(refusal), status=422)
    return see_other(request, location)


def _refused(request: HttpRequest, company: Company, run: Run, error: str, *, status: int) -> HttpResponse:
    form = RunForm(run.data, subject=subject_of(company, run))
    return _review_page(request, company, run, form, error=error, status=status)


def _reused(request: HttpRequest, company: Company, run: Run, error: str) -> HttpResponse:
    context = {"error": error, "location": runs.recorded_at(request, company, uuid.UUID(run.key))}
    return render(request, "payments/recorded_before.html", context, status=422)


def _act(request: HttpRequest, company: Company, run: Run, *, keep: bool, today: date) -> str:
    """
    Carry the run out and say where the result is.

    :raises PaymentError: naming what makes it impossible; nothing is stored then.
    """
    form = RunForm(run.data, subject=subject_of(company, run))
    if not form.is_valid():
        raise PaymentError(_first_words(form))
    if form.paid_on > today and not keep:
        raise PaymentError(
            f"{form.paid_on:%-d %B %Y} is in the future; nothing was paid yet. Keep it as a draft, or change the date."
        )
    user = request.user
    header = form.header(draft=keep)
    if run.draft:
        if form.subject.draft is None:
            raise PaymentError("This draft was deleted.")
        payment = actions.edit_draft(
            payment=form.subject.draft,
            header=header,
            order=form.orders[0],
            version=run.version,
            by=user,  # type: ignore[arg-type]
        )
        return reverse("payments:detail", args=[company.slug, payment.pk])
    if form.makes_batch:
        batch = actions.pay_batch(
            company=company,
            header=header,
            orders=form.orders,
            by=user,  # type: ignore[arg-type]
            reference=form.cleaned_data["reference"],
        )
        return reverse("payments:batch" if keep else "payments:batch_done", args=[company.slug, batch.pk])
    payment = actions.pay(company=company, header=header, order=form.orders[0], by=user)  # type: ignore[arg-type]
    return reverse("payments:detail" if keep else "payments:done", args=[company.slug, payment.pk])


def _first_words(form: RunForm) -> str:
    return next(str(words) for rows in form.errors.values() for words in rows)
