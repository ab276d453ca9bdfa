"""Everything that changes a bill."""

from billpay.bills.actions.attaching import AttachmentError, attach, remove_attachment
from billpay.bills.actions.entering import delete_draft, edit, enter, plan
from billpay.bills.actions.lifecycle import approve, return_to_draft, submit, void
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
    "DocumentError",
    "DuplicateNumber",
    "LineContent",
    "NotEditable",
    "NotPayable",
    "Stale",
    "approve",
    "attach",
    "delete_draft",
    "edit",
    "enter",
    "plan",
    "refuse_held",
    "release",
    "remove_attachment",
    "reserve",
    "return_to_draft",
    "settle",
    "submit",
    "unsettle",
    "void",
]
