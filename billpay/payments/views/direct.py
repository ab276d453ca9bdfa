"""Paying one bill in one step."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from billpay.bills.models import Bill
from billpay.companies import idempotency
from billpay.companies.access import Permission, requires
from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.htmx import render_part, see_other
from billpay.money.forms import MoneyField
from billpay.payments import actions
from billpay.payments.actions import PaymentError
from billpay.payments.credits import credits_of
from billpay.payments.forms.direct import PayBillForm
from billpay.payments.forms.going import Then, button_of
from billpay.payments.planning import Ask
from billpay.payments.reviewing import TRANSFERS, button_words, exchange_of, lately_paid, twins_of
from billpay.payments.subjects import held_because, reserved_by
from billpay.payments.views.ordering import result_of
from billpay.suppliers import bank_details


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PAYMENT_MAKE)
def pay_bill(request: HttpRequest, company: Company, pk: int) -> HttpResponse:
    """
    Draw the form; POST records, submits or keeps the payment. See `PayBillForm`.

    `action` "record", "submit" or "draft" stands above `then`. With "totals" and the like nothing is made:
    the page is drawn with what the boxes come to.
    """
    bill = get_object_or_404(company.bills.select_related("supplier"), pk=pk)
    if request.method != "POST":
        return _page(request, bill, _form(company, bill))
    if request.POST.get("action") in {"totals", "anew", "discount", "written_off"}:
        return _drawn_anew(request, company, bill)
    form = _form(company, bill, request.POST)
    try:
        sent = form.fields["key"].clean(request.POST.get("key"))
    except ValidationError:
        form.is_valid()
        return _page(request, bill, form, status=422)
    then = form.button.value if form.button else request.POST.get("then", "")
    try:
        location = idempotency.once(
            company=company,
            key=sent,
            content={**form.content(), "bill": bill.pk, "then": then},
            by=request.user,  # type: ignore[arg-type]
            path=request.path,
            act=lambda: _pay(request, company, form),
        )
    except idempotency.KeyReused as refusal:
        form.full_clean()
        return _page(request, bill, form, error=str(refusal), status=422)
    except Refused as refusal:
        if str(refusal):
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return _page(request, bill, form, status=422)
    return see_other(request, location)


def _form(company: Company, bill: Bill, data: QueryDict | None = None, **kwargs: Any) -> PayBillForm:
    return PayBillForm(
        data,
        company=company,
        bill=bill,
        credits=credits_of(company, suppliers=[bill.supplier_id], currency=bill.currency)[bill.supplier_id],
        terms=actions.terms_of(company, [bill], due={bill.pk: bill.available})[bill.pk],
        today=timezone.localdate(),
        button=button_of(data) if data else None,
        **kwargs,
    )


def _pay(request: HttpRequest, company: Company, form: PayBillForm) -> str:
    """:raises Refused: without words when the form says what is wrong itself."""
    if not form.is_valid():
        raise PaymentError("")
    ordered = actions.order(
        company=company,
        dispatches=[form.dispatch],
        by=request.user,  # type: ignore[arg-type]
        submitted=form.then == Then.SUBMIT,
    )
    return result_of(company, ordered, then=form.then)


def _drawn_anew(request: HttpRequest, company: Company, bill: Bill) -> HttpResponse:
    """
    What the boxes come to so far, without blame: someone is still typing.

    "anew": the day has changed, and cash that pays the bill in full still does so. "discount": its tick has changed.
    """
    data, action = request.POST.copy(), request.POST["action"]
    worked_out = _form(company, bill, data)
    worked_out.full_clean()
    outcome, anew = worked_out.outcome, False
    if outcome is not None and outcome.discount_is and action in {"anew", "discount"}:
        follows = outcome.wish.discount and outcome.cash in {outcome.in_full, outcome.in_full_early}
        if follows or action == "discount":
            anew = outcome.asks != outcome.cash
            data["amount"] = str(MoneyField(currency=bill.currency).prepare_value(outcome.asks))
        if outcome.wish.discount:
            data["discount"] = Ask.IF_IT_FITS.value
        worked_out = _form(company, bill, data)
        worked_out.full_clean()
    form = _form(company, bill, initial=data.dict())
    return _page(request, bill, form, worked_out=worked_out, anew=anew)


def _page(
    request: HttpRequest,
    bill: Bill,
    form: PayBillForm,
    *,
    worked_out: PayBillForm | None = None,
    anew: bool = False,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    """
    :param worked_out: a cleaned form with the figures, where `form` itself is not.
    :param anew: whether the amount was set by the server, so that its box is drawn again.
    """
    today, company = form.today, form.company
    sums = worked_out or form
    if not sums.is_bound:
        sums = _form(company, bill, _as_typed(form))
    if not hasattr(sums, "cleaned_data"):
        sums.full_clean()
    form.offer_payday(sums.account)
    context: dict[str, Any] = {
        "bill": bill,
        "form": form,
        "sums": sums,
        "error": error,
        "anew": anew,
        "keeps_boxes": request.POST.get("action") == "written_off",
        "today": today,
        "held": held_because(bill) if bill.is_held(today=today) else "",
        "reserved_by": reserved_by([bill]).get(bill.pk, []),
        "pay_href": reverse("payments:pay_bill", args=[company.slug, bill.pk]),
        **_foreseen(company, bill, sums),
    }
    return render_part(request, "payments/pay_bill.html", "live", context, status=status)


def _as_typed(form: PayBillForm) -> QueryDict:
    """What a browser would send back of a form just drawn."""
    data = QueryDict(mutable=True)
    for name in form.fields:
        value = form[name].value()
        if value not in {None, False}:
            data[name] = str(getattr(value, "pk", value))
    return data


def _foreseen(company: Company, bill: Bill, sums: PayBillForm) -> dict[str, Any]:
    """What the payment as it stands would do, and what to look at before it is made."""
    order, supplier = sums.order, bill.supplier
    if order is None or sums.outcome is None:
        return {}
    header = sums.dispatch.header
    foresight = actions.foresee(company=company, orders=[(header, order)])[0]
    transfers = header.method in TRANSFERS
    warned = bank_details.warnings(company, [supplier.pk], currency=bill.currency, today=sums.today)
    return {
        "goes": sums.goes(bill),
        "days": [(sums.goes(bill).on, 1)],
        "outcome": sums.outcome,
        "foresight": foresight,
        "twins": twins_of(header, order, lately_paid(company, [(header, order)]))[:3],
        "misses_details": transfers and not supplier.bank_accounts.filter(archived_at=None).exists(),
        "details_warning": warned.get(supplier.pk, "") if transfers else "",
        "exchange": exchange_of(company, header, order) if sums.cleaned_data.get("rate") else None,
        "then": sums.then,
        "button": button_words(sums.then, [foresight]),
    }
