"""What refuses to be matched, setting aside and bringing back lines of a statement."""

import pytest

from billpay.banking import actions, models
from billpay.companies import audit
from tests.factories import BankTransactionFactory, UserFactory, make_match, member

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("minor", [100_01, 0, -1])
def test_more_than_is_left_is_not_matched(minor):
    line = BankTransactionFactory(amount_minor=100_00)

    with pytest.raises(actions.AmountTooLarge, match=r"100\.00 GBP left to match"):
        actions.refuse_matching(line, minor)


def test_an_excluded_line_is_not_matched():
    line = BankTransactionFactory()
    actions.exclude(transaction=line, reason="Own transfer", by=member(line.company))
    line.refresh_from_db()

    with pytest.raises(actions.TransactionExcluded, match="Bring it back"):
        actions.refuse_matching(line, 1_00)


def test_a_line_that_is_gone_is_not_locked():
    with pytest.raises(actions.TransactionError, match="no longer there"):
        actions.lock_lines([987_654])


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
    line = BankTransactionFactory()
    make_match(line, 1)

    with pytest.raises(actions.TransactionError, match="Undo the match"):
        actions.exclude(transaction=line, reason="Own transfer", by=UserFactory())


def test_include_brings_it_back():
    line = BankTransactionFactory()
    by = member(line.company)
    actions.exclude(transaction=line, reason="Own transfer", by=by)

    row = actions.include(transaction=line, by=by)

    assert row.excluded_at is None
    assert models.BankTransaction.objects.to_reconcile().get() == row
