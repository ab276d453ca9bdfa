"""
The machine, briefly with every run of the tests; at length by `make machine`, or by

    BILLPAY_MACHINE_STEPS=10000 pytest tests/machine -s
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machine.machine import Machine
from tests.machine.taking import came_of, done

STEPS = int(os.environ.get("BILLPAY_MACHINE_STEPS", "150"))
ALWAYS_THE_SAME = "BILLPAY_MACHINE_STEPS" not in os.environ
"""What a change has to pass does not hang on luck; the long run takes other steps each time."""
STEPS_A_RUN = 25 if ALWAYS_THE_SAME else 100


@pytest.mark.n_plus_one_allowed
def test_whatever_people_do_everything_is_proved(db):
    done.clear()
    came_of.clear()
    while (steps := taken()) < STEPS:
        run_state_machine_as_test(
            Machine,
            settings=settings(
                max_examples=max((STEPS - steps) // STEPS_A_RUN, 1),
                stateful_step_count=STEPS_A_RUN,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                phases=[Phase.generate, Phase.shrink],
                database=None,
                derandomize=ALWAYS_THE_SAME,
                print_blob=True,
            ),
        )
    print(f"{steps} steps, {came_of['refused']} of them refused: {dict(sorted(done.items()))}")
    assert came_of["taken"]


def taken() -> int:
    """Steps so far: what was done and what was refused, not what found nothing to do."""
    return came_of["taken"] + came_of["refused"]
