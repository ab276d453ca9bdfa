"""
Which money settles which bill, and in what order. Pure: numbers in, numbers out.

All amounts are minor units of one currency.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Need:
    """What a bill is to be settled by."""

    key: Hashable
    minor: int


@dataclass(frozen=True, slots=True)
class Fund:
    """Money that may settle bills: a credit note, money on account, or cash."""

    key: Hashable
    minor: int


@dataclass(frozen=True, slots=True)
class Share:
    """So much of a fund goes to a need."""

    need: Hashable
    fund: Hashable
    minor: int


@dataclass(frozen=True, slots=True)
class Cover:
    """The shares, and what no fund covered."""

    shares: tuple[Share, ...]
    uncovered_minor: int


def cover(needs: Sequence[Need], funds: Sequence[Fund]) -> Cover:
    """
    Settle the needs in their order from the funds in theirs.

    Put the oldest bill first, and credit before cash, and credit is used up first on what is due first.
    Every share is positive, a need never gets more than it asks, a fund never gives more than it has.
    """
    for key, minor in [(need.key, need.minor) for need in needs] + [(fund.key, fund.minor) for fund in funds]:
        if minor < 0:
            raise ValueError(f"{key} is below zero.")
    shares: list[Share] = []
    left = [fund.minor for fund in funds]
    uncovered = 0
    at = 0
    for need in needs:
        wanted = need.minor
        while wanted and at < len(funds):
            minor = min(wanted, left[at])
            if minor:
                shares.append(Share(need.key, funds[at].key, minor))
                left[at] -= minor
                wanted -= minor
            if not left[at]:
                at += 1
        uncovered += wanted
    return Cover(tuple(shares), uncovered)


def add_up(pairs: Iterable[tuple[Hashable, int]]) -> dict[Hashable, int]:
    """Sums by key, in order of first sight: all lines for one bill count together (rule 11)."""
    sums: dict[Hashable, int] = {}
    for key, minor in pairs:
        sums[key] = sums.get(key, 0) + minor
    return sums
