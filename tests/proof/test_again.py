"""Looking again at what held before, as the machine does after each of its steps."""

import pytest

from tests.machine.proving import Prover, breaks
from tests.proof.tampering import Tampering
from tests.proof.test_tampering import ALL
from tests.proof.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.n_plus_one_allowed]


@pytest.mark.parametrize("case", ALL[::7], ids=lambda case: case.name.replace(" ", "-"))
def test_what_breaks_after_it_held_is_found_as_at_first_sight(world: World, case: Tampering):
    prover = Prover(world.company)
    assert prover.breaks() == []

    case.tamper(world)

    assert prover.breaks() == breaks([world.company]) != []


def test_what_held_is_not_worked_out_again(world: World, django_assert_num_queries):
    prover = Prover(world.company)
    prover.breaks()
    questions = sum(len(asked) for asked in prover.held.values())

    with django_assert_num_queries(questions):
        assert prover.breaks() == []
