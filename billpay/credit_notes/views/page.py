"""The page of one credit note."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from billpay.companies import audit
from billpay.companies.access import MemberRequest, Permission, requires
from billpay.companies.models import Company
from billpay.credit_notes.models import CreditNote
from billpay.documents import showing
from billpay.money.value import Money

EVENTS_SHOWN = 30


@require_safe
@requires(Permission.VIEW)
def detail(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    return draw(request, company, pk)


def draw(request: MemberRequest, company: Company, pk: int, *, error: str = "", status: int = 200) -> HttpResponse:
    """The page as it is now, with what went wrong if something did."""
    note = get_object_or_404(
        company.credit_notes.select_related("supplier", "company", "created_by", "approved_by", "voided_by"), pk=pk
    )
    lines = list(note.lines.select_related("account", "tax_rate").prefetch_related("tracking"))
    refunds = refunds_of(note)
    context: dict[str, Any] = {
        "note": note,
        "document": note,
        "today": timezone.localdate(),
        "lines": lines,
        "taxes": showing.taxes(lines, note.currency),
        "allocations": allocations_of(note),
        "refunds": refunds,
        "refunded": Money(sum(part.amount_minor for part in refunds if not part.refund.voided_on), note.currency),
        "entries": showing.journal(note),
        "events": audit.trail(note)[:EVENTS_SHOWN],
        "off": showing.off(note),
        "error": error,
    }
    return render(request, "credit_notes/detail.html", context, status=status)


def allocations_of(note: CreditNote) -> list[Any]:
    """What the credit settles or is reserved for, and what it did. The rows are the payments' own."""
    rows = note.allocations.select_related("payment", "bill", "undone_by")
    return list(rows.order_by("payment__paid_on", "pk"))


def refunds_of(note: CreditNote) -> list[Any]:
    """What the supplier sent back of the credit, and what of it was taken back. The rows are the refunds' own."""
    rows = note.refunds.select_related("refund__bank_account")
    return list(rows.order_by("refund__received_on", "pk"))
