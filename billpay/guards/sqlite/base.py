"""
The database engine `billpay.guards.sqlite`.

Most changes of a table are made on SQLite by copying it into a new one. Django does so without its triggers, which go
with the old table; and the new one cannot take the old name while triggers elsewhere speak of a table that is gone.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.sqlite3 import base
from django.db.backends.sqlite3.schema import DatabaseSchemaEditor as SQLiteSchemaEditor

from billpay.guards.installing import lifted


class DatabaseSchemaEditor(SQLiteSchemaEditor):
    def _remake_table(self, *args: Any, **options: Any) -> None:
        if self.collect_sql:
            super()._remake_table(*args, **options)  # type: ignore[misc]
            return
        with lifted(self.connection):
            super()._remake_table(*args, **options)  # type: ignore[misc]


class DatabaseWrapper(base.DatabaseWrapper):
    SchemaEditorClass = DatabaseSchemaEditor
