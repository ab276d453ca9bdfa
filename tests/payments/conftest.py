"""One company with an account, in the numbers of its tests."""

import pytest

from billpay.companies.models import Role
from tests.factories import BankAccountFactory, CompanyFactory, SupplierFactory, member


@pytest.fixture
def company(db):
    return CompanyFactory(slug="harbour")


@pytest.fixture
def user(company):
    return member(company, Role.APPROVER)


@pytest.fixture
def account(company):
    return BankAccountFactory(company=company, name="Operating")


@pytest.fixture
def supplier(company):
    return SupplierFactory(company=company, name="PowerDirect")


@pytest.fixture
def maker(company):
    """An owner who made the payments, and so approves none of them."""
    return member(company, Role.OWNER, name="Ana Maker")


@pytest.fixture
def desk(client, user, account):
    """A browser of an approver who made nothing, in a company with an account to pay from."""
    client.force_login(user)
    return client
