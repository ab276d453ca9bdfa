"""Entering and editing bills while they are drafts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial

from django.db import transaction

from billpay.bills.models import Bill
from billpay.companies import audit
from billpay.companies.models import Company, User
from billpay.documents import drafting
from billpay.documents.drafting import Content, DocumentError, NotEditable, Stale
from billpay.documents.models import Status
from billpay.suppliers.models import DiscountTax


@dataclass(frozen=True, slots=True)
class Discount:
    """So many percent off when the bill is paid in full by a day, and what that does to its tax."""

    percent: Decimal
    until: date
    tax: str = DiscountTax.REDUCED


@transaction.atomic
def enter(
    *,
    company: Company,
    content: Content,
    due_on: date,
    by: User,
    planned_on: date | None = None,
    twin_reason: str = "",
    discount: Discount | None = None,
) -> Bill:
    """
    Enter a bill as a draft.

    :param discount: its early-payment discount, if the supplier grants one.
    :param twin_reason: why the same supplier and number is not a duplicate, where it is.
    :raises DuplicateNumber: it looks like one and no reason is given (rule 8).
    :raises DocumentError: due before it was issued, a discount that cannot be, or lines of less than zero.
    """
    drafting.refuse_archived(content.supplier)
    _refuse_due_before(content.issued_on, due_on)
    bill = Bill(company=company, created_by=by, due_on=due_on, planned_on=planned_on)
    _put_discount(bill, discount, content.issued_on)
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
    discount: Discount | None = None,
) -> Bill:
    """
    Replace the content of a bill that is not approved yet. One awaiting approval goes back to draft, and approvals
    given to it no longer count.

    :param discount: the whole of its early-payment discount; without one, it has none.
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
    _put_discount(bill, discount, content.issued_on)
    fallen = _make_draft(bill, by)
    bill.version += 1
    drafting.write(bill, content, company=bill.company, twin_reason=twin_reason)
    change = f"{before} → {bill.total}" if before != bill.total else f"{bill.total}"
    audit.record(
        company=bill.company,
        verb="bill.edited",
        target=bill,
        by=by,
        summary=f"Bill {bill.number} edited: {change}{fallen}",
    )
    return bill


def _make_draft(bill: Bill, by: User) -> str:
    """Back to draft, changed by `by`; the words for the trail if it was waiting for approval."""
    waited = bill.status == Status.AWAITING_APPROVAL
    bill.status, bill.submitted_at, bill.submitted_by, bill.edited_by = Status.DRAFT, None, None, by
    if not waited:
        return ""
    lost = bill.approvals.filter(version=bill.version).count()
    return f"; a draft again{f', {lost} approval{"s" if lost > 1 else ""} no longer counts' if lost else ''}"


@transaction.atomic
def plan(*, bill: Bill, due_on: date, planned_on: date | None, reference: str, note: str, by: User) -> Bill:
    """
    Change what may be changed on an open bill, paid or not: its dates, reference and note, never its amounts.
    One that awaits approval goes back to draft, since its approvals are for what it was. A due date that an approved
    bill had is kept, so that reports of days gone by still know it.

    :raises NotEditable: it is void.
    """
    bill = drafting.lock(bill)
    if bill.status == Status.VOID:
        raise NotEditable(f"Bill {bill.number} is void.")
    _refuse_due_before(bill.issued_on, due_on)
    if due_on != bill.due_on and not bill.is_editable:
        bill.earlier_due_dates.create(due_on=bill.due_on, replaced_by=by)
    bill.due_on, bill.planned_on, bill.reference, bill.note = due_on, planned_on, reference, note
    fields = ["due_on", "planned_on", "reference", "note", "version"]
    fallen = ""
    if bill.is_editable:
        fallen = _make_draft(bill, by)
        fields += ["status", "submitted_at", "submitted_by", "edited_by"]
    bill.version += 1
    bill.save(update_fields=fields)
    planned = f", planned for {planned_on:%-d %B %Y}" if planned_on else ""
    audit.record(
        company=bill.company,
        verb="bill.planned",
        target=bill,
        by=by,
        summary=f"Bill {bill.number}: due {due_on:%-d %B %Y}{planned}{fallen}",
    )
    return bill


@audit.gathered()
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


def _put_discount(bill: Bill, discount: Discount | None, issued_on: date) -> None:
    if discount is None:
        bill.discount_percent, bill.discount_until, bill.discount_tax = Decimal(0), None, DiscountTax.REDUCED
        return
    if not 0 < discount.percent < 100:
        raise DocumentError("A discount is more than 0 and less than 100 %.", field="discount_percent")
    if discount.until < issued_on:
        raise DocumentError(
            f"The discount ends on {discount.until:%-d %B %Y}, before the bill date, {issued_on:%-d %B %Y}.",
            field="discount_until",
        )
    bill.discount_percent, bill.discount_until, bill.discount_tax = discount.percent, discount.until, discount.tax
