"""How late a bill is, in the thirty-day buckets of an ageing report. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Bucket:
    """`last` is the most days late that still belong to it; the last bucket has none."""

    code: str
    label: str
    last: int | None

    @property
    def is_late(self) -> bool:
        return self.last != 0


BUCKETS = (
    Bucket("current", "Not due yet", 0),
    Bucket("late30", "1–30 days overdue", 30),
    Bucket("late60", "31–60 days overdue", 60),
    Bucket("late90", "61–90 days overdue", 90),
    Bucket("later", "91 days or more overdue", None),
)


def bucket_of(due_on: date, *, on: date) -> Bucket:
    """Where something due on one day stands on another: on its due date it is not late yet."""
    late = (on - due_on).days
    return next(bucket for bucket in BUCKETS if bucket.last is None or late <= bucket.last)
