"""
`make bench`: one JSON line a figure, each with the ratio to a floor measured in the same run.

Runs on a database of its own: SQLite in a temporary directory, then PostgreSQL from the wheel, or the server
that DATABASE_URL names. `--bills N` makes the company smaller; `--only sqlite|postgres` runs one of them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bills", type=int, default=100_000)
    parser.add_argument("--only", choices=("sqlite", "postgres"))
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        return measure(options.measure, options.bills)
    status = 0
    for database in ("sqlite", "postgres"):
        if options.only in {None, database}:
            # A process for each database: Django connects to one for good.
            command = [sys.executable, __file__, "--measure", database, "--bills", str(options.bills)]
            status |= subprocess.run(command, check=False, cwd=ROOT).returncode
    return status


def measure(database: str, bills: int) -> int:
    """Set up one database and print its figures."""
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory(prefix="billpay-bench-") as directory:
        prepare(database, Path(directory))
        from benchmarks.figures import print_figures

        print_figures(database, bills)
    return 0


def prepare(database: str, directory: Path) -> None:
    """Point the settings at a fresh database and migrate it."""
    given = os.environ.get("DATABASE_URL", "")
    if database == "sqlite":
        os.environ["DATABASE_URL"] = f"sqlite:///{directory / 'bench.sqlite3'}"
    elif not given.startswith("postgres"):
        from tests import postgres_server

        os.environ["DATABASE_URL"] = postgres_server.start(durable=True)
    os.environ.update(
        DEBUG="0", SECRET_KEY="bench", HTTPS="0", ALLOWED_HOSTS="testserver", DJANGO_SETTINGS_MODULE="billpay.settings"
    )
    os.environ.update(DATABASE_POOL="0", MEDIA_ROOT=str(directory / "media"), LOG_LEVEL="ERROR")

    import django
    from django.conf import settings

    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.TEMPLATES[0]["DIRS"] = [*settings.TEMPLATES[0]["DIRS"], ROOT / "benchmarks" / "templates"]
    settings.ROOT_URLCONF = "benchmarks.bare"
    django.setup()

    from django.core.management import call_command

    call_command("migrate", verbosity=0)


if __name__ == "__main__":
    sys.exit(main())
