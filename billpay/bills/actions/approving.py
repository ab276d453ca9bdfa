"""
Approval (rule 13): by amount, never by who made it, for the bill exactly as it was.

Each yes is bound to the bill's version: whatever changes the bill, or sends it back, makes a new one. How many are
needed is what the company's limits say on the day of the last of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from billpay.bills.actions.lifecycle import KIND
from billpay.bills.models import Bill, BillApproval
from billpay.companies import audit
from billpay.companies.approval import exceeded, limits_of
from billpay.companies.models import ApprovalLimit, ApprovalSubject, Company, User
from billpay.documents import drafting, lifecycle
from billpay.documents.drafting import DocumentError, Stale
from billpay.documents.models import Status
from billpay.money.value import Money, convert

MAKING = ("bill.edited", "bill.planned", "bill.submitted")
"""What the trail calls the doings of a maker: the bill itself keeps only who did each last."""
LOOKED_AT = 500


class NotYours(DocumentError):
    """The person made the bill, or has approved it already."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a bill's approval is: how many are needed, which are given, and why one person may not give theirs."""

    needed: int
    given: list[BillApproval]
    why_not: str = ""

    @property
    def left(self) -> int:
        return max(self.needed - len(self.given), 0)


@transaction.atomic
def approve(*, bill: Bill, by: User, seen: int | None = None) -> Bill:
    """
    One person's yes. With the last one that is needed, the bill is open for payment and posted: expense and tax to
    payables. Where no limit is exceeded, one yes of anybody is enough, and a draft needs no submitting.

    :param seen: the version that the person looked at, where known.
    :raises NotYours: they entered, changed or submitted it, or have approved it already under whatever role.
    :raises Stale: it is another version than `seen`.
    :raises DocumentError: it does not add up (saying by how much), or is not waiting to be approved.
    :raises PeriodLocked: its date is in a locked period.
    """
    bill = drafting.lock(bill)
    if seen is not None and seen != bill.version:
        raise Stale(f"Bill {bill.number} was changed since you opened it. Look at it again.")
    limit = _limit(bill) if bill.is_editable else None
    if limit is None:
        return lifecycle.approve(bill, KIND, by=by)
    drafting.refuse_unless_it_adds_up(bill)
    now = standing(bill, by)
    if bill.status == Status.DRAFT:
        raise DocumentError(_submit_first(bill, limit))
    if now.why_not:
        raise NotYours(f"Bill {bill.number}: {now.why_not}")
    if now.left:
        BillApproval.objects.create(bill=bill, version=bill.version, by=by, maker=bill.created_by)
    if now.left > 1:
        audit.record(
            company=bill.company,
            verb="bill.approval_given",
            target=bill,
            by=by,
            summary=f"Bill {bill.number} approved by {by}, {len(now.given) + 1} of {now.needed}: {bill.total}",
            version=bill.version,
        )
        return bill
    return lifecycle.approve(bill, KIND, by=by)


@transaction.atomic
def open_as_imported(*, bill: Bill, source: str, by: User) -> Bill:
    """
    Open a bill that another system calls open or paid: it was approved there, and what paid it there settles it here.

    Limits do not apply: the file states what is so already. Paying it is another matter, with limits of its own.

    :param source: the other system, as in "Codat".
    :raises DocumentError: it does not add up, or is no draft.
    :raises PeriodLocked: its date is in a locked period.
    """
    return lifecycle.approve(bill, KIND, by=by, how=f"opened as {source} has it, approved there")


def standing(bill: Bill, by: User) -> Standing:
    """How far the approval of a bill is, and whether this person may give theirs. At most four queries."""
    if not bill.is_editable:
        return Standing(0, given(bill))
    limit = _limit(bill)
    if limit is None:
        return Standing(0, [])
    approvals = given(bill)
    if bill.status == Status.DRAFT:
        return Standing(limit.approvers, approvals, _submit_first(bill, limit))
    return Standing(limit.approvers, approvals, _why_not(bill, by, approvals, limit.approvers))


def given(bill: Bill) -> list[BillApproval]:
    """The approvals that count for a bill as it is; of one that is open, those that opened it."""
    rows = list(bill.approvals.select_related("by"))
    if bill.is_editable:
        return [row for row in rows if row.version == bill.version]
    # Being submitted anew empties the day of submission first, so what was given after it is of one version.
    return [row for row in rows if bill.submitted_at and row.at >= bill.submitted_at]


def _why_not(bill: Bill, by: User, approvals: list[BillApproval], needed: int) -> str:
    if by.pk == bill.created_by_id:
        return "You entered this bill; someone else approves it."
    if by.pk in bill.makers or _made(bill, by):
        return "You changed or submitted this bill; someone else approves it."
    if len(approvals) < needed and any(row.by_id == by.pk for row in approvals):
        return "You have approved this bill already; the other approval is someone else’s."
    return ""


def _made(bill: Bill, by: User) -> bool:
    return audit.trail(bill).filter(by=by, verb__in=MAKING).exists()


def _limit(bill: Bill) -> ApprovalLimit | None:
    return exceeded(limits_of(bill.company, ApprovalSubject.BILL), in_base(bill))


def in_base(bill: Bill) -> int:
    """The total in minor units of the base currency, approved or not: what counts against the limits."""
    return convert(bill.total, bill.rate, bill.company.base_currency).minor


def _submit_first(bill: Bill, limit: ApprovalLimit) -> str:
    over = Money(limit.above_minor, bill.company.base_currency)
    who = "two other people approve" if limit.approvers > 1 else "another person approves"
    return f"Bill {bill.number} comes to {bill.total}; over {over} {who} it. Submit it for approval."


def next_to_approve(*, company: Company, by: User, after: Bill) -> Bill | None:
    """The first bill by due date, other than `after`, that waits for this person; None if none does."""
    limits = limits_of(company, ApprovalSubject.BILL)
    waiting = company.bills.filter(state=Bill.State.AWAITING_APPROVAL).exclude(pk=after.pk)
    for bill in waiting.select_related("company").order_by("due_on", "pk")[:LOOKED_AT]:
        if not exceeded(limits, in_base(bill)) or not standing(bill, by).why_not:
            return bill
    return None
