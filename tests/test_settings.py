"""Settings in a process of their own, as a server reads them, and the database as the settings make it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from billpay.companies.actions import RESERVED_SLUGS

ROOT = Path(__file__).resolve().parent.parent
only_sqlite = pytest.mark.skipif(
    settings.DATABASES["default"]["ENGINE"] != "billpay.guards.sqlite", reason="This is about SQLite."
)


def answer(expression: str, **environment: str) -> str:
    """What the settings say under `environment` alone. Empty names shadow a `.env` file."""
    shadows = {"DEBUG": "0", "SECRET_KEY": "", "DATABASE_URL": "", "EMAIL_URL": "", "HTTPS": "1", "LOG_LEVEL": "INFO"}
    machine = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    code = f"from billpay.settings import *\nprint(repr(({expression})))"
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**machine, **shadows, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stdout.strip() or run.stderr.strip()


def test_production_refuses_to_start_without_a_secret_key():
    assert "SECRET_KEY is not set" in answer("SECRET_KEY")


def test_production_secures_cookies_and_sends_to_https():
    assert answer("SESSION_COOKIE_SECURE, CSRF_COOKIE_SECURE, SECURE_SSL_REDIRECT", SECRET_KEY="k") == str((True,) * 3)


def test_debugging_needs_no_secret_key():
    assert answer("DEBUG", DEBUG="1") == "True"


def test_postgres_address_gives_a_pool():
    found = answer(
        "DATABASES['default']['ENGINE'], DATABASES['default']['OPTIONS']['pool']['max_size']",
        SECRET_KEY="k",
        DATABASE_URL="postgres://billpay:secret@db.example.com/billpay",
        DATABASE_POOL="5",
    )
    assert found == "('django.db.backends.postgresql', 5)"


def test_mail_address_becomes_the_mailer():
    found = answer("MAILERS['default']['OPTIONS']", SECRET_KEY="k", EMAIL_URL="smtp+tls://me:pw@mail.example.com:587")
    assert "'host': 'mail.example.com', 'port': 587, 'username': 'me', 'password': 'pw', 'use_tls': True" in found


def test_every_setting_of_the_environment_is_in_the_example():
    source = (ROOT / "billpay/settings.py").read_text()
    example = (ROOT / ".env.example").read_text()
    read = {part.split('"')[1] for part in source.split("env.")[1:] if part.partition("(")[2].startswith('"')}
    assert read >= {"SECRET_KEY", "DATABASE_URL"}
    assert [name for name in sorted(read) if f"\n{name}=" not in example] == []


def test_log_lines_are_json_in_production():
    found = answer(
        "exec('import logging.config, sys; logging.config.dictConfig(LOGGING);"
        " logging.getLogger(__name__).error(\\'broke\\', extra={\\'bill\\': 7}); sys.exit()')",
        SECRET_KEY="k",
    )
    line = json.loads(found)
    assert (line["event"], line["bill"], line["level"]) == ("broke", 7, "error")


@only_sqlite
@pytest.mark.django_db(transaction=True)
def test_sqlite_takes_the_write_lock_when_a_transaction_begins():
    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        pass
    assert queries[0]["sql"] == "BEGIN IMMEDIATE"


@only_sqlite
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("pragma", "value"), [("foreign_keys", 1), ("journal_mode", "truncate"), ("busy_timeout", 30_000)]
)
def test_sqlite_pragma(pragma: str, value: object):
    with connection.cursor() as cursor:
        assert cursor.execute(f"PRAGMA {pragma}").fetchone()[0] == value


@pytest.mark.django_db(transaction=True)
def test_database_refuses_a_row_that_points_nowhere():
    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO companies_membership (company_id, user_id, role, created_at)"
            " VALUES (1, 1, 'owner', '2026-01-01')"
        )


@pytest.mark.django_db
def test_health_answers_without_signing_in(client: Client):
    response = client.get("/healthz/")
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_no_company_can_take_an_address_of_the_site():
    patterns = list(get_resolver().url_patterns)
    for pattern in patterns:
        if not str(pattern.pattern):
            patterns += getattr(pattern, "url_patterns", [])
    first_words = {str(pattern.pattern).partition("/")[0] for pattern in patterns}
    assert {word for word in first_words if word and "<" not in word} <= RESERVED_SLUGS
