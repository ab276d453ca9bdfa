"""What every test has: no network beyond this machine (pyproject.toml), and a fresh cache."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings

from billpay.guards import lifted
from tests import template_database
from tests.settings import TEST_DIR

# Time per example says more about the machine than about the code.
hypothesis_settings.register_profile("billpay", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("billpay")


def pytest_configure(config: pytest.Config) -> None:
    """Make the run's own directory, in the process that the workers come from."""
    if not hasattr(config, "workerinput"):
        TEST_DIR.mkdir(mode=0o700)
        (TEST_DIR / "static").mkdir()
        # Last of all, once the databases in it are closed.
        config.add_cleanup(lambda: shutil.rmtree(TEST_DIR, ignore_errors=True))


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb: bool, django_db_modify_db_settings: None) -> bool:
    """On SQLite, begin with a copy of a database that was migrated before; what is missing is migrated as ever."""
    if connection.vendor != "sqlite":
        return django_db_keepdb
    template_database.copy_to(Path(connection.settings_dict["TEST"]["NAME"]))
    return True


@pytest.fixture(autouse=True)
def _n_plus_one_allowed(request: pytest.FixtureRequest, settings: Settings) -> None:
    if request.node.get_closest_marker("n_plus_one_allowed"):
        settings.ZEAL_ALLOWLIST = [{"model": "*"}]


@pytest.fixture(autouse=True)
def fresh_cache() -> Iterator[None]:
    """Failed sign-ins counted by one test must not lock out another."""
    yield
    cache.clear()


@pytest.fixture(autouse=True, scope="session")
def _flush_passes_guards() -> Iterator[None]:
    """
    Let a test that commits empty its tables afterwards.

    On SQLite that is a DELETE from each, which the guards of append-only tables refuse. TRUNCATE asks no row trigger.
    """
    if connection.vendor != "sqlite":
        yield
        return
    operations = type(connection.ops)
    flush = operations.execute_sql_flush

    def flush_without_triggers(self: Any, sql_list: list[str]) -> None:
        with lifted(self.connection):
            flush(self, sql_list)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "execute_sql_flush", flush_without_triggers)
        yield
