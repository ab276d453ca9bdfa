"""Where one stands when one looks at the books: as of which day, and by what had been entered by which day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone


def moment_after(day: date) -> datetime:
    """The first moment after a day is over, where the books are kept."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


@dataclass(frozen=True, slots=True)
class Standpoint:
    """
    The end of the day `on`, as the books stood by what had been entered by the end of the day `known_on`.

    Without `known_on`, all that is entered by now counts, however late it was.
    """

    on: date
    known_on: date | None = None

    @property
    def unknown_from(self) -> datetime | None:
        """The first moment of which nothing was known."""
        return None if self.known_on is None else moment_after(self.known_on)

    @property
    def slug(self) -> str:
        """For names of files, as in "2026-02-28-as-known-on-2026-03-05"."""
        known = f"-as-known-on-{self.known_on:%Y-%m-%d}" if self.known_on else ""
        return f"{self.on:%Y-%m-%d}{known}"

    def counts(self, dated: str, known: str) -> Q:
        """
        Rows that count.

        :param dated: the field, or path to it, with the day from which a row counts.
        :param known: the one with the moment in which it was entered.
        """
        condition = Q(**{f"{dated}__lte": self.on})
        return condition if self.unknown_from is None else condition & Q(**{f"{known}__lt": self.unknown_from})

    def counts_later(self, dated: str, known: str) -> Q:
        """Rows that do not count yet: all those that `counts` leaves out, where neither field is empty."""
        condition = Q(**{f"{dated}__gt": self.on})
        return condition if self.unknown_from is None else condition | Q(**{f"{known}__gte": self.unknown_from})
