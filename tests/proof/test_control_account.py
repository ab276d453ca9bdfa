"""The control account and what it stands for agree on every day, by what was known on every day (rule 24)."""

from datetime import date, datetime, timedelta

import pytest
import time_machine

from billpay.ledger.models import AccountRole
from billpay.payments import actions as payments
from billpay.proof.invariant import Figure, Scope
from billpay.proof.invariants.control import control_account
from tests.factories import (
    TODAY,
    BankAccountFactory,
    CompanyFactory,
    SupplierFactory,
    make_bill,
    make_payment,
    member,
)
from tests.machine.proving import breaks_over_time
from tests.proof.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    return CompanyFactory()


@pytest.fixture
def user(company):
    return member(company)


def at(day: date) -> time_machine.travel:
    return time_machine.travel(datetime.combine(day, datetime.min.time()).isoformat() + "+00:00", tick=False)


def control(company, as_of: date | None = None, known_on: date | None = None) -> tuple[int, int]:
    figure: Figure
    (figure,) = control_account(Scope(company, as_of, known_on)).figures
    return figure.left, figure.right


def test_a_bill_counts_from_its_own_day_once_it_is_known(company, user):
    with at(TODAY):
        make_bill(supplier=SupplierFactory(company=company), issued_on=TODAY - timedelta(days=20), by=user)

    assert control(company, as_of=TODAY - timedelta(days=21)) == (0, 0)
    assert control(company, as_of=TODAY - timedelta(days=20)) == (100_00, 100_00)
    assert control(company, as_of=TODAY, known_on=TODAY - timedelta(days=1)) == (0, 0)
    assert control(company, as_of=TODAY, known_on=TODAY) == (100_00, 100_00)


def test_a_payment_before_its_bill_is_a_prepayment_until_then(company, user):
    bill = make_bill(supplier=SupplierFactory(company=company), issued_on=TODAY, by=user)
    account = BankAccountFactory(company=company)

    make_payment(account=account, bill=bill, paid_on=TODAY - timedelta(days=5), by=user)

    assert control(company, as_of=TODAY - timedelta(days=1)) == (-100_00, -100_00)
    assert control(company, as_of=TODAY) == (0, 0)


def test_what_is_void_counted_until_its_void_date(company, user):
    bill = make_bill(supplier=SupplierFactory(company=company), issued_on=TODAY - timedelta(days=9), by=user)
    payment = make_payment(account=BankAccountFactory(company=company), bill=bill, paid_on=TODAY, by=user)

    payments.void(payment=payment, on=TODAY + timedelta(days=3), reason="Bounced", by=user)

    assert [control(company, as_of=TODAY + timedelta(days=days)) for days in (-1, 0, 2, 3)] == [
        (100_00, 100_00),
        (0, 0),
        (0, 0),
        (100_00, 100_00),
    ]


def test_a_line_written_by_hand_parts_both_sides_from_its_day_on(company, user):
    make_bill(supplier=SupplierFactory(company=company), issued_on=TODAY, by=user)
    entry = company.journal_entries.create(
        on=TODAY + timedelta(days=1), kind="journal", source_kind="company", source_id=0, description="By hand"
    )
    entry.lines.create(account=company.nominal_accounts.get(role=AccountRole.PAYABLES), credit_minor=1)

    assert control(company, as_of=TODAY) == (100_00, 100_00)
    assert control(company) == (100_01, 100_00)
    assert not control_account(Scope(company)).holds


def test_both_sides_agree_on_every_day_of_a_busy_company():
    assert breaks_over_time(World().company) == []
