"""What a demo supplier is: how it bills, what for, and how it is paid."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Paid(StrEnum):
    """How the demo company pays a supplier."""

    RUN = "run"  # In Thursday's batch.
    SINGLE = "single"  # By a transfer of its own, on the due date.
    DIRECT_DEBIT = "direct debit"
    CARD = "card"
    CHEQUE = "cheque"
    EURO = "euro"  # Several bills in one payment, from the euro account.
    WIRE = "wire"  # From the current account, with a fee and a rate.


@dataclass(frozen=True, slots=True)
class Item:
    """Something billed. `low` and `high` bound the price of one, in minor units; `counts` are likely quantities."""

    text: str
    low: int
    high: int
    counts: tuple[int, ...] = (1,)
    account: str = ""
    tax: str = ""


@dataclass(frozen=True, slots=True)
class Trader:
    """
    A supplier of the demo company.

    `number` is the pattern of its bill numbers: `{n}` counts from `first_number` by `step`. It bills every `every`
    days, last `last` days ago, `lines` lines at a time. `bank` is what its payments are sent to.
    """

    name: str
    contact: str
    email: str
    phone: str
    address: str
    bank: dict[str, str]
    account: str
    items: tuple[Item, ...]
    number: str
    first_number: int
    every: int
    last: int
    tax: str = "STANDARD"
    step: int = 1
    lines: int = 1
    terms_days: int = 30
    terms: str = "days"
    discount: tuple[str, int, str] = ("0", 0, "reduced")
    """Per cent, days from the bill date, and what becomes of the tax."""
    currency: str = "GBP"
    tax_number: str = ""
    paid: Paid = Paid.RUN
    on_statement: str = ""
    """What the bank calls it where it collects the money itself."""
