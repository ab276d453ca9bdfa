"""Real threads on a real database: what is posted before the books are closed is there, and nothing comes after."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import transaction

from billpay.companies.actions import change_settings
from billpay.companies.models import Company
from billpay.ledger.actions import PeriodLocked
from tests.factories import TODAY, BankAccountFactory, SupplierFactory, make_bill, make_payment, member
from tests.races.crowd import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_who_closes_the_books_waits_for_what_is_being_posted():
    account = BankAccountFactory()
    company, owner = account.company, member(account.company)
    bill = make_bill(supplier=SupplierFactory(company=company), by=owner)
    posted, order = threading.Event(), []

    def pay() -> None:
        with transaction.atomic():
            make_payment(account=account, bill=bill, by=owner)
            posted.set()
            time.sleep(0.3)
            order.append("paid")

    def close() -> None:
        posted.wait(timeout=30)
        change_settings(company=company, values={"locked_through": TODAY}, by=owner)
        order.append("closed")

    outcomes = at_once([pay, close])

    assert (outcomes, order) == ([None, None], ["paid", "closed"])


def test_a_company_loaded_before_the_books_were_closed_posts_nothing_into_them():
    account = BankAccountFactory()
    owner = member(account.company)
    bill = make_bill(supplier=SupplierFactory(company=account.company), by=owner)
    change_settings(company=Company.objects.get(), values={"locked_through": TODAY}, by=owner)
    assert account.company.locked_through is None

    with pytest.raises(PeriodLocked, match="is closed"):
        make_payment(account=account, bill=bill, by=owner)
