"""A company with an account, and days on which things are entered."""

from contextlib import contextmanager

import pytest
import time_machine

from billpay.companies.models import Role
from tests.factories import BankAccountFactory, CompanyFactory, SupplierFactory, member


@pytest.fixture
def company(db):
    return CompanyFactory(slug="harbour")


@pytest.fixture
def user(company):
    return member(company, Role.OWNER)


@pytest.fixture
def account(company):
    return BankAccountFactory(company=company, name="Operating")


@pytest.fixture
def supplier(company):
    return SupplierFactory(company=company, name="PowerDirect")


@contextmanager
def entered_on(day):
    """What is done in the block is entered at noon of the day."""
    with time_machine.travel(f"{day.isoformat()} 12:00", tick=False):
        yield
