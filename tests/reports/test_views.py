"""The pages and files of the reports."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from billpay.companies.models import Role
from tests.factories import (
    TODAY,
    BankAccountFactory,
    SupplierFactory,
    make_bill,
    make_credit_note,
    make_payment,
    make_refund,
    member,
)
from tests.reports.conftest import entered_on

pytestmark = pytest.mark.django_db

FEB_1, FEB_28, MARCH_5, MARCH_20 = date(2026, 2, 1), date(2026, 2, 28), date(2026, 3, 5), date(2026, 3, 20)


@pytest.fixture
def viewer(client, company):
    person = member(company, Role.VIEWER)
    client.force_login(person)
    return person


@pytest.fixture
def bill(supplier, user):
    """100.00 due on 1 March, entered on its own date."""
    with entered_on(FEB_1):
        return make_bill(supplier=supplier, number="PD-1", issued_on=FEB_1, due_on=date(2026, 3, 1), by=user)


def url(name, company, *args):
    return reverse(f"reports:{name}", args=[company.slug, *args])


def file_of(response):
    return b"".join(response.streaming_content).decode().removeprefix("\ufeff").splitlines()


def name_of(response):
    return response["Content-Disposition"].partition("filename=")[2].strip('"')


@pytest.mark.parametrize("role", Role)
def test_the_navigation_leads_everyone_to_the_reports_and_they_to_each(client, company, role):
    client.force_login(member(company, role))

    page = client.get(url("hub", company))

    assert f'href="{url("hub", company)}" aria-current="page"' in page.text
    leads = [url("ageing", company), url("register", company)]
    leads += [reverse(f"ledger:{name}", args=[company.slug]) for name in ("trial_balance", "journal")]
    assert [href for href in leads if f'<a href="{href}">' not in page.text] == []


def test_the_ageing_says_that_it_equals_the_payables_account(client, viewer, company, bill):
    page = client.get(url("ageing", company), {"on": "2026-03-20"})

    assert page.text.count("£100.00") >= 2
    assert "The ageing, £100.00, equals what" in page.text
    assert "of the same standpoint, £100.00." in page.text
    assert not page.context["difference"]


def test_the_ageing_says_loudly_when_it_differs_from_the_payables_account(client, viewer, company, bill, monkeypatch):
    monkeypatch.setattr("billpay.reports.views.ageing.ageing", _without_rows)

    page = client.get(url("ageing", company), {"on": "2026-03-20"})

    assert 'role="alert"' in page.text
    assert "It differs from the payables account by −£100.00" in page.text


def _without_rows(company, *, at):
    from billpay.reports.ageing import Ageing

    return Ageing(at, company.base_currency, [])


def test_the_ageing_leads_to_the_papers_of_a_supplier_from_the_same_standpoint(client, viewer, company, supplier, bill):
    asked = "on=2026-03-20&known=2026-03-05"

    summary = client.get(f"{url('ageing', company)}?{asked}")
    papers = client.get(f"{url('ageing_supplier', company, supplier.pk)}?{asked}")

    assert f"{url('ageing_supplier', company, supplier.pk)}?{asked}" in summary.text.replace("&amp;", "&")
    assert "PD-1" in papers.text
    assert "19 days overdue" in papers.text
    assert "as known on 5 March 2026" in papers.text


def test_what_was_entered_later_is_not_on_the_page_of_then(client, viewer, company, bill, account, user):
    with entered_on(MARCH_5):
        make_payment(account=account, bill=bill, paid_on=FEB_28, by=user)

    then = client.get(url("ageing", company), {"on": FEB_28, "known": FEB_28})
    now = client.get(url("ageing", company), {"on": FEB_28})

    assert [len(page.context["page"].object_list) for page in (then, now)] == [1, 0]
    assert "Nothing was owed" in now.text


@pytest.mark.parametrize("name", ["ageing", "ageing_export", "register", "register_export"])
@pytest.mark.parametrize(
    "asked", ["on=soon&since=soon", "known=2026-02-30&until=2026-02-30", "on=1026-01-01&since=1026-01-01"]
)
def test_a_day_that_cannot_be_read_is_said_and_gives_no_file(client, viewer, company, bill, name, asked):
    answer = client.get(f"{url(name, company)}?{asked}")

    assert answer.status_code == 422
    assert "There is a problem" in answer.text


@pytest.mark.parametrize("name", ["ageing_supplier", "ageing_supplier_export"])
def test_a_day_that_cannot_be_read_is_said_at_one_supplier(client, viewer, company, supplier, bill, name):
    answer = client.get(url(name, company, supplier.pk), {"on": "soon"})

    assert answer.status_code == 422


def test_days_to_come_are_all_that_is_known(client, viewer, company, bill):
    page = client.get(url("ageing", company), {"on": "2099-12-31", "known": "2099-12-31"})

    assert page.status_code == 200
    assert page.context["at"].known_on is None
    assert page.context["page"].object_list[0].minor[4] == 100_00


def test_the_file_of_the_ageing_has_its_rows_and_totals(client, viewer, company, supplier, bill, user):
    with entered_on(MARCH_5):
        make_credit_note(supplier=supplier, total_minor=30_00, issued_on=FEB_1, by=user)

    answer = client.get(url("ageing_export", company), {"on": "2026-03-20", "known": "2026-03-06"})

    header, *rows = file_of(answer)
    assert name_of(answer) == "harbour-ageing-2026-03-20-as-known-on-2026-03-06.csv"
    assert header.startswith("As of,As known on,Supplier,Currency,Current,1–30 days,31–60 days,61–90 days,91+ days,")
    amounts = "0.00,100.00,0.00,0.00,0.00,-30.00,0.00,70.00,70.00"
    assert rows == [
        f"2026-03-20,2026-03-06,PowerDirect,GBP,{amounts}",
        f"2026-03-20,2026-03-06,Total,GBP,{amounts}",
        f"2026-03-20,2026-03-06,Total in GBP,GBP,{amounts}",
    ]


def test_the_file_of_one_suppliers_papers(client, viewer, company, supplier, bill):
    answer = client.get(url("ageing_supplier_export", company, supplier.pk), {"on": "2026-03-20"})

    assert name_of(answer) == "harbour-ageing-PowerDirect-2026-03-20.csv"
    assert file_of(answer)[1:] == [
        "2026-03-20,,PowerDirect,Bill,PD-1,2026-02-01,2026-03-01,19,1–30 days,GBP,100.00,100.00,GBP,100.00"
    ]


def test_nothing_in_a_file_runs_as_a_formula(client, viewer, company, user):
    make_bill(supplier=SupplierFactory(company=company, name="=HYPERLINK(1)"), issued_on=FEB_1, by=user)

    assert ",'=HYPERLINK(1),GBP" in file_of(client.get(url("ageing_export", company)))[1]


def test_another_companys_supplier_is_not_found(client, viewer, company):
    stranger = SupplierFactory()

    assert client.get(url("ageing_supplier", company, stranger.pk)).status_code == 404


@pytest.fixture
def paid(bill, account, user):
    return make_payment(account=account, bill=bill, minor=60_00, paid_on=MARCH_5, by=user, reference="March run")


def test_the_register_lists_payments_and_refunds_with_what_they_settle(
    client, viewer, company, supplier, paid, account, user
):
    note = make_credit_note(supplier=supplier, number="CN-7", total_minor=20_00, by=user)
    refund = make_refund(account=account, credit_note=note, received_on=MARCH_20, by=user)

    page = client.get(url("register", company), {"since": "2026-03-01", "until": "2026-03-31"})

    entries = page.context["page"].object_list
    assert [(entry.row.number, entry.amount.minor, entry.settles) for entry in entries] == [
        (paid.number, 60_00, ["PD-1"]),
        (refund.number, -20_00, ["CN-7"]),
    ]
    (total,) = page.context["totals"]
    assert (total.payments.minor, total.refunds.minor, total.net.minor, total.base.minor) == (
        60_00, 20_00, 40_00, 40_00,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ("until=2026-03-04", 0),
        ("since=2026-03-05&until=2026-03-05", 1),
        ("status=void", 0),
        ("status=completed", 1),
        ("kind=refund", 0),
        ("bank=unmatched", 1),
        ("bank=matched", 0),
    ],
)
def test_the_register_is_narrowed(client, viewer, company, paid, asked, count):
    since = "" if "since" in asked else "since=2026-02-01&"

    page = client.get(f"{url('register', company)}?{since}{'' if 'until' in asked else 'until=2026-03-31&'}{asked}")

    assert page.context["page"].paginator.count == count


@pytest.mark.parametrize("field", ["supplier", "account"])
def test_the_register_is_narrowed_to_one_supplier_or_account(client, viewer, company, supplier, account, paid, field):
    others = {"supplier": SupplierFactory(company=company), "account": BankAccountFactory(company=company)}
    mine = {"supplier": supplier, "account": account}

    found = [
        client.get(url("register", company), {"since": "2026-03-01", "until": "2026-03-31", field: one.pk})
        for one in (mine[field], others[field])
    ]

    assert [page.context["page"].paginator.count for page in found] == [1, 0]


def test_the_register_refuses_a_period_that_ends_before_it_starts(client, viewer, company, paid):
    page = client.get(url("register", company), {"since": "2026-03-05", "until": "2026-03-01"})

    assert page.status_code == 422
    assert "That is before 5 March 2026, the day it starts." in page.text


def test_the_file_of_the_register(client, viewer, company, paid):
    answer = client.get(url("register_export", company), {"since": "2026-03-01", "until": "2026-03-31"})

    assert name_of(answer) == "harbour-payments-2026-03-01-2026-03-31.csv"
    (row,) = file_of(answer)[1:]
    assert row == (
        f"2026-03-05,Payment,{paid.number},PowerDirect,Operating,Bank transfer,March run,Completed,,PD-1,"
        "GBP,60.00,,GBP,60.00,GBP,60.00,Not matched"
    )


def test_the_pages_take_the_same_number_of_queries_however_much_there_is(
    client, viewer, company, user, account, django_assert_max_num_queries
):
    for count in range(5):
        supplier = SupplierFactory(company=company)
        bill = make_bill(supplier=supplier, issued_on=TODAY - timedelta(days=count), by=user)
        make_payment(account=account, bill=bill, minor=10_00, by=user)
        make_refund(account=account, supplier=supplier, minor=1_00, by=user)

    with django_assert_max_num_queries(28):
        client.get(url("ageing", company))
    with django_assert_max_num_queries(24):
        client.get(url("register", company), {"since": "2026-01-01", "until": "2026-12-31"})
    with django_assert_max_num_queries(16):
        client.get(url("ageing_supplier", company, supplier.pk))
