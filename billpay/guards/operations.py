"""The migration operations that install guards and take them away."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import router
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from billpay.guards.installing import possible
from billpay.guards.triggers import Guard, triggers_of


class InstallGuards(Operation):
    """
    Install these guards, each in place of an earlier version of itself. The state of the models stays as it is.

    Guards are declared as the newest models have them. One that speaks of a table or column which a later migration
    adds is left out here: that migration ends with `InstallGuards` too, and a test compares in the end.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, guards: Sequence[Guard]) -> None:
        self.guards = guards

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        pass

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        connection = schema_editor.connection
        if not router.allow_migrate(connection.alias, app_label):
            return
        for trigger in possible(connection, self.guards):
            for sql in trigger.create(connection.vendor):
                schema_editor.execute(sql, None)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        connection = schema_editor.connection
        if not router.allow_migrate(connection.alias, app_label):
            return
        for trigger in triggers_of(self.guards, connection.vendor):
            for sql in trigger.drop(connection.vendor):
                schema_editor.execute(sql, None)

    def describe(self) -> str:
        return f"Install {len(self.guards)} guards"


class DropGuards(InstallGuards):
    """Take guards away, declared once more as they were; undone, it installs them again."""

    database_forwards = InstallGuards.database_backwards
    database_backwards = InstallGuards.database_forwards

    def describe(self) -> str:
        return f"Drop {len(self.guards)} guards"
