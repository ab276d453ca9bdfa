"""Pages about credit notes."""

from billpay.credit_notes.views.entry import duplicates, edit, new, totals
from billpay.credit_notes.views.listing import credit_notes, export
from billpay.credit_notes.views.moves import approval, delete, return_to_draft, submission, void
from billpay.credit_notes.views.page import detail

__all__ = [
    "approval",
    "credit_notes",
    "delete",
    "detail",
    "duplicates",
    "edit",
    "export",
    "new",
    "return_to_draft",
    "submission",
    "totals",
    "void",
]
