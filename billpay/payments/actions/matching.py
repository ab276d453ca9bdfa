"""
How much of payments and refunds the bank statement may show. Called by reconciliation alone, which stores matches:
the database counts them into `matched_minor`.
"""

from __future__ import annotations

from collections.abc import Iterable

from billpay.money.value import Money
from billpay.payments.actions.orders import PaymentError
from billpay.payments.models import Payment, PaymentStatus, Refund, RefundStatus


def lock_payments(pks: Iterable[int]) -> dict[int, Payment]:
    """The payments as they are now, by id, locked in the order of their ids."""
    rows = Payment.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=set(pks))
    return {row.pk: row for row in rows.select_related("bank_account", "supplier").order_by("pk")}


def lock_refunds(pks: Iterable[int]) -> dict[int, Refund]:
    """The refunds as they are now, by id, locked in the order of their ids. To be called after `lock_payments`."""
    rows = Refund.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=set(pks))
    return {row.pk: row for row in rows.select_related("bank_account", "supplier").order_by("pk")}


def refuse_matching(paid: Payment | Refund, minor: int) -> None:
    """
    Refuse to match so much of a locked payment or refund.

    :param minor: minor units of the bank account's currency.
    :raises PaymentError: it is not completed, or the bank would show more than left the account or arrived in it.
    """
    if paid.status not in {PaymentStatus.COMPLETED, RefundStatus.COMPLETED}:
        what = "completed payments" if isinstance(paid, Payment) else "refunds received"
        raise PaymentError(f"{paid.number} is {paid.get_status_display().lower()}; only {what} can be matched.")
    if not 0 < minor <= paid.unmatched.minor:
        asked = Money(minor, paid.unmatched.currency)
        raise PaymentError(
            f"{paid.number} has {paid.unmatched} left to match; {asked} is {'too much' if minor > 0 else 'nothing'}."
        )
