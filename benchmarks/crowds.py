"""Sixteen people paying at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from benchmarks.bare import bare_bills_of
from benchmarks.engine import Desk, bare, pay
from benchmarks.timing import Figure, compare

THREADS = 16
ON_ONE = 160
OVER_MANY = 1_000


def on_one_bill(desk: Desk) -> Figure:
    """160 payments of a penny each, all of one bill."""
    bill, floor = desk.bills_of_one(1), bare_bills_of(1)
    return compare(
        f"{THREADS} threads on one bill",
        desk.database,
        measured=lambda: at_once(lambda _: pay(desk, bill), range(ON_ONE)),
        floor=lambda: at_once(lambda _: bare(floor), range(ON_ONE)),
        goal=4.0,
        runs=3,
    )


def over_many_bills(desk: Desk) -> Figure:
    """1,000 payments, each of a bill of its own."""
    bills, floor = desk.bills_of_one(OVER_MANY), bare_bills_of(OVER_MANY)
    return compare(
        f"{THREADS} threads over {OVER_MANY:,} bills",
        desk.database,
        measured=lambda: at_once(lambda index: pay(desk, [bills[index]]), range(OVER_MANY)),
        floor=lambda: at_once(lambda index: bare([floor[index]]), range(OVER_MANY)),
        goal=4.0,
        runs=2,
    )


def at_once(act: Callable[[int], None], items: Sequence[int]) -> None:
    """Share the items among the threads; every thread has a connection of its own. What fails, fails the figure."""
    barrier = threading.Barrier(THREADS)

    def work(number: int) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=60)
            for item in items[number::THREADS]:
                act(item)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        list(pool.map(work, range(THREADS)))
