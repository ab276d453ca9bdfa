"""How much of payments the bank statement has shown. Called by reconciliation alone."""

from __future__ import annotations

from collections.abc import Mapping

from billpay.money.value import Money
from billpay.payments.actions.orders import PaymentError
from billpay.payments.models import Payment, PaymentStatus


def mark_matched(*, amounts: Mapping[int, int]) -> dict[int, Payment]:
    """
    Count amounts (minor units of the bank account's currency, by payment id) as seen on the statement.

    :raises PaymentError: a payment is not completed, or would be matched for more than left the account.
    """
    payments = _lock(amounts)
    for pk, minor in amounts.items():
        payment = payments[pk]
        if payment.status != PaymentStatus.COMPLETED:
            raise PaymentError(f"{payment.number} is {payment.get_status_display().lower()}; it cannot be matched.")
        if minor > payment.unmatched.minor:
            raise PaymentError(
                f"{payment.number} has {payment.unmatched} left to match; "
                f"{Money(minor, payment.unmatched.currency)} is too much."
            )
        payment.matched_minor += minor
    Payment.objects.bulk_update(payments.values(), ["matched_minor"])
    return payments


def mark_unmatched(*, amounts: Mapping[int, int]) -> dict[int, Payment]:
    """Take back what `mark_matched` counted."""
    payments = _lock(amounts)
    for pk, minor in amounts.items():
        payments[pk].matched_minor -= minor
    Payment.objects.bulk_update(payments.values(), ["matched_minor"])
    return payments


def _lock(amounts: Mapping[int, int]) -> dict[int, Payment]:
    rows = (
        Payment.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=amounts)
        .select_related("bank_account", "supplier")
        .order_by("pk")
    )
    return {row.pk: row for row in rows}
