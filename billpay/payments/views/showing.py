"""One payment: its page, the page after recording it, and its remittance advice."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from billpay.companies import audit
from billpay.companies.access import Permission, requires
from billpay.companies.models import Company
from billpay.ledger import actions as ledger
from billpay.ledger.models import JournalLine
from billpay.money.value import Money
from billpay.payments.models import Allocation, Payment
from billpay.payments.remittances import remittance_of


def load(company: Company, pk: int) -> Payment:
    return get_object_or_404(
        company.payments.select_related(
            "company", "supplier", "bank_account", "payment_method", "batch", "created_by", "completed_by", "voided_by"
        ),
        pk=pk,
    )


def allocations_of(payment: Payment) -> list[Allocation]:
    return list(
        payment.allocations.select_related("bill", "credit_note", "from_payment", "undone_by", "payment").order_by("id")
    )


@require_safe
@requires(Permission.VIEW)
def detail(request: HttpRequest, company: Company, pk: int) -> HttpResponse:
    return _page(request, load(company, pk))


@require_safe
@requires(Permission.VIEW)
def done(request: HttpRequest, company: Company, pk: int) -> HttpResponse:
    """The payment just recorded, and what to do next: an address that may be reloaded and kept."""
    return _page(request, load(company, pk), is_done=True)


def _page(request: HttpRequest, payment: Payment, **more: Any) -> HttpResponse:
    rows = allocations_of(payment)
    entries = list(ledger.entries_of(payment))
    today = timezone.localdate()
    drawn = (
        payment.drawn_allocations.live()
        .exclude(payment=payment)
        .select_related("payment", "bill")
        .order_by("payment_id", "id")
    )
    context = {
        "payment": payment,
        "rows": rows,
        "credit_used": Money(
            sum(row.amount_minor for row in rows if row.is_live and row.source != "cash"), payment.currency
        ),
        "beyond_bills": payment.beyond_bills(rows),
        "has_live": any(row.is_live for row in rows),
        "drawn": drawn,
        "matches": _matches(payment),
        "match_state": _match_state(payment),
        "journal": journal_of(entries, payment.company),
        "events": audit.trail(payment)[:50],
        "is_future": payment.paid_on > today,
        "today": today,
        "key": uuid.uuid4(),
        **more,
    }
    return render(request, "payments/detail.html", context)


def _matches(payment: Payment) -> list[Any]:
    """The bank lines that show this payment, read through the reverse relation of the room above."""
    return list(payment.matches.filter(undone_at=None).select_related("transaction", "transaction__bank_account"))


def _match_state(payment: Payment) -> str:
    if payment.status != Payment.Status.COMPLETED or not payment.bank_minor:
        return ""
    if not payment.matched_minor:
        return "unmatched"
    return "partly_matched" if payment.unmatched.minor else "matched"


def journal_of(entries: list[Any], company: Company) -> list[dict[str, Any]]:
    """Entries as rows to draw, with amounts in the base currency."""
    return [
        {
            "entry": entry,
            "lines": [
                {
                    "account": line.account,
                    "debit": _base(line, "debit_minor", company),
                    "credit": _base(line, "credit_minor", company),
                }
                for line in entry.lines.all()
            ],
        }
        for entry in entries
    ]


def _base(line: JournalLine, field: str, company: Company) -> Money | None:
    minor = getattr(line, field)
    return Money(minor, company.base_currency) if minor else None


@require_safe
@requires(Permission.VIEW)
def remittance(request: HttpRequest, company: Company, pk: int) -> HttpResponse:
    """What the supplier gets to see of the payment, on paper."""
    payment = load(company, pk)
    advice = remittance_of(payment, [row for row in allocations_of(payment) if row.is_live])
    return render(request, "payments/remittance.html", {"advices": [advice], "title": payment.number})


def paid_by(payments: list[Payment]) -> dict[int, Money]:
    """Credit used by payments, by id."""
    sums = (
        Allocation.objects.live()
        .filter(payment__in=payments)
        .exclude(source="cash")
        .values("payment_id")
        .annotate(total=Sum("amount_minor"))
    )
    currency = payments[0].currency if payments else ""
    return {row["payment_id"]: Money(row["total"], currency) for row in sums}
