"""Pages about bills."""

from billpay.bills.views.bulk import bulk, selection
from billpay.bills.views.entry import duplicates, edit, new, totals
from billpay.bills.views.files import attachment, attachment_removal, attachments
from billpay.bills.views.holds import hold, lift
from billpay.bills.views.inbox import export, inbox
from billpay.bills.views.moves import approval, dates, delete, return_to_draft, submission, void
from billpay.bills.views.page import detail

__all__ = [
    "approval",
    "attachment",
    "attachment_removal",
    "attachments",
    "bulk",
    "dates",
    "delete",
    "detail",
    "duplicates",
    "edit",
    "export",
    "hold",
    "inbox",
    "lift",
    "new",
    "return_to_draft",
    "selection",
    "submission",
    "totals",
    "void",
]
