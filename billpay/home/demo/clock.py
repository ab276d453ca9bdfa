"""The past, played: while it lasts, everything that is stored carries the day that is being played."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from random import Random

from django.utils import timezone


class Clock:
    """A working day that starts at ten to nine and moves on by a few minutes with everything done."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._now = timezone.now()

    def start_day(self, day: date) -> None:
        self._now = timezone.make_aware(datetime.combine(day, time(8, 50)))

    def tick(self) -> None:
        self._now += timedelta(seconds=self._rng.randrange(40, 240))

    def now(self) -> datetime:
        return self._now

    @property
    def day(self) -> date:
        return timezone.localdate(self._now)


@contextmanager
def playing(clock: Clock) -> Iterator[None]:
    """
    Let `django.utils.timezone.now` tell the clock's time, so that records and trail are dated as they would be.

    Only for a process that does nothing else meanwhile, as a management command does.
    """
    real = timezone.now
    timezone.now = clock.now
    try:
        yield
    finally:
        timezone.now = real


def is_working_day(day: date) -> bool:
    return day.weekday() < 5


def working_day_before(day: date) -> date:
    """The day itself, or the Friday before it."""
    return day - timedelta(days=max(day.weekday() - 4, 0))


def working_day_after(day: date, count: int = 0) -> date:
    """The day itself or the Monday after it, and then `count` working days on."""
    while not is_working_day(day):
        day += timedelta(days=1)
    for _ in range(count):
        day += timedelta(days=3 if day.weekday() == 4 else 1)
    return day
