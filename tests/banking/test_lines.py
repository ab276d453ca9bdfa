"""Matching, setting aside and bringing back lines of a statement."""

import pytest

from billpay.banking import actions, models
from billpay.companies import audit
from tests.factories import BankTransactionFactory, UserFactory, member

pytestmark = pytest.mark.django_db


def test_mark_matched_counts_several_at_once():
    first, second = BankTransactionFactory(amount_minor=100_00), BankTransactionFactory(amount_minor=50_00)

    rows = actions.mark_matched(amounts={second.pk: 50_00, first.pk: 30_00})

    first.refresh_from_db()
    assert (rows[second.pk].unmatched.minor, first.unmatched_minor) == (0, 70_00)


@pytest.mark.parametrize("minor", [100_01, 0, -1])
def test_mark_matched_refuses_more_than_is_left_and_writes_nothing(minor):
    fine, short = BankTransactionFactory(), BankTransactionFactory(amount_minor=100_00)

    with pytest.raises(actions.AmountTooLarge, match=r"100\.00 GBP left to match"):
        actions.mark_matched(amounts={fine.pk: 1_00, short.pk: minor})

    fine.refresh_from_db()
    assert fine.matched_minor == 0


def test_mark_matched_refuses_an_excluded_transaction():
    line = BankTransactionFactory()
    actions.exclude(transaction=line, reason="Own transfer", by=member(line.company))

    with pytest.raises(actions.TransactionExcluded, match="Bring it back"):
        actions.mark_matched(amounts={line.pk: 1_00})


def test_mark_matched_refuses_a_transaction_that_is_gone():
    with pytest.raises(actions.TransactionError, match="no longer there"):
        actions.mark_matched(amounts={987_654: 1_00})


def test_mark_unmatched_takes_back_what_was_counted():
    line = BankTransactionFactory(matched_minor=40_00)

    actions.mark_unmatched(amounts={line.pk: 40_00})

    line.refresh_from_db()
    assert line.matched_minor == 0


def test_mark_unmatched_refuses_more_than_is_matched():
    line = BankTransactionFactory(matched_minor=40_00)

    with pytest.raises(actions.AmountTooLarge, match=r"40\.00 GBP matched"):
        actions.mark_unmatched(amounts={line.pk: 40_01})


def test_exclude_keeps_the_reason_and_who():
    line = BankTransactionFactory()
    by = member(line.company)

    row = actions.exclude(transaction=line, reason="  Own \n transfer ", by=by)

    assert (row.excluded_reason, row.excluded_by) == ("Own transfer", by)
    assert not models.BankTransaction.objects.to_reconcile().exists()
    assert audit.trail(row).get().verb == "bank_transaction.excluded"


def test_exclude_refuses_without_a_reason():
    with pytest.raises(actions.TransactionError, match="Say why"):
        actions.exclude(transaction=BankTransactionFactory(), reason=" ", by=UserFactory())


def test_exclude_refuses_what_is_matched():
    line = BankTransactionFactory(matched_minor=1)

    with pytest.raises(actions.TransactionError, match="Undo the match"):
        actions.exclude(transaction=line, reason="Own transfer", by=UserFactory())


def test_include_brings_it_back():
    line = BankTransactionFactory()
    by = member(line.company)
    actions.exclude(transaction=line, reason="Own transfer", by=by)

    row = actions.include(transaction=line, by=by)

    assert row.excluded_at is None
    assert models.BankTransaction.objects.to_reconcile().get() == row
