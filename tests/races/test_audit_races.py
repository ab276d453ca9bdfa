"""Real threads on a real database: one trail, however many write to it."""

from __future__ import annotations

import pytest
from django.db import transaction

from billpay.companies import audit
from billpay.companies.models import AuditHead, Company
from billpay.money.value import Money
from billpay.payments import actions as payments
from billpay.payments.actions import Order, Part
from tests.factories import (
    BankAccountFactory,
    CompanyFactory,
    SupplierFactory,
    header,
    make_batch,
    make_bill,
    member,
)
from tests.races.crowd import at_once

pytestmark = pytest.mark.django_db(transaction=True)

WRITERS = 8
ROUNDS = 25


def append(company: Company, writer: int) -> None:
    for number in range(ROUNDS):
        with transaction.atomic():
            audit.record(company=company, verb="test", target=company, by=None, summary=f"{writer}, {number}, first")
            audit.record(company=company, verb="test", target=company, by=None, summary=f"{writer}, {number}, second")


def test_eight_writers_leave_one_chain_without_a_gap():
    company = CompanyFactory()

    outcomes = at_once([lambda writer=writer: append(company, writer) for writer in range(WRITERS)])

    assert outcomes == [None] * WRITERS
    count = WRITERS * ROUNDS * 2
    assert list(company.audit_events.order_by("id").values_list("sequence", flat=True)) == list(range(1, count + 1))
    assert audit.verify(company) == []


def test_the_first_lines_of_a_company_make_one_head():
    for _ in range(10):
        company = CompanyFactory()

        at_once([lambda company=company: append(company, 0)] * 2)

        assert AuditHead.objects.get(company=company).count == 4 * ROUNDS
        assert audit.verify(company) == []


def test_a_trail_that_is_being_written_holds_whenever_it_is_read():
    company = CompanyFactory()
    append(company, 0)

    def read() -> list[str]:
        return [found.words for _ in range(ROUNDS) for found in audit.verify(company)]

    assert at_once([lambda: append(company, 1), lambda: append(company, 2), read]) == [None, None, []]


def test_gathered_writers_of_two_companies_do_not_deadlock():
    companies = [CompanyFactory(), CompanyFactory()]

    def both(order: list[Company]) -> None:
        for _ in range(ROUNDS):
            with audit.gathered():
                for company in order:
                    audit.record(company=company, verb="test", target=company, by=None, summary="Both")

    assert at_once([lambda: both(companies), lambda: both(companies[::-1])] * 4) == [None] * 8
    assert [audit.verify(company) for company in companies] == [[], []]


def test_who_deletes_and_who_edits_drafts_of_one_batch_do_not_deadlock():
    """Both move the batch's total and write lines: the lock of the trail comes last in each."""
    account = BankAccountFactory()
    supplier = SupplierFactory(company=account.company)
    owner = member(account.company)
    for _ in range(10):
        bills = [make_bill(supplier=supplier, by=owner) for _ in range(3)]
        batch = make_batch(account=account, bills=bills, by=owner, draft=True)
        first, second, _kept = batch.payments.order_by("pk")
        part = Part(bills[1], Money(10_00, "GBP"))
        order = Order(supplier=supplier, amount=part.amount, parts=[part])

        outcomes = at_once(
            [
                lambda draft=first: payments.delete_draft(payment=draft, by=owner),
                lambda draft=second, order=order: payments.edit_draft(
                    payment=draft, header=header(account, draft=True), order=order, version=draft.version, by=owner
                ),
            ]
        )

        assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
        batch.refresh_from_db()
        assert batch.total_minor == 110_00
