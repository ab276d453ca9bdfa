"""Putting a bill on hold, so that nothing pays it, and lifting the hold."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone

from billpay.bills.models import Bill
from billpay.companies import audit
from billpay.companies.models import Company, User
from billpay.documents import drafting
from billpay.documents.drafting import DocumentError

FIELDS = ("held_at", "held_by", "held_until", "hold_reason")


@transaction.atomic
def hold(*, bill: Bill, reason: str, until: date | None, today: date, by: User) -> Bill:
    """
    Keep a bill from being paid, or change why and until when it is kept. What is settled of it stays so.

    :param until: the day from which it may be paid again; without one, someone has to lift the hold.
    :raises DocumentError: no reason is given, the day is not to come, or nothing of the bill is left to pay.
    """
    if not reason.strip():
        raise DocumentError("Say why it is on hold.", field="reason")
    if until is not None and until <= today:
        raise DocumentError(
            f"{until:%-d %B %Y} has come already. Choose a later day, or leave it empty.", field="until"
        )
    bill = drafting.lock(bill)
    if not bill.may_be_held:
        raise DocumentError(f"Bill {bill.number} is {bill.get_state_display().lower()}; there is nothing to hold.")
    before = bill.held_at is not None
    bill.held_at, bill.held_by = timezone.now(), by
    bill.held_until, bill.hold_reason = until, reason.strip()[:200]
    bill.save(update_fields=FIELDS)
    day = f"until {until:%-d %B %Y}" if until else "until someone lifts it"
    audit.record(
        company=bill.company,
        verb="bill.held",
        target=bill,
        by=by,
        summary=f"Bill {bill.number} {'still' if before else 'put'} on hold {day}: {bill.hold_reason}",
        until=until.isoformat() if until else None,
    )
    return bill


@transaction.atomic
def lift_hold(*, bill: Bill, by: User) -> Bill:
    """
    Let a bill be paid again.

    :raises DocumentError: it is not on hold.
    """
    bill = drafting.lock(bill)
    if bill.held_at is None:
        raise DocumentError(f"Bill {bill.number} is not on hold.")
    reason = bill.hold_reason
    _clear(bill)
    bill.save(update_fields=FIELDS)
    audit.record(
        company=bill.company,
        verb="bill.hold_lifted",
        target=bill,
        by=by,
        summary=f"Hold on bill {bill.number} lifted; it was: {reason}",
    )
    return bill


@transaction.atomic
def release_due_holds(*, company: Company, today: date) -> list[Bill]:
    """Clear the holds whose day has come. They hold nothing any more: this is for the trail, and for lists."""
    held = company.bills.filter(held_at__isnull=False, held_until__lte=today)
    due = list(held.select_for_update(of=("self",), no_key=True).order_by("pk"))
    events = [
        audit.Event(
            "bill.hold_ended",
            bill,
            f"Hold on bill {bill.number} ended, as {bill.held_until:%-d %B %Y} has come; it was: {bill.hold_reason}",
        )
        for bill in due
    ]
    for bill in due:
        _clear(bill)
    Bill.objects.bulk_update(due, FIELDS)
    audit.record_many(company=company, by=None, events=events)
    return due


def _clear(bill: Bill) -> None:
    bill.held_at, bill.held_by, bill.held_until, bill.hold_reason = None, None, None, ""
