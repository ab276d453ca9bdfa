"""Taking a step: at which desk, by whom, and what came of it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import time_machine
from django.db import connection
from hypothesis import strategies as st

from billpay.companies.refusals import Refused
from billpay.ledger.actions import LedgerError
from tests.machine.desk import Desk

DESKS = st.sampled_from([0, 1])
PICK = st.integers(0, 999)
WHO = st.integers(0, 2)
SHARE = st.sampled_from([1, 25, 50, 99, 100, 100, 100, 101])
"""Per cent of what there is; more than there is now and then."""
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "WITH")
"""How a statement begins that may write; some that begin with WITH only read."""

done: Counter[str] = Counter()
"""What was tried over all runs, by rule."""
came_of: Counter[str] = Counter()
"""How many steps over all runs were `taken` (wrote something), `refused`, or `idle` (there was nothing to do)."""


class Steps:
    """What every rule of the machine uses to take its step."""

    today: date
    desks: list[Desk]
    wrote: list[Desk]

    def _clock(self) -> Any:
        return time_machine.travel(f"{self.today}T12:00:00+00:00", tick=False)

    def _try(self, at: Desk, name: str, act: Callable[[], object]) -> None:
        """Do it. Words of refusal are fine; anything else that is raised is a fault."""
        done[name] += 1
        refused = False
        with self._clock(), self._watched(at):
            try:
                act()
            except (Refused, LedgerError):
                refused = True
        came_of["refused" if refused else "taken" if at in self.wrote else "idle"] += 1
        if not refused and at in self.wrote and came_of["taken"] % 500 == 0:
            sys.stdout.write(f"{came_of['taken']} steps taken and proved, {came_of['refused']} refused\n")
            sys.stdout.flush()

    @contextmanager
    def _watched(self, at: Desk) -> Iterator[None]:
        """Notice whether the desk writes, be it only to be rolled back."""

        def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
            if sql.lstrip().upper().startswith(WRITES) and at not in self.wrote:
                self.wrote.append(at)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(watch):
            yield

    @staticmethod
    def _pick[T](rows: list[T], index: int) -> T | None:
        return rows[index % len(rows)] if rows else None
