"""
Drawing on something that has a total: the one engine behind settling bills, using credit and money on account.

Each kind is a `Pool`: a model whose rows have a total, a counter of what is drawn for good and a counter of what
is reserved. Every operation locks its rows in ascending order of id, then reads, checks, and appends dated
movements (rule 11). The counters are the sums of the movements: triggers add each one up, and refuse any other
value. A CHECK on each model is the last guard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import models

from billpay.companies.models import User
from billpay.money.value import Money, convert


@dataclass(frozen=True, slots=True)
class Draw:
    """A wish: this much, in minor units, of the row with this id."""

    pk: int
    minor: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """What one draw took: the amount in minor units, and the part of the row's base total that went with it."""

    pk: int
    minor: int
    base_minor: int


@dataclass(frozen=True, slots=True)
class Words:
    """What the four kinds of movement are called where they are stored."""

    drawn: str
    given_back: str
    reserved: str = "reserved"
    released: str = "released"


@dataclass(frozen=True, slots=True)
class Pool[M: models.Model, R: models.Model]:
    """
    Names a model's counters and its movements, and how it refuses.

    `refuse(row, minor)` raises if the row may not be drawn on at all, or not for this much more.
    `owner` is the field of a movement that points at the row.
    """

    model: type[M]
    movement: type[R]
    owner: str
    words: Words
    total: str
    total_base: str
    drawn: str
    drawn_base: str
    refuse: Callable[[M, int], None]
    reserved: str = "reserved_minor"

    def lock(self, ids: Iterable[int]) -> dict[int, M]:
        """The rows as they are now, locked until the transaction ends, ascending by id."""
        wanted = set(ids)
        rows = self.model._default_manager.select_for_update(of=("self",), no_key=True).filter(pk__in=wanted)
        return {row.pk: row for row in rows.order_by(*(("pk",) if len(wanted) > 1 else ()))}

    def reserve(self, draws: Sequence[Draw], *, on: date, by: User | None) -> dict[int, M]:
        """Keep amounts for a payment that is not completed yet."""
        rows = self.lock(draw.pk for draw in draws)
        for pk, minor in _sums(draws).items():
            self.refuse(rows[pk], minor)
            self._add(rows[pk], self.reserved, minor)
        self._append([self._row(draw, self.words.reserved, on, by) for draw in draws])
        return rows

    def release(self, draws: Sequence[Draw], *, on: date, by: User | None) -> dict[int, M]:
        """Give reserved amounts free again."""
        rows = self.lock(draw.pk for draw in draws)
        for draw in draws:
            self._add(rows[draw.pk], self.reserved, -draw.minor)
        self._append([self._row(draw, self.words.released, on, by) for draw in draws])
        return rows

    def draw(
        self,
        draws: Sequence[Draw],
        *,
        base_currency: str,
        on: date,
        by: User | None,
        from_reserved: bool = False,
    ) -> tuple[list[Drawn], list[R]]:
        """
        Take amounts for good, in the order given; `from_reserved` turns what was reserved into it.

        Gives what was taken, and the movements that say so, in the same order.
        """
        rows = self.lock(draw.pk for draw in draws)
        for pk, minor in _sums(draws).items():
            if from_reserved:
                self._add(rows[pk], self.reserved, -minor)
            self.refuse(rows[pk], minor)
        taken = []
        for draw in draws:
            row = rows[draw.pk]
            base = self._base_part(row, draw.minor, base_currency)
            self._add(row, self.drawn, draw.minor)
            self._add(row, self.drawn_base, base)
            taken.append(Drawn(draw.pk, draw.minor, base))
        released = [self._row(draw, self.words.released, on, by) for draw in draws] if from_reserved else []
        stored = self._append([*released, *(self._row(item, self.words.drawn, on, by) for item in taken)])
        return taken, stored[len(released) :]

    def give_back(
        self, drawn: Sequence[Drawn], *, on: date, by: User | None, takes_back: Sequence[R] = ()
    ) -> dict[int, M]:
        """
        Undo earlier draws, to the minor unit in both currencies.

        :param takes_back: the movements undone, in the same order, where movements name them.
        """
        rows = self.lock(item.pk for item in drawn)
        movements = [self._row(item, self.words.given_back, on, by) for item in drawn]
        for movement, undone in zip(movements, takes_back, strict=bool(takes_back)):
            movement.takes_back = undone  # type: ignore[attr-defined]
        for item in drawn:
            self._add(rows[item.pk], self.drawn, -item.minor)
            self._add(rows[item.pk], self.drawn_base, -item.base_minor)
        self._append(movements)
        return rows

    def _row(self, item: Draw | Drawn, kind: str, on: date, by: User | None) -> R:
        base = item.base_minor if isinstance(item, Drawn) else 0
        return self.movement(
            **{f"{self.owner}_id": item.pk},
            kind=kind,
            amount_minor=item.minor,
            base_minor=base,
            on=on,
            created_by=by,
        )

    def _append(self, movements: list[R]) -> list[R]:
        return self.movement._default_manager.bulk_create(movements)

    def _base_part(self, row: M, minor: int, base_currency: str) -> int:
        return base_part(
            Money(minor, row.currency),  # type: ignore[attr-defined]
            rate=row.rate,  # type: ignore[attr-defined]
            base_currency=base_currency,
            left=getattr(row, self.total) - getattr(row, self.drawn),
            base_left=getattr(row, self.total_base) - getattr(row, self.drawn_base),
        )

    @staticmethod
    def _add(row: M, field: str, minor: int) -> None:
        setattr(row, field, getattr(row, field) + minor)


def _sums(draws: Iterable[Draw]) -> dict[int, int]:
    """All draws on one row count together (rule 11), and are refused by their sum, not by the last of them."""
    sums: dict[int, int] = {}
    for draw in draws:
        sums[draw.pk] = sums.get(draw.pk, 0) + draw.minor
    return sums


def base_part(amount: Money, *, rate: Decimal, base_currency: str, left: int, base_left: int) -> int:
    """
    The base minor units that go with `amount` of something that has `left` and `base_left` to draw.

    The last draw takes what is left in base, so that no residue stays when nothing is outstanding (rule 17).
    """
    if amount.minor == left:
        return base_left
    return min(convert(amount, rate, base_currency).minor, base_left)
