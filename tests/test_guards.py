"""What the database refuses by itself, whoever asks: each guard on tables of its own, then those of the books."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState

from billpay.companies import numbers
from billpay.companies.models import Company
from billpay.guards import (
    AppendOnly,
    Counted,
    CountedLive,
    DropGuards,
    Frozen,
    Guard,
    InstallGuards,
    Refuse,
    SameCompany,
    missing,
    strangers,
    wanted,
)
from billpay.guards.triggers import trigger_name, triggers_of
from billpay.ledger.models import AccountRole, JournalEntry, JournalLine, NominalAccount
from billpay.suppliers.models import SupplierBankAccount
from tests.factories import TODAY, CompanyFactory, SupplierFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_tables")]
only_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="This is about SQLite.")
only_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="This is about PostgreSQL.")

SETTLED = Counted(
    "shelf",
    "step",
    "shelf_id",
    {
        "settled": {"settled": "amount_minor", "unsettled": "-amount_minor"},
        "reserved": {"reserved": "amount_minor", "released": "-amount_minor"},
    },
)
LIVE = CountedLive("shelf", "step", "shelf_id", "settled")


def run(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, None)


def value(sql: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(sql, None)
        return cursor.fetchone()[0]


def schema_editor() -> BaseDatabaseSchemaEditor:
    """Not entered as a context: on SQLite that would ask for foreign keys to be off, as migrations have them."""
    editor = connection.SchemaEditorClass(connection, atomic=False)
    editor.deferred_sql = []
    return editor


def install(*guards: Guard) -> None:
    state = ProjectState()
    InstallGuards(guards).database_forwards("ledger", schema_editor(), state, state)


def refused(sql: str, message: str) -> None:
    """Refused as a CHECK refuses, so that Django says IntegrityError on both databases."""
    with pytest.raises(IntegrityError, match=message):
        run(sql)


@pytest.fixture
def _tables() -> None:
    """A shelf (the parent) of company 1, one of company 2, and steps that count on them."""
    run(
        "CREATE TABLE shelf (id integer PRIMARY KEY, company_id integer, status varchar(9),"
        " settled integer DEFAULT 0, reserved integer DEFAULT 0)"
    )
    run(
        "CREATE TABLE step (id integer PRIMARY KEY, company_id integer, shelf_id integer, kind varchar(9),"
        " amount_minor integer, undone_at varchar(9) NULL)"
    )
    run("INSERT INTO shelf (id, company_id, status) VALUES (1, 1, 'draft'), (2, 2, 'open')")
    run("INSERT INTO step (id, company_id, shelf_id, kind, amount_minor) VALUES (9, 1, NULL, 'settled', 7)")


def step(pk: int, kind: str, amount: int, shelf: int = 1) -> str:
    return f"INSERT INTO step (id, shelf_id, kind, amount_minor) VALUES ({pk}, {shelf}, '{kind}', {amount})"


# Rows that stay


@pytest.mark.parametrize(
    "sql", ["UPDATE step SET amount_minor = 8", "UPDATE step SET amount_minor = amount_minor", "DELETE FROM step"]
)
def test_append_only_rows_are_neither_changed_nor_deleted(sql: str):
    install(AppendOnly("step"))
    run(step(1, "settled", 5))
    refused(sql, "step is append-only")


@only_sqlite
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_append_only_rows_are_not_replaced(recursive: str):
    install(AppendOnly("step"))
    run(f"PRAGMA recursive_triggers={recursive}")
    try:
        refused("INSERT OR REPLACE INTO step (id, amount_minor) VALUES (9, 8)", "no row takes another's place")
    finally:
        run("PRAGMA recursive_triggers=ON")


def test_append_only_rows_may_change_while_the_exception_holds():
    install(AppendOnly("shelf", unless="OLD.status = 'draft'"))
    run("UPDATE shelf SET status = 'open' WHERE id = 1")
    refused("UPDATE shelf SET status = 'draft' WHERE id = 1", "append-only")
    refused("DELETE FROM shelf WHERE id = 2", "append-only")


# Columns that stay


def test_frozen_columns_stay_once_the_condition_holds():
    install(Frozen("shelf", ("company_id", "status"), when="OLD.status <> 'draft'"))
    run("UPDATE shelf SET company_id = 3, status = 'open' WHERE id = 1")
    refused("UPDATE shelf SET company_id = NULL WHERE id = 1", "shelf: company_id, status can no longer change")


def test_frozen_columns_may_be_written_as_they_are():
    install(Frozen("shelf", ("company_id",)))
    run("UPDATE shelf SET company_id = 1, reserved = 4 WHERE id = 1")
    assert value("SELECT reserved FROM shelf WHERE id = 1") == 4


def test_any_condition_can_be_refused_in_words():
    install(Refuse("shelf", "never_closed", "INSERT|UPDATE OF status", "NEW.status = 'closed'", "It's 100 % open"))
    run("INSERT INTO shelf (id, status) VALUES (3, 'open')")
    refused("INSERT INTO shelf (id, status) VALUES (4, 'closed')", "It's 100 % open")
    refused("UPDATE shelf SET status = 'closed'", "It's 100 % open")


# Counters


def test_counters_follow_the_kinds_of_their_rows():
    install(SETTLED)
    run(step(1, "settled", 50))
    run(step(2, "unsettled", 20))
    run(step(3, "reserved", 7))
    run(step(4, "note", 1))
    assert value("SELECT settled FROM shelf WHERE id = 1") == 30
    assert value("SELECT reserved FROM shelf WHERE id = 1") == 7


def test_counters_follow_several_rows_of_one_statement():
    install(SETTLED)
    run(
        "INSERT INTO step (id, shelf_id, kind, amount_minor)"
        " VALUES (1, 1, 'settled', 5), (2, 1, 'settled', 6), (3, 2, 'settled', 8), (4, 1, 'reserved', 9)"
    )
    assert value("SELECT settled FROM shelf WHERE id = 1") == 11
    assert value("SELECT reserved FROM shelf WHERE id = 1") == 9
    assert value("SELECT settled FROM shelf WHERE id = 2") == 8


def test_counter_cannot_be_set_to_other_than_its_rows_say():
    install(SETTLED)
    run(step(1, "settled", 50))
    refused("UPDATE shelf SET settled = 49 WHERE id = 1", "shelf: settled is not the sum of its rows in step")
    refused("UPDATE shelf SET settled = 50, reserved = 1 WHERE id = 1", "reserved is not the sum")
    run("UPDATE shelf SET settled = 50, status = 'open' WHERE id = 1")


def test_counter_that_is_off_can_be_set_right_only():
    run("UPDATE shelf SET settled = 3 WHERE id = 1")
    install(SETTLED)
    refused("UPDATE shelf SET settled = 2 WHERE id = 1", "not the sum")
    run("UPDATE shelf SET settled = 0 WHERE id = 1")


@pytest.mark.parametrize("guard", [SETTLED, LIVE])
def test_counter_starts_at_nothing(guard: Guard):
    install(guard)
    run("INSERT INTO shelf (id, settled) VALUES (3, 0)")
    refused("INSERT INTO shelf (id, settled) VALUES (4, 1)", "shelf: settled starts at 0")


def test_live_rows_count_until_they_are_undone():
    install(LIVE)
    run("INSERT INTO step (id, shelf_id, amount_minor) VALUES (1, 1, 5), (2, 1, 6), (3, NULL, 7)")
    run("INSERT INTO step (id, shelf_id, amount_minor, undone_at) VALUES (4, 1, 5, 'then')")
    assert value("SELECT settled FROM shelf WHERE id = 1") == 11
    run("UPDATE step SET undone_at = 'now' WHERE id IN (2, 3)")
    assert value("SELECT settled FROM shelf WHERE id = 1") == 5
    run("UPDATE step SET undone_at = 'now' WHERE id IN (1, 2)")
    assert value("SELECT settled FROM shelf WHERE id = 1") == 0
    refused("UPDATE shelf SET settled = 5 WHERE id = 1", "not the sum")


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("UPDATE step SET amount_minor = 4 WHERE id = 1", "can no longer change"),
        ("UPDATE step SET shelf_id = 2 WHERE id = 1", "can no longer change"),
        ("UPDATE step SET undone_at = NULL WHERE id = 2", "can no longer change"),
        ("UPDATE step SET undone_at = 'later' WHERE id = 2", "can no longer change"),
        ("DELETE FROM step WHERE id = 1", "undone, never deleted"),
    ],
)
def test_rows_that_count_while_live_stay_but_for_being_undone(sql: str, message: str):
    install(LIVE)
    run("INSERT INTO step (id, shelf_id, amount_minor) VALUES (1, 1, 5)")
    run("INSERT INTO step (id, shelf_id, amount_minor, undone_at) VALUES (2, 1, 5, 'then')")
    refused(sql, message)
    assert value("SELECT settled FROM shelf WHERE id = 1") == 5


def test_rows_that_may_be_deleted_no_longer_count_then():
    install(CountedLive("shelf", "step", "shelf_id", "settled", deletable=True))
    run("INSERT INTO step (id, shelf_id, amount_minor) VALUES (1, 1, 5), (2, 1, 6)")
    run("INSERT INTO step (id, shelf_id, amount_minor, undone_at) VALUES (3, 1, 7, 'then')")
    run("DELETE FROM step WHERE id IN (1, 3)")
    assert value("SELECT settled FROM shelf WHERE id = 1") == 6


# Companies


def test_reference_stays_within_the_company():
    install(SameCompany("step", {"shelf_id": "shelf"}))
    run("INSERT INTO step (id, company_id, shelf_id) VALUES (1, 1, 1), (2, 2, 2), (3, 1, NULL)")
    refused("INSERT INTO step (id, company_id, shelf_id) VALUES (4, 1, 2)", "step: shelf_id points to another company")
    refused("UPDATE step SET shelf_id = 2 WHERE id = 1", "another company")
    refused("UPDATE step SET company_id = 2 WHERE id = 1", "another company")
    run("UPDATE step SET company_id = 2, shelf_id = 2 WHERE id = 1")


def test_reference_stays_within_the_company_of_what_the_row_belongs_to():
    run("CREATE TABLE label (id integer PRIMARY KEY, shelf_id integer, step_id integer)")
    install(SameCompany("label", {"step_id": "step"}, company="(SELECT company_id FROM shelf WHERE id = NEW.shelf_id)"))
    run("INSERT INTO label (id, shelf_id, step_id) VALUES (1, 1, 9)")
    refused("INSERT INTO label (id, shelf_id, step_id) VALUES (2, 2, 9)", "label: step_id points to another company")
    refused("UPDATE label SET shelf_id = 2", "another company")


# Installing


def test_guard_that_is_gone_or_altered_is_found():
    guards = [AppendOnly("step"), SETTLED]
    install(*guards)
    assert missing(connection, guards) == []
    gone, altered = trigger_name("step", "append_only", "delete"), trigger_name("shelf", "counted", "settled", "update")
    on = {"sqlite": ("", ""), "postgresql": (" ON step", " ON shelf")}[connection.vendor]
    run(f"DROP TRIGGER {gone}{on[0]}")
    if connection.vendor == "sqlite":
        body = value(f"SELECT sql FROM sqlite_master WHERE name = '{altered}'")
        run(f"DROP TRIGGER {altered}")
        run(str(body).replace(" AND NEW.", " AND FALSE AND NEW."))
    else:
        run(f"CREATE OR REPLACE FUNCTION {altered}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'")
    assert sorted(missing(connection, guards)) == sorted([gone, altered])


@only_postgresql
def test_guard_that_is_switched_off_is_found():
    install(AppendOnly("step"))
    run("ALTER TABLE step DISABLE TRIGGER guard_step_append_only_update")
    assert missing(connection, [AppendOnly("step")]) == ["guard_step_append_only_update"]


def test_guard_takes_the_place_of_an_earlier_version_of_itself():
    install(AppendOnly("shelf"))
    later = AppendOnly("shelf", unless="OLD.status = 'draft'")
    assert missing(connection, [later]) != []
    install(later)
    assert missing(connection, [later]) == []
    run("UPDATE shelf SET status = 'open' WHERE id = 1")


def test_guard_of_what_is_not_there_yet_waits_for_it():
    ahead = [Frozen("shelf", ("colour",)), AppendOnly("ladder"), SameCompany("step", {"shelf_id": "ladder"})]
    install(*ahead)
    assert len(missing(connection, ahead)) == len(triggers_of(ahead, connection.vendor))
    run("ALTER TABLE shelf ADD COLUMN colour varchar(9)")
    install(*ahead)
    refused("UPDATE shelf SET colour = 'red'", "colour can no longer change")


def test_installing_is_undone_and_dropping_too():
    state = ProjectState()
    guards = [AppendOnly("step"), SETTLED]
    install(*guards)
    InstallGuards(guards).database_backwards("ledger", schema_editor(), state, state)
    run("DELETE FROM step")
    DropGuards(guards).database_backwards("ledger", schema_editor(), state, state)
    assert missing(connection, guards) == []
    DropGuards(guards).database_forwards("ledger", schema_editor(), state, state)
    assert strangers(connection, wanted()) == []


def test_names_are_short_enough_for_postgresql_and_stay_apart():
    long = "a_rather_long_name_of_a_table_in_some_application"
    names = {trigger_name(long, "frozen", column) for column in ("settled_minor", "settled_base_minor")}
    assert len(names) == 2
    assert max(map(len, names)) == 63


def test_two_guards_of_one_name_are_refused():
    with pytest.raises(ValueError, match="declared twice: guard_step_append_only"):
        install(AppendOnly("step"), AppendOnly("step", unless="OLD.id = 1"))


# The books


def test_every_declared_guard_is_installed_after_the_migrations():
    """A migration that adds, changes or remakes a guarded table ends with InstallGuards."""
    assert missing(connection, wanted()) == []


def test_no_guard_is_installed_that_nobody_declares():
    assert strangers(connection, wanted()) == []


@only_sqlite
def test_remaking_a_table_keeps_its_guards_and_those_that_speak_of_it():
    field = NominalAccount._meta.get_field("name")
    wider = field.clone()
    wider.set_attributes_from_name("name")
    wider.model, wider.max_length = NominalAccount, 130
    schema_editor()._remake_table(NominalAccount, alter_fields=[(field, wider)])
    assert "130" in str(value("SELECT sql FROM sqlite_master WHERE name = 'ledger_nominalaccount'"))
    assert missing(connection, wanted()) == []


@pytest.fixture
def entry() -> JournalEntry:
    company = CompanyFactory()
    return JournalEntry.objects.create(
        company=company, on=TODAY, kind="journal", source_kind="journal", source_id=1, description="Rent"
    )


def test_posted_entry_stays_as_it_is(entry: JournalEntry):
    with pytest.raises(IntegrityError, match="ledger_journalentry is append-only"), transaction.atomic():
        entry.save()
    with pytest.raises(IntegrityError, match="ledger_journalentry is append-only"), transaction.atomic():
        JournalEntry.objects.all().delete()


def test_posted_line_stays_as_it_is(entry: JournalEntry):
    account = entry.company.nominal_accounts.get(role=AccountRole.CHARGES)
    JournalLine.objects.create(entry=entry, account=account, debit_minor=5)
    with pytest.raises(IntegrityError, match="ledger_journalline is append-only"), transaction.atomic():
        JournalLine.objects.update(debit_minor=6)


def test_posted_line_is_on_an_account_of_its_own_company(entry: JournalEntry):
    account = CompanyFactory().nominal_accounts.get(role=AccountRole.CHARGES)
    with pytest.raises(IntegrityError, match="account_id points to another company"), transaction.atomic():
        JournalLine.objects.create(entry=entry, account=account, debit_minor=5)


def test_nothing_is_posted_on_a_closed_day_whoever_posts(entry: JournalEntry):
    Company.objects.filter(pk=entry.company_id).update(locked_through=TODAY)
    entry.pk = None
    with pytest.raises(IntegrityError, match="the books are closed on that day"), transaction.atomic():
        entry.save(force_insert=True)
    entry.on = TODAY + timedelta(days=1)
    entry.save(force_insert=True)


def test_a_company_saved_from_an_old_copy_does_not_take_its_numbers_back():
    old = CompanyFactory()
    with transaction.atomic():
        numbers.take(old, payment=3)
    with pytest.raises(IntegrityError, match="running numbers only grow"), transaction.atomic():
        old.save()
    old.refresh_from_db()
    assert old.next_payment_number == 4


def test_bank_details_are_of_a_supplier_of_their_own_company():
    supplier = SupplierFactory()
    account = SupplierBankAccount(
        company=CompanyFactory(), supplier=supplier, holder="Harbour", currency="GBP", account_number="12345678"
    )
    with pytest.raises(IntegrityError, match="supplier_id points to another company"), transaction.atomic():
        account.save()
    account.company = supplier.company
    account.save()
