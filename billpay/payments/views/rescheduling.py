"""What is done from the schedule page: giving payments days, letting them go, planning bills, and undoing it."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_POST

from billpay.bills import actions as bills
from billpay.companies.access import MemberRequest, Permission, owned, requires
from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.htmx import SeeOther
from billpay.payments import actions, agenda
from billpay.payments.forms.schedule import DayForm
from billpay.payments.models import Payment, PaymentStatus

STATE = ("view", "on", "day", "page", "per")
"""What of the schedule's address says how it is looked at, and is gone back to."""
AT_ONCE = 100
UNDO = "schedule_undo"


def _back(company: Company, state: str) -> HttpResponse:
    """To the schedule as it was looked at: only what is known of its address."""
    asked = QueryDict(state[:200])
    kept = {name: asked[name] for name in STATE if name in asked}
    page = reverse("payments:schedule", args=[company.slug])
    return SeeOther(f"{page}?{urlencode(kept)}" if kept else page)


@require_POST
@requires(Permission.PAYMENT_MAKE)
def reschedule(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """Give a payment a day, move it to another, or take its day back; also by the Undo of each of them."""
    payment = get_object_or_404(company.payments.select_related("company", "supplier", "bank_account"), pk=pk)
    # The Undo of a message carries everything in its address.
    data = request.POST if "was" in request.POST else request.GET
    form = DayForm(data, payment=payment)
    takes_off = bool(data.get("off"))
    if takes_off:
        form.fields["on"].required = False
    if not form.is_valid():
        return _ask_again(request, payment, form)
    before, was, today = payment.execute_on, form.cleaned_data["was"], timezone.localdate()
    try:
        if was != before:
            _refuse_stale(payment, form.cleaned_data["on"], takes_off=takes_off)
        elif takes_off:
            payment = actions.unschedule(payment=payment, by=request.user)
        else:
            payment = actions.schedule(payment=payment, on=form.cleaned_data["on"], today=today, by=request.user)
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return _ask_again(request, payment, form)
    # What was due already would have gone out today.
    undo = {"was": payment.execute_on or "", **({"on": max(before, today)} if before else {"off": 1})}
    address = f"{reverse('payments:reschedule', args=[company.slug, pk])}?{urlencode(undo)}"
    messages.success(request, _moved(payment, form), extra_tags=f"undo:{address}")
    return _back(company, form.cleaned_data["back"])


def _refuse_stale(payment: Payment, on: date | None, *, takes_off: bool) -> None:
    """Twice is once; but what somebody else did meanwhile is not undone unseen."""
    asked = None if takes_off or on is None else actions.business_day(payment, on, today=timezone.localdate())
    if payment.execute_on == asked:
        return
    now = f"It goes out on {payment.execute_on:%-d %B %Y} now" if payment.execute_on else "It has no day now"
    raise Refused(f"{payment.number} was changed by someone else since you looked at it. {now}. Nothing was done.")


def _moved(payment: Payment, form: DayForm) -> str:
    on, day = form.cleaned_data["on"], payment.execute_on
    if day is None:
        return f"{payment.number} is off the schedule. It stays approved."
    asks = "asks to go out" if payment.status == PaymentStatus.AWAITING_APPROVAL else "goes out"
    words = f"{payment.number} {asks} on {date_format(day, 'l, j F Y')}"
    if on and on != day and payment.bank_account and (why := payment.bank_account.closed_because(on)):
        return f"{words}: on {date_format(on, 'j F')} its bank is closed ({why})."
    return f"{words}."


def _ask_again(request: MemberRequest, payment: Payment, form: DayForm) -> HttpResponse:
    return render(
        request,
        "payments/schedule_day.html",
        {"payment": payment, "form": form, "today": timezone.localdate()},
        status=422,
    )


@require_POST
@requires(Permission.PAYMENT_MAKE)
def resume(request: MemberRequest, company: Company) -> HttpResponse:
    """Let stopped payments go again: the one whose button was pressed, or those that are ticked."""
    ids = [request.POST["only"]] if request.POST.get("only") else request.POST.getlist("payment")
    payments = owned(company.payments.all(), ids[:AT_ONCE])
    resumed = actions.resume_all(payments=payments, by=request.user) if payments else {}
    if resumed:
        undo = _keep_undo(request, company, "stopped", {row.pk: because for row, because in resumed.items()})
        messages.success(request, _resumed(list(resumed)), extra_tags=f"undo:{undo}")
    elif payments:
        messages.info(request, "Nothing of that is stopped any more.")
    else:
        messages.warning(request, "Tick the payments to let go again.")
    return _back(company, request.POST.get("back", ""))


def _resumed(payments: list[Payment]) -> str:
    if len(payments) > 1:
        return f"{len(payments)} payments are let go again."
    [payment], today = payments, timezone.localdate()
    if payment.execute_on and payment.execute_on > today:
        return f"{payment.number} goes out on {date_format(payment.execute_on, 'l, j F Y')}."
    return f"{payment.number} goes out with the next run of the schedule."


@require_POST
@requires(Permission.PAYMENT_MAKE)
def plan(request: MemberRequest, company: Company) -> HttpResponse:
    """Give every bill without a day its due date, or the next payment day. No payment is made by it."""
    today = timezone.localdate()
    weekly = agenda.next_payment_day(company.bank_accounts.active(), after=today)
    by_due_date = request.POST.get("action") != "next"
    if not by_due_date and weekly is None:
        messages.warning(request, "No bank account has a weekly payment day. Its settings are under Bank accounts.")
        return _back(company, request.POST.get("back", ""))
    before = bills.plan_all(
        company=company,
        on=lambda bill: max(bill.due_on, today) if by_due_date or weekly is None else weekly[0],
        today=today,
        by=request.user,
    )
    if before:
        days = {pk: day.isoformat() if day else "" for pk, day in before}
        undo = _keep_undo(request, company, "planned", days)
        words = "1 bill is planned." if len(before) == 1 else f"{len(before)} bills are planned."
        messages.success(request, f"{words} Pay them on their day.", extra_tags=f"undo:{undo}")
    else:
        messages.info(request, "Every bill that can be paid has a day already.")
    return _back(company, request.POST.get("back", ""))


def _keep_undo(request: MemberRequest, company: Company, kind: str, rows: dict[int, str]) -> str:
    """Keep what Undo has to put back, for the last thing done alone; its address."""
    key = uuid4()
    request.session[UNDO] = {"key": str(key), "company": company.pk, "kind": kind, "rows": list(rows.items())}
    return reverse("payments:schedule_undo", args=[company.slug, key])


@require_POST
@requires(Permission.PAYMENT_MAKE)
def undo(request: MemberRequest, company: Company, key: Any) -> HttpResponse:
    """Take back the last thing done to many: stop what was let go, or give bills the days they had."""
    kept = request.session.pop(UNDO, {})
    if kept.get("key") != str(key) or kept.get("company") != company.pk:
        messages.info(request, "That can no longer be undone here.")
    elif kept["kind"] == "stopped":
        reasons = dict(kept["rows"])
        again = {row: reasons[row.pk] for row in company.payments.filter(pk__in=reasons)}
        done = actions.stop_all(payments=again, by=request.user)
        messages.success(request, f"Stopped again: {', '.join(row.number for row in done) or 'nothing'}.")
    else:
        days = {pk: date.fromisoformat(day) if day else None for pk, day in kept["rows"]}
        count = bills.plan_back(company=company, days=days, by=request.user)
        messages.success(request, f"{count} {'bill has' if count == 1 else 'bills have'} the day of before again.")
    return _back(company, "")
