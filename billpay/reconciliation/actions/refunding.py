"""Recording a refund from a bank transaction: it is made and matched in one go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db import transaction as database

from billpay.banking.models import BankTransaction, Direction
from billpay.companies.models import User
from billpay.payments import actions as payments
from billpay.payments.actions import Returned
from billpay.payments.models import Refund
from billpay.reconciliation.actions.errors import ReconciliationError
from billpay.reconciliation.actions.refusing import refuse_direction, refuse_unready
from billpay.reconciliation.actions.tying import Tie, lock_transactions, tie
from billpay.suppliers.models import Supplier

MADE_FROM_LINE = "Refund recorded from this bank line"


@database.atomic
def refund_from_transaction(
    *,
    transaction: BankTransaction,
    supplier: Supplier,
    parts: Sequence[Returned],
    by: User,
    received_on: date | None = None,
    rate: Decimal = Decimal(1),
    reference: str = "",
    note: str = "",
    seen: int | None = None,
) -> Refund:
    """
    Record what money in shows: a supplier's refund, matched with it, all or nothing.

    What the refund leaves of the transaction stays to be matched.

    :param parts: how much comes back of which credit note, or of which payment's money on account.
    :param received_on: the day it arrived; the transaction's booking date if not given.
    :param rate: base units per unit of the parts' currency.
    :param seen: the minor units that were left to match when the person looked, if that is known.
    :raises AlreadyMatched: someone else matched or excluded the transaction in the meantime.
    :raises ReconciliationError: money out, or the refund is more than the transaction has left.
    :raises PaymentError: it cannot come back as asked. See `payments.actions.refund`.
    """
    line = lock_transactions([transaction.pk])[transaction.pk]
    refuse_direction(line, Direction.IN)
    refuse_unready(line, seen)
    made = payments.refund(
        company=line.company,
        supplier=supplier,
        bank_account=line.bank_account,
        received_on=received_on or line.booked_on,
        parts=parts,
        by=by,
        rate=rate,
        reference=reference,
        note=note,
    )
    if made.bank_minor > line.unmatched.minor:
        raise ReconciliationError(
            f"The bank line has {line.unmatched} left; this refund is {made.bank_total}. "
            f"That is {made.bank_total - line.unmatched} too much."
        )
    tie(company=line.company, ties=[Tie(line, made, made.bank_total, (MADE_FROM_LINE,))], by=by)
    return made
