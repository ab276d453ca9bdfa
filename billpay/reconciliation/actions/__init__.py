"""Matching bank transactions with payments and refunds, and taking matches back."""

from billpay.reconciliation.actions.certain import Certain, match_certain
from billpay.reconciliation.actions.errors import AlreadyMatched, ReconciliationError
from billpay.reconciliation.actions.paying import pay_from_transaction
from billpay.reconciliation.actions.refunding import refund_from_transaction
from billpay.reconciliation.actions.tying import Tie, match, tie, unmatch
from billpay.reconciliation.actions.voiding import void_payment, void_refund

__all__ = [
    "AlreadyMatched",
    "Certain",
    "ReconciliationError",
    "Tie",
    "match",
    "match_certain",
    "pay_from_transaction",
    "refund_from_transaction",
    "tie",
    "unmatch",
    "void_payment",
    "void_refund",
]
