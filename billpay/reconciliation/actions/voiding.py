"""Voiding a payment or refund that may be matched: its bank lines stay, and return to be reconciled (rule 12)."""

from __future__ import annotations

from datetime import date

from django.db import transaction as database

from billpay.companies.models import User
from billpay.payments import actions as payments
from billpay.payments.actions import settling
from billpay.payments.models import Payment, Refund
from billpay.reconciliation.actions.tying import lock_transactions, untie


@database.atomic
def void_payment(*, payment: Payment, on: date, reason: str, by: User) -> Payment:
    """
    Undo the payment's matches, then void it from day `on`; all or nothing.

    :raises PaymentError: see `payments.actions.void`.
    :raises PeriodLocked: that day is closed.
    """
    matches = list(payment.matches.live().order_by("pk"))
    lock_transactions(row.transaction_id for row in matches)
    # Bills and credit are locked before the payment, as everywhere; undoing the matches locks the payment.
    settling.lock(list(payment.allocations.live().exclude(settlement=None)))
    if matches:
        untie(company=payment.company, matches=matches, by=by)
    return payments.void(payment=payment, on=on, reason=reason, by=by)


@database.atomic
def void_refund(*, refund: Refund, on: date, reason: str, by: User) -> Refund:
    """
    Undo the refund's matches, then void it from day `on`; all or nothing.

    :raises PaymentError: see `payments.actions.void_refund`.
    :raises PeriodLocked: that day is closed.
    """
    matches = list(refund.matches.live().order_by("pk"))
    lock_transactions(row.transaction_id for row in matches)
    # Credit is locked before the refund, as everywhere; undoing the matches locks the refund.
    payments.lock_sources(refund)
    if matches:
        untie(company=refund.company, matches=matches, by=by)
    return payments.void_refund(refund=refund, on=on, reason=reason, by=by)
