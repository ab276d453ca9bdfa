"""What the database itself refuses of matches, whoever asks."""

import pytest
from django.db import IntegrityError, transaction

from billpay.reconciliation.models import Match
from tests.factories import (
    BankAccountFactory,
    BankTransactionFactory,
    SupplierFactory,
    make_bill,
    make_match,
    make_payment,
)

pytestmark = pytest.mark.django_db


def refuses(message):
    return pytest.raises(IntegrityError, match=message)


def counted(*rows):
    return [type(row).objects.get(pk=row.pk).matched_minor for row in rows]


@pytest.mark.parametrize("direction", ["out", "in"])
def test_both_sides_count_what_is_matched_and_what_is_undone(direction):
    match = make_match(BankTransactionFactory(direction=direction, amount_minor=80_00), 30_00)

    assert counted(match.transaction, match.paid) == [30_00, 30_00]
    Match.objects.update(undone_at=match.created_at, undone_by=match.created_by)
    assert counted(match.transaction, match.paid) == [0, 0]


def test_several_matches_stored_at_once_are_counted_together():
    match = make_match(BankTransactionFactory(amount_minor=80_00), 30_00)
    Match.objects.update(undone_at=match.created_at, undone_by=match.created_by)

    Match.objects.bulk_create(
        Match(
            company=match.company,
            transaction=match.transaction,
            payment=match.payment,
            amount_minor=minor,
            created_by=match.created_by,
        )
        for minor in (10_00, 15_00)
    )

    assert counted(match.transaction, match.payment) == [25_00, 25_00]


@pytest.mark.parametrize("direction", ["out", "in"])
def test_the_counters_are_not_set_by_hand(direction):
    match = make_match(BankTransactionFactory(direction=direction))

    for row in (match.transaction, match.paid):
        with transaction.atomic(), refuses("is not the sum of its rows"):
            type(row).objects.filter(pk=row.pk).update(matched_minor=1)


def test_a_match_is_undone_never_deleted_and_stays_undone():
    match = make_match(BankTransactionFactory())

    with transaction.atomic(), refuses("never deleted"):
        Match.objects.all().delete()
    Match.objects.update(undone_at=match.created_at, undone_by=match.created_by)
    with transaction.atomic(), refuses("can no longer change"):
        Match.objects.update(undone_at=None, undone_by=None)


def test_a_match_never_changes_its_amount_or_sides():
    match = make_match(BankTransactionFactory())
    other = make_match(BankTransactionFactory(statement=match.transaction.statement))

    with transaction.atomic(), refuses("can no longer change"):
        Match.objects.filter(pk=match.pk).update(amount_minor=1)
    with transaction.atomic(), refuses("can no longer change"):
        Match.objects.filter(pk=match.pk).update(payment=other.payment)


def test_a_match_stays_within_its_company():
    match = make_match(BankTransactionFactory(amount_minor=80_00), 30_00)
    account = BankAccountFactory()
    theirs = make_payment(account=account, bill=make_bill(supplier=SupplierFactory(company=account.company)))

    with refuses("another company"):
        Match.objects.create(
            company=match.company,
            transaction=match.transaction,
            payment=theirs,
            amount_minor=1,
            created_by=match.created_by,
        )
