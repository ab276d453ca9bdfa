"""Doing something with several bills of the inbox at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from billpay.bills import actions
from billpay.bills import inbox as listing
from billpay.bills.models import Bill
from billpay.bills.views.inbox import as_file, filters
from billpay.companies.access import MemberRequest, Permission, owned, requires
from billpay.companies.models import Company, User
from billpay.companies.refusals import Refused

AT_ONCE = 500
"""How many bills one click may change, so that it ends while someone waits."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one bill: `why` it was skipped, or "" if it was done; `note` says what is still to come."""

    bill: Bill
    why: str = ""
    note: str = ""


def selected(request: MemberRequest, company: Company) -> listing.Selection:
    """The ticked bills, or all that match the filters of the list they were ticked in. Strangers are a 404."""
    if request.POST.get("matching"):
        data = QueryDict(request.POST.get("query", ""))
        found = listing.find(company, filters(data, company), today=timezone.localdate())
        bills = list(found.select_related("supplier").order_by("due_on", "pk")[: AT_ONCE + 1])
    else:
        bills = owned(company.bills.select_related("supplier"), request.POST.getlist("bill"))
    matching = bool(request.POST.get("matching"))
    return listing.Selection.of(bills, base=company.base_currency, today=timezone.localdate(), matching=matching)


@require_POST
@requires(Permission.VIEW)
def selection(request: MemberRequest, company: Company) -> HttpResponse:
    """The bar under the list: how many are ticked, of how many suppliers, and what they come to."""
    chosen = selected(request, company)
    data = QueryDict(request.POST.get("query", ""))
    form = filters(data, company)
    context = {
        "selection": chosen,
        "tab": form.tab_code,
        "too_many": len(chosen.bills) > AT_ONCE,
        "limit": AT_ONCE,
        "matching_count": listing.find(company, form, today=timezone.localdate()).count(),
    }
    return render(request, "bills/_selection.html", context)


@require_POST
@requires(Permission.VIEW)
def bulk(request: MemberRequest, company: Company) -> HttpResponseBase:
    """Pay, approve, submit or export what is selected; whatever is skipped is listed with its reason."""
    chosen = selected(request, company)
    action = request.POST.get("action", "")
    back = f"{reverse('bills:list', args=[company.slug])}?{request.POST.get('query', '')}"
    if not chosen.bills:
        return _results(request, [], back=back, error="Tick at least one bill first.")
    if action == "export":
        return as_file(company, iter(chosen.bills))
    if len(chosen.bills) > AT_ONCE:
        return _results(request, [], back=back, error=f"That is more than {AT_ONCE} bills. Narrow the list first.")
    needed = {
        "pay": Permission.PAYMENT_MAKE, "approve": Permission.BILL_APPROVE, "submit": Permission.BILL_EDIT,
    }.get(action)  # fmt: skip
    if needed is None:
        return _results(request, [], back=back, error="Choose what to do with the bills.")
    if needed not in request.permissions:
        raise PermissionDenied("Your role does not allow this.")
    if action == "pay":
        return _pay(request, company, chosen, back)
    if action == "approve":
        return _results(request, _each(chosen.bills, _approve, request.user), back=back, word="approved")
    return _results(request, _each(chosen.bills, _submit, request.user), back=back, word="submitted for approval")


def _submit(bill: Bill, by: User) -> str:
    actions.submit(bill=bill, by=by)
    return ""


def _approve(bill: Bill, by: User) -> str:
    """One approval; says how many are still needed, if any."""
    if actions.approve(bill=bill, by=by).status == Bill.Status.OPEN:
        return ""
    standing = actions.standing(Bill.objects.select_related("company").get(pk=bill.pk), by)
    return f"{len(standing.given)} of {standing.needed} approvals; someone else gives the other."


def _pay(request: MemberRequest, company: Company, chosen: listing.Selection, back: str) -> HttpResponse:
    """On to the pay flow with the same form; if the selection is not exactly what was ticked, it is shown first."""
    today = timezone.localdate()
    if not chosen.matching and chosen.payable == len(chosen.bills):
        response = HttpResponse(status=307)
        response["Location"] = reverse("payments:pick", args=[company.slug])
        return response
    going = [bill for bill in chosen.bills if bill.is_payable(today=today)]
    payable = listing.Selection.of(going, base=company.base_currency, today=today)
    skipped = [Result(bill, _why_not_payable(bill)) for bill in chosen.bills if bill not in going]
    return _results(request, skipped, back=back, word="to pay", payable=payable)


def _why_not_payable(bill: Bill) -> str:
    if bill.may_be_paid:
        return f"It is on hold: {bill.hold_reason}"
    if bill.may_be_settled and bill.reserved_minor:
        return f"{bill.reserved} is in a payment that is not completed yet."
    return f"It is {bill.get_state_display().lower()}."


def _each(bills: list[Bill], act: Callable[[Bill, User], str], by: User) -> list[Result]:
    """Each bill by itself: one that is refused keeps no other from being done."""
    results = []
    for bill in bills:
        try:
            note = act(bill, by)
        except Refused as refusal:
            results.append(Result(bill, str(refusal)))
        else:
            results.append(Result(bill, note=note))
    return results


def _results(
    request: MemberRequest,
    results: list[Result],
    *,
    back: str,
    word: str = "",
    error: str = "",
    payable: listing.Selection | None = None,
) -> HttpResponse:
    context = {
        "done": [result for result in results if not result.why],
        "skipped": [result for result in results if result.why],
        "word": word,
        "error": error,
        "payable": payable,
        "back_href": back,
    }
    return render(request, "bills/results.html", context, status=422 if error else 200)
