"""
The settings tests run with: Billpay's own, in an environment that no `.env` file can change.

`BILLPAY_TEST_DB` chooses `sqlite` (the default) or `postgres`. PostgreSQL is the server that
`DATABASE_URL` names; without one, a server is started for this run and stopped with it.
"""

import os
import tempfile
from pathlib import Path

from tests import postgres_server

# Made by tests/conftest.py, since not everything that reads settings runs tests. The workers of a parallel run
# inherit the name, and so share one directory.
TEST_DIR = Path(os.environ.setdefault("BILLPAY_TEST_DIR", f"{tempfile.gettempdir()}/billpay-tests-{os.getpid()}"))

_given = os.environ.get("DATABASE_URL", "")
if os.environ.get("BILLPAY_TEST_DB", "postgres" if _given.startswith("postgres") else "sqlite") == "postgres":
    if not _given.startswith("postgres"):
        os.environ["DATABASE_URL"] = postgres_server.start()
else:
    # Never a database in memory, even here where nothing opens it: the live server would then share one connection
    # between its thread and the test's, and SQLite crashes.
    os.environ["DATABASE_URL"] = f"sqlite:///{TEST_DIR / 'unused.sqlite3'}"

os.environ.update(
    {
        "ALLOWED_HOSTS": "testserver,127.0.0.1,localhost",
        "AUDIT_KEY": "a-key-for-the-trails-of-tests",
        "BASE_CURRENCY": "GBP",
        "CSRF_TRUSTED_ORIGINS": "",
        "DATABASE_POOL": "0",
        "DEBUG": "0",
        "EMAIL_URL": "memorymail://",
        "HTTPS": "0",
        "LANGUAGE_CODE": "en-gb",
        "LOG_FORMAT": "console",
        "MEDIA_ROOT": str(TEST_DIR / "media"),
        "SECRET_KEY": "a-key-for-tests-only",
        "STATIC_ROOT": str(TEST_DIR / "static"),
        "TASK_QUEUE": "immediate",
        "TIME_ZONE": "Europe/London",
    }
)

from billpay.settings import *  # noqa: E402, F403
from billpay.settings import CACHES, DATABASES, INSTALLED_APPS, MIDDLEWARE, STORAGES  # noqa: E402

if DATABASES["default"]["ENGINE"] == "billpay.guards.sqlite":
    # A file, because the connections of several threads do not see one database in memory.
    DATABASES["default"]["TEST"] = {"NAME": str(TEST_DIR / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"

INSTALLED_APPS.append("zeal")
MIDDLEWARE.insert(0, "tests.n_plus_one.NPlusOneMiddleware")

CACHES["default"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
