"""
The life of one payment: a small page for each arrow that asks something, one press for the others.

GET draws the page of an arrow, POST takes it. Which arrows there are is data: `billpay.payments.arrows`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods

from billpay.bills.models import Bill
from billpay.companies import idempotency
from billpay.companies.access import MemberRequest, requires
from billpay.companies.models import Company, User
from billpay.companies.refusals import Refused
from billpay.companies.templatetags.ui import goes_out
from billpay.htmx import see_other
from billpay.payments import actions, arrows
from billpay.payments.actions import PaymentError
from billpay.payments.arrows import Arrow
from billpay.payments.forms.life import ArrowForm, form_for
from billpay.payments.models import Payment, PaymentStatus, Source
from billpay.payments.views.showing import allocations_of, held_bills, load

type Asked = dict[str, Any]
"""What the form of an arrow asked, cleaned, and `today`."""


class Stale(PaymentError):
    """The payment is another now than the one that the person looked at."""


def _complete(payment: Payment, asked: Asked, by: User) -> Payment:
    return actions.complete(payment=payment, by=by, on=asked["on"], rate=asked.get("rate"))


def send(payment: Payment, asked: Asked, by: User) -> Payment:
    """Hand it to the bank; without cash, carry it out at once."""
    if payment.has_cash:
        return actions.start(payment=payment, by=by)
    return actions.carry_out(payment=payment, today=asked["today"], by=by)


def _schedule(payment: Payment, asked: Asked, by: User) -> Payment:
    return actions.schedule(payment=payment, on=asked["on"], today=asked["today"], by=by)


def _stop(payment: Payment, asked: Asked, by: User) -> Payment:
    if payment.stopped_at is not None:
        raise PaymentError(f"{payment.number} is stopped already: {payment.stopped_because}")
    return actions.stop(payment=payment, because=asked["reason"], by=by)


def _try_again(payment: Payment, asked: Asked, by: User) -> Payment:
    number = asked.get("cheque_number", "")
    return actions.try_again(
        payment=payment, today=asked["today"], by=by, cheque_number=number, foreseen=asked["lapsed"]
    )


_ACTS: dict[str, Callable[[Payment, Asked, User], Payment]] = {
    "submission": lambda payment, asked, by: actions.submit(payment=payment, by=by),
    "approval": lambda payment, asked, by: actions.approve(payment=payment, by=by, seen=asked["seen"]),
    "rejection": lambda payment, asked, by: actions.reject(payment=payment, reason=asked["reason"], by=by),
    "scheduling": _schedule,
    "processing": send,
    "stop": _stop,
    "resumption": lambda payment, asked, by: actions.resume(payment=payment, by=by),
    "unscheduling": lambda payment, asked, by: actions.unschedule(payment=payment, by=by),
    "back_to_draft": lambda payment, asked, by: actions.back_to_draft(payment=payment, reason=asked["reason"], by=by),
    "completion": _complete,
    "failure": lambda payment, asked, by: actions.fail(payment=payment, reason=asked["reason"], by=by),
    "cancellation": lambda payment, asked, by: actions.cancel(payment=payment, reason=asked["reason"], by=by),
    "retry": _try_again,
}

_SAID = {
    "processing": "{} is on its way to the bank. Say here how it ended.",
    "stop": "{} is stopped. It goes out once someone resumes it.",
    "unscheduling": "{} is off the schedule. It stays approved.",
    "back_to_draft": "{} is a draft again. Approvals given before no longer count.",
    "completion": "{} is recorded as paid.",
    "rejection": "{} is rejected; what it reserved is free again.",
    "failure": "{} is recorded as failed; what it reserved is free again.",
    "cancellation": "{} is cancelled; what it reserved is free again.",
    "retry": "{} is a new draft of the same payment.",
}


def _said(code: str, done: Payment) -> str:
    """What came of an arrow, in words."""
    if code == "processing" and done.status == PaymentStatus.COMPLETED:
        return f"{done.number} is carried out. No money moved."
    if code in _SAID:
        return _SAID[code].format(done.number)
    if done.status == PaymentStatus.SCHEDULED and done.execute_on and code != "scheduling":
        approved = "" if code == "resumption" else "is approved, and "
        return f"{done.number} {approved}goes out {goes_out(done.execute_on, timezone.localdate())}."
    if done.status == PaymentStatus.SCHEDULED and done.execute_on:
        return f"{done.number} is scheduled for {date_format(done.execute_on, 'l, j F Y')}."
    if code == "scheduling" and done.execute_on:
        return f"{done.number} asks to go out on {date_format(done.execute_on, 'l, j F Y')}."
    if done.status == PaymentStatus.APPROVED:
        return f"{done.number} is approved."
    missing = done.approvers_needed - done.approvals.filter(digest=done.digest).count()
    needs = "one person has" if missing == 1 else "two people have"
    more = "more " if code == "approval" else ""
    return f"{done.number} is {'approved by you' if more else 'submitted'}: {needs} {more}to approve it."


def carry_out(request: MemberRequest, company: Company, payment: Payment, arrow: Arrow, form: ArrowForm) -> str:
    """
    Take an arrow once, by a valid form, and give the address to go on to.

    :raises Stale: the payment is not what the form was drawn for any more.
    :raises Refused: in the words of the action.
    """

    def act() -> str:
        _refuse_stale(payment, form)
        asked = {**form.cleaned_data, "today": timezone.localdate()}
        done = _ACTS[arrow.code](payment, asked, request.user)
        messages.success(request, " ".join([_said(arrow.code, done), *form.left_out]))
        return _goes_on_to(company, done, arrow, form)

    try:
        return idempotency.once(
            company=company,
            key=form.cleaned_data["key"],
            content={**form.content(), "payment": payment.pk, "arrow": arrow.code},
            by=request.user,
            act=act,
            path=request.path,
        )
    except PaymentError:
        # Another person's change may have come between the look and the lock.
        _refuse_stale(payment, form)
        raise


def _refuse_stale(payment: Payment, form: ArrowForm) -> None:
    try:
        payment.refresh_from_db(fields=["status", "version", "execute_on", "stopped_at", "stopped_because", "digest"])
    except Payment.DoesNotExist:
        raise Http404(f"{payment.number} was deleted by someone else just now.") from None
    if form.is_stale(payment):
        raise Stale(form.stale_words(payment))


def _goes_on_to(company: Company, done: Payment, arrow: Arrow, form: ArrowForm) -> str:
    if form.cleaned_data.get("back") == "approvals":
        return reverse("payments:approvals", args=[company.slug])
    is_done = done.status == PaymentStatus.COMPLETED
    name = "payments:done" if is_done else "payments:detail"
    return reverse(name, args=[company.slug, done.pk])


def take(
    request: MemberRequest, company: Company, pk: int, arrow: Arrow, more: Callable[[], dict[str, Any]] = dict
) -> HttpResponse:
    """
    GET draws the arrow's page, POST takes it: on to the payment, or the page again with the reason why not.

    :param more: what else the page shows, read when it is drawn.
    """
    payment = load(company, pk)
    today = timezone.localdate()
    sent = request.method == "POST"
    form = form_for(arrow.code)(
        request.POST if sent else None, payment=payment, today=today, back=request.GET.get("back", "")
    )
    if not sent:
        return draw(request, payment, arrow, form, **more())
    if not form.is_valid():
        return draw(request, payment, arrow, form, status=422, **more())
    try:
        return see_other(request, carry_out(request, company, payment, arrow, form))
    except Stale as stale:
        return draw(request, load(company, pk), arrow, form, stale=str(stale), status=409, **more())
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return draw(request, load(company, pk), arrow, form, status=422, **more())


def draw(
    request: MemberRequest, payment: Payment, arrow: Arrow, form: ArrowForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    """The page of an arrow, or why it is not open."""
    live = [row for row in allocations_of(payment) if row.is_live]
    today = timezone.localdate()
    context = {
        "payment": payment,
        "arrow": arrow,
        "label": arrow.label_for(payment),
        "is_open": arrow.is_open(payment),
        "not_you": _not_you(payment, arrow, request.user),
        "form": form,
        "live": live,
        "on_hold": held_bills(live, today=today) if arrow.code in {"completion", "processing"} else [],
        "last_discount": min(
            (row.bill.discount_until for row in live if row.source == Source.DISCOUNT and row.bill.discount_until),
            default=None,
        ),
        "today": today,
        **more,
    }
    return render(request, f"payments/arrows/{arrow.code}.html", context, status=status)


def _not_you(payment: Payment, arrow: Arrow, user: User) -> str:
    if arrow.code not in arrows.NOT_BY_MAKERS:
        return ""
    return arrows.why_not(payment, user, has_made=actions.has_made(payment, user))


def _view(arrow: Arrow) -> Callable[..., HttpResponseBase]:
    @require_http_methods(["GET", "HEAD", "POST"])
    @requires(arrow.permission)
    def view(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
        return take(request, company, pk, arrow)

    return view


submission = _view(arrows.SUBMISSION)
rejection = _view(arrows.REJECTION)
scheduling = _view(arrows.SCHEDULE)
processing = _view(arrows.PROCESSING)
stop = _view(arrows.STOP)
resumption = _view(arrows.RESUMPTION)
unscheduling = _view(arrows.UNSCHEDULING)
back_to_draft = _view(arrows.BACK_TO_DRAFT)
completion = _view(arrows.COMPLETION)
failure = _view(arrows.FAILURE)
cancellation = _view(arrows.CANCELLATION)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(arrows.RETRY.permission)
def retry(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """GET says beforehand what cannot be as it was, and leads on where nothing can."""

    def more() -> dict[str, Any]:
        payment = load(company, pk)
        today = timezone.localdate()
        retrial = actions.retrial_of(payment, today=today)
        payable = [bill for bill in retrial.bills if bill.is_payable(today=today)]
        return {
            "retrial": retrial,
            "payable": payable,
            "way_on": _way_on(company, payable),
            "retried_as": actions.tried_again_as(payment),
        }

    return take(request, company, pk, arrows.RETRY, more)


def _way_on(company: Company, payable: list[Bill]) -> str:
    """Where what is left of a payment's bills is paid, filled in; "" where nothing is left to pay."""
    if len(payable) == 1:
        return reverse("payments:pay_bill", args=[company.slug, payable[0].pk])
    query = urlencode([("bill", bill.pk) for bill in payable])
    return f"{reverse('payments:pick', args=[company.slug])}?{query}" if payable else ""
