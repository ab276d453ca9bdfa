"""Search: by number, name, amount, reference, the end of an IBAN; in one's own company only."""

from types import SimpleNamespace

import pytest

from billpay.companies.models import Company
from billpay.home.finding import Found, asked, find
from tests.factories import (
    BankAccountFactory,
    BankTransactionFactory,
    CompanyFactory,
    StatementFactory,
    SupplierFactory,
    make_bill,
    make_credit_note,
    make_payment,
    member,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> SimpleNamespace:
    """A company with one of everything, and a stranger's company with the same."""
    own, other = _one_of_everything(), _one_of_everything()
    assert own.company != other.company
    return own


def _one_of_everything() -> SimpleNamespace:
    company = CompanyFactory()
    supplier = SupplierFactory(company=company, name="PowerDirect")
    supplier.bank_accounts.create(company=company, holder="PowerDirect", currency="GBP", iban="GB29NWBK60161331926819")
    bill = make_bill(supplier=supplier, total_minor=135_85, number="INV-0042", reference="Meter 7")
    note = make_credit_note(supplier=supplier, total_minor=25_44, number="CN-9")
    account = BankAccountFactory(company=company)
    payment = make_payment(account=account, bill=bill, minor=100_00, reference="JUNE POWER")
    line = BankTransactionFactory(
        statement=StatementFactory(bank_account=account), payee="POWERDIRECT LTD", amount_minor=100_00
    )
    return SimpleNamespace(company=company, supplier=supplier, bill=bill, note=note, payment=payment, line=line)


def kinds(found: Found) -> set[str]:
    names = ("bills", "suppliers", "payments", "credit_notes", "bank_lines")
    return {name for name in names if getattr(found, name).rows}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("inv-0042", {"bills"}),
        ("INV 42", {"bills"}),
        ("meter", {"bills"}),
        ("powerdirect", {"bills", "suppliers", "payments", "credit_notes", "bank_lines"}),
        ("135.85", {"bills"}),
        ("35.85", {"bills"}),
        ("£100.00", {"payments", "bank_lines"}),
        ("25.44", {"credit_notes"}),
        ("cn-9", {"credit_notes"}),
        ("pay-00001", {"payments"}),
        ("june power", {"payments"}),
        ("6819", {"suppliers"}),
        ("GB29 NWBK 6016 1331 9268 19", {"suppliers"}),
        ("819", set()),
        ("nobody", set()),
        ("0", {"bills", "payments"}),
    ],
)
def test_it_finds(desk, text, expected):
    assert kinds(find(desk.company, text)) == expected


def test_it_finds_nothing_of_another_company(desk):
    found = find(desk.company, "powerdirect")

    assert found.count == 5
    assert found.bills.rows == [desk.bill]
    assert found.suppliers.rows == [desk.supplier]
    assert found.payments.rows == [desk.payment]
    assert found.credit_notes.rows == [desk.note]
    assert found.bank_lines.rows == [desk.line]


def test_an_amount_is_found_with_the_decimals_of_its_currency():
    supplier = SupplierFactory(currency="JPY", name="Yen")
    bill = make_bill(supplier=supplier, total_minor=1200, rate="0.005")
    make_bill(supplier=SupplierFactory(company=supplier.company, name="Else"), total_minor=12_00, number="A")

    assert find(supplier.company, "1200").bills.rows == [bill]


def test_each_group_is_limited_and_says_that_there_is_more():
    supplier = SupplierFactory(name="Acme")
    for number in range(8):
        make_bill(supplier=supplier, number=f"N{number}")

    found = find(supplier.company, "acme").bills

    assert (len(found.rows), found.more) == (6, True)


@pytest.mark.parametrize(
    ("typed", "text"), [("  a   b ", "a b"), ("a\x00b", "ab"), ("x" * 300, "x" * 100), ("\x00", "")]
)
def test_what_is_typed_is_tidied(typed, text):
    assert asked(typed) == text


def page_of(client, company: Company, text: str, **headers: str):
    return client.get(f"/{company.slug}/search/", {"q": text}, headers=headers)


def test_the_page_shows_what_was_found_and_keeps_what_was_typed(client, desk):
    client.force_login(member(desk.company, "viewer"))

    page = page_of(client, desk.company, "powerdirect")

    assert page.status_code == 200
    assert f"/bills/{desk.bill.pk}/" in page.text
    assert 'value="powerdirect"' in page.text


def test_htmx_gets_the_results_alone(client, desk):
    client.force_login(member(desk.company))

    part = page_of(client, desk.company, "inv", **{"HX-Request": "true"})

    assert part.text.lstrip().startswith('<div id="found"')
    assert "HX-Request" in part.headers["Vary"]


@pytest.mark.parametrize(
    "text", ["", "   ", "%", "_", "'", "\\", "9" * 100, "1e400", "\u0660", "-1", "999999999999.99"]
)
def test_nothing_that_is_typed_breaks_the_page(client, text):
    company = CompanyFactory()
    client.force_login(member(company))

    assert page_of(client, company, text).status_code == 200


def test_strangers_search_nothing(client, desk):
    client.force_login(member(CompanyFactory()))

    assert page_of(client, desk.company, "powerdirect").status_code == 404
