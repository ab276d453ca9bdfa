"""
The only way a bill's money moves (rule 11).

Each call takes many bills at once, locks them in ascending order of id, and writes in a fixed number of
statements. Who calls holds the transaction and writes the audit lines, since a bill does not know what paid it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from django.utils import timezone

from billpay.bills.models import Bill, Settlement
from billpay.companies.models import Company, User
from billpay.documents.drafting import DocumentError
from billpay.documents.drawing import Draw, Drawn, Pool, Words
from billpay.money.value import Money


class NotPayable(DocumentError):
    """The bill is not open, or on hold."""


class AmountTooLarge(DocumentError):
    """More than is outstanding and not reserved."""


def _refuse(bill: Bill, minor: int) -> None:
    if not bill.may_be_settled:
        raise NotPayable(f"Bill {bill.number} is {bill.get_status_display().lower()}; it cannot be paid.", pk=bill.pk)
    refuse_held([bill])
    if minor > bill.available.minor:
        amount = Money(minor, bill.currency)
        held = f", of which {bill.reserved} is reserved by payments not yet completed" if bill.reserved_minor else ""
        raise AmountTooLarge(
            f"Bill {bill.number} has {bill.outstanding} outstanding{held}; {amount} is too much.", pk=bill.pk
        )


def refuse_held(bills: Iterable[Bill]) -> None:
    """:raises NotPayable: one of them is on hold today."""
    for bill in bills:
        if bill.is_held(today=timezone.localdate()):
            until = f" until {bill.held_until:%-d %B %Y}" if bill.held_until else ""
            raise NotPayable(
                f"Bill {bill.number} is on hold{until}: {bill.hold_reason}. Lift the hold before paying it.", pk=bill.pk
            )


POOL = Pool(
    model=Bill,
    movement=Settlement,
    owner="bill",
    words=Words(drawn="settled", given_back="unsettled"),
    total="total_minor",
    total_base="total_base_minor",
    drawn="settled_minor",
    drawn_base="settled_base_minor",
    refuse=_refuse,
)


def reserve(*, draws: Sequence[Draw], on: date, by: User | None) -> None:
    """
    Keep parts of bills for a payment that is not completed.

    :raises NotPayable: a bill is not open, or on hold.
    :raises AmountTooLarge: all draws for one bill together exceed what is available of it.
    """
    POOL.reserve(draws, on=on, by=by)


def release(*, draws: Sequence[Draw], on: date, by: User | None) -> None:
    """Let go of what `reserve` kept."""
    POOL.release(draws, on=on, by=by)


def settle(
    *, company: Company, draws: Sequence[Draw], on: date, by: User | None, from_reserved: bool = False
) -> list[Settlement]:
    """
    Settle parts of open bills: one dated `Settlement` for each draw, in the order given.

    :param draws: positive minor units of each bill's own currency; a bill may occur more than once.
    :param on: the day the money moved, not the day it was keyed.
    :param from_reserved: whether the draws were reserved before.
    :raises NotPayable: a bill is not open, or on hold.
    :raises AmountTooLarge: all draws for one bill together exceed what is available of it.
    """
    return POOL.draw(draws, base_currency=company.base_currency, on=on, by=by, from_reserved=from_reserved)[1]


def unsettle(*, settlements: Sequence[Settlement], on: date, by: User | None) -> None:
    """Take settlements back: new rows dated `on`; what was settled is outstanding again."""
    drawn = [Drawn(row.bill_id, row.amount_minor, row.base_minor) for row in settlements]
    POOL.give_back(drawn, on=on, by=by, takes_back=settlements)
