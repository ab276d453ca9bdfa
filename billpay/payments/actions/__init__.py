"""Everything that changes a payment or a refund."""

from billpay.payments.actions.approving import (
    NotYours,
    Weight,
    approve,
    blocked,
    has_made,
    made_by,
    reject,
    submit,
    weigh,
    weigh_all,
)
from billpay.payments.actions.drafts import back_to_draft, delete_draft, edit_draft
from billpay.payments.actions.foreseeing import Foresight, foresee
from billpay.payments.actions.matching import lock_payments, lock_refunds, refuse_matching
from billpay.payments.actions.methods import (
    add_method,
    archive_method,
    create_usual_methods,
    rename_method,
    restore_method,
)
from billpay.payments.actions.ordering import Dispatch, Ordered, order, reorder
from billpay.payments.actions.orders import Header, Order, Part, PaymentError
from billpay.payments.actions.outcomes import cancel, complete, fail, start
from billpay.payments.actions.paying import pay, pay_batch
from billpay.payments.actions.reductions import Offer, Terms, offer, terms_of
from billpay.payments.actions.refunding import Returned, lock_sources, refund, void_refund
from billpay.payments.actions.retrying import Retrial, retrial_of, tried_again_as, try_again
from billpay.payments.actions.scheduling import business_day, resume, resume_all, schedule, stop, stop_all, unschedule
from billpay.payments.actions.undoing import undo_allocation, void
from billpay.payments.actions.working import (
    ClockWentBack,
    Worked,
    carry_out,
    reset_clock,
    work_schedule,
    work_schedules,
)

__all__ = [
    "ClockWentBack",
    "Dispatch",
    "Foresight",
    "Header",
    "NotYours",
    "Offer",
    "Order",
    "Ordered",
    "Part",
    "PaymentError",
    "Retrial",
    "Returned",
    "Terms",
    "Weight",
    "Worked",
    "add_method",
    "approve",
    "archive_method",
    "back_to_draft",
    "blocked",
    "business_day",
    "cancel",
    "carry_out",
    "complete",
    "create_usual_methods",
    "delete_draft",
    "edit_draft",
    "fail",
    "foresee",
    "has_made",
    "lock_payments",
    "lock_refunds",
    "lock_sources",
    "made_by",
    "offer",
    "order",
    "pay",
    "pay_batch",
    "refund",
    "refuse_matching",
    "reject",
    "rename_method",
    "reorder",
    "reset_clock",
    "restore_method",
    "resume",
    "resume_all",
    "retrial_of",
    "schedule",
    "start",
    "stop",
    "stop_all",
    "submit",
    "terms_of",
    "tried_again_as",
    "try_again",
    "undo_allocation",
    "unschedule",
    "void",
    "void_refund",
    "weigh",
    "weigh_all",
    "work_schedule",
    "work_schedules",
]
