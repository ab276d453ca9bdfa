"""What someone who owns the database could do to it, one thing at a time, and what then gives it away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection

from billpay.companies.models import Company
from billpay.guards import lifted, wanted
from billpay.guards.triggers import triggers_of
from billpay.proof.proving import prove
from tests.proof.world import World

type Row = Callable[[World], Any]


@dataclass(frozen=True)
class Tampering:
    """
    :param sql: with %s for the id of `row`, and `{company}` and other names of `World.ids`.
    :param broken: the names of all invariants that it breaks, and of no others.
    :param offender: the name by which the row is told; that of `row` itself unless given.
    """

    name: str
    sql: str
    row: Row
    broken: frozenset[str]
    offender: Row | None = None

    def tamper(self, world: World) -> None:
        with unguarded():
            run(self.sql.format(**world.ids), [self.row(world).pk])

    def told(self, world: World) -> str:
        row = (self.offender or self.row)(world)
        return f"{row._meta.verbose_name} {row.pk}"


def of(name: str, row: Row, sql: str, *broken: str, tells: Row | None = None) -> Tampering:
    return Tampering(name, sql, row, frozenset(broken), tells)


def run(sql: str, params: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


@contextmanager
def unguarded() -> Iterator[None]:
    """Without any guards, as their owner may have it, for a while."""
    if connection.vendor == "sqlite":
        with lifted(connection):
            yield
        return
    tables = sorted({trigger.table for trigger in triggers_of(wanted(), connection.vendor)})
    # Triggers of foreign keys that wait for the end of the transaction would be in the way.
    run("SET CONSTRAINTS ALL IMMEDIATE", [])
    for table in tables:
        run(f"ALTER TABLE {table} DISABLE TRIGGER USER", [])
    yield
    for table in tables:
        run(f"ALTER TABLE {table} ENABLE TRIGGER USER", [])


def broken(company: Company) -> dict[str, list[str]]:
    """The invariants that do not hold, each with its offenders in words."""
    return {
        one.invariant.name: [str(offender).partition(":")[0] for offender in one.finding.offenders]
        for one in prove([company])
        if not one.holds
    }
