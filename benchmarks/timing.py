"""Timing two things in turn, so that a machine whose speed drifts slows both alike."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Figure:
    """Medians in seconds of the thing measured and of its floor, and the median of their ratios, pair by pair."""

    name: str
    database: str
    seconds: float
    floor_seconds: float
    ratio: float
    goal: float
    more: dict[str, int] = field(default_factory=dict)

    def line(self) -> str:
        return json.dumps(
            {
                "figure": self.name,
                "database": self.database,
                "ms": round(self.seconds * 1000, 2),
                "floor_ms": round(self.floor_seconds * 1000, 2),
                "ratio": round(self.ratio, 2),
                "goal": self.goal,
                "met": self.ratio <= self.goal,
                **self.more,
            }
        )


def compare(
    name: str,
    database: str,
    *,
    measured: Callable[[], object],
    floor: Callable[[], object],
    goal: float,
    runs: int = 15,
) -> Figure:
    """Run both once to warm up, then in turn; A B A B …"""
    measured()
    floor()
    pairs = [(_timed(measured), _timed(floor)) for _ in range(runs)]
    return Figure(
        name=name,
        database=database,
        seconds=statistics.median(a for a, _ in pairs),
        floor_seconds=statistics.median(b for _, b in pairs),
        ratio=statistics.median(a / b for a, b in pairs),
        goal=goal,
    )


def _timed(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started
