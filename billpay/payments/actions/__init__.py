"""Everything that changes a payment."""

from billpay.payments.actions.drafts import complete, delete_draft, edit_draft
from billpay.payments.actions.matching import mark_matched, mark_unmatched
from billpay.payments.actions.methods import (
    add_method,
    archive_method,
    create_usual_methods,
    rename_method,
    restore_method,
)
from billpay.payments.actions.orders import Header, Order, Part, PaymentError
from billpay.payments.actions.paying import pay, pay_batch
from billpay.payments.actions.undoing import undo_allocation, void

__all__ = [
    "Header",
    "Order",
    "Part",
    "PaymentError",
    "add_method",
    "archive_method",
    "complete",
    "create_usual_methods",
    "delete_draft",
    "edit_draft",
    "mark_matched",
    "mark_unmatched",
    "pay",
    "pay_batch",
    "rename_method",
    "restore_method",
    "undo_allocation",
    "void",
]
