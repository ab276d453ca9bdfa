"""A company with something of everything, made once for each module that looks at it."""

from collections.abc import Iterator

import pytest
from django.db import transaction

from tests.proof.world import World


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker) -> Iterator[World]:
    """Rolled back after the module; what a test does to it is rolled back with the test."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield World()
        transaction.set_rollback(True)
