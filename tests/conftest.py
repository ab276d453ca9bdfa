"""What every test has: no network beyond this machine (pyproject.toml), and a fresh cache."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from hypothesis import HealthCheck, settings

# Time per example says more about the machine than about the code.
settings.register_profile("billpay", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("billpay")


@pytest.fixture(autouse=True)
def fresh_cache() -> Iterator[None]:
    """Failed sign-ins counted by one test must not lock out another."""
    yield
    cache.clear()
