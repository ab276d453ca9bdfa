"""Everything that changes a bill."""

from billpay.bills.actions.approving import (
    NotYours,
    Standing,
    approve,
    given,
    in_base,
    next_to_approve,
    open_as_imported,
    standing,
)
from billpay.bills.actions.attaching import AttachmentError, attach, remove_attachment
from billpay.bills.actions.entering import Discount, delete_draft, edit, enter, plan
from billpay.bills.actions.holding import hold, lift_hold, release_due_holds
from billpay.bills.actions.lifecycle import return_to_draft, submit, void
from billpay.bills.actions.planning import plan_all, plan_back, unplanned
from billpay.bills.actions.settling import (
    POOL,
    AmountTooLarge,
    NotPayable,
    refuse_held,
    release,
    reserve,
    settle,
    unsettle,
)
from billpay.documents.drafting import Content, DocumentError, DuplicateNumber, LineContent, NotEditable, Stale

BillError = DocumentError

__all__ = [
    "POOL",
    "AmountTooLarge",
    "AttachmentError",
    "BillError",
    "Content",
    "Discount",
    "DocumentError",
    "DuplicateNumber",
    "LineContent",
    "NotEditable",
    "NotPayable",
    "NotYours",
    "Stale",
    "Standing",
    "approve",
    "attach",
    "delete_draft",
    "edit",
    "enter",
    "given",
    "hold",
    "in_base",
    "lift_hold",
    "next_to_approve",
    "open_as_imported",
    "plan",
    "plan_all",
    "plan_back",
    "refuse_held",
    "release",
    "release_due_holds",
    "remove_attachment",
    "reserve",
    "return_to_draft",
    "settle",
    "standing",
    "submit",
    "unplanned",
    "unsettle",
    "void",
]
