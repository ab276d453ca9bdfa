"""Real threads on a real database: one trail, however many write to it."""

from __future__ import annotations

import pytest
from django.db import transaction

from billpay.companies import audit
from billpay.companies.models import AuditHead, Company
from tests.factories import CompanyFactory
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
