"""What voiding a bill would change, told before it is done (rule 14)."""

from __future__ import annotations

from datetime import date

from billpay.bills.actions.lifecycle import why_not_void
from billpay.bills.models import Bill, BillState
from billpay.documents import foreseeing
from billpay.documents.ageing import bucket_of
from billpay.documents.foreseen import Balance, Change, Foreseen, State
from billpay.money.value import Money


def of_void(bill: Bill, *, on: date, last: date | None = None) -> Foreseen:
    """What voiding an approved bill on that day would change; `last` is the last day that may be chosen."""
    base = bill.company.base_currency
    owed = Balance(bill.outstanding, Money((bill.total_base_minor or 0) - bill.settled_base_minor, base))
    bucket = bucket_of(bill.due_on, on=on) if owed.amount else None
    change = Change(
        target=bill,
        what="Outstanding",
        before=owed,
        after=owed.nothing,
        state_before=State(bill.state, bill.get_state_display(), bucket),
        state_after=State(BillState.VOID.value, str(BillState.VOID.label)),
    )
    return foreseeing.of_void(bill, change, on=on, last=last, held=why_not_void(bill))
