"""Paying bills from a bank transaction: the payment is made and matched in one go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db import transaction as database

from billpay.banking.models import BankTransaction, Direction
from billpay.companies.models import User
from billpay.money.value import Money
from billpay.payments import actions as payments
from billpay.payments.actions import Header, Order
from billpay.payments.models import Method, Payment, PaymentMethod
from billpay.reconciliation.actions.errors import ReconciliationError
from billpay.reconciliation.actions.refusing import refuse_direction, refuse_unready
from billpay.reconciliation.actions.tying import Tie, lock_transactions, tie

PAID_FROM_LINE = "Payment made from this bank line"


@database.atomic
def pay_from_transaction(
    *,
    transaction: BankTransaction,
    orders: Sequence[Order],
    by: User,
    paid_on: date | None = None,
    method: Method = Method.BANK_TRANSFER,
    payment_method: PaymentMethod | None = None,
    rate: Decimal = Decimal(1),
    reference: str = "",
    seen: int | None = None,
) -> list[Payment]:
    """
    Record what a bank transaction shows: payments of bills, completed, and matched with it, all or nothing.

    One order makes a payment; orders to several suppliers make a batch. What the orders leave of the transaction
    stays to be matched.

    :param orders: amounts in the currency of the bills; cash beyond an order's parts stays on account.
    :param paid_on: the payment date; the transaction's booking date if not given.
    :param rate: base units per unit of the bills' currency.
    :param seen: the minor units that were left to match when the person looked, if that is known.
    :raises AlreadyMatched: someone else matched or excluded the transaction in the meantime.
    :raises ReconciliationError: money in, or the payments are more than the transaction has left.
    :raises PaymentError: a bill cannot be paid as asked. See `payments.actions.pay`.
    """
    line = lock_transactions([transaction.pk])[transaction.pk]
    refuse_direction(line, Direction.OUT)
    refuse_unready(line, seen)
    if not orders:
        raise ReconciliationError("Choose at least one bill to pay.")
    header = Header(
        bank_account=line.bank_account,
        paid_on=paid_on or line.booked_on,
        currency=orders[0].amount.currency,
        method=method,
        payment_method=payment_method,
        rate=rate,
    )
    made = _pay(line, header, orders, by, reference)
    leaving = Money(sum(payment.bank_minor for payment in made), line.currency)
    if leaving.minor > line.unmatched.minor:
        raise ReconciliationError(
            f"The bank line has {line.unmatched} left; these payments take {leaving} from the account. "
            f"That is {leaving - line.unmatched} too much."
        )
    ties = [Tie(line, payment, payment.bank_total, (PAID_FROM_LINE,)) for payment in made if payment.bank_minor]
    if not ties:
        raise ReconciliationError("No cash would leave the account by this, so there is nothing to match.")
    tie(company=line.company, ties=ties, by=by)
    return made


def _pay(line: BankTransaction, header: Header, orders: Sequence[Order], by: User, reference: str) -> list[Payment]:
    if len(orders) == 1:
        return [payments.pay(company=line.company, header=header, order=orders[0], by=by)]
    batch = payments.pay_batch(company=line.company, header=header, orders=orders, by=by, reference=reference)
    return list(batch.payments.select_related("bank_account", "supplier").order_by("pk"))
