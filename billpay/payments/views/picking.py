"""The start of the pay flow: choosing outstanding bills."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from billpay.bills.models import Bill
from billpay.companies.access import Permission, owned, requires
from billpay.companies.lists import paginate
from billpay.companies.models import Company
from billpay.htmx import render_part, see_other
from billpay.money.value import Money
from billpay.payments import runs
from billpay.payments.models import Payment
from billpay.payments.subjects import held_because, reserved_by
from billpay.payments.views.ordering import STEPS
from billpay.suppliers.models import Supplier

DUE_CHOICES = (("", "Any time"), ("overdue", "Overdue"), ("week", "Overdue or within 7 days"))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PAYMENT_MAKE)
def pick(request: HttpRequest, company: Company) -> HttpResponse:
    """
    GET chooses; `?supplier=` and `?bill=` tick beforehand. POST `bill` ids start a run.

    POST with `action=totals` only adds up; `currency` says which of several to pay.
    """
    if request.method != "POST":
        return _choose(request, company)
    chosen = owned(company.bills.select_related("supplier"), request.POST.getlist("bill"))
    if request.POST.get("action") == "totals":
        return _page(request, company, chosen, part="live")
    if not chosen:
        return _page(request, company, chosen, errors=["Choose at least one bill."], status=422)
    if refused := {bill.pk: words for bill in chosen if (words := _why_not(bill))}:
        rest = [bill for bill in chosen if bill.pk not in refused]
        return _page(request, company, rest, errors=list(refused.values()), status=422)
    currencies = {bill.currency for bill in chosen}
    if request.POST.get("currency") in currencies:
        chosen = [bill for bill in chosen if bill.currency == request.POST["currency"]]
    elif len(currencies) > 1:
        words = "A run pays in one currency. Choose which to pay now; the other bills stay as they are."
        return _page(request, company, chosen, errors=[words], ask_currency=True, status=422)
    run = runs.start(request, company, chosen)
    return see_other(request, "payments:allocate", company.slug, run.key)


def _may_be_picked(bill: Bill) -> bool:
    return bill.may_be_paid and not bill.is_held(today=timezone.localdate())


def _why_not(bill: Bill) -> str:
    """Why a bill cannot be paid now; "" if it can."""
    if _may_be_picked(bill):
        return ""
    if bill.may_be_paid:
        return f"{held_because(bill)} Lift the hold before paying it."
    if not bill.may_be_settled:
        return f"Bill {bill.number} of {bill.supplier} is {bill.get_status_display().lower()}; it cannot be paid."
    if not bill.outstanding:
        return f"Bill {bill.number} of {bill.supplier} is paid already."
    return (
        f"All of what is outstanding on bill {bill.number} of {bill.supplier}, {bill.outstanding}, "
        "is reserved by payments not yet completed."
    )


def _choose(request: HttpRequest, company: Company) -> HttpResponse:
    ticked = owned(company.bills.select_related("supplier"), request.GET.getlist("bill"))
    return _page(request, company, [bill for bill in ticked if _may_be_picked(bill)], part="rows")


def _page(
    request: HttpRequest,
    company: Company,
    ticked: Sequence[Bill],
    *,
    part: str = "rows",
    errors: Sequence[str] = (),
    ask_currency: bool = False,
    status: int = 200,
) -> HttpResponse:
    today = timezone.localdate()
    supplier = _supplier(request, company)
    sums = _sums(ticked)
    context: dict[str, Any] = {
        "ticked": {bill.pk for bill in ticked},
        "count": len(ticked),
        "suppliers_count": len({bill.supplier_id for bill in ticked}),
        "sums": list(sums.values()),
        "errors": list(errors),
        "ask_currency": ask_currency,
        "steps": STEPS,
        "today": today,
    }
    if part != "live":
        bills = _outstanding(request, company, supplier, [bill.pk for bill in ticked])
        page = paginate(request, bills, per_page=100)
        # A link from a supplier's page means all of its bills; the filter form, which sends its search too, only looks.
        if supplier is not None and "q" not in request.GET and not ticked and not errors:
            preset = [bill for bill in page.object_list if _may_be_picked(bill)]
            context |= {"ticked": {bill.pk for bill in preset}, "count": len(preset)}
            context |= {"suppliers_count": int(bool(preset)), "sums": list(_sums(preset).values())}
        context |= {
            "page": page,
            "rows": _rows(list(page.object_list)),
            "supplier": supplier,
            "suppliers": _suppliers(company),
            "due_choices": DUE_CHOICES,
            "query": request.GET.get("q", ""),
            "due": request.GET.get("due", ""),
            "is_filtered": bool(request.GET.get("q") or request.GET.get("due") or supplier),
        }
    return render_part(request, "payments/pick.html", part, context, status=status)


@dataclass(frozen=True, slots=True)
class Row:
    """A bill on the page: whether it is on hold, and the unfinished payments that hold a part of it."""

    bill: Bill
    held: bool
    reserved_by: Sequence[Payment]

    @property
    def may_be_picked(self) -> bool:
        return not self.held and self.bill.may_be_paid


def _rows(bills: Sequence[Bill]) -> list[Row]:
    holders = reserved_by(bills)
    today = timezone.localdate()
    return [Row(bill, bill.is_held(today=today), holders.get(bill.pk, ())) for bill in bills]


def _suppliers(company: Company) -> QuerySet[Supplier]:
    return company.suppliers.filter(bills__in=company.bills.outstanding()).distinct().order_by("name", "id")


def _supplier(request: HttpRequest, company: Company) -> Supplier | None:
    asked = request.GET.get("supplier", "")
    if not asked:
        return None
    return get_object_or_404(company.suppliers, pk=int(asked) if asked.isascii() and asked.isdigit() else 0)


def _outstanding(
    request: HttpRequest, company: Company, supplier: Supplier | None, pinned: Sequence[int]
) -> QuerySet[Bill]:
    """
    What is outstanding by the filters, ticked bills first whatever the filters say, then by due date.

    With what is on hold or reserved elsewhere, which cannot be ticked: whoever misses a bill sees why.
    """
    today = timezone.localdate()
    wanted = Q()
    if supplier is not None:
        wanted &= Q(supplier=supplier)
    if text := request.GET.get("q", "").replace("\x00", "").strip():
        wanted &= Q(number__icontains=text) | Q(reference__icontains=text) | Q(supplier__name__icontains=text)
    if request.GET.get("due") == "overdue":
        wanted &= Q(due_on__lt=today)
    elif request.GET.get("due") == "week":
        wanted &= Q(due_on__lte=today + timedelta(days=7))
    order = Case(When(pk__in=pinned, then=Value(0)), default=Value(1), output_field=IntegerField())
    if wanted:
        wanted |= Q(pk__in=pinned)
    return company.bills.outstanding().filter(wanted).select_related("supplier").order_by(order, "due_on", "id")


def _sums(bills: Sequence[Bill]) -> dict[str, Money]:
    """What is available on the bills, by currency: never mixed."""
    sums: dict[str, Money] = {}
    for bill in bills:
        sums[bill.currency] = sums.get(bill.currency, Money.zero(bill.currency)) + bill.available
    return dict(sorted(sums.items()))
