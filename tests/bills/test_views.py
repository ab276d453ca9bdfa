"""Pages about bills, with and without htmx."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from billpay.bills import actions
from billpay.bills.models import Bill
from billpay.companies.export import cell
from tests.factories import (
    TODAY,
    BankAccountFactory,
    CompanyFactory,
    SupplierFactory,
    make_bill,
    make_credit_note,
    make_payment,
    member,
)

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def company():
    return CompanyFactory(slug="harbour")


@pytest.fixture
def owner(client, company):
    user = member(company)
    client.force_login(user)
    return user


def sign_in(client, company, role):
    user = member(company, role)
    client.force_login(user)
    return user


def url(name, company, *args):
    return reverse(f"bills:{name}", args=[company.slug, *args])


def typed(supplier, **changes):
    """What the form of a bill of one line over 100.00 sends."""
    account = supplier.company.nominal_accounts.get(code="7500")
    return {
        "key": str(uuid.uuid4()),
        "supplier": supplier.pk,
        "number": "INV-7",
        "issued_on": "2026-03-10",
        "due_on": "+30",
        "currency": supplier.currency,
        "amounts_are": "exclusive",
        "lines-TOTAL_FORMS": "2",
        "lines-INITIAL_FORMS": "0",
        "lines-0-description": "Paper",
        "lines-0-quantity": "2",
        "lines-0-unit_amount": "50.00",
        "lines-0-account": account.pk,
        "lines-1-quantity": "1",
        "lines-1-account": account.pk,
        "action": "draft",
        **changes,
    }


# The inbox


def test_the_inbox_shows_what_is_to_be_paid(client, company, owner):
    supplier = SupplierFactory(company=company, name="PowerDirect")
    make_bill(
        supplier=supplier, number="INV-1", due_on=TODAY - timedelta(days=12), issued_on=TODAY - timedelta(days=30)
    )
    make_bill(supplier=supplier, number="INV-2", open=False)

    page = client.get(url("list", company))

    assert "INV-1" in page.text and "12 days overdue" in page.text
    assert "INV-2" not in page.text


def test_htmx_gets_the_rows_alone(client, company, owner):
    make_bill(supplier=SupplierFactory(company=company), number="INV-1")

    part = client.get(url("list", company), headers=HTMX)

    assert "INV-1" in part.text and "<html" not in part.text
    assert "HX-Request" in part["Vary"]


def test_the_money_bar_adds_up_by_currency(client, company, owner):
    for currency in ("GBP", "EUR"):
        supplier = SupplierFactory(company=company, currency=currency)
        make_bill(
            supplier=supplier, total_minor=50_00, issued_on=TODAY - timedelta(days=40), due_on=TODAY - timedelta(days=1)
        )

    overdue = client.get(url("list", company)).context["bar"][0]

    assert overdue["count"] == 2
    assert [(one.minor, one.currency) for one in overdue["amounts"]] == [(50_00, "GBP"), (50_00, "EUR")]


def test_each_figure_of_the_money_bar_links_to_the_bills_it_counts(client, company, owner):
    supplier = SupplierFactory(company=company)
    for days in (-20, -1, 0, 7, 8, 40):
        make_bill(supplier=supplier, issued_on=TODAY - timedelta(days=60), due_on=TODAY + timedelta(days=days))
    make_payment(account=BankAccountFactory(company=company), bill=make_bill(supplier=supplier), paid_on=TODAY)

    bar = client.get(url("list", company)).context["bar"]

    assert len(bar) == 4
    for item in bar:
        page = client.get(item["href"])
        assert page.context["page"].paginator.count == item["count"] > 0
        assert [one["label"] for one in page.context["bar"] if one["current"]] == [item["label"]]


@pytest.mark.parametrize("search", ["4711", "powerd", "PO 9", "135.85", "INV 4711"])
def test_search_finds_by_number_supplier_reference_and_amount(client, company, owner, search):
    supplier = SupplierFactory(company=company, name="PowerDirect")
    make_bill(supplier=supplier, number="INV-4711", reference="PO 9", total_minor=135_85)
    make_bill(supplier=SupplierFactory(company=company, name="Else"), number="INV-5", total_minor=1_00)

    page = client.get(url("list", company), {"q": search})

    assert [row.bill.number for row in page.context["rows"]] == ["INV-4711"]


def test_a_search_for_an_amount_counts_the_currencys_own_decimals(client, company, owner):
    make_bill(supplier=SupplierFactory(company=company, currency="JPY"), total_minor=135, number="YEN")

    found = client.get(url("list", company), {"q": "135"}).context["rows"]
    missed = client.get(url("list", company), {"q": "1.35"}).context["rows"]

    assert ([row.bill.number for row in found], missed) == (["YEN"], [])


@pytest.mark.parametrize(
    "query",
    [{"due_from": "nonsense"}, {"amount_to": "1e9"}, {"page": "-7", "per": "9999"}, {"sort": "pk;drop"}, {"tab": "?"}],
)
def test_an_unreadable_address_filters_nothing(client, company, owner, query):
    make_bill(supplier=SupplierFactory(company=company))

    assert len(client.get(url("list", company), query).context["rows"]) == 1


def test_only_bills_whose_supplier_has_credit_in_their_currency(client, company, owner):
    first, second = SupplierFactory(company=company), SupplierFactory(company=company)
    bill = make_bill(supplier=first)
    make_bill(supplier=second)
    make_credit_note(supplier=first, total_minor=45_00)

    rows = client.get(url("list", company), {"credit": "on"}).context["rows"]

    assert [(row.bill, row.credit.minor) for row in rows] == [(bill, 45_00)]


def test_the_inbox_takes_the_same_queries_for_one_bill_and_many(client, company, owner, django_assert_max_num_queries):
    for _ in range(12):
        supplier = SupplierFactory(company=company)
        make_bill(supplier=supplier)
        make_credit_note(supplier=supplier)

    with django_assert_max_num_queries(15):
        assert client.get(url("list", company)).status_code == 200


def test_three_kinds_of_empty(client, company, owner):
    assert "No bills yet" in client.get(url("list", company)).text
    make_bill(supplier=SupplierFactory(company=company), open=False)
    assert "Nothing to pay" in client.get(url("list", company)).text
    assert "No bill matches" in client.get(url("list", company), {"tab": "draft", "q": "zebra"}).text


def test_the_export_is_the_filtered_list_and_runs_no_formula(client, company, owner):
    supplier = SupplierFactory(company=company, name="=HYPERLINK(1)")
    make_bill(supplier=supplier, number="INV-1", total_minor=1234_50)
    make_bill(supplier=supplier, number="INV-2", open=False)

    response = client.get(url("export", company))
    text = b"".join(response.streaming_content).decode("utf-8-sig")

    assert "'=HYPERLINK(1),INV-1," in text and ",1234.50," in text
    assert "INV-2" not in text
    assert response["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+44 20", "'+44 20"),
        ("@x", "'@x"),
        ("-5.00", "-5.00"),
        ("-x", "'-x"),
        ("\tx", "'\tx"),
        (None, ""),
    ],
)
def test_cells_that_would_be_formulas_are_guarded(value, written):
    assert cell(value) == written


# Several at once


def test_the_selection_adds_up_by_currency(client, company, owner):
    bills = [make_bill(supplier=SupplierFactory(company=company), total_minor=minor) for minor in (10_00, 20_00)]
    bills.append(make_bill(supplier=SupplierFactory(company=company, currency="EUR"), total_minor=5_00))

    part = client.post(url("selection", company), {"bill": [bill.pk for bill in bills]}, headers=HTMX)

    assert "3 bills" in part.text and "3 suppliers" in part.text
    assert "GBP\xa030.00" in part.text and "EUR\xa05.00" in part.text


def test_all_matching_means_the_filtered_list(client, company, owner):
    supplier = SupplierFactory(company=company)
    for minor in (10_00, 20_00):
        make_bill(supplier=supplier, total_minor=minor)

    part = client.post(url("selection", company), {"matching": "1", "query": "amount_from=15"}, headers=HTMX)

    assert "GBP\xa020.00" in part.text


def test_another_companys_bill_cannot_be_selected(client, company, owner):
    stranger = make_bill()

    for name in ("selection", "bulk"):
        data = {"bill": [stranger.pk], "action": "approve"}
        assert client.post(url(name, company), data).status_code == 404


def test_bulk_approval_says_what_it_skipped(client, company, owner):
    supplier = SupplierFactory(company=company)
    good = make_bill(supplier=supplier, open=False)
    off = make_bill(supplier=supplier, open=False, total_minor=10_00, stated_total_minor=11_00)

    page = client.post(url("bulk", company), {"bill": [good.pk, off.pk], "action": "approve"})

    assert page.status_code == 200
    assert "1 approved, 1 skipped" in page.text and "(1.00 short)" in page.text
    assert Bill.objects.get(pk=good.pk).state == "open"


def test_bulk_pay_goes_on_with_the_same_form(client, company, owner):
    bill = make_bill(supplier=SupplierFactory(company=company))

    response = client.post(url("bulk", company), {"bill": [bill.pk], "action": "pay"})

    assert (response.status_code, response["Location"]) == (307, reverse("payments:pick", args=[company.slug]))


def test_bulk_pay_shows_what_cannot_be_paid(client, company, owner):
    supplier = SupplierFactory(company=company)
    ids = [make_bill(supplier=supplier).pk, make_bill(supplier=supplier, open=False).pk]

    page = client.post(url("bulk", company), {"bill": ids, "action": "pay"})

    assert "1 bill to pay" in page.text and "It is draft." in page.text


def test_a_bookkeeper_cannot_approve_in_bulk(client, company):
    sign_in(client, company, "bookkeeper")
    bill = make_bill(supplier=SupplierFactory(company=company), open=False)

    assert client.post(url("bulk", company), {"bill": [bill.pk], "action": "approve"}).status_code == 403


# Entering


def test_a_bill_is_entered_as_typed(client, company, owner):
    response = client.post(url("new", company), typed(SupplierFactory(company=company)))

    bill = company.bills.get()
    assert response.status_code == 303 and response["Location"] == url("detail", company, bill.pk)
    assert (bill.total.minor, bill.due_on - bill.issued_on, bill.lines.count()) == (100_00, timedelta(days=30), 1)


def test_an_empty_due_date_follows_the_suppliers_terms(client, company, owner):
    supplier = SupplierFactory(company=company, terms_days=14)

    client.post(url("new", company), typed(supplier, due_on=""))

    bill = company.bills.get()
    assert bill.due_on == bill.issued_on + timedelta(days=14)


def test_a_double_click_enters_one_bill(client, company, owner):
    form = typed(SupplierFactory(company=company))

    first, second = (client.post(url("new", company), form) for _ in range(2))

    assert first["Location"] == second["Location"]
    assert company.bills.count() == 1


def test_errors_keep_what_was_typed(client, company, owner):
    form = typed(SupplierFactory(company=company), number="", **{"lines-0-unit_amount": "1.2.3", "note": "Keep me"})

    page = client.post(url("new", company), form)

    assert page.status_code == 422
    assert "<title>Error: " in page.text and "Enter the number printed on the document." in page.text
    assert 'value="1.2.3"' in page.text and "Keep me" in page.text


@pytest.mark.parametrize("amount", ["", "abc", "1e5", "NaN", "12.345", "9" * 30, "1" * 500, "٣"])
def test_an_unreadable_amount_is_refused_never_a_crash(client, company, owner, amount):
    form = typed(SupplierFactory(company=company), **{"lines-0-unit_amount": amount})

    assert client.post(url("new", company), form).status_code == 422
    assert client.post(url("totals", company), form, headers=HTMX).status_code == 200


def test_save_and_approve_keeps_nothing_if_it_does_not_add_up(client, company, owner):
    form = typed(SupplierFactory(company=company), action="approve", stated_total="105.00")

    page = client.post(url("new", company), form)

    assert page.status_code == 422
    assert "Lines add up to 100.00, document says 105.00 (5.00 short)" in page.text
    assert not company.bills.exists()


def test_save_and_approve_opens_the_bill(client, company, owner):
    client.post(url("new", company), typed(SupplierFactory(company=company), action="approve"))

    assert company.bills.get().state == "open"


def test_a_bookkeeper_may_submit_but_not_approve(client, company):
    sign_in(client, company, "bookkeeper")
    supplier = SupplierFactory(company=company)

    assert client.post(url("new", company), typed(supplier, action="approve")).status_code == 403
    assert client.post(url("new", company), typed(supplier, action="submit")).status_code == 303
    assert company.bills.get().state == "awaiting_approval"


def test_a_duplicate_asks_for_a_reason_and_takes_it(client, company, owner):
    twin = make_bill(supplier=SupplierFactory(company=company), number="INV-007")
    form = typed(twin.supplier)

    page = client.post(url("new", company), form)
    accepted = client.post(url("new", company), {**form, "twin_reason": "Another branch"})

    assert page.status_code == 422 and url("detail", company, twin.pk) in page.text and "twin_reason" in page.text
    assert accepted.status_code == 303


def test_a_duplicate_is_pointed_out_while_typing(client, company, owner):
    twin = make_bill(supplier=SupplierFactory(company=company), number="INV-007")

    part = client.post(url("duplicates", company), typed(twin.supplier), headers=HTMX)

    assert url("detail", company, twin.pk) in part.text and "<html" not in part.text


def test_lines_are_added_and_removed_without_javascript(client, company, owner):
    form = typed(SupplierFactory(company=company))

    more = client.post(url("new", company), {**form, "add_line": "1"})
    fewer = client.post(url("new", company), {**form, "remove_line": "0"})

    assert more.status_code == 200 and len(more.context["editor"].lines.forms) == 3
    assert 'value="Paper"' in more.text and 'value="Paper"' not in fewer.text
    assert not company.bills.exists()


def test_htmx_gets_the_lines_and_their_sums(client, company, owner):
    part = client.post(url("new", company), {**typed(SupplierFactory(company=company)), "add_line": "1"}, headers=HTMX)

    assert 'id="lines"' in part.text and "100.00" in part.text and "<html" not in part.text


def test_choosing_a_supplier_brings_its_terms(client, company, owner):
    supplier = SupplierFactory(
        company=company, currency="EUR", terms_days=14, default_account=company.nominal_accounts.get(code="7100")
    )
    form = typed(supplier, currency="GBP", due_on="", apply="supplier")

    editor = client.post(url("new", company), form, headers=HTMX).context["editor"]

    head = editor.form.initial
    assert (head["currency"], head["due_on"].isoformat()) == ("EUR", "2026-03-24")
    assert [str(row["account"]) for row in editor.rows][1] == str(supplier.default_account_id)


def test_the_sums_come_from_the_server(client, company, owner):
    vat = company.tax_rates.get(code="STANDARD")
    form = typed(SupplierFactory(company=company), stated_total="115.00", **{"lines-0-tax_rate": vat.pk})

    part = client.post(url("totals", company), form, headers=HTMX)

    assert "120.00" in part.text and "(5.00 over)" in part.text


def test_a_foreign_bill_needs_its_rate(client, company, owner):
    form = typed(SupplierFactory(company=company, currency="USD"))

    page = client.post(url("new", company), form)
    assert page.status_code == 422 and "Enter the exchange rate" in page.text

    client.post(url("new", company), {**form, "rate": "0.781", "action": "approve"})
    assert company.bills.get().total_base_minor == 78_10


def test_another_companys_supplier_and_account_are_refused(client, company, owner):
    stranger = make_bill()
    account = stranger.company.nominal_accounts.get(code="7500")

    for change in ({"supplier": stranger.supplier_id}, {"lines-0-account": account.pk}):
        assert (
            client.post(url("new", company), {**typed(SupplierFactory(company=company)), **change}).status_code == 422
        )
    assert client.get(url("edit", company, stranger.pk)).status_code == 404
    assert client.get(url("new", company), {"copy": stranger.pk}).status_code == 404


def test_editing_a_stale_form_shows_both_and_saves_nothing(client, company, owner):
    bill = make_bill(supplier=SupplierFactory(company=company), open=False, number="INV-7")
    client.post(url("edit", company, bill.pk), typed(bill.supplier, version=1, reference="First"))

    page = client.post(url("edit", company, bill.pk), typed(bill.supplier, version=1, reference="Second"))

    assert page.status_code == 409
    assert "First" in page.text and "Second" in page.text
    assert Bill.objects.get(pk=bill.pk).reference == "First"


def test_the_edit_form_shows_the_bill(client, company, owner):
    bill = make_bill(supplier=SupplierFactory(company=company), open=False, total_minor=1234_50)

    page = client.get(url("edit", company, bill.pk))

    assert 'value="1234.50"' in page.text and bill.number in page.text


def test_a_viewer_enters_nothing(client, company):
    sign_in(client, company, "viewer")
    bill = make_bill(supplier=SupplierFactory(company=company))

    for name, args in [
        ("new", []),
        ("edit", [bill.pk]),
        ("void", [bill.pk]),
        ("delete", [bill.pk]),
        ("dates", [bill.pk]),
    ]:
        assert client.get(url(name, company, *args)).status_code == 403
    assert client.get(url("detail", company, bill.pk)).status_code == 200


# The page


def test_the_page_says_what_locks_its_amounts(client, company, owner):
    bill = make_bill(supplier=SupplierFactory(company=company), total_minor=100_00)
    payment = make_payment(account=BankAccountFactory(company=company), bill=bill, minor=40_00)

    page = client.get(url("detail", company, bill.pk))

    assert "Amounts are locked by" in page.text and payment.number in page.text
    assert "£60.00" in page.text


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize("name", ["detail", "edit", "dates", "void", "delete", "return"])
def test_pages_are_drawn_with_and_without_htmx(client, company, owner, name, headers):
    bill = make_bill(supplier=SupplierFactory(company=company), open=False)

    assert client.get(url(name, company, bill.pk), headers=headers, follow=True).status_code == 200


def test_the_page_offers_the_suppliers_credit(client, company, owner):
    bill = make_bill(supplier=SupplierFactory(company=company))
    make_credit_note(supplier=bill.supplier, total_minor=45_00)

    assert "£45.00" in client.get(url("detail", company, bill.pk)).text


def test_approve_and_next_goes_to_the_next_that_waits(client, company, owner):
    supplier = SupplierFactory(company=company)
    first, second = (make_bill(supplier=supplier, open=False) for _ in range(2))
    for bill in (first, second):
        actions.submit(bill=bill, by=owner)

    response = client.post(url("approval", company, first.pk), {"then": "next"})

    assert response["Location"] == url("detail", company, second.pk)


def test_a_refused_approval_is_said_on_the_page(client, company, owner):
    bill = make_bill(supplier=SupplierFactory(company=company))

    page = client.post(url("approval", company, bill.pk))

    assert page.status_code == 422 and "cannot become open" in page.text


def test_sending_back_needs_words(client, company, owner):
    bill = make_bill(supplier=SupplierFactory(company=company), open=False)
    actions.submit(bill=bill, by=owner)

    assert client.post(url("return", company, bill.pk), {"reason": ""}).status_code == 422
    client.post(url("return", company, bill.pk), {"reason": "Wrong account"})

    assert Bill.objects.get(pk=bill.pk).state == "draft"


def test_void_shows_what_changes_and_needs_a_reason(client, company, owner):
    bill = make_bill(supplier=SupplierFactory(company=company))

    assert "What will change" in client.get(url("void", company, bill.pk)).text
    assert client.post(url("void", company, bill.pk), {"on": "t", "reason": ""}).status_code == 422
    assert (
        client.post(url("void", company, bill.pk), {"key": uuid.uuid4(), "on": "t", "reason": "Twice"}).status_code
        == 303
    )
    assert Bill.objects.get(pk=bill.pk).state == "void"


def test_a_draft_is_deleted_after_asking(client, company, owner):
    bill = make_bill(supplier=SupplierFactory(company=company), open=False)

    client.get(url("delete", company, bill.pk))
    assert company.bills.exists()
    client.post(url("delete", company, bill.pk))
    assert not company.bills.exists()


def test_dates_change_on_a_bill_that_is_locked(client, company, owner):
    bill = make_bill(supplier=SupplierFactory(company=company), issued_on=TODAY)

    client.post(url("dates", company, bill.pk), {"due_on": "+10", "planned_on": "2026-03-20"})

    bill.refresh_from_db()
    assert (bill.due_on, bill.planned_on) == (TODAY + timedelta(days=10), TODAY + timedelta(days=4))


def test_a_file_is_served_as_a_download_that_runs_nothing(client, company, owner, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    bill = make_bill(supplier=SupplierFactory(company=company))
    file = SimpleUploadedFile("bill ünï.html", b"%PDF-1.7 <script>", content_type="text/html")

    client.post(url("attachments", company, bill.pk), {"file": file})
    kept = bill.attachments.get()
    response = client.get(url("attachment", company, bill.pk, kept.pk))

    assert response["Content-Type"] == "application/pdf"
    assert (
        response["Content-Disposition"].startswith("attachment;")
        and "filename*=utf-8''" in response["Content-Disposition"]
    )
    assert response["X-Content-Type-Options"] == "nosniff" and "sandbox" in response["Content-Security-Policy"]
    assert b"".join(response.streaming_content) == b"%PDF-1.7 <script>"


def test_a_file_that_is_not_a_document_is_refused_on_the_page(client, company, owner, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    bill = make_bill(supplier=SupplierFactory(company=company))

    page = client.post(url("attachments", company, bill.pk), {"file": SimpleUploadedFile("bill.pdf", b"<html>")})

    assert page.status_code == 422 and "is not a PDF, PNG or JPEG" in page.text


def test_another_companys_file_is_not_found(client, company, owner, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    stranger = make_bill()
    file = SimpleUploadedFile("bill.pdf", b"%PDF-1")
    kept = actions.attach(bill=stranger, file=file, by=member(stranger.company))
    mine = make_bill(supplier=SupplierFactory(company=company))

    assert client.get(url("attachment", company, mine.pk, kept.pk)).status_code == 404


# The operators' desk


def test_operators_approve_and_void_after_confirming(admin_client):
    bill = make_bill(open=False)
    address = reverse("admin:bills_bill_changelist")
    chosen = {"_selected_action": [bill.pk], "action": "approve"}

    asked = admin_client.post(address, chosen)
    assert "Approve these bills?" in asked.text and Bill.objects.get(pk=bill.pk).state == "draft"
    admin_client.post(address, {**chosen, "confirmed": "1"})
    assert Bill.objects.get(pk=bill.pk).state == "open"
    admin_client.post(address, {**chosen, "action": "void", "confirmed": "1", "on": "t", "reason": "Twice"})
    assert Bill.objects.get(pk=bill.pk).state == "void"


def test_operators_see_a_bill_and_cannot_rewrite_it(admin_client):
    bill = make_bill()

    page = admin_client.get(reverse("admin:bills_bill_change", args=[bill.pk]))

    assert page.status_code == 200 and "_save" not in page.text
