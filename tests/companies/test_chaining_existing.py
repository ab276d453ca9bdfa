"""The migration that chains the lines which were there before the chain."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from billpay.companies import audit
from billpay.companies.models import Company
from tests.factories import CompanyFactory, member

BEFORE = [("companies", "0003_audit_chain")]


def migrate(targets):
    executor = MigrationExecutor(connection)
    executor.loader.build_graph()
    executor.migrate(targets)
    return executor.loader.project_state(targets).apps


@pytest.mark.django_db(transaction=True)
def test_lines_that_were_there_before_are_chained_in_the_order_they_were_written():
    company, other = CompanyFactory(), CompanyFactory()
    by = member(company)
    newest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    try:
        event = migrate(BEFORE).get_model("companies", "AuditEvent")
        for number in range(1, 6):
            event.objects.create(
                company_id=(company if number % 2 else other).pk,
                at=timezone.now(),
                by_id=by.pk,
                verb="bill.approved",
                target_kind="bill",
                target_id=str(number),
                summary=f"Bill {number} approved",
                detail={"bills": [number], "name": "Ü"},
            )
    finally:
        migrate(newest)

    audit.record(company=company, verb="test", target=company, by=by, summary="One more")
    lines = list(Company.objects.get(pk=company.pk).audit_events.order_by("sequence"))
    assert [(line.sequence, line.target_id) for line in lines] == [(1, "1"), (2, "3"), (3, "5"), (4, str(company.pk))]
    assert [audit.verify(company), audit.verify(other)] == [[], []]
    assert audit.head_of(other).count == 2
