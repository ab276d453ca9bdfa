"""Counters that always equal the sum of their rows: the database moves them, and lets nobody set them otherwise."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from billpay.guards.rules import Frozen, Refuse, never_replaced
from billpay.guards.triggers import Refusal, Trigger, Write, changed, quoted, trigger_name


@dataclass(frozen=True, slots=True)
class Counted:
    """
    Counters of a parent, each the sum over the rows that point to it. The rows are append-only: declare that beside it.

    :param fk: the column of `rows_table` that holds the parent's id.
    :param counters: for each counter what a row adds, by its kind:
        {"settled_minor": {"settled": "amount_minor", "unsettled": "-amount_minor"}}. Other kinds add nothing.
    """

    parent_table: str
    rows_table: str
    fk: str
    counters: Mapping[str, Mapping[str, str]]
    kind: str = "kind"

    def triggers(self) -> list[Trigger]:
        moves = {counter: self._by_kind(kinds, "NEW.") for counter, kinds in self.counters.items()}
        sums = {counter: self._by_kind(kinds, "") for counter, kinds in self.counters.items()}
        return [
            _moving(self.parent_table, self.rows_table, self.fk, moves, "INSERT"),
            *_kept(self.parent_table, self.rows_table, self.fk, sums),
        ]

    def _by_kind(self, kinds: Mapping[str, str], row: str) -> str:
        cases = " ".join(f"WHEN '{kind}' THEN {_signed(amount, row)}" for kind, amount in kinds.items())
        return f"CASE {row}{quoted(self.kind)} {cases} ELSE 0 END"


@dataclass(frozen=True, slots=True)
class CountedLive:
    """
    A counter that is the sum of `amount` over the rows that are live: those whose `live` column is still NULL.

    A row's amount and parent never change, an undone row stays undone, and no row is deleted, unless `deletable`.
    A row whose `fk` is NULL counts nowhere.
    """

    parent_table: str
    rows_table: str
    fk: str
    counter: str
    amount: str = "amount_minor"
    live: str = "undone_at"
    deletable: bool = False

    def triggers(self) -> list[Trigger]:
        rows, live, amount = self.rows_table, quoted(self.live), quoted(self.amount)
        summed = {self.counter: f"CASE WHEN {live} IS NULL THEN {amount} ELSE 0 END"}
        added = {self.counter: f"CASE WHEN NEW.{live} IS NULL THEN NEW.{amount} ELSE 0 END"}
        undone = f"CASE WHEN OLD.{live} IS NULL AND NEW.{live} IS NOT NULL THEN -NEW.{amount} ELSE 0 END"
        deleted = {self.counter: f"CASE WHEN OLD.{live} IS NULL THEN -OLD.{amount} ELSE 0 END"}
        name = f"{self.fk}_{self.counter}"
        found = [
            _moving(self.parent_table, rows, self.fk, added, "INSERT"),
            _moving(self.parent_table, rows, self.fk, {self.counter: undone}, "UPDATE", self.live),
            *Frozen(rows, (self.amount, self.fk), name=f"{name}_frozen").triggers(),
            *Frozen(rows, (self.live,), f"OLD.{live} IS NOT NULL", name=f"{name}_undone").triggers(),
            *_kept(self.parent_table, rows, self.fk, summed),
        ]
        if self.deletable:
            return [*found, _moving(self.parent_table, rows, self.fk, deleted, "DELETE")]
        stays = Refuse(rows, f"{name}_kept", "DELETE", "TRUE", f"{rows}: rows are undone, never deleted")
        return [*found, *stays.triggers(), *never_replaced(rows, f"{name}_replaced")]


def _signed(amount: str, row: str) -> str:
    sign, column = ("-", amount[1:]) if amount.startswith("-") else ("", amount)
    return f"{sign}{row}{quoted(column)}"


def _moving(parent: str, rows: str, fk: str, moves: Mapping[str, str], event: str, *columns: str) -> Trigger:
    """The trigger on the rows that adds to the parent's counters. It leaves the parent alone when it adds nothing."""
    row = "OLD" if event == "DELETE" else "NEW"
    sets = ", ".join(f"{quoted(counter)} = {quoted(counter)} + {move}" for counter, move in moves.items())
    moved = " OR ".join(f"{move} <> 0" for move in moves.values())
    return Trigger(
        name=trigger_name(rows, "counts", fk, next(iter(moves)), event),
        table=rows,
        timing="AFTER",
        event=event,
        columns=columns,
        steps=(Write(f"UPDATE {quoted(parent)} SET {sets} WHERE id = {row}.{quoted(fk)} AND ({moved})"),),
        needs={parent: frozenset({"id", *moves})},
    )


def _kept(parent: str, rows: str, fk: str, sums: Mapping[str, str]) -> list[Trigger]:
    """The triggers on the parent that let its counters be 0 at first, and the sum of the rows afterwards."""
    updates, inserts = [], []
    read = {fk, *re.findall(r'"(\w+)"', " ".join(sums.values()))}
    for counter, amount in sums.items():
        summed = f"(SELECT COALESCE(SUM({amount}), 0) FROM {quoted(rows)} WHERE {quoted(fk)} = NEW.id)"
        differs = f"{changed([counter])} AND NEW.{quoted(counter)} <> {summed}"
        updates.append(Refusal(differs, f"{parent}: {counter} is not the sum of its rows in {rows}", by_hand=True))
        inserts.append(Refusal(f"NEW.{quoted(counter)} <> 0", f"{parent}: {counter} starts at 0"))
    first = next(iter(sums))
    return [
        Trigger(
            name=trigger_name(parent, "counted", first, "UPDATE"),
            table=parent,
            timing="BEFORE",
            event="UPDATE",
            columns=tuple(sums),
            steps=tuple(updates),
            needs={rows: frozenset(read)},
        ),
        Trigger(trigger_name(parent, "counted", first, "INSERT"), parent, "BEFORE", "INSERT", tuple(inserts)),
    ]
