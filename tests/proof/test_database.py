"""Guards, constraints and references that were taken out of the database are named, and what came in meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from billpay.proof.invariants import OF_A_COMPANY, OF_ALL
from tests.proof.tampering import broken, run, unguarded
from tests.proof.test_tampering import ALL
from tests.proof.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.n_plus_one_allowed]
SQLITE = connection.vendor == "sqlite"


def trigger_of(table: str) -> str:
    catalogue = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{}'"
    if not SQLITE:
        catalogue = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = '{}'::regclass"
    with connection.cursor() as cursor:
        cursor.execute(f"{catalogue.format(table)} ORDER BY 1")
        return cursor.fetchone()[0]


@contextmanager
def unchecked(table: str, check: str) -> Iterator[None]:
    """SQLite looks at CHECKs only while a connection wants it to; on PostgreSQL one has to be taken away."""
    if SQLITE:
        run("PRAGMA ignore_check_constraints = ON", [])
    else:
        run(f"ALTER TABLE {table} DROP CONSTRAINT {check}", [])
    try:
        yield
    finally:
        if SQLITE:
            run("PRAGMA ignore_check_constraints = OFF", [])


def test_a_guard_that_is_gone_is_named(world: World):
    name = trigger_of("ledger_journalline")

    run(f"DROP TRIGGER {name}" if SQLITE else f"DROP TRIGGER {name} ON ledger_journalline", [])

    assert broken(world.company) == {"database.guards": [name]}


@pytest.mark.skipif(SQLITE, reason="SQLite cannot switch a trigger off.")
def test_a_guard_that_is_switched_off_is_named(world: World):
    name = trigger_of("ledger_journalline")

    run("SET CONSTRAINTS ALL IMMEDIATE", [])
    run(f"ALTER TABLE ledger_journalline DISABLE TRIGGER {name}", [])

    assert broken(world.company) == {"database.guards": [name]}


@pytest.mark.skipif(not SQLITE, reason="A trigger is one statement on SQLite alone.")
def test_a_guard_that_nobody_declared_is_named(world: World):
    run("CREATE TRIGGER guard_of_ours AFTER INSERT ON ledger_journalline BEGIN SELECT 1; END", [])

    assert broken(world.company) == {"database.guards": ["guard_of_ours"]}


def test_a_constraint_that_is_gone_is_named(world: World):
    run("DROP INDEX bill_external_id_once", [])

    assert broken(world.company) == {"database.constraints": ["bill_external_id_once"]}


@pytest.mark.skipif(SQLITE, reason="SQLite checks every row when it remakes a table for a constraint.")
def test_a_constraint_that_passes_over_the_rows_there_are_is_named(world: World):
    run("SET CONSTRAINTS ALL IMMEDIATE", [])
    run("ALTER TABLE bills_bill DROP CONSTRAINT bill_rate_positive", [])
    run("ALTER TABLE bills_bill ADD CONSTRAINT bill_rate_positive CHECK (rate > 0) NOT VALID", [])

    assert broken(world.company) == {"database.constraints": ["bill_rate_positive"]}


@pytest.mark.skipif(not SQLITE, reason="PostgreSQL keeps a foreign key as long as it is there.")
def test_a_row_that_refers_to_nothing_is_named(world: World):
    """A reference is looked at when the transaction ends, which never comes here."""
    with transaction.atomic(), unguarded():
        run("PRAGMA defer_foreign_keys = ON", [])
        run("UPDATE reconciliation_match SET created_by_id = 0 WHERE id = %s", [world.match.pk])

        assert broken(world.company)["database.references"] == [
            f"reconciliation_match {world.match.pk} → companies_user"
        ]
        transaction.set_rollback(True)


@pytest.mark.skipif(SQLITE, reason="SQLite remakes a table to take a foreign key away.")
def test_a_foreign_key_that_is_gone_is_named(world: World):
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, "reconciliation_match")
    name = next(name for name, one in constraints.items() if one["foreign_key"] and "created_by_id" in one["columns"])
    run("SET CONSTRAINTS ALL IMMEDIATE", [])
    run(f"ALTER TABLE reconciliation_match DROP CONSTRAINT {name}", [])

    assert broken(world.company) == {"database.references": ["reconciliation_match.created_by_id"]}


WITHOUT_CHECKS = (
    (
        "bill_never_oversettled",
        "paid_bill",
        "settled_minor = total_minor + 1",
        {"bills.within_total", "bills.settled_moves", "bills.settled_allocations"},
    ),
    (
        "credit_note_never_overused",
        "note",
        "reserved_minor = total_minor",
        {"credit_notes.within_total", "credit_notes.reserved_moves", "credit_notes.reserved_allocations"},
    ),
    (
        "payment_never_overallocated",
        "advance",
        "reserved_minor = amount_minor",
        {"payments.within_cash", "payments.reserved_moves", "payments.reserved"},
    ),
    (
        "bank_transaction_never_overmatched",
        "line",
        "matched_minor = amount_minor + 1",
        {"bank.within", "bank.matched_lines"},
    ),
    ("bill_hold_has_who_when_and_why", "held", "hold_reason = ''", set()),
)


@pytest.mark.parametrize(("check", "name", "change", "names"), WITHOUT_CHECKS)
def test_a_row_that_a_check_kept_out_is_named(world: World, check: str, name: str, change: str, names: set[str]):
    row = getattr(world, name)
    with unguarded(), unchecked(row._meta.db_table, check):
        run(f"UPDATE {row._meta.db_table} SET {change} WHERE id = %s", [row.pk])

    found = broken(world.company)
    if not SQLITE:
        assert found.pop("database.constraints") == [check]
    assert found.keys() == {*names, "database.checks"}
    assert all(offenders == [f"{row._meta.verbose_name} {row.pk}"] for offenders in found.values())


@pytest.mark.skipif(SQLITE, reason="SQLite never lets go of a generated column.")
def test_a_state_that_does_not_follow_from_the_amounts_is_named(world: World):
    run("SET CONSTRAINTS ALL IMMEDIATE", [])
    run("ALTER TABLE bills_bill ALTER COLUMN state DROP EXPRESSION", [])
    run("UPDATE bills_bill SET state = 'open' WHERE id = %s", [world.paid_bill.pk])

    assert broken(world.company) == {"database.states": [f"bill {world.paid_bill.pk}"]}


def test_every_invariant_is_broken_by_something():
    """One that nothing breaks says nothing."""
    broken_here = {name for *_, names in WITHOUT_CHECKS for name in names}
    broken_there = {name for case in ALL for name in case.broken}

    names = {one.name for one in (*OF_A_COMPANY, *OF_ALL)} - broken_here - broken_there

    assert {name for name in names if not name.startswith("database.")} == set()
