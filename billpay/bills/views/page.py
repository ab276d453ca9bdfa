"""The page of one bill."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from billpay.bills import actions, history
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
        company.bills.select_related("supplier", "company", "created_by", "approved_by", "voided_by", "held_by"), pk=pk
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
    today = timezone.localdate()
    lines = list(bill.lines.select_related("account", "tax_rate").prefetch_related("tracking"))
    parts = history.parts(bill)
    held = bill.is_held(today=today)
    credits = [] if held else _credits(company, bill)
    context: dict[str, Any] = {
        "bill": bill,
        "document": bill,
        "today": today,
        "late": bill.is_overdue(today=today),
        "held": held,
        "approval": actions.standing(bill, request.user),
        "offer": history.offer(bill, parts, on=today),
        "lines": lines,
        "taxes": showing.taxes(lines, bill.currency),
        "parts": parts,
        "sums": history.sums(bill, parts),
        "movements": history.movements(bill, parts),
        "holders": list({part.row.payment_id: part.row.payment for part in parts if part.row.is_live}.values()),
        "attachments": list(bill.attachments.select_related("created_by")),
        "file_form": file_form or AttachmentForm(),
        "form": file_form,
        "credits": credits,
        "on_account": None if held else _on_account(company, bill),
        "credit": Money(sum(note.available_minor for note in credits), bill.currency) if credits else None,
        "entries": showing.journal(bill),
        "events": audit.trail(bill)[:EVENTS_SHOWN],
        "off": showing.off(bill),
        "error": error,
    }
    return render(request, "bills/detail.html", context, status=status)


def _on_account(company: Company, bill: Bill) -> Money | None:
    """Money on account with the supplier, in the bill's currency; the payments are of the room above."""
    if not bill.may_be_paid:
        return None
    found = company.payments.with_money_on_account().filter(supplier=bill.supplier_id, currency=bill.currency)
    return Money(sum(payment.available_on_account.minor for payment in found), bill.currency) or None


def _credits(company: Company, bill: Bill) -> list[Any]:
    """Credit of the supplier, in the bill's currency, that could be used on it."""
    if not bill.may_be_paid:
        return []
    found = company.credit_notes.usable().filter(supplier=bill.supplier_id, currency=bill.currency)
    return list(found.order_by("issued_on", "pk")[:10])
