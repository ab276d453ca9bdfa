"""One look at the database: what different queries say is of the same moment, while people go on working."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction


@contextmanager
def snapshot() -> Iterator[None]:
    """
    Everything read in the block is of one moment, and the database refuses to write.

    On SQLite others may prepare changes meanwhile, and their COMMIT waits until the block ends.
    Inside a transaction the block sees what that transaction sees, its own changes included.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "sqlite":
        with _deferred():
            yield
    else:
        with transaction.atomic():
            _run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            # Each question is asked once, and most are answered sooner than they would be compiled.
            _run("SET LOCAL jit = off")
            yield


@contextmanager
def _deferred() -> Iterator[None]:
    """A transaction that takes no write lock at BEGIN, as all others do here; its first read fixes the moment."""
    sqlite: Any = connection
    sqlite.ensure_connection()
    usual = sqlite.transaction_mode
    sqlite.transaction_mode = "DEFERRED"
    _run("PRAGMA query_only = ON")
    try:
        with transaction.atomic():
            yield
    finally:
        sqlite.transaction_mode = usual
        _run("PRAGMA query_only = OFF")


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
