"""Payments, batches of payments, and what each of them settles."""

from billpay.payments.models.allocation import Allocation, Source
from billpay.payments.models.batch import Batch
from billpay.payments.models.method import Method, PaymentMethod
from billpay.payments.models.payment import MOVES, Payment, PaymentStatus

__all__ = ["MOVES", "Allocation", "Batch", "Method", "Payment", "PaymentMethod", "PaymentStatus", "Source"]
