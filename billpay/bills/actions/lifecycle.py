"""From draft to awaiting approval and back, and to void."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from billpay.bills.models import Bill
from billpay.companies.models import User
from billpay.documents import drafting, lifecycle
from billpay.documents.drafting import DocumentError
from billpay.ledger.models import EntryKind

KIND = lifecycle.Kind(verb="bill", entry=EntryKind.BILL, sign=1)


@transaction.atomic
def submit(*, bill: Bill, by: User) -> Bill:
    """
    Ask for approval.

    :raises DocumentError: it does not add up, or is no draft.
    """
    return lifecycle.submit(bill, KIND, by=by)


@transaction.atomic
def return_to_draft(*, bill: Bill, reason: str, by: User) -> Bill:
    """Send a submitted bill back to whoever entered it. Approvals given before do not count for what comes next."""
    return lifecycle.return_to_draft(bill, KIND, reason=reason, by=by)


def why_not_void(bill: Bill) -> str:
    """What keeps an approved bill from being voided, in words; empty if nothing does."""
    if not bill.settled_minor and not bill.reserved_minor:
        return ""
    return (
        f"Bill {bill.number} has {bill.settled} settled and {bill.reserved} reserved. "
        "Void its payments and allocations first."
    )


@transaction.atomic
def void(*, bill: Bill, on: date, reason: str, by: User) -> Bill:
    """
    Take an unpaid bill back; the reverse is posted on `on`.

    :raises DocumentError: something is settled or reserved of it (saying how much), or no reason is given.
    :raises PeriodLocked: that day is closed.
    """
    bill = drafting.lock(bill)
    if held := why_not_void(bill):
        raise DocumentError(held)
    return lifecycle.void(bill, KIND, on=on, reason=reason, by=by)
