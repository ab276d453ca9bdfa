"""What the proof reads is of one moment, and it cannot write."""

import threading

import pytest
from django.db import DatabaseError, connection, transaction

from billpay.companies.models import Company
from billpay.snapshot import snapshot
from tests.factories import CompanyFactory

pytestmark = pytest.mark.django_db(transaction=True)


def elsewhere(call) -> None:
    """Run it on another connection, and wait at most a second for it: on SQLite it may have to wait for us."""

    def work() -> None:
        try:
            call()
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(timeout=1)
    waiting.append(thread)


waiting: list[threading.Thread] = []


@pytest.fixture(autouse=True)
def _nobody_waits_for_ever():
    yield
    while waiting:
        waiting.pop().join(timeout=30)


def test_what_is_written_meanwhile_is_not_seen():
    CompanyFactory(slug="one")

    with snapshot():
        before = Company.objects.count()
        elsewhere(lambda: Company.objects.create(slug="two", name="Two", base_currency="GBP"))
        after = Company.objects.count()

    waiting.pop().join(timeout=30)
    assert (before, after, Company.objects.count()) == (1, 1, 2)


def test_nothing_can_be_written_in_it():
    CompanyFactory(slug="one")

    with pytest.raises(DatabaseError), snapshot():
        Company.objects.update(name="Other")

    assert not Company.objects.filter(name="Other").exists()


def test_afterwards_the_connection_writes_as_before():
    company = CompanyFactory(slug="one")

    with snapshot():
        assert Company.objects.exists()
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=company.pk)
        Company.objects.update(name="Other")

    assert Company.objects.get().name == "Other"


@pytest.mark.skipif(connection.vendor != "sqlite", reason="Only SQLite has one write lock for all.")
def test_it_takes_no_write_lock_of_sqlite():
    CompanyFactory(slug="one")
    begun = threading.Event()

    def begin() -> None:
        with transaction.atomic():
            begun.set()

    with snapshot():
        Company.objects.count()
        elsewhere(begin)

    assert begun.is_set()


def test_inside_a_transaction_it_sees_what_that_sees():
    with transaction.atomic():
        CompanyFactory(slug="one")
        with snapshot():
            assert Company.objects.count() == 1
