from datetime import UTC, datetime

import pytest
import time_machine

from tests.factories import TODAY


@pytest.fixture
def frozen():
    """Noon of TODAY, for what reads the clock."""
    now = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC)
    with time_machine.travel(now, tick=False):
        yield now
