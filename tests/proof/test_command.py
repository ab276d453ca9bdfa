"""`manage.py prove`: what it prints, and how it exits."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.factories import TODAY, CompanyFactory, SupplierFactory, make_bill
from tests.proof.tampering import run, unguarded

pytestmark = [pytest.mark.django_db, pytest.mark.n_plus_one_allowed]


@pytest.fixture
def bill():
    return make_bill(supplier=SupplierFactory(company=CompanyFactory(slug="harbour", name="Harbour")))


def prove(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("prove", *arguments, stdout=out, no_color=True)
    return out.getvalue().splitlines()


def tamper(bill) -> None:
    with unguarded():
        run("UPDATE bills_bill SET reserved_minor = 7 WHERE id = %s", [bill.pk])


def test_each_invariant_is_a_line_with_its_figures(bill):
    lines = prove()

    assert lines[0] == "Harbour (harbour)"
    assert lines[1] == (
        "holds  books.control_account: Payables control account = outstanding bills − remaining credit − money on "
        "account: 100.00 = 100.00 GBP (bills 100.00 − credit 0.00 − on account 0.00)"
    )
    assert "holds  bills.reserved_moves: Reserved of bills = its movements: 0.00 = 0.00 GBP" in lines
    assert lines[-1] == f"All {len(lines) - 3} invariants hold."


def test_a_break_names_the_invariant_both_figures_and_the_row(bill):
    tamper(bill)
    out = StringIO()

    with pytest.raises(CommandError, match=r"do not hold: bills\.reserved_moves, bills\.reserved_alloc") as broken:
        call_command("prove", stdout=out, no_color=True)

    assert broken.value.returncode == 1
    said = out.getvalue()
    assert (
        f"BROKEN bills.reserved_moves: Reserved of bills = its movements: 0.07 ≠ 0.00 GBP\n       bill {bill.pk}"
        in said
    )


def test_json_names_them_too(bill):
    tamper(bill)
    out = StringIO()

    with pytest.raises(CommandError):
        call_command("prove", "--json", stdout=out)

    told = json.loads(out.getvalue())
    broken = {one["name"]: one for one in told["invariants"] if not one["holds"]}
    assert not told["holds"]
    assert broken["bills.reserved_moves"] == {
        "name": "bills.reserved_moves",
        "rule": "11",
        "says": "Reserved of bills = its movements",
        "company": "harbour",
        "holds": False,
        "figures": [{"left_minor": 7, "right_minor": 0, "currency": "GBP"}],
        "offenders": [{"kind": "bills.bill", "id": str(bill.pk), "words": ""}],
        "count": 1,
    }


def test_one_company_alone_is_proved(bill):
    tamper(bill)
    CompanyFactory(slug="quay", name="Quay")

    assert prove("--company", "quay")[0] == "Quay (quay)"


def test_an_unknown_company_is_refused():
    with pytest.raises(CommandError, match="There is no company nowhere"):
        prove("--company", "nowhere")


def test_the_control_account_of_an_earlier_day(bill):
    line = prove("--as-of", "2026-01-01", "--known-on", TODAY.isoformat())[1]

    assert "money on account: 0.00 = 0.00 GBP" in line


def test_what_is_no_day_is_refused(bill):
    with pytest.raises(CommandError, match="'tomorrow' is not a day; write it as in 2026-03-31"):
        prove("--as-of", "tomorrow")


def test_more_than_a_screen_of_offenders_is_counted(bill):
    bills = [make_bill(supplier=bill.supplier) for _ in range(22)]
    with unguarded():
        run("UPDATE bills_bill SET reserved_minor = 7", [])
    out = StringIO()

    with pytest.raises(CommandError):
        call_command("prove", stdout=out, no_color=True)

    assert f"bill {bills[18].pk}, and 3 more" in out.getvalue()
