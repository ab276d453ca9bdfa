"""One payment: its page, the page after recording it, and its remittance advice."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from billpay.bills.models import Bill
from billpay.companies import audit
from billpay.companies.access import MemberRequest, Permission, requires
from billpay.companies.models import Company
from billpay.ledger import actions as ledger
from billpay.ledger.models import JournalLine
from billpay.money.value import Money
from billpay.payments.actions import blocked, has_made, tried_again_as, weigh
from billpay.payments.approvals import is_sent, payee_warnings
from billpay.payments.arrows import NOT_BY_MAKERS, RETRY, Place, open_arrows, seen_of, why_not
from billpay.payments.models import CLOSED_BEFORE, Allocation, Payment, PaymentStatus, Source, Step
from billpay.payments.remittances import remittance_of
from billpay.suppliers import bank_details


def load(company: Company, pk: int) -> Payment:
    things = ("company", "supplier", "bank_account", "payment_method", "payee_account", "batch", "retry_of")
    people = ("created_by", "edited_by", "submitted_by", "completed_by", "voided_by")
    return get_object_or_404(company.payments.select_related(*things, *people), pk=pk)


def allocations_of(payment: Payment) -> list[Allocation]:
    return list(
        payment.allocations.select_related("bill", "credit_note", "from_payment", "undone_by", "payment").order_by("id")
    )


@require_safe
@requires(Permission.VIEW)
def detail(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    return _page(request, load(company, pk))


@require_safe
@requires(Permission.VIEW)
def done(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """The payment just recorded, and what to do next: an address that may be reloaded and kept."""
    return _page(request, load(company, pk), is_done=True)


def _page(request: MemberRequest, payment: Payment, **more: Any) -> HttpResponse:
    rows = allocations_of(payment)
    live = [row for row in rows if row.is_live]
    history = history_of(payment)
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
        "beyond": _beyond(payment, live),
        "beyond_bills": payment.beyond_bills(rows),
        "drawn": drawn,
        "matches": _matches(payment),
        "match_state": _match_state(payment),
        "journal": journal_of(list(ledger.entries_of(payment)), payment.company),
        "events": audit.trail(payment)[:50],
        "history": history,
        "ended_because": history[-1]["reason"] if history and payment.status in CLOSED_BEFORE else "",
        "today": today,
        **life_of(request, payment, live, today),
        **more,
    }
    return render(request, "payments/detail.html", context)


def life_of(request: MemberRequest, payment: Payment, live: list[Allocation], today: date) -> dict[str, Any]:
    """Where the payment stands, what it waits for, and what this person may do about it."""
    given = [approval for approval in payment.approvals.select_related("by") if approval.digest == payment.digest]
    asks = payment.status in {PaymentStatus.DRAFT, PaymentStatus.AWAITING_APPROVAL}
    retries = list(payment.retries.order_by("pk"))
    again = tried_again_as(payment) if payment.status in CLOSED_BEFORE else None
    made = has_made(payment, request.user)
    not_you = why_not(payment, request.user, has_made=made, approved_by={approval.by_id for approval in given})
    payee = payment.payee_account
    if payment.is_draft and is_sent(payment):
        suppliers = [payment.supplier_id]
        live_accounts = bank_details.live_accounts(payment.company, suppliers, currency=payment.currency)
        payee = live_accounts.get(payment.supplier_id)
    buttons: dict[str, list[dict[str, Any]]] = {place.value: [] for place in Place}
    for arrow in open_arrows(payment, request.permissions):
        if (arrow.code in NOT_BY_MAKERS and not_you) or (arrow == RETRY and again):
            continue
        button = {"arrow": arrow, "label": arrow.label_for(payment), "key": uuid.uuid4(), "seen": seen_of(payment)}
        buttons[arrow.place_for(payment).value].append(button)
    on_hold = held_bills(live, today=today)
    return {
        "buttons": buttons,
        "given": given,
        "missing": max(payment.approvers_needed - len(given), 0),
        "weight": weigh(payment) if asks else None,
        "not_you": not_you if payment.status == PaymentStatus.AWAITING_APPROVAL else "",
        "payee_warning": payee_warnings(payment.company, [payment], today=today).get(payment.pk, ""),
        "payee": payee,
        "misses_details": is_sent(payment) and payment.is_in_flight and payee is None,
        "on_hold": on_hold if payment.is_in_flight else [],
        "kept_back": payment.status == PaymentStatus.SCHEDULED and bool(on_hold or blocked([payment])),
        "is_late": payment.execute_on is not None and payment.execute_on < today,
        "retries": retries,
        "retried_as": again,
    }


def held_bills(rows: list[Allocation], *, today: date) -> list[Bill]:
    """The bills among them that are on hold, each once."""
    return list({row.bill_id: row.bill for row in rows if row.bill.is_held(today=today)}.values())


def _beyond(payment: Payment, live: list[Allocation]) -> list[dict[str, Any]]:
    """What settles bills beside this payment's cash, by kind."""
    sums: dict[str, int] = {}
    for row in live:
        if row.source != Source.CASH:
            kind = "Credit" if row.source in {Source.CREDIT_NOTE, Source.ON_ACCOUNT} else row.get_source_display()
            sums[kind] = sums.get(kind, 0) + row.amount_minor
    return [{"label": kind, "amount": Money(minor, payment.currency)} for kind, minor in sums.items()]


def history_of(payment: Payment) -> list[dict[str, Any]]:
    """Each step and each approval, oldest first: who, when and why. `lapsed` are approvals of what it was before."""
    steps = [
        {"at": step.at, "by": step.by, "words": _step_words(step), "status": step.to_status, "reason": step.reason}
        for step in payment.steps.select_related("by")
    ]
    approvals = [
        {
            "at": given.at,
            "by": given.by,
            "words": "Approval given",
            "lapsed": given.digest != payment.digest,
            "approval": True,
        }
        for given in payment.approvals.select_related("by")
    ]
    # A step that an approval led to was written after it, though in the same breath.
    return sorted([*approvals, *steps], key=lambda entry: entry["at"])


def _step_words(step: Step) -> str:
    first = {PaymentStatus.DRAFT: "Made as a draft", PaymentStatus.COMPLETED: "Recorded as paid"}
    if not step.from_status:
        return first.get(PaymentStatus(step.to_status), step.get_to_status_display())
    if step.to_status == PaymentStatus.APPROVED:
        return {
            PaymentStatus.SCHEDULED: "Taken off the schedule",
            PaymentStatus.AWAITING_APPROVAL: "Approved by all who are needed",
        }.get(PaymentStatus(step.from_status), "Approved")
    return {
        PaymentStatus.DRAFT: "Back to draft",
        PaymentStatus.AWAITING_APPROVAL: "Submitted for approval",
        PaymentStatus.PROCESSING: "Sent to the bank",
    }.get(PaymentStatus(step.to_status), step.get_to_status_display())


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
def remittance(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """What the supplier gets to see of the payment, on paper."""
    payment = load(company, pk)
    advice = remittance_of(payment, [row for row in allocations_of(payment) if row.is_live])
    back_href = reverse("payments:detail", args=[company.slug, payment.pk])
    context = {"advices": [advice], "title": payment.number, "back": payment.number, "back_href": back_href}
    return render(request, "payments/remittance.html", context)


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
