"""Real threads on a real database: bank details are checked once, and never after they were replaced."""

from __future__ import annotations

from functools import partial

import pytest

from billpay.companies import audit
from billpay.suppliers import actions
from billpay.suppliers.actions import BankDetails, CheckRefused
from tests.factories import SupplierFactory, member
from tests.races.crowd import at_once

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 6
OLD = BankDetails(holder="Kestrel", currency="GBP", sort_code="200000", account_number="55779911")
NEW = BankDetails(holder="Kestrel", currency="GBP", sort_code="200000", account_number="31510604")


@pytest.fixture
def supplier():
    return SupplierFactory()


@pytest.fixture
def account(supplier):
    return actions.set_bank_details(supplier=supplier, details=OLD, seen=(), by=member(supplier.company))


def test_many_check_at_once_and_one_has_checked(supplier, account):
    people = [member(supplier.company) for _ in range(PEOPLE)]

    results = at_once(
        [partial(actions.check_bank_details, account=account, by=person, how="Called them") for person in people]
    )

    refused = [result for result in results if isinstance(result, Exception)]
    assert len(refused) == PEOPLE - 1
    assert all(isinstance(result, CheckRefused) for result in refused), refused
    assert audit.trail(supplier).filter(verb="supplier.bank_details_checked").count() == 1


def test_what_is_replaced_while_it_is_checked_leaves_the_new_details_waiting(supplier, account):
    maker, checker = member(supplier.company), member(supplier.company)

    at_once(
        [
            partial(actions.check_bank_details, account=account, by=checker, how="Called them"),
            partial(actions.set_bank_details, supplier=supplier, details=NEW, seen=[account.pk], by=maker),
        ]
    )

    live = supplier.bank_accounts.live().get()
    assert (live.account_number, live.is_checked) == ("31510604", False)
