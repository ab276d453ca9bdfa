"""Bank accounts and imports in the browser."""

import re
import uuid
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from billpay.banking.models import BankAccount, BankTransaction, StatementUpload
from billpay.companies.models import Role
from billpay.money.bank_fields import IbanField
from tests.factories import (
    BankAccountFactory,
    BankTransactionFactory,
    CompanyFactory,
    StatementFactory,
    make_match,
    member,
)

pytestmark = pytest.mark.django_db

CSV = (
    "Date,Payee,Reference,Amount,Balance\n"
    "16/03/2026,POWER DIRECT,INV-4711,-135.85,864.15\n"
    "17/03/2026,CARD CENTRE,,-5.00,859.15\n"
    "17/03/2026,CARD CENTRE,,-5.00,854.15\n"
)
COLUMNS = {
    "header": "on",
    "date": "Date",
    "payee": "Payee",
    "reference": "Reference",
    "amount": "Amount",
    "balance": "Balance",
    "date_order": "dmy",
    "decimal_mark": ".",
    "out_sign": "minus",
}


@pytest.fixture
def company():
    return CompanyFactory(slug="harbour")


@pytest.fixture
def account(company):
    return BankAccountFactory(company=company, name="Current account")


@pytest.fixture
def bookkeeper(client, company):
    user = member(company, Role.BOOKKEEPER)
    client.force_login(user)
    return user


@pytest.fixture
def owner(client, company):
    user = member(company, Role.OWNER)
    client.force_login(user)
    return user


def url(name, company, *args):
    return reverse(f"banking:{name}", args=[company.slug, *args])


def file(text=CSV, name="march.csv"):
    return SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text)


def uploaded(client, account, text=CSV):
    client.post(url("import", account.company, account.pk), {"file": file(text)})
    return StatementUpload.objects.latest("pk")


def mapped(client, account, text=CSV, **columns):
    upload = uploaded(client, account, text)
    client.post(url("import_columns", account.company, account.pk, upload.token), {**COLUMNS, **columns})
    return upload


def confirm(client, account, upload, **fields):
    data = {"key": uuid.uuid4(), **fields}
    return client.post(url("import_preview", account.company, account.pk, upload.token), data)


def test_the_list_shows_balances_and_what_waits(client, bookkeeper, company, account, django_assert_max_num_queries):
    BankTransactionFactory(statement=StatementFactory(bank_account=account))
    for _ in range(5):
        BankAccountFactory(company=company)

    with django_assert_max_num_queries(12):
        page = client.get(url("list", company))

    assert "Current account" in page.text
    assert url("new", company) not in page.text


def test_an_owner_opens_an_account_with_spaces_and_hyphens_in_its_numbers(client, owner, company):
    page = client.post(
        url("new", company),
        {
            "name": "Current account",
            "currency": "GBP",
            "iban": "gb29 nwbk 6016-1331 9268 19",
            "bic": "nwbk gb 2l",
            "sort_code": "60-16-13",
            "account_number": "3192 6819",
            "day_rule": "next",
        },
    )

    account = company.bank_accounts.get()
    assert (page.status_code, page["Location"]) == (303, url("detail", company, account.pk))
    assert (account.iban, account.bic, account.sort_code) == ("GB29NWBK60161331926819", "NWBKGB2L", "601613")
    assert account.nominal_account.name == "Current account"


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"iban": "GB29NWBK60161331926818"}, "check digits do not fit"),
        ({"iban": "hello"}, "not an IBAN"),
        ({"bic": "NOPE"}, "not a BIC"),
        ({"sort_code": "12345"}, "6 digits"),
        ({"sort_code": "601613", "account_number": "1234567"}, "8 digits"),
        ({"sort_code": "601613"}, "account number that goes with the sort code"),
        ({"routing_number": "011000016", "account_number": "12345"}, "check digit does not fit"),
        ({"name": ""}, "Enter a name"),
        ({"currency": "XAU"}, "valid choice"),
    ],
)
def test_numbers_that_are_none_are_refused(client, owner, company, fields, why):
    page = client.post(url("new", company), {"name": "Account", "currency": "GBP", "day_rule": "next", **fields})

    assert page.status_code == 422
    assert why in page.text
    assert "<title>Error: " in page.text
    assert not company.bank_accounts.exists()


def test_a_second_account_of_the_same_name_is_refused(client, owner, company, account):
    page = client.post(url("new", company), {"name": account.name, "currency": "GBP", "day_rule": "next"})

    assert page.status_code == 422
    assert "There is a bank account called Current account already" in page.text


def test_an_owner_changes_archives_and_restores(client, owner, company, account):
    client.post(url("edit", company, account.pk), {"name": "Old current", "day_rule": "next"})
    account.refresh_from_db()
    assert account.name == "Old current"

    page = client.post(url("archive", company, account.pk), follow=True)
    assert url("restore", company, account.pk) in page.text
    assert not BankAccount.objects.active().exists()

    client.post(url("restore", company, account.pk))
    assert BankAccount.objects.active().exists()


def test_a_bookkeeper_cannot_open_or_change_accounts(client, bookkeeper, company, account):
    for name, args in (("new", []), ("edit", [account.pk]), ("archive", [account.pk])):
        assert client.post(url(name, company, *args), {"name": "x"}).status_code == 403


@pytest.mark.parametrize("name", ["import_start", "import", "import_preview", "import_columns", "import_discard"])
def test_a_viewer_imports_nothing(client, company, account, name):
    client.force_login(member(company, Role.VIEWER))
    args = [] if name == "import_start" else [account.pk] if name == "import" else [account.pk, uuid.uuid4()]

    assert client.post(url(name, company, *args)).status_code == 403


def test_an_account_of_another_company_is_not_found(client, bookkeeper, company):
    foreign = BankAccountFactory()

    for name in ("detail", "export", "statements", "details", "import"):
        assert client.get(url(name, company, foreign.pk)).status_code == 404


def test_a_posted_account_of_another_company_is_refused(client, bookkeeper, company, account):
    page = client.post(url("import_start", company), {"account": BankAccountFactory().pk, "file": file()})

    assert page.status_code == 422
    assert not StatementUpload.objects.exists()


def test_the_whole_way_from_file_to_statement(client, bookkeeper, company, account):
    page = client.post(url("import_start", company), {"account": account.pk, "file": file()})
    upload = StatementUpload.objects.get()
    assert page["Location"] == url("import_columns", company, account.pk, upload.token)

    page = client.get(page["Location"])
    assert "−£135.85" in page.text

    page = client.post(url("import_columns", company, account.pk, upload.token), COLUMNS)
    assert page["Location"] == url("import_preview", company, account.pk, upload.token)

    page = client.get(page["Location"])
    assert "Import 3 transactions" in page.text
    assert "Opening balance and lines make the closing balance." in page.text

    page = confirm(client, account, upload)
    statement = account.statements.get()
    assert page["Location"] == url("statement", company, statement.pk)
    assert (statement.opening_minor, statement.closing_minor, statement.new_count) == (1000_00, 854_15, 3)
    assert not StatementUpload.objects.exists()
    page = client.get(page["Location"])
    assert "3 transactions imported." in page.text
    assert url("undo_import", company, statement.pk) in page.text


def test_the_columns_are_asked_once_per_account(client, bookkeeper, company, account):
    confirm(client, account, mapped(client, account))

    page = client.post(url("import", company, account.pk), {"file": file()})

    upload = StatementUpload.objects.get()
    assert page["Location"] == url("import_preview", company, account.pk, upload.token)
    assert "Nothing new in this file" in client.get(page["Location"]).text


def test_a_file_with_other_columns_is_mapped_anew(client, bookkeeper, company, account):
    confirm(client, account, mapped(client, account))

    page = client.post(url("import", company, account.pk), {"file": file("Day,Sum\n2026-03-20,1.00\n")})

    assert page["Location"].endswith("/columns/")
    assert client.get(page["Location"]).status_code == 200


def test_the_same_file_again_adds_nothing(client, bookkeeper, company, account):
    confirm(client, account, mapped(client, account))

    page = confirm(client, account, uploaded(client, account))

    assert page["Location"] == url("detail", company, account.pk)
    assert account.transactions.count() == 3


def test_a_confirmation_that_comes_twice_imports_once(client, bookkeeper, company, account):
    upload, key = mapped(client, account), uuid.uuid4()

    first, second = confirm(client, account, upload, key=key), confirm(client, account, upload, key=key)

    assert first["Location"] == second["Location"]
    assert account.statements.count() == 1


def test_choosing_columns_shows_how_the_file_reads(client, bookkeeper, company, account):
    upload = uploaded(client, account)

    page = client.post(
        url("import_columns", company, account.pk, upload.token),
        {**COLUMNS, "out_sign": "plain", "action": "check"},
        headers={"HX-Request": "true"},
    )

    assert page.status_code == 200
    assert "<html" not in page.text
    assert ">£135.85<" in page.text
    account.refresh_from_db()
    assert account.csv_profile == {}


def test_saying_that_there_is_no_header_keeps_the_columns(client, bookkeeper, company, account):
    upload = uploaded(client, account, "2026-03-16,-5.00,X\n2026-03-17,-6.00,Y\n")

    page = client.post(
        url("import_columns", company, account.pk, upload.token),
        {**COLUMNS, "header": "", "date": "2026-03-16", "amount": "-5.00", "payee": "X", "reference": "",
         "balance": "", "date_order": "ymd"},
    )  # fmt: skip

    assert page.status_code == 303
    account.refresh_from_db()
    assert (account.csv_profile["date"], account.csv_profile["header"]) == ("Column 1", False)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"date": ""}, "Choose the column that holds the date"),
        ({"amount": ""}, "Choose the column that holds the amount"),
        ({"money_out": "Balance"}, "not both"),
        ({"amount": "Date"}, "chosen twice"),
        ({"amount": "Nonsense"}, "Choose a column of this file"),
    ],
)
def test_columns_that_make_no_sense_are_refused(client, bookkeeper, company, account, fields, why):
    upload = uploaded(client, account)

    page = client.post(url("import_columns", company, account.pk, upload.token), {**COLUMNS, **fields})

    assert page.status_code == 422
    assert why in page.text


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "The file is empty"),
        (b"%PDF-1.7 x", "a PDF, not CSV"),
        (b"a,b\n\x00,c\n", "NUL byte"),
        (b"no table", "No columns were found"),
    ],
)
def test_files_that_are_no_tables_are_refused(client, bookkeeper, company, account, content, why):
    page = client.post(url("import", company, account.pk), {"file": file(content)})

    assert page.status_code == 422
    assert why in page.text


def test_a_file_too_large_is_refused(client, bookkeeper, company, account, settings):
    settings.IMPORT_MAX_BYTES = 10

    page = client.post(url("import", company, account.pk), {"file": file()})

    assert page.status_code == 422
    assert "can be imported" in page.text


def test_unreadable_lines_are_named_and_block(client, bookkeeper, company, account):
    upload = mapped(client, account, CSV + "18/03/2026,X,,five,1.00\n")

    page = client.get(url("import_preview", company, account.pk, upload.token))
    assert "1 line cannot be read" in page.text
    assert "Line 5: The amount cannot be read: &#x27;five&#x27;" in page.text

    assert confirm(client, account, upload).status_code == 422
    assert not BankTransaction.objects.exists()


def test_a_difference_must_be_acknowledged(client, bookkeeper, company, account):
    upload = mapped(client, account, CSV.replace("854.15", "850.15"))

    page = confirm(client, account, upload)
    assert page.status_code == 422
    assert "off by -4.00 GBP" in page.text
    assert "Tick the box" in page.text

    confirm(client, account, upload, accept_difference="on")
    assert account.statements.get().off_by_minor == -4_00


def test_an_upload_is_its_uploaders_alone(client, bookkeeper, company, account):
    upload = mapped(client, account)
    client.force_login(member(company, Role.OWNER))

    assert client.get(url("import_preview", company, account.pk, upload.token)).status_code == 404
    assert confirm(client, account, upload).status_code == 404


def test_a_file_can_be_forgotten(client, bookkeeper, company, account):
    upload = uploaded(client, account)

    client.post(url("import_discard", company, account.pk, upload.token))

    assert not StatementUpload.objects.exists()


def test_files_older_than_a_day_are_forgotten(client, bookkeeper, company, account):
    old = uploaded(client, account)
    StatementUpload.objects.update(uploaded_at=timezone.now() - timedelta(days=2))

    uploaded(client, account)

    assert not StatementUpload.objects.filter(pk=old.pk).exists()


def test_undo_asks_first_and_takes_the_lines_away(client, bookkeeper, company, account):
    confirm(client, account, mapped(client, account))
    address = url("undo_import", company, account.statements.get().pk)

    assert "3 transactions" in client.get(address).text
    page = client.post(address, follow=True)

    assert "is undone" in page.text
    assert not BankTransaction.objects.exists()


def test_undo_refuses_in_words_when_a_line_is_matched(client, bookkeeper, company, account):
    confirm(client, account, mapped(client, account))
    make_match(account.transactions.filter(direction="out").first(), 1)

    page = client.post(url("undo_import", company, account.statements.get().pk))

    assert page.status_code == 422
    assert "1 of its 3 transactions is matched or excluded" in page.text


def shown(page):
    return re.findall(r"PAYEE \w+", page.text)


@pytest.fixture
def lines(account):
    statement = StatementFactory(bank_account=account)
    made = [
        BankTransactionFactory(statement=statement, payee="PAYEE A", amount_minor=5_00, booked_on=date(2026, 3, 1)),
        BankTransactionFactory(statement=statement, payee="PAYEE B", amount_minor=7_00, booked_on=date(2026, 3, 5)),
        BankTransactionFactory(
            statement=statement,
            payee="PAYEE C",
            amount_minor=9_00,
            direction="in",
            booked_on=date(2026, 3, 9),
        ),
    ]
    make_match(made[2])
    return made


@pytest.mark.parametrize(
    ("query", "payees"),
    [
        ("", "CBA"),
        ("state=open", "BA"),
        ("state=matched", "C"),
        ("state=excluded", ""),
        ("q=payee+b", "B"),
        ("q=7.00", "B"),
        ("q=-%C2%A37", "B"),
        ("direction=in", "C"),
        ("since=2026-03-05", "CB"),
        ("until=1/3/2026", "A"),
        ("sort=booked_on", "ABC"),
        ("sort=-amount", "BAC"),
        ("since=nonsense&sort=nonsense&page=x&direction=zz", "CBA"),
    ],
)
def test_transactions_are_narrowed_and_sorted_by_the_address(
    client, bookkeeper, company, account, lines, query, payees
):
    page = client.get(f"{url('detail', company, account.pk)}?{query}")

    assert [name[-1] for name in shown(page)] == list(payees)


def test_the_export_is_the_list_as_shown(client, bookkeeper, company, account, lines):
    page = client.get(f"{url('export', company, account.pk)}?state=open&sort=booked_on")

    rows = b"".join(page.streaming_content).decode("utf-8-sig").splitlines()
    assert rows[1].startswith("2026-03-01,,-5.00,GBP,PAYEE A")
    assert len(rows) == 3


def test_htmx_gets_the_rows_alone(client, bookkeeper, company, account, lines):
    page = client.get(url("detail", company, account.pk), headers={"HX-Request": "true"})

    assert "<html" not in page.text
    assert len(shown(page)) == 3


def test_the_account_page_takes_a_constant_number_of_queries(
    client, bookkeeper, company, account, django_assert_max_num_queries
):
    statement = StatementFactory(bank_account=account)
    BankTransactionFactory.create_batch(30, statement=statement)

    with django_assert_max_num_queries(12):
        assert client.get(url("detail", company, account.pk)).status_code == 200


def test_an_iban_is_shown_in_groups_of_four():
    assert IbanField().prepare_value("GB29NWBK60161331926819") == "GB29 NWBK 6016 1331 9268 19"
