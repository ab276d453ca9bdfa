"""What is installed in a database, and what should be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.module_loading import module_has_submodule

from billpay.guards.triggers import PREFIX, Guard, Trigger, triggers_of

_POSTGRESQL = """
    SELECT t.tgname, pg_get_triggerdef(t.oid, true), p.prosrc, t.tgenabled <> 'D'
    FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal AND pg_table_is_visible(c.oid)
"""


def wanted() -> list[Guard]:
    """What the installed apps declare as `GUARDS` in their `guards.py`."""
    found: list[Guard] = []
    for app in apps.get_app_configs():
        if module_has_submodule(app.module, "guards"):
            found += import_module(f"{app.name}.guards").GUARDS
    return found


def missing(connection: BaseDatabaseWrapper, guards: Iterable[Guard]) -> list[str]:
    """The triggers of these guards that the database lacks, has switched off, or has in another wording, by name."""
    there = _installed(connection)
    return [t.name for t in triggers_of(guards, connection.vendor) if there.get(t.name) != _expected(t, connection)]


def strangers(connection: BaseDatabaseWrapper, guards: Iterable[Guard]) -> list[str]:
    """Installed guards that none of these declares: left over, or made by someone else."""
    known = {trigger.name for trigger in triggers_of(guards, connection.vendor)}
    return sorted(name for name in _installed(connection) if name.startswith(PREFIX) and name not in known)


def possible(connection: BaseDatabaseWrapper, guards: Iterable[Guard]) -> list[Trigger]:
    """The triggers whose tables and columns are all there, as they may not be yet halfway through the migrations."""
    known: dict[str, set[str]] = {}
    found = []
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            known[name] = set()
        for trigger in triggers_of(guards, connection.vendor):
            for table in trigger.uses.keys() & known.keys():
                known[table] = known[table] or {
                    column.name for column in connection.introspection.get_table_description(cursor, table)
                }
            if all(table in known and columns <= known[table] for table, columns in trigger.uses.items()):
                found.append(trigger)
    return found


@contextmanager
def lifted(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """
    Take every trigger of a SQLite database away, and put each back in its own words.

    For what SQLite cannot do around triggers: remake a table that they are on or speak of, and empty all tables.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f"DROP TRIGGER {connection.ops.quote_name(name)}", None)
    try:
        yield
    finally:
        # A transaction that failed brings them back by itself when it is rolled back.
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                for _, sql in triggers:
                    cursor.execute(sql, None)


def _installed(connection: BaseDatabaseWrapper) -> dict[str, str]:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            return dict(cursor.fetchall())
        cursor.execute(_POSTGRESQL)
        return {name: _plain(head) + body if on else "" for name, head, body, on in cursor.fetchall()}


def _expected(trigger: Trigger, connection: BaseDatabaseWrapper) -> str:
    if connection.vendor == "sqlite":
        return trigger.sqlite
    return _plain(f"{trigger.head} EXECUTE FUNCTION {trigger.name}()") + trigger.body


def _plain(head: str) -> str:
    """PostgreSQL gives names back in quotes only where they need them."""
    return head.replace('"', "")
