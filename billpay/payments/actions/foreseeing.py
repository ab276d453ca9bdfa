"""What would happen to payments that are not stored yet: who would have to approve them, and what would stop them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from billpay.companies.approval import exceeded, limits_of
from billpay.companies.models import ApprovalSubject, Company
from billpay.money.value import Money
from billpay.payments.actions.approving import ELECTRONIC, currencies_of, lately_made
from billpay.payments.actions.measuring import highest_rates, weighed
from billpay.payments.actions.orders import Header, Order
from billpay.payments.models import Payment
from billpay.suppliers import bank_details


@dataclass(frozen=True, slots=True)
class Foresight:
    """
    What submitting one order would lead to.

    :param approvers: 0, 1 or 2 people who must approve.
    :param limit: the limit that asks for them, in the base currency.
    :param total: what is held against the limit: the order, what was lately paid to the supplier, and earlier
        orders to it in the same run.
    :param others: the stored payments in that total.
    :param run: the sum of those earlier orders.
    :param has_fees: whether fees are in the total; what counts is what leaves the account.
    :param blocked: why it would not go out as things stand; "" if nothing is in its way.
    """

    approvers: int
    limit: Money | None
    total: Money
    others: tuple[Payment, ...]
    run: Money
    has_fees: bool
    blocked: str


def foresee(
    *, company: Company, orders: Sequence[tuple[Header, Order]], apart_from: Payment | None = None
) -> list[Foresight]:
    """
    For each order, in the order in which they are to be submitted, what `weigh` and `blocked` would say of it.

    Three queries, whatever the number of orders; two more where some are foreign.

    :param apart_from: a payment being changed, which does not count beside itself.
    """
    suppliers = {order.supplier.pk for _, order in orders}
    limits = limits_of(company, ApprovalSubject.PAYMENT)
    lately = lately_made(company, suppliers)
    stopped = _unchecked(company, orders)
    rates = highest_rates(company, {header.currency for header, _ in orders} | currencies_of((), lately))
    nothing = Money.zero(company.base_currency)
    run: dict[int, Money] = {}
    fees: set[int] = set()
    found = []
    for header, order in orders:
        pk = order.supplier.pk
        others = [other for other in lately.get(pk, []) if other != apart_from]
        before = run.get(pk, nothing)
        own = weighed(company, order.outlay, header.rate, rates)
        total = own + before
        for other in others:
            total += weighed(company, other.outlay, other.rate, rates)
        limit = exceeded(limits, total.minor) if order.outlay else None
        found.append(
            Foresight(
                approvers=limit.approvers if limit else 0,
                limit=Money(limit.above_minor, company.base_currency) if limit else None,
                total=total,
                others=tuple(others),
                run=before,
                has_fees=bool(order.fee) or pk in fees or any(other.fee for other in others),
                blocked=stopped.get(pk, "") if header.method in ELECTRONIC and order.amount else "",
            )
        )
        if company.split_window_days:
            run[pk] = before + own
            if order.fee:
                fees.add(pk)
    return found


def _unchecked(company: Company, orders: Sequence[tuple[Header, Order]]) -> dict[int, str]:
    """Supplier id → words, where money would be sent to bank details that no second person has checked."""
    if not company.checks_bank_details or not orders:
        return {}
    sent_to = {order.supplier.pk: order.supplier for header, order in orders if header.method in ELECTRONIC}
    live = bank_details.live_accounts(company, sent_to, currency=orders[0][0].currency)
    return {
        pk: f"The bank details of {sent_to[pk]} are new; a second person has not checked them yet."
        for pk, account in live.items()
        if not account.is_checked
    }
