import pytest
from django.urls import reverse

from billpay.companies.models import Role
from billpay.suppliers import actions
from billpay.suppliers.actions import BankDetails
from tests.factories import TODAY, CompanyFactory, SupplierFactory, make_bill, make_credit_note, member

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

HTMX = {"HX-Request": "true"}
ENTERED = {
    "name": "Acme Paper",
    "currency": "gbp",
    "terms": "days",
    "terms_days": "14",
    "default_account": "",
    "default_tax_rate": "",
}


@pytest.fixture
def company():
    return CompanyFactory(slug="acme")


@pytest.fixture
def supplier(company):
    return SupplierFactory(company=company, name="Kestrel Glass")


def url(name, *args):
    return reverse(f"suppliers:{name}", args=["acme", *args])


def sign_in(client, company, role=Role.OWNER):
    user = member(company, role)
    client.force_login(user)
    return user


def file_of(response):
    return b"".join(response.streaming_content).decode().removeprefix("\ufeff").splitlines()


def test_the_list_shows_what_is_owed_and_overdue(client, company, supplier):
    sign_in(client, company, Role.VIEWER)
    make_bill(supplier=supplier, total_minor=135_85)
    make_credit_note(supplier=supplier, total_minor=25_44)

    page = client.get(url("list"))

    assert "£135.85" in page.text and "£25.44" in page.text
    assert url("new") not in page.text


def test_htmx_gets_the_rows_alone(client, company, supplier):
    sign_in(client, company)

    part = client.get(url("list"), {"q": "kestrel"}, headers=HTMX)

    assert "Kestrel Glass" in part.text
    assert "<html" not in part.text and "HX-Request" in part["Vary"]


def test_archived_suppliers_have_a_tab_of_their_own(client, company, supplier):
    user = sign_in(client, company)
    actions.archive(supplier=supplier, by=user)

    assert "Kestrel Glass" not in client.get(url("list")).text
    assert "Kestrel Glass" in client.get(url("list"), {"tab": "archived"}).text


def test_the_list_takes_as_many_queries_for_many_suppliers(client, company, supplier, django_assert_max_num_queries):
    sign_in(client, company)
    for _ in range(20):
        make_bill(supplier=SupplierFactory(company=company))

    with django_assert_max_num_queries(12):
        assert client.get(url("list")).status_code == 200


def test_the_file_is_the_filtered_list_with_a_row_a_currency(client, company, supplier):
    sign_in(client, company, Role.VIEWER)
    make_bill(supplier=supplier, total_minor=10_00, currency="EUR", rate=2)
    SupplierFactory(company=company, name="Other")

    lines = file_of(client.get(url("export"), {"show": "owed"}))

    assert [line.split(",")[:3] for line in lines[1:]] == [
        ["Kestrel Glass", "GBP", "0.00"],
        ["Kestrel Glass", "EUR", "10.00"],
    ]


def test_a_supplier_is_added(client, company):
    sign_in(client, company, Role.BOOKKEEPER)

    answer = client.post(url("new"), ENTERED)

    added = company.suppliers.get()
    assert answer.status_code == 303 and answer["Location"] == url("detail", added.pk)
    assert (added.name, added.currency, added.terms_days) == ("Acme Paper", "GBP", 14)


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("name", " ", "Enter the name of the supplier."),
        ("currency", "XYZ", "XYZ is not a currency"),
        ("terms_days", "soon", "Enter the days to pay as a number"),
        ("email", "nobody", "Enter an email address"),
    ],
)
def test_what_cannot_be_read_comes_back_with_the_reason(client, company, field, typed, words):
    sign_in(client, company)

    page = client.post(url("new"), {**ENTERED, field: typed})

    assert page.status_code == 422
    assert words in page.text and "<title>Error: " in page.text
    assert not company.suppliers.exists()


def test_a_name_much_like_one_there_asks_first(client, company):
    sign_in(client, company)
    SupplierFactory(company=company, name="ACME Papers Ltd")

    asked = client.post(url("new"), ENTERED)
    client.post(url("new"), {**ENTERED, "confirmed": "on"})

    assert asked.status_code == 422 and "ACME Papers Ltd is a supplier already" in asked.text
    assert company.suppliers.filter(name="Acme Paper").count() == 1


def test_similar_names_show_while_one_is_typed(client, company, supplier):
    sign_in(client, company)

    assert "Kestrel Glass" in client.get(url("similar"), {"name": "kestrel glass ltd"}, headers=HTMX).text
    assert "Kestrel Glass" not in client.get(url("similar"), {"name": "Something else"}, headers=HTMX).text


def test_editing_an_old_version_shows_both(client, company, supplier):
    user = sign_in(client, company)
    actions.edit(supplier=supplier, values={"name": "Kestrel Glassworks"}, version=1, by=user)

    page = client.post(url("edit", supplier.pk), {**ENTERED, "version": "1"})

    assert page.status_code == 409
    assert "Kestrel Glassworks" in page.text and "Acme Paper" in page.text
    supplier.refresh_from_db()
    assert supplier.name == "Kestrel Glassworks"


def test_accounts_of_another_company_cannot_be_a_default(client, company, supplier):
    sign_in(client, company)
    foreign = CompanyFactory().nominal_accounts.get(code="7500")

    page = client.post(url("edit", supplier.pk), {**ENTERED, "version": "1", "default_account": str(foreign.pk)})

    assert page.status_code == 422 and "Choose one of your accounts." in page.text


@pytest.mark.parametrize("tab", ["bills", "payments", "credits", "bank", "statement", "activity", "nonsense"])
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_every_tab_is_there_with_htmx_and_without(client, company, supplier, tab, headers):
    sign_in(client, company, Role.VIEWER)
    make_bill(supplier=supplier)

    page = client.get(url("detail", supplier.pk), {"tab": tab}, headers=headers)

    assert page.status_code == 200
    assert ("<html" in page.text) == (not headers)


def test_a_supplier_of_another_company_is_not_found(client, company):
    sign_in(client, company)
    foreign = SupplierFactory()

    for name in ("detail", "edit", "archive", "bank_details", "statement", "statement_export"):
        assert client.get(url(name, foreign.pk)).status_code == 404


def test_a_viewer_changes_nothing(client, company, supplier):
    sign_in(client, company, Role.VIEWER)

    for name in ("edit", "archive", "restore", "bank_details"):
        assert client.post(url(name, supplier.pk), ENTERED).status_code == 403
    assert client.get(url("new")).status_code == 403


def test_archiving_offers_its_undo(client, company, supplier):
    sign_in(client, company, Role.BOOKKEEPER)

    page = client.post(url("archive", supplier.pk), follow=True)

    assert f'action="{url("restore", supplier.pk)}"' in page.text
    client.post(url("restore", supplier.pk))
    supplier.refresh_from_db()
    assert supplier.archived_at is None


def test_bank_details_are_entered_and_shown_masked(client, company, supplier):
    sign_in(client, company, Role.BOOKKEEPER)
    sent = {"kind": "uk", "holder": "Kestrel", "currency": "GBP", "sort_code": "20-00-00", "account_number": "55779911"}

    answer = client.post(url("bank_details", supplier.pk), {**sent, "seen": ""})

    assert answer.status_code == 303
    page = client.get(answer["Location"])
    assert "••••9911" in page.text and "55779911" not in page.text


def test_wrong_bank_details_come_back_with_the_reason(client, company, supplier):
    sign_in(client, company)

    page = client.post(
        url("bank_details", supplier.pk), {"kind": "iban", "holder": "K", "currency": "EUR", "iban": "DE1"}
    )

    assert page.status_code == 422 and "This is not an IBAN" in page.text
    assert not supplier.bank_accounts.exists()


def test_bank_details_changed_meanwhile_are_shown_before_they_are_replaced(client, company, supplier):
    user = sign_in(client, company)
    first = BankDetails(holder="Kestrel", currency="GBP", sort_code="200000", account_number="55779911")
    actions.set_bank_details(supplier=supplier, details=first, seen=set(), by=user)
    sent = {"kind": "uk", "holder": "Kestrel", "currency": "GBP", "sort_code": "200000", "account_number": "31510604"}

    page = client.post(url("bank_details", supplier.pk), {**sent, "seen": ""})

    assert page.status_code == 409
    assert "••••9911" in page.text
    assert supplier.bank_accounts.live().get().account_number == "55779911"


def test_whoever_has_a_password_gives_it_again_before_bank_details(client, company, supplier):
    user = sign_in(client, company)
    user.set_password("a long password")
    user.save()
    client.force_login(user)

    answer = client.get(url("bank_details", supplier.pk))

    assert answer.status_code == 302 and answer["Location"].startswith(reverse("account_reauthenticate"))


def test_bank_details_of_another_supplier_cannot_be_removed(client, company, supplier):
    user = sign_in(client, company)
    other = SupplierFactory(company=company)
    details = BankDetails(holder="Other", currency="GBP", sort_code="200000", account_number="55779911")
    account = actions.set_bank_details(supplier=other, details=details, seen=set(), by=user)

    assert client.post(url("bank_details_removal", supplier.pk, account.pk)).status_code == 404
    assert client.post(url("bank_details_removal", other.pk, account.pk)).status_code == 303
    assert not other.bank_accounts.live().exists()


def test_the_statement_is_printed_and_written_to_a_file(client, company, supplier):
    sign_in(client, company, Role.VIEWER)
    make_bill(supplier=supplier, total_minor=135_85, number="K-1")

    page = client.get(url("statement", supplier.pk))
    lines = file_of(client.get(url("statement_export", supplier.pk)))

    assert "K-1" in page.text and "135.85" in page.text
    assert lines[-1] == f"{TODAY.isoformat()},Closing balance,,,GBP,135.85,0.00,135.85"


@pytest.mark.parametrize("name", ["statement", "statement_export"])
def test_statement_days_that_cannot_be_read_make_no_file_and_are_said_on_the_page(client, company, supplier, name):
    sign_in(client, company, Role.VIEWER)

    answer = client.get(url(name, supplier.pk), {"until": "2026-02-30"}, follow=True)

    assert answer.status_code == 422
    assert "There is a problem" in answer.text


def test_statement_days_the_wrong_way_round_are_refused(client, company, supplier):
    sign_in(client, company)

    page = client.get(url("detail", supplier.pk), {"tab": "statement", "since": "2026-03-02", "until": "2026-03-01"})

    assert page.status_code == 422 and "The last day cannot be before the first." in page.text
