"""The page of one bill."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from billpay.bills.forms import AttachmentForm
from billpay.bills.models import Bill
from billpay.companies import audit
from billpay.companies.access import MemberRequest, Permission, requires
from billpay.companies.models import Company
from billpay.documents import showing
from billpay.money.value import Money

EVENTS_SHOWN = 30


@require_safe
@requires(Permission.VIEW)
def detail(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    bill = get_object_or_404(
        company.bills.select_related("supplier", "company", "created_by", "approved_by", "voided_by"), pk=pk
    )
    return draw(request, company, bill)


def draw(
    request: MemberRequest,
    company: Company,
    bill: Bill,
    *,
    error: str = "",
    file_form: AttachmentForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, with what went wrong if something did."""
    lines = list(bill.lines.select_related("account", "tax_rate").prefetch_related("tracking"))
    allocations = _allocations(bill)
    live = [row for row in allocations if row.is_live]
    credited = sum(row.amount_minor for row in live if row.settlement_id and row.source == "credit_note")
    credits = _credits(company, bill)
    context: dict[str, Any] = {
        "bill": bill,
        "document": bill,
        "today": timezone.localdate(),
        "late": bill.is_overdue(today=timezone.localdate()),
        "lines": lines,
        "taxes": showing.taxes(lines, bill.currency),
        "allocations": allocations,
        "paid": Money(bill.settled_minor - credited, bill.currency),
        "credited": Money(credited, bill.currency),
        "holders": list({row.payment_id: row.payment for row in live}.values()),
        "attachments": list(bill.attachments.select_related("created_by")),
        "file_form": file_form or AttachmentForm(),
        "form": file_form,
        "credits": credits,
        "credit": Money(sum(note.available_minor for note in credits), bill.currency) if credits else None,
        "entries": showing.journal(bill),
        "events": audit.trail(bill)[:EVENTS_SHOWN],
        "off": showing.off(bill),
        "error": error,
    }
    return render(request, "bills/detail.html", context, status=status)


def _allocations(bill: Bill) -> list[Any]:
    """What settles or reserves the bill, and what did. The rows are the payments' own: a bill knows only their id."""
    rows = bill.allocations.select_related("payment", "credit_note", "from_payment", "undone_by")
    return list(rows.order_by("payment__paid_on", "pk"))


def _credits(company: Company, bill: Bill) -> list[Any]:
    """Credit of the supplier, in the bill's currency, that could be used on it."""
    if not bill.may_be_paid:
        return []
    found = company.credit_notes.usable().filter(supplier=bill.supplier_id, currency=bill.currency)
    return list(found.order_by("issued_on", "pk")[:10])
