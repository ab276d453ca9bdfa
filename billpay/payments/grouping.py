"""From what settles each bill to payments: one order for each supplier and day, or for each bill."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date

from billpay.money.value import Money
from billpay.payments.actions import Order
from billpay.payments.planning import Outcome
from billpay.payments.timing import Wanted, trips
from billpay.suppliers.models import Supplier


@dataclass(frozen=True, slots=True)
class Group:
    """One payment: who gets it, on which day, and for which bills."""

    supplier: Supplier
    on: date
    outcomes: tuple[Outcome, ...]


def grouped(outcomes: Sequence[Outcome], *, combine: bool) -> list[Group]:
    """
    The payments, by day: for each supplier one, or one for each bill. Bills that get nothing are left out.

    The day of each bill is that of its wish.
    """
    asked: dict[Hashable, Outcome] = {outcome.bill.pk: outcome for outcome in outcomes if outcome.settles}
    wanted = [Wanted(pk, outcome.bill.supplier_id, outcome.wish.on) for pk, outcome in asked.items()]
    return [
        Group(asked[bills[0]].bill.supplier, trip.on, tuple(asked[pk] for pk in bills))
        for trip in trips(wanted, combine=combine)
        for bills in trip.payments
    ]


def orders_for(
    groups: Sequence[Group],
    *,
    currency: str,
    reference: str = "",
    fee: Money | None = None,
    extra: Money | None = None,
    first_cheque: str = "",
) -> list[Order]:
    """
    One order for each group. `fee` and `extra` cash, to stay on account, go with a single payment only.

    :param first_cheque: the first cheque's number; each further payment in cash takes the next.
    """
    orders: list[Order] = []
    written = 0
    for group in groups:
        cash = sum((outcome.cash.minor for outcome in group.outcomes), extra.minor if extra else 0)
        number = ""
        if first_cheque and cash:
            number = nth_cheque(first_cheque, written)
            written += 1
        orders.append(
            Order(
                supplier=group.supplier,
                amount=Money(cash, currency),
                parts=[part for outcome in group.outcomes for part in outcome.order_parts()],
                fee=fee,
                cheque_number=number,
                reference=reference,
            )
        )
    return orders


def nth_cheque(first: str, index: int) -> str:
    """
    The number of the cheque `index` further on: 000123 and 2 give 000125.

    :raises ValueError: if the number does not end in digits, so that there is no next one.
    """
    if not index:
        return first.strip()
    found = re.fullmatch(r"(.*?)([0-9]+)", first.strip())
    if found is None:
        raise ValueError(f"'{first}' does not end in digits")
    return f"{found[1]}{int(found[2]) + index:0{len(found[2])}d}"
