"""
On which day a payment goes out, and which bills go out together. Pure: days in, days out.

What is asked for is a day, the due day of each bill, or the account's next payment day. What comes out is a business
day of the account's bank, never before today.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from billpay.banking import business_days


class When(StrEnum):
    """How the day is asked for."""

    DATE = "date"
    DUE = "due"
    PAYDAY = "payday"


@dataclass(frozen=True, slots=True)
class Bank:
    """Whose holidays count, and the rule by which a day on which the bank is closed moves; see `business_days`."""

    calendar: str
    rule: str


@dataclass(frozen=True, slots=True)
class Goes:
    """
    The day asked for, and the day on which the money moves.

    :param closed: why the bank is closed on the day it would have been, as in "Saturday"; "" when it is open.
    :param overdue: whether the day asked for has passed, so that today takes its place.
    """

    asked: date
    on: date
    closed: str = ""
    overdue: bool = False

    @property
    def moves(self) -> bool:
        return self.asked != self.on


def goes_out(asked: date, *, today: date, bank: Bank | None) -> Goes:
    """
    When a payment asked for a day goes out: on that day or by the bank's rule, and what is overdue goes now.

    A rule that would move the day into the past, paying on the Friday before when it is Saturday already, is not
    followed: the next business day is the first on which anything can go out. Without a bank, no day is moved.
    """
    start, overdue = max(asked, today), asked < today
    if bank is None:
        return Goes(asked, start, overdue=overdue)
    on = business_days.shift(start, bank.calendar, bank.rule)
    if on < today:
        on = business_days.shift(start, bank.calendar, "next")
    return Goes(asked, on, business_days.closed_because(start, bank.calendar), overdue)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A bill to be paid on a day. Keys are whatever tells bills and suppliers apart."""

    bill: Hashable
    supplier: Hashable
    on: date


@dataclass(frozen=True, slots=True)
class Trip:
    """What goes out on one day: the bills of each payment."""

    on: date
    payments: tuple[tuple[Hashable, ...], ...]


def trips(wanted: Sequence[Wanted], *, combine: bool) -> list[Trip]:
    """
    Bills by day, the first day first, and on each day by payment: one for each supplier, or one for each bill.

    Suppliers and bills keep the order in which they are given.
    """
    days: dict[date, dict[Hashable, list[Hashable]]] = {}
    for one in wanted:
        payment = one.supplier if combine else one.bill
        days.setdefault(one.on, {}).setdefault(payment, []).append(one.bill)
    return [Trip(on, tuple(tuple(bills) for bills in days[on].values())) for on in sorted(days)]
