"""Heads kept elsewhere, and trails checked against them, from the command line and the activity page."""

import csv
import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse

from billpay.companies import audit
from billpay.companies.guards import GUARDS
from billpay.companies.models import Role
from billpay.guards.triggers import triggers_of
from tests.factories import CompanyFactory, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    company = CompanyFactory(slug="harbour", name="Harbour Lane")
    write(company, 3)
    return company


def write(company, count):
    audit.record_many(
        company=company, by=None, events=[audit.Event("test", company, f"Line {n}", {"n": n}) for n in range(count)]
    )


def said(command, *arguments):
    out = io.StringIO()
    call_command(command, *arguments, stdout=out, stderr=io.StringIO(), no_color=True)
    return out.getvalue()


def refused(command, *arguments):
    """What it printed, and the words it ended with: exit status 1."""
    out = io.StringIO()
    with pytest.raises(CommandError) as refusal:
        call_command(command, *arguments, stdout=out, stderr=io.StringIO(), no_color=True)
    assert refusal.value.returncode == 1
    return out.getvalue(), str(refusal.value)


def intrude(sql):
    """Write past the guards, as the owner of the schema can."""
    with connection.cursor() as cursor:
        for trigger in triggers_of(GUARDS, connection.vendor):
            for drop in trigger.drop(connection.vendor):
                cursor.execute(drop)
        cursor.execute(sql)


def test_a_trail_that_holds_is_said_to_hold(company):
    assert said("check_audit") == "harbour: 3 lines hold.\n"


def test_a_changed_line_is_named_by_its_id(company):
    line = company.audit_events.get(sequence=2)
    intrude(f"UPDATE companies_auditevent SET summary = 'Nothing' WHERE id = {line.pk}")

    out, words = refused("check_audit", "--company", "harbour")

    assert out == f"harbour: Line 2 is not what was written. (id {line.pk})\n"
    assert words == "The audit trail does not hold: harbour."


def test_breaks_are_told_as_json_too(company):
    line = company.audit_events.get(sequence=2)
    intrude(f"DELETE FROM companies_auditevent WHERE id = {line.pk}")
    after = company.audit_events.get(sequence=3)

    out, _ = refused("check_audit", "--json")

    assert json.loads(out) == {
        "trails": [
            {
                "company": "harbour",
                "count": 3,
                "holds": False,
                "breaks": [{"id": after.pk, "sequence": 3, "words": "Line 2 is missing."}],
            }
        ],
        "companies_gone": [],
    }


def test_a_head_kept_in_a_file_finds_what_was_emptied_since(company, tmp_path):
    kept = tmp_path / "head.json"
    said("export_audit_head", "-o", str(kept))
    write(company, 1)
    assert said("check_audit", "--head", str(kept)) == "harbour: 4 lines hold.\n"
    intrude("DELETE FROM companies_auditevent")
    intrude("DELETE FROM companies_audithead")

    out, _ = refused("check_audit", "--head", str(kept))

    assert out == "harbour: The end is missing: there were 3 lines, and 0 are left.\n"


def test_a_head_is_read_from_standard_input(company, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(said("export_audit_head", "--company", "harbour", "--json")))

    assert said("check_audit", "--head", "-") == "harbour: 3 lines hold.\n"


def test_a_company_that_is_gone_with_its_trail_is_missed(company, monkeypatch):
    document = json.loads(said("export_audit_head", "--json"))
    document["heads"].append({"company": "gone", "id": 999_999, "count": 0, "hash": ""})
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(document)))

    assert "999999" in refused("check_audit", "--head", "-")[1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no json", "is no JSON"),
        ("[" * 100_000, "nested too deep"),
        ("[]", "no file of export_audit_head"),
        ('{"kind": "billpay-audit-heads", "heads": [{"id": 1, "count": 2, "hash": "short"}]}', "is no head"),
        ('{"kind": "billpay-audit-heads", "heads": [{"id": 1, "count": -2, "hash": ""}]}', "is no head"),
        ('{"kind": "billpay-audit-heads", "heads": [{"id": 0, "count": 0, "hash": ""}]}', "has no head of harbour"),
    ],
)
def test_what_is_no_head_is_refused(company, monkeypatch, text, words):
    monkeypatch.setattr("sys.stdin", io.StringIO(text))

    assert words in refused("check_audit", "--head", "-", "--company", "harbour")[1]


def test_a_head_that_was_kept_is_never_written_over(company, tmp_path):
    kept = tmp_path / "head.json"
    kept.write_text("the first")

    assert "is there already" in refused("export_audit_head", "-o", str(kept))[1]
    assert kept.read_text() == "the first"


def test_heads_are_told_in_words(company):
    assert said("export_audit_head") == f"harbour: 3 lines {audit.head_of(company).hash}\n"


@pytest.mark.parametrize("command", ["check_audit", "export_audit_head"])
def test_a_company_that_there_is_not_is_refused(command):
    assert refused(command, "--company", "nowhere")[1] == "There is no company nowhere."


# The activity page


def test_the_activity_page_shows_lines_and_head(client, company):
    client.force_login(member(company, Role.VIEWER))

    page = client.get(reverse("companies:activity", args=[company.slug])).text

    assert audit.head_of(company).hash in page
    assert reverse("companies:audit_head", args=[company.slug]) not in page


def test_an_owner_downloads_the_head_that_the_command_reads(client, company, monkeypatch):
    client.force_login(member(company))
    assert reverse("companies:audit_head", args=[company.slug]) in client.get(f"/{company.slug}/activity/").text

    response = client.get(reverse("companies:audit_head", args=[company.slug]))

    assert response["Content-Disposition"].startswith('attachment; filename="harbour-head-')
    monkeypatch.setattr("sys.stdin", io.StringIO(response.text))
    assert said("check_audit", "--company", "harbour", "--head", "-") == "harbour: 3 lines hold.\n"


def test_the_trail_is_a_file_in_the_order_it_was_written(client, company):
    client.force_login(member(company, Role.VIEWER))

    response = client.get(reverse("companies:activity_export", args=[company.slug]))

    rows = list(csv.DictReader(io.StringIO(response.getvalue().decode("utf-8-sig"))))
    assert [(row["Number"], row["Summary"], row["Detail"]) for row in rows] == [
        ("1", "Line 0", '{"n": 0}'),
        ("2", "Line 1", '{"n": 1}'),
        ("3", "Line 2", '{"n": 2}'),
    ]
    assert rows[-1]["Hash"] == audit.head_of(company).hash


@pytest.mark.parametrize("model", ["auditevent", "audithead", "idempotencykey"])
def test_operators_look_at_the_trail_and_change_nothing(admin_client, company, model):
    listed = admin_client.get(reverse(f"admin:companies_{model}_changelist"))

    assert listed.status_code == 200
    assert admin_client.get(reverse(f"admin:companies_{model}_add")).status_code == 403
