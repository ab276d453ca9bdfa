"""The payments list and its export."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, F, Q
from django.db.models.expressions import OrderBy
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from billpay.companies.access import Permission, requires
from billpay.companies.export import csv_response
from billpay.companies.lists import paginate, sorting
from billpay.companies.models import Company
from billpay.htmx import render_part
from billpay.money.locales import active_marks
from billpay.money.value import MoneyError, parse
from billpay.payments.forms.lists import FilterForm
from billpay.payments.models import CLOSED_BEFORE, Payment, PaymentStatus
from billpay.payments.models.payment import PaymentQuerySet

TABS = {
    "": ("All", Q()),
    "drafts": ("Drafts", Q(status=PaymentStatus.DRAFT)),
    "approve": ("To approve", Q(status=PaymentStatus.AWAITING_APPROVAL)),
    "approved": ("Approved", Q(status=PaymentStatus.APPROVED)),
    "scheduled": ("Scheduled", Q(status=PaymentStatus.SCHEDULED)),
    "processing": ("Processing", Q(status=PaymentStatus.PROCESSING)),
    "completed": ("Completed", Q(status=PaymentStatus.COMPLETED)),
    "on_account": ("On account", Q(status=PaymentStatus.COMPLETED, on_account_minor__gt=0)),
    "ended": ("Not made", Q(status__in=CLOSED_BEFORE)),
    "void": ("Void", Q(status=PaymentStatus.VOID)),
}
EMPTY = {
    "drafts": ("No drafts", "Payments kept as a draft wait here until they are submitted or recorded as paid."),
    "approve": ("Nothing to approve", "Payments above your company’s limits wait here once they are submitted."),
    "approved": ("Nothing approved and waiting", "Approved payments without a day wait here to be scheduled or sent."),
    "scheduled": ("Nothing is scheduled", "Approved payments with a day wait here until that day."),
    "processing": ("Nothing is on its way", "Payments sent to the bank wait here until you say how they ended."),
    "on_account": ("No money on account", "Cash that was paid and settles no bill yet shows here."),
    "ended": ("Nothing failed", "Payments that failed, were rejected or cancelled show here, to be tried again."),
}
"""What an empty tab says: its title and text."""
COLUMNS = (
    "Number",
    "Payment date",
    "Requested for",
    "Supplier",
    "Account",
    "Method",
    "Cheque",
    "Reference",
    "Batch",
    "Currency",
    "Cash",
    "Fee",
    "Allocated",
    "On account",
    "Status",
    "Stopped because",
    "Failed because",
    "Voided on",
)
SORTS = {
    "number": "number",
    "paid_on": "paid_on",
    "execute_on": "execute_on",
    "supplier": "supplier__name",
    "amount": "amount_minor",
}


@require_safe
@requires(Permission.VIEW)
def payments(request: HttpRequest, company: Company) -> HttpResponse:
    """Every payment, by tab and filter; the address holds the state."""
    form = FilterForm(request.GET, company=company)
    tab = _tab(request)
    sort = sorting(request, allowed=SORTS, default="-paid_on")
    rows = _filtered(company, form).filter(TABS[tab][1]).select_related("supplier", "bank_account", "batch")
    counts = company.payments.aggregate(
        **{name or "all": Count("pk", filter=where) for name, (_, where) in TABS.items()}
    )
    page = paginate(request, rows.order_by(*_order(sort)))
    context = {
        "page": page,
        "sort": sort,
        "form": None,
        "filter": form,
        "tab": tab,
        "nothing": EMPTY.get(tab, ("Nothing in this tab", "")),
        "tabs": _tabs(request, company, tab, counts),
        "is_filtered": form.is_filtering,
        "hidden": counts[tab or "all"] - page.paginator.count,
        "clear_href": f"?tab={tab}" if tab else reverse("payments:list", args=[company.slug]),
        "export_href": f"{reverse('payments:export', args=[company.slug])}?{request.GET.urlencode()}",
        "today": timezone.localdate(),
    }
    return render_part(request, "payments/list.html", "rows", context)


@require_safe
@requires(Permission.VIEW)
def export(request: HttpRequest, company: Company) -> StreamingHttpResponse:
    """Exactly the filtered and sorted list, as CSV."""
    form = FilterForm(request.GET, company=company)
    sort = sorting(request, allowed=SORTS, default="-paid_on")
    rows = _filtered(company, form).filter(TABS[_tab(request)][1]).select_related("supplier", "bank_account", "batch")
    return csv_response(f"payments-{company.slug}", COLUMNS, _cells(rows.order_by(*_order(sort))))


def _cells(rows: PaymentQuerySet) -> Iterator[list[Any]]:
    for payment in rows.iterator(chunk_size=1000):
        yield [
            payment.number,
            payment.paid_on,
            payment.execute_on,
            payment.supplier.name,
            payment.bank_account.name if payment.bank_account else "",
            payment.get_method_display(),
            payment.cheque_number,
            payment.reference,
            payment.batch.number if payment.batch else "",
            payment.currency,
            payment.amount,
            payment.fee,
            payment.allocated,
            payment.on_account,
            payment.get_status_display(),
            payment.stopped_because,
            payment.failure_reason,
            payment.voided_on,
        ]


def _tab(request: HttpRequest) -> str:
    asked = request.GET.get("tab", "")
    return asked if asked in TABS else ""


def _order(sort: str) -> tuple[str | OrderBy, ...]:
    down, name = sort.startswith("-"), SORTS[sort.removeprefix("-")]
    by: str | OrderBy = f"{'-' if down else ''}{name}"
    if name == "execute_on":
        # Databases do not agree where days that are not there belong.
        by = OrderBy(F(name), descending=down, nulls_last=True)
    return (by, "-id" if down else "id")


def _tabs(request: HttpRequest, company: Company, current: str, counts: dict[str, int]) -> list[dict[str, Any]]:
    address = reverse("payments:list", args=[company.slug])
    tabs = []
    for name, (label, _) in TABS.items():
        query = request.GET.copy()
        query.pop("page", None)
        query["tab"] = name
        tabs.append(
            {
                "label": label,
                "href": f"{address}?{query.urlencode()}",
                "count": counts[name or "all"],
                "current": name == current,
            }
        )
    return tabs


def _filtered(company: Company, form: FilterForm) -> PaymentQuerySet:
    form.is_valid()
    asked = form.cleaned_data
    rows: PaymentQuerySet = Payment.objects.filter(company=company)
    if supplier := asked.get("supplier"):
        rows = rows.filter(supplier=supplier)
    if account := asked.get("account"):
        rows = rows.filter(bank_account=account)
    if since := asked.get("since"):
        rows = rows.filter(paid_on__gte=since)
    if until := asked.get("until"):
        rows = rows.filter(paid_on__lte=until)
    if text := asked.get("q"):
        rows = rows.filter(_search(text, company))
    return rows


def _search(text: str, company: Company) -> Q:
    """Number, reference, cheque number, supplier, or an amount: of the cash, or of the line on the statement."""
    found = (
        Q(number__icontains=text)
        | Q(reference__icontains=text)
        | Q(cheque_number__icontains=text)
        | Q(supplier__name__icontains=text)
        | Q(batch__number__iexact=text)
    )
    decimal_mark, group_mark = active_marks()
    try:
        amount = parse(text, company.base_currency, decimal_mark=decimal_mark, group_mark=group_mark)
    except MoneyError:
        return found
    return found | Q(amount_minor=amount.minor) | Q(bank_minor=amount.minor)
