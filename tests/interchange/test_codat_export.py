"""Codat's documents, written out, and the commands around them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from billpay.companies.models import Company
from billpay.interchange.codat.importing import import_text
from tests.factories import CompanyFactory, member
from tests.interchange.codat_samples import base, bill, credit_note, link, payment

pytestmark = pytest.mark.django_db


def exported(company: Company, kind: str) -> list[dict[str, Any]]:
    out = io.StringIO()
    call_command("export_codat", "--company", company.slug, "--type", kind, stdout=out)
    return json.loads(out.getvalue())[kind]


@pytest.fixture
def company() -> Company:
    """A bill of 135.85 with 100.00 paid, and a credit note of 25.44 with 20.00 used on a second bill."""
    company = CompanyFactory(slug="out")
    paid = payment(100, (100, [link("Bill", "bill-1", -100)]), id="pay-1")
    credit = payment(0, (0, [link("Bill", "bill-2", -20), link("CreditNote", "cn-1", 20)]), id="pay-2")
    file = base(bills=[bill(), bill("bill-2", 50, 0)], billCreditNotes=[credit_note()], billPayments=[paid, credit])
    import_text(company=company, text=file, by=member(company))
    return company


def test_a_bill_says_what_is_due_and_what_paid_it(company):
    document = exported(company, "bills")[0]

    assert (document["status"], document["totalAmount"], document["amountDue"]) == ("PartiallyPaid", 135.85, 35.85)
    assert document["paymentAllocations"][0]["payment"]["id"] == "pay-1"
    assert document["paymentAllocations"][0]["allocation"]["totalAmount"] == 100


def test_a_credit_note_says_what_remains(company):
    document = exported(company, "billCreditNotes")[0]

    assert (document["status"], document["remainingCredit"]) == ("PartiallyPaid", 5.44)


def test_every_exported_payment_balances_and_reads_back_in(company):
    documents = exported(company, "billPayments")

    for document in documents:
        assert sum(line["amount"] for line in document["lines"]) == document["totalAmount"]
        for line in document["lines"]:
            assert line["amount"] + sum(item["amount"] for item in line["links"]) == 0
    owner = company.memberships.get().user
    report = import_text(company=company, text=json.dumps({"billPayments": documents}), by=owner)
    assert report.counts["billPayments"] == {"new": 0, "known": 2, "skipped": 0}


def test_documents_entered_on_screen_read_back_in_by_ids_of_our_making(company):
    company.bills.update(external_id="")

    documents = exported(company, "bills")

    owner = company.memberships.get().user
    report = import_text(company=company, text=json.dumps({"bills": documents}), by=owner)
    assert report.counts["bills"] == {"new": 0, "known": 2, "skipped": 0}


def test_an_empty_company_exports_an_empty_list():
    assert exported(CompanyFactory(), "suppliers") == []


def test_the_command_prints_one_json_object(tmp_path: Path):
    company = CompanyFactory(slug="inn")
    member(company)
    file = tmp_path / "codat.json"
    file.write_text(base(bills=[bill()]))
    out = io.StringIO()

    call_command("import_codat", str(file), "--company", "inn", "--json", stdout=out)

    assert json.loads(out.getvalue())["bills"] == {"new": 1, "known": 0, "skipped": 0}


def test_a_refused_file_is_exit_1_and_nothing_written(tmp_path: Path):
    company = CompanyFactory(slug="inn")
    member(company)
    file = tmp_path / "codat.json"
    file.write_text(base(bills=[bill(totalAmount=1)]))

    with pytest.raises(CommandError, match="off by -134.85") as refusal:
        call_command("import_codat", str(file), "--company", "inn")

    assert refusal.value.returncode == 1
    assert not company.suppliers.exists()


@pytest.mark.parametrize(("content", "why"), [(b"\xff\xfe", "not UTF-8"), (None, "cannot be read")])
def test_a_file_that_is_no_text_or_not_there_is_said_so(tmp_path: Path, content: bytes | None, why: str):
    member(CompanyFactory(slug="inn"))
    file = tmp_path / "codat.json"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(CommandError, match=why):
        call_command("import_codat", str(file), "--company", "inn")
