"""One thing is tampered with behind the back of the guards: the proof names all it breaks, nothing else, and where."""

import pytest
from django.db import IntegrityError, transaction

from tests.proof.tampering import Tampering, broken, of, run
from tests.proof.with_books import BANK, BOOKS, COMPANIES, TRAIL, line
from tests.proof.with_documents import BILLS, CREDIT_NOTES
from tests.proof.with_payments import PAYMENTS, REFUNDS
from tests.proof.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.n_plus_one_allowed]

ALL = (*BILLS, *CREDIT_NOTES, *PAYMENTS, *REFUNDS, *BANK, *BOOKS, *TRAIL, *COMPANIES)


def test_nothing_is_broken_where_nobody_tampered(world: World):
    assert broken(world.company) == {}


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name.replace(" ", "-"))
def test_the_proof_names_what_is_broken(world: World, case: Tampering):
    told = case.told(world)

    case.tamper(world)

    found = broken(world.company)
    assert found.keys() == case.broken
    assert told in {words for offenders in found.values() for words in offenders}


@pytest.mark.parametrize(
    "case",
    [
        of("audit line", lambda world: world.company.audit_events.first(), "UPDATE companies_auditevent SET verb = ''"),
        of("counter", lambda world: world.paid_bill, "UPDATE bills_bill SET settled_minor = settled_minor - 1"),
        of("journal line", line(lambda world: world.paid), "UPDATE ledger_journalline SET debit_minor = 7"),
    ],
    ids=lambda case: case.name.replace(" ", "-"),
)
def test_with_its_guards_the_database_refuses(world: World, case: Tampering):
    with pytest.raises(IntegrityError), transaction.atomic():
        run(f"{case.sql} WHERE id = %s", [case.row(world).pk])
