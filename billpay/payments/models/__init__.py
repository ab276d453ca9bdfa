"""Payments, batches, refunds, and what each of them settles."""

from billpay.payments.models.allocation import Allocation, Source
from billpay.payments.models.batch import Batch
from billpay.payments.models.method import Method, PaymentMethod
from billpay.payments.models.payment import CLOSED_BEFORE, IN_FLIGHT, MOVES, Payment, PaymentStatus
from billpay.payments.models.refund import Refund, RefundPart, RefundStatus
from billpay.payments.models.steps import MAKING, Approval, CashUse, CashUseKind, ScheduleClock, Step

__all__ = [
    "CLOSED_BEFORE",
    "IN_FLIGHT",
    "MAKING",
    "MOVES",
    "Allocation",
    "Approval",
    "Batch",
    "CashUse",
    "CashUseKind",
    "Method",
    "Payment",
    "PaymentMethod",
    "PaymentStatus",
    "Refund",
    "RefundPart",
    "RefundStatus",
    "ScheduleClock",
    "Source",
    "Step",
]
