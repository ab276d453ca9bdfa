"""Entering and editing bills while they are drafts."""

from __future__ import annotations

from datetime import date
from functools import partial

from django.db import transaction

from billpay.bills.models import Bill
from billpay.companies import audit
from billpay.companies.models import Company, User
from billpay.documents import drafting
from billpay.documents.drafting import Content, DocumentError, NotEditable, Stale
from billpay.documents.models import Status


@transaction.atomic
def enter(
    *,
    company: Company,
    content: Content,
    due_on: date,
    by: User,
    planned_on: date | None = None,
    twin_reason: str = "",
) -> Bill:
    """
    Enter a bill as a draft.

    :param twin_reason: why the same supplier and number is not a duplicate, where it is.
    :raises DuplicateNumber: it looks like one and no reason is given (rule 8).
    :raises DocumentError: due before it was issued, or the lines come to less than zero.
    """
    drafting.refuse_archived(content.supplier)
    _refuse_due_before(content.issued_on, due_on)
    bill = Bill(company=company, created_by=by, due_on=due_on, planned_on=planned_on)
    drafting.write(bill, content, company=company, twin_reason=twin_reason)
    audit.record(
        company=company,
        verb="bill.entered",
        target=bill,
        by=by,
        summary=f"Bill {bill.number} of {bill.supplier} entered: {bill.total}",
        total_minor=bill.total_minor,
        twin_reason=bill.twin_reason,
    )
    return bill


@transaction.atomic
def edit(
    *,
    bill: Bill,
    content: Content,
    due_on: date,
    version: int,
    by: User,
    planned_on: date | None = None,
    twin_reason: str = "",
) -> Bill:
    """
    Replace the content of a bill that is not approved yet. One awaiting approval goes back to draft.

    :param version: the version the form was drawn from.
    :raises NotEditable: it is open, void or paid: its amounts are locked (rule 6).
    :raises Stale: someone else changed it meanwhile.
    """
    bill = drafting.lock(bill)
    if not bill.is_editable:
        raise NotEditable(f"Bill {bill.number} is {bill.get_state_display().lower()}; its amounts are locked.")
    if bill.version != version:
        raise Stale(f"Bill {bill.number} was changed by someone else since you opened it. Load it again.")
    _refuse_due_before(content.issued_on, due_on)
    before = bill.total
    bill.due_on, bill.planned_on = due_on, planned_on
    bill.status, bill.submitted_at, bill.submitted_by = Status.DRAFT, None, None
    bill.version += 1
    drafting.write(bill, content, company=bill.company, twin_reason=twin_reason)
    change = f"{before} → {bill.total}" if before != bill.total else f"{bill.total}"
    audit.record(
        company=bill.company, verb="bill.edited", target=bill, by=by, summary=f"Bill {bill.number} edited: {change}"
    )
    return bill


@transaction.atomic
def plan(*, bill: Bill, due_on: date, planned_on: date | None, reference: str, note: str, by: User) -> Bill:
    """
    Change what may be changed on an open bill, paid or not: its dates, reference and note, never its amounts.

    :raises NotEditable: it is void.
    """
    bill = drafting.lock(bill)
    if bill.status == Status.VOID:
        raise NotEditable(f"Bill {bill.number} is void.")
    _refuse_due_before(bill.issued_on, due_on)
    bill.due_on, bill.planned_on, bill.reference, bill.note = due_on, planned_on, reference, note
    bill.version += 1
    bill.save(update_fields=["due_on", "planned_on", "reference", "note", "version"])
    planned = f", planned for {planned_on:%-d %B %Y}" if planned_on else ""
    audit.record(
        company=bill.company,
        verb="bill.planned",
        target=bill,
        by=by,
        summary=f"Bill {bill.number}: due {due_on:%-d %B %Y}{planned}",
    )
    return bill


@transaction.atomic
def delete_draft(*, bill: Bill, by: User) -> None:
    """
    Delete a bill that was never approved, with its files (rule 25).

    :raises NotEditable: it is past that; void it instead.
    """
    bill = drafting.lock(bill)
    if not bill.is_editable:
        state = bill.get_state_display().lower()
        raise NotEditable(f"Bill {bill.number} is {state}. Only drafts are deleted; void it.")
    audit.record(
        company=bill.company,
        verb="bill.deleted",
        target=bill,
        by=by,
        summary=f"Draft bill {bill.number} of {bill.supplier} deleted: {bill.total}",
    )
    files = [attachment.file for attachment in bill.attachments.all()]
    bill.delete()
    for file in files:
        transaction.on_commit(partial(file.delete, save=False))


def _refuse_due_before(issued_on: date, due_on: date) -> None:
    if due_on < issued_on:
        raise DocumentError(
            f"The due date, {due_on:%-d %B %Y}, is before the bill date, {issued_on:%-d %B %Y}.", field="due_on"
        )
