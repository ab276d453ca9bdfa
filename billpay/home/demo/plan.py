"""Which bills reach the demo company on which day, worked out before anything is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from random import Random

from billpay.home.demo.clock import working_day_after, working_day_before
from billpay.home.demo.traders import Item, Trader

DAYS = 119
DRAFTS = 6
AWAITING = 7


class Stage(StrEnum):
    """How far a bill gets by today, payment apart."""

    DRAFT = "draft"
    AWAITING = "awaiting"
    APPROVED = "approved"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class PlannedLine:
    item: Item
    count: int
    price: int


@dataclass(frozen=True, slots=True)
class PlannedBill:
    """`back` is its place among the supplier's bills, counted from the newest, 0."""

    trader: Trader
    back: int
    number: str
    issued_on: date
    entered_on: date
    rate: Decimal
    lines: tuple[PlannedLine, ...]
    stage: Stage
    void_reason: str = ""
    held: bool = False


HELD = frozenset(
    {
        ("Castaway Candle Works Ltd", 5),
        ("Petherick Moore LLP", 2),
        ("Fenwick & Daughters Packaging", 4),
        ("Merrick Door & Lift Services", 1),
        ("Hallett & Boyd Solicitors", 1),
        ("Trevose Ceramics Ltd", 4),
        ("Rook & Rowan Office Supplies", 2),
        ("Signal Print & Design", 1),
        ("Channel Forwarding Ltd", 1),
        ("Penhale Linen Company", 2),
        ("Tessitura Lariana S.r.l.", 1),
        ("PowerDirect", 0),
        ("Seabright Cleaning Services", 1),
        ("Seabright Cleaning Services", 2),
    }
)
"""Bills not paid in the usual way: disputed, forgotten, paid in part, collected unrecorded; `episodes` tells."""

VOIDED = {
    ("Harbourmaster Freight Ltd", 8): "Billed twice; the delivery is on the bill before",
    ("Saltmarsh Pantry Ltd", 5): "Wrong prices; the supplier sent a new bill",
    ("Signal Print & Design", 2): "Order cancelled before printing",
}

POWER = (
    PlannedLine(Item("Electricity, shop and warehouse, metered", 0, 0), 1, 10081),
    PlannedLine(Item("Standing charge", 0, 0), 1, 1240),
)
"""The PowerDirect bill of 135.85 that the bank has collected already."""


def plan(traders: tuple[Trader, ...], *, today: date, rng: Random) -> list[PlannedBill]:
    """All bills, oldest first. The newest few have not got past draft, the next few await approval."""
    ages = sorted((age, at, back) for at, trader in enumerate(traders) for back, age in enumerate(_ages(trader)))
    stages = {(at, back): _stage(rank, traders[at], back) for rank, (_, at, back) in enumerate(ages)}
    bills = []
    for at, trader in enumerate(traders):
        count = len(_ages(trader))
        for back, age in enumerate(_ages(trader)):
            issued_on = working_day_before(today - timedelta(days=age))
            entered_on = min(working_day_after(issued_on, rng.randrange(3)), working_day_before(today - timedelta(1)))
            is_power = (trader.name, back) == ("PowerDirect", 0)
            key = (trader.name, back)
            bills.append(
                PlannedBill(
                    trader=trader,
                    back=back,
                    number=_number(trader, count - 1 - back, issued_on),
                    issued_on=issued_on,
                    entered_on=max(entered_on, issued_on),
                    rate=rate_on(trader.currency, rng),
                    lines=POWER if is_power else _lines(trader, rng),
                    stage=stages[at, back],
                    void_reason=VOIDED.get(key, ""),
                    held=key in HELD,
                )
            )
    return sorted(bills, key=lambda bill: (bill.entered_on, bill.issued_on, bill.trader.name, bill.number))


def rate_on(currency: str, rng: Random) -> Decimal:
    """A rate near what it was lately: pounds for one of the currency."""
    usual = {"EUR": 8480, "USD": 7720}.get(currency)
    return Decimal(1) if usual is None else Decimal(usual + rng.randrange(-110, 110)) / 10_000


def _ages(trader: Trader) -> range:
    return range(trader.last, DAYS, trader.every)


def _stage(rank: int, trader: Trader, back: int) -> Stage:
    if (trader.name, back) in VOIDED:
        return Stage.VOID
    return Stage.DRAFT if rank < DRAFTS else Stage.AWAITING if rank < DRAFTS + AWAITING else Stage.APPROVED


def _number(trader: Trader, at: int, issued_on: date) -> str:
    return trader.number.format(n=trader.first_number + at * trader.step, year=issued_on.year)


def _lines(trader: Trader, rng: Random) -> tuple[PlannedLine, ...]:
    chosen = sorted(rng.sample(range(len(trader.items)), min(trader.lines, len(trader.items))))
    if trader.lines == 2 and len(trader.items) > 2 and 0 not in chosen:
        chosen[0] = 0
    items = [trader.items[at] for at in chosen]
    return tuple(
        PlannedLine(item, rng.choice(item.counts), _rounded(rng.randrange(item.low, item.high + 1), item))
        for item in items
    )


def _rounded(price: int, item: Item) -> int:
    """Prices of goods end in 0 or 5; metered things do not."""
    return price if item.low == item.high or item.counts == (1,) else price - price % 5
