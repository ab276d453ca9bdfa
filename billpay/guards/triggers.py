"""One trigger as data, and its SQL for SQLite and for PostgreSQL."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

PREFIX = "guard_"
_LONGEST = 63
_DISTINCT = ((" IS NOT DISTINCT FROM ", " IS "), (" IS DISTINCT FROM ", " IS NOT "))
_OF_ROW = re.compile(r'\b(?:NEW|OLD)\."?(\w+)"?')


@dataclass(frozen=True, slots=True)
class Refusal:
    """
    Abort with `message` when the condition holds. It may read OLD and NEW, and query other tables.

    `by_hand` spares what other triggers write. PostgreSQL fires AFTER triggers when a statement has written all its
    rows, so that a sum would hold rows which the first of them has not counted yet; SQLite goes row by row.
    """

    when: str
    message: str
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Write:
    """Run one UPDATE; what it depends on stands in its own WHERE."""

    sql: str


@dataclass(frozen=True, slots=True)
class Trigger:
    """
    One row trigger for one event: "INSERT", "DELETE" or "UPDATE", of `columns` if there are any.

    `needs` names the columns of other tables that it reads or writes. On SQLite alone when `only` says so.
    """

    name: str
    table: str
    timing: str
    event: str
    steps: tuple[Refusal | Write, ...]
    columns: tuple[str, ...] = ()
    needs: Mapping[str, frozenset[str]] = field(default_factory=dict)
    only: str = ""

    @property
    def uses(self) -> dict[str, set[str]]:
        """Every table and column that has to be there before the trigger can be made."""
        found = {table: set(columns) for table, columns in self.needs.items()}
        own = found.setdefault(self.table, set())
        own.update(self.columns)
        for step in self.steps:
            own.update(_OF_ROW.findall(step.when if isinstance(step, Refusal) else step.sql))
        return found

    @property
    def head(self) -> str:
        """As in `CREATE TRIGGER a BEFORE UPDATE OF "b" ON "c" FOR EACH ROW`, in the words PostgreSQL gives it back."""
        of = f" OF {', '.join(map(quoted, self.columns))}" if self.columns else ""
        return f"CREATE TRIGGER {self.name} {self.timing} {self.event}{of} ON {quoted(self.table)} FOR EACH ROW"

    @property
    def sqlite(self) -> str:
        body = " ".join(_sqlite_step(step) for step in self.steps)
        for ours, theirs in _DISTINCT:
            body = body.replace(ours, theirs)
        return f"{self.head} BEGIN {body} END"

    @property
    def body(self) -> str:
        """The PL/pgSQL of PostgreSQL's trigger function, as the catalogue keeps it."""
        steps = "\n".join(map(_postgresql_step, self.steps))
        return f"\nBEGIN\n{steps}\nRETURN {'OLD' if self.event == 'DELETE' else 'NEW'};\nEND\n"

    def create(self, vendor: str) -> list[str]:
        """The statements that make it, in place of what had its name."""
        if vendor == "sqlite":
            return [*self.drop(vendor), self.sqlite]
        return [
            *self.drop(vendor),
            f"CREATE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $guard${self.body}$guard$",
            f"{self.head} EXECUTE FUNCTION {self.name}()",
        ]

    def drop(self, vendor: str) -> list[str]:
        if vendor == "sqlite":
            return [f"DROP TRIGGER IF EXISTS {self.name}"]
        return [
            f"DROP TRIGGER IF EXISTS {self.name} ON {quoted(self.table)}",
            f"DROP FUNCTION IF EXISTS {self.name}()",
        ]


class Guard(Protocol):
    """A declared rule: what triggers keep it."""

    def triggers(self) -> Sequence[Trigger]: ...


def triggers_of(guards: Iterable[Guard], vendor: str) -> list[Trigger]:
    """
    The triggers that keep these guards on this database.

    :raises ValueError: if two of them would have the same name.
    """
    found = [t for guard in guards for t in guard.triggers() if t.only in {"", vendor}]
    names = [trigger.name for trigger in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"Guards declared twice: {', '.join(sorted(twice))}.")
    return found


def trigger_name(table: str, *what: str) -> str:
    """Told from what the trigger is about alone, so that a changed version takes the place of the old."""
    name = "_".join((PREFIX + table, *what)).lower()
    if len(name) <= _LONGEST:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: _LONGEST - 9]}_{digest}"


def quoted(name: str) -> str:
    return f'"{name}"'


def changed(columns: Iterable[str]) -> str:
    """The condition that an UPDATE changes any of the columns."""
    return " OR ".join(f"OLD.{quoted(c)} IS DISTINCT FROM NEW.{quoted(c)}" for c in columns)


def _text(message: str) -> str:
    return "'" + message.replace("'", "''") + "'"


def _sqlite_step(step: Refusal | Write) -> str:
    if isinstance(step, Write):
        return f"{step.sql};"
    return f"SELECT RAISE(ABORT, {_text(step.message)}) WHERE {step.when};"


def _postgresql_step(step: Refusal | Write) -> str:
    if isinstance(step, Write):
        return f"{step.sql};"
    when = f"pg_trigger_depth() < 2 AND ({step.when})" if step.by_hand else step.when
    # 23514 is a CHECK's own code, so that Django raises IntegrityError as it does for a CHECK.
    return f"IF {when} THEN RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = {_text(step.message)}; END IF;"
