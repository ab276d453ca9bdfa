"""Everything that changes a credit note."""

from billpay.credit_notes.actions.entering import delete_draft, edit, enter
from billpay.credit_notes.actions.lifecycle import approve, return_to_draft, submit, void
from billpay.credit_notes.actions.using import POOL, CreditTooSmall, NotUsable, give_back, release, reserve, use
from billpay.documents.drafting import Content, DocumentError, DuplicateNumber, LineContent, NotEditable, Stale

CreditNoteError = DocumentError

__all__ = [
    "POOL",
    "Content",
    "CreditNoteError",
    "CreditTooSmall",
    "DocumentError",
    "DuplicateNumber",
    "LineContent",
    "NotEditable",
    "NotUsable",
    "Stale",
    "approve",
    "delete_draft",
    "edit",
    "enter",
    "give_back",
    "release",
    "reserve",
    "return_to_draft",
    "submit",
    "use",
    "void",
]
