"""`manage.py import_statement`."""

import io
import json
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from billpay.banking.models import BankTransaction
from tests.factories import BankAccountFactory, CompanyFactory, member

pytestmark = pytest.mark.django_db

CSV = "Date,Amount,Balance\n2026-03-16,-5.00,95.00\n2026-03-17,-7.00,88.00\n"
PROFILE = json.dumps({"date": "Date", "amount": "Amount", "balance": "Balance"})


@pytest.fixture
def account():
    company = CompanyFactory(slug="harbour")
    member(company)
    return BankAccountFactory(company=company, name="Current account")


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "march.csv"
    file.write_text(CSV)
    return file


def run(path, *options, account="Current account", profile=PROFILE):
    out = io.StringIO()
    given = ["--profile", profile] if profile else []
    call_command(
        "import_statement", str(path), "--company", "harbour", "--account", account, *given, *options, stdout=out
    )
    return out.getvalue()


def test_imports_and_says_so(account, path):
    assert run(path) == "Current account: 2 new, 0 here already.\n"
    assert account.transactions.count() == 2


def test_a_second_run_adds_nothing(account, path):
    run(path)

    assert "0 new, 2 here already" in run(path)


def test_a_dry_run_stores_nothing(account, path):
    out = run(path, "--dry-run")

    assert "DRY RUN" in out and "2 new" in out
    assert not BankTransaction.objects.exists()


def test_json_is_one_object(account, path):
    report = json.loads(run(path, "--json"))

    assert (report["new"], report["closing_minor"], report["off_by_minor"]) == (2, 88_00, 0)
    assert report["statement"] == account.statements.get().pk


def test_standard_input(account, monkeypatch):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(CSV.encode())))

    assert "2 new" in run("-", account=str(account.pk))
    assert account.statements.get().file_name == "standard input"


def test_the_remembered_columns_are_used(account, path):
    account.csv_profile = json.loads(PROFILE)
    account.save()

    assert "2 new" in run(path, profile=None)


def test_unknown_columns_are_refused(account, path):
    with pytest.raises(CommandError, match="not known yet"):
        run(path, profile=None)


@pytest.mark.parametrize("profile", ["{", "[]", '{"date": "Date"}', '{"date": "Date", "sum": "Amount"}'])
def test_a_profile_that_makes_no_sense_is_refused(account, path, profile):
    with pytest.raises(CommandError, match="--profile cannot be used"):
        run(path, profile=profile)


def test_a_difference_needs_leave(account, path):
    path.write_text(CSV.replace("88.00", "80.00"))

    with pytest.raises(CommandError, match="--accept-difference"):
        run(path)
    assert "2 new" in run(path, "--accept-difference")


def test_unreadable_lines_are_named_and_nothing_is_written(account, path):
    path.write_text(CSV + "2026-03-18,x,1.00\n")

    with pytest.raises(CommandError, match="Line 4"):
        run(path)
    assert not BankTransaction.objects.exists()


def test_unknown_names_are_refused(account, path):
    with pytest.raises(CommandError, match=r"It has: Current account \(\d+\)"):
        run(path, account="Savings")
    with pytest.raises(CommandError, match="no company"):
        call_command("import_statement", str(path), company="nowhere", account="x")
    with pytest.raises(CommandError, match="no member"):
        run(path, "--as", "stranger@example.test")
    with pytest.raises(CommandError, match="cannot be read"):
        run(path.with_name("none.csv"))


def test_the_account_of_another_company_is_not_found_by_its_number(account, path):
    with pytest.raises(CommandError, match="no bank account"):
        run(path, account=str(BankAccountFactory().pk))
