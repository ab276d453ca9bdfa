"""Refunds and their pages: what each shows, takes and refuses."""

import uuid
from decimal import Decimal

import pytest
import time_machine

from billpay.companies.models import Role
from billpay.money.value import Money
from billpay.payments import actions
from billpay.payments.actions import Order
from billpay.payments.models import Refund
from tests.factories import (
    TODAY,
    BankAccountFactory,
    CompanyFactory,
    SupplierFactory,
    UserFactory,
    header,
    make_bill,
    make_credit_note,
    make_refund,
    member,
)
from tests.payments.test_run_views import words

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
NEW = "/harbour/refunds/new/"


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(TODAY.isoformat() + " 12:00", tick=False):
        yield


@pytest.fixture
def note(supplier, user):
    return make_credit_note(supplier=supplier, total_minor=50_00, number="CN-7", by=user)


@pytest.fixture
def advance(company, account, supplier, user):
    """80.00 paid, all of it on account."""
    order = Order(supplier=supplier, amount=Money(80_00, "GBP"))
    return actions.pay(company=company, header=header(account), order=order, by=user)


def sent(account, supplier, **fields):
    return {
        "key": str(uuid.uuid4()),
        "supplier": supplier.pk,
        "currency": "GBP",
        "bank_account": account.pk,
        "received_on": "2026-03-14",
        **fields,
    }


def file_of(response):
    return b"".join(response.streaming_content).decode().removeprefix("\ufeff").splitlines()


def test_credit_and_money_on_account_come_back_together(desk, account, supplier, note, advance):
    data = sent(account, supplier, reference="FPI 81", **{f"amount-note-{note.pk}": "20.00"})
    data[f"amount-payment-{advance.pk}"] = "80"

    response = desk.post(NEW, data)

    refund = Refund.objects.get()
    assert (response.status_code, response["Location"]) == (303, f"/harbour/refunds/{refund.pk}/")
    assert (refund.amount, refund.received_on.isoformat()) == (Money(100_00, "GBP"), "2026-03-14")
    assert refund.reference == "FPI 81"
    note.refresh_from_db()
    advance.refresh_from_db()
    assert (note.remaining, advance.on_account) == (Money(30_00, "GBP"), Money(0, "GBP"))


def test_the_same_form_twice_is_one_refund(desk, account, supplier, note):
    data = sent(account, supplier, **{f"amount-note-{note.pk}": "50.00"})

    first, again = desk.post(NEW, data), desk.post(NEW, data)

    assert first["Location"] == again["Location"]
    assert Refund.objects.count() == 1


def test_the_same_key_with_another_amount_is_refused(desk, account, supplier, note):
    data = sent(account, supplier, **{f"amount-note-{note.pk}": "20.00"})
    desk.post(NEW, data)

    response = desk.post(NEW, {**data, f"amount-note-{note.pk}": "21.00"})

    assert response.status_code == 422
    assert "sent before with other content" in words(response)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"note": "50.01"}, "Credit note CN-7 has 50.00 GBP left; 50.01 GBP is too much."),
        ({"note": ""}, "Enter how much came back, of at least one credit note or payment."),
        ({"note": "1.005"}, "GBP has 2"),
        ({"note": "5", "received_on": "2026-03-17"}, "Choose today or an earlier day."),
        ({"note": "5", "bank_account": ""}, "Choose the account that the money arrived in."),
        ({"note": "5", "key": ""}, "This form came without its key."),
        ({"note": "5", "amount-note-999": "3.00"}, "has nothing left any more. Check the amounts."),
    ],
)
def test_what_cannot_be_is_refused_with_what_was_typed(desk, account, supplier, note, fields, said):
    typed = fields.pop("note")

    response = desk.post(NEW, sent(account, supplier, **{f"amount-note-{note.pk}": typed}, **fields))

    assert response.status_code == 422
    assert said in words(response)
    assert response.context["form"][f"amount-note-{note.pk}"].value() == typed
    assert not Refund.objects.exists()


def test_a_locked_day_is_refused_in_the_books_own_words(desk, company, account, supplier, note):
    company.locked_through = TODAY
    company.save(update_fields=["locked_through"])

    response = desk.post(NEW, sent(account, supplier, **{f"amount-note-{note.pk}": "5.00"}))

    assert response.status_code == 422
    assert "The books are locked through 16 March 2026" in words(response)


def test_the_credit_note_of_the_address_is_filled_in_and_the_rest_left_empty(desk, note, advance):
    form = desk.get(NEW, {"credit_note": note.pk}).context["form"]

    assert form[f"amount-note-{note.pk}"].value() == "50.00"
    assert form[f"amount-payment-{advance.pk}"].value() is None


def test_the_payment_of_the_address_is_filled_in(desk, advance):
    page = desk.get(NEW, {"payment": advance.pk})

    assert page.context["form"][f"amount-payment-{advance.pk}"].value() == "80.00"
    assert "GBP\xa080.00" in page.text


def test_what_a_draft_reserves_cannot_come_back(desk, company, account, supplier, user, advance):
    bill = make_bill(supplier=supplier, total_minor=30_00, by=user)
    actions.pay(
        company=company,
        header=header(account, draft=True, bank_account=None),
        order=Order(
            supplier=supplier,
            amount=Money(0, "GBP"),
            parts=[actions.Part(bill, Money(30_00, "GBP"), "on_account", from_payment=advance)],
        ),
        by=user,
    )

    [source] = desk.get(NEW, {"supplier": supplier.pk}).context["form"].sources

    assert source.free == Money(50_00, "GBP")


def test_without_a_supplier_it_asks_for_one_that_has_something(desk, company, supplier, note):
    SupplierFactory(company=company, name="Owes nothing")

    page = desk.get(NEW)
    refused = desk.post(NEW)

    assert "PowerDirect" in page.text
    assert "Owes nothing" not in page.text
    assert refused.status_code == 422


def test_a_supplier_with_nothing_to_send_back_says_so(desk, supplier):
    assert "Nothing to send back" in desk.get(NEW, {"supplier": supplier.pk}).text


def test_the_total_follows_what_is_typed(desk, account, supplier, note):
    data = sent(account, supplier, action="totals", **{f"amount-note-{note.pk}": "12.34"})

    part = desk.post(NEW, data, headers=HTMX)

    assert part.status_code == 200
    assert "GBP\xa012.34" in part.text and "£37.66" in part.text
    assert "<html" not in part.text and "Record refund" not in part.text
    assert not Refund.objects.exists()


def test_a_foreign_refund_needs_its_rate(desk, company, user):
    supplier = SupplierFactory(company=company, currency="EUR")
    account = BankAccountFactory(company=company, name="Main")
    note = make_credit_note(supplier=supplier, total_minor=100_00, currency="EUR", rate=Decimal("0.885"), by=user)
    data = sent(account, supplier, currency="EUR", **{f"amount-note-{note.pk}": "100.00"})

    refused = desk.post(NEW, data)
    taken = desk.post(NEW, {**data, "rate": "0.9"})

    assert refused.status_code == 422
    assert "Enter the exchange rate: GBP for 1 EUR." in words(refused)
    assert taken.status_code == 303
    assert Refund.objects.get().bank_minor == 90_00


def test_each_currency_is_a_refund_of_its_own(desk, company, account, supplier, user, note):
    euros = make_credit_note(supplier=supplier, total_minor=9_00, currency="EUR", rate=Decimal("0.9"), by=user)

    pounds = desk.get(NEW, {"supplier": supplier.pk}).context["form"]
    other = desk.get(NEW, {"supplier": supplier.pk, "currency": "EUR"}).context["form"]

    assert [source.row for source in pounds.sources] == [note]
    assert [source.row for source in other.sources] == [euros]


def test_what_is_another_companys_is_not_found(desk):
    foreign = make_credit_note(supplier=SupplierFactory(company=CompanyFactory()))

    for query in ({"credit_note": foreign.pk}, {"supplier": foreign.supplier_id}, {"payment": "x"}):
        assert desk.get(NEW, query).status_code == 404


def test_the_list_is_searched_by_tab_text_and_amount(desk, account, user):
    kept = make_refund(account=account, minor=12_50, by=user, reference="Cartons")
    void = actions.void_refund(
        refund=make_refund(account=account, minor=7_00, by=user), on=TODAY, reason="Bounced", by=user
    )

    def listed(**query):
        return list(desk.get("/harbour/refunds/", query).context["page"].object_list)

    assert listed() == [void, kept]
    assert listed(tab="received") == listed(q="carton") == listed(q="12.50") == [kept]
    assert listed(tab="void") == listed(q="REF-00002") == [void]
    assert listed(supplier=kept.supplier_id) == [kept]
    assert listed(since="2026-03-17") == []


def test_the_file_is_the_list(desk, account, user):
    refund = make_refund(account=account, minor=12_50, by=user, reference="=1+1")

    lines = file_of(desk.get("/harbour/refunds/export/"))

    assert lines[1:] == [f"REF-00001,2026-03-16,{refund.supplier.name},Operating,'=1+1,GBP,12.50,12.50,Received,"]


def test_its_page_shows_parts_journal_and_trail(desk, account, user, django_assert_max_num_queries):
    refund = make_refund(account=account, minor=12_50, by=user)

    with django_assert_max_num_queries(20):
        page = desk.get(f"/harbour/refunds/{refund.pk}/")

    number = refund.parts.get().credit_note.number
    assert "Credit note" in page.text and number in page.text
    assert page.context["match_state"] == "unmatched"
    [item] = page.context["journal"]
    assert {line["account"].role for line in item["lines"]} == {"payables", ""}
    assert f"Refund REF-00001 from {refund.supplier}: 12.50 GBP" in page.text


def test_a_void_refund_says_since_when_and_why(desk, account, user):
    refund = make_refund(account=account, by=user)
    actions.void_refund(refund=refund, on=TODAY, reason="Bounced", by=user)

    page = desk.get(f"/harbour/refunds/{refund.pk}/")

    assert "Void since 16 March 2026" in page.text and "Bounced" in page.text


def test_money_on_account_leads_to_using_and_refunding_it(desk, supplier, advance):
    allocate, refund = f"/harbour/payments/{advance.pk}/allocation/", f"{NEW}?payment={advance.pk}"

    payment = desk.get(f"/harbour/payments/{advance.pk}/").text
    page = desk.get(f"/harbour/suppliers/{supplier.pk}/").text
    tab = desk.get(f"/harbour/suppliers/{supplier.pk}/?tab=payments").text

    assert allocate in payment and refund in payment
    assert allocate in page and f"{NEW}?supplier={supplier.pk}" in page
    assert allocate in tab and refund in tab


def test_several_payments_on_account_are_listed_to_choose_from(desk, company, account, supplier, user, advance):
    actions.pay(
        company=company, header=header(account), order=Order(supplier=supplier, amount=Money(1_00, "GBP")), by=user
    )

    page = desk.get(f"/harbour/suppliers/{supplier.pk}/").text

    assert f"/harbour/payments/?tab=on_account&amp;supplier={supplier.pk}" in page


def test_a_viewer_is_offered_nothing_to_do(client, company, supplier, note, advance):
    client.force_login(member(company, Role.VIEWER))

    assert NEW not in client.get(f"/harbour/suppliers/{supplier.pk}/").text
    assert NEW not in client.get(f"/harbour/payments/{advance.pk}/").text
    assert NEW not in client.get("/harbour/refunds/").text


def test_operators_void_a_refund_in_the_admin_as_people_do(client, account, user):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    refund = make_refund(account=account, by=user)
    data = {"action": "void_refunds", "_selected_action": refund.pk}
    address = "/operations/payments/refund/"

    asked = client.post(address, data)
    client.post(address, {**data, "confirmed": "1", "on": TODAY.isoformat(), "reason": "Bounced"})

    refund.refresh_from_db()
    assert "Void 1 refund" in asked.text
    assert (refund.status, refund.void_reason) == ("void", "Bounced")
    assert client.get(f"{address}{refund.pk}/change/").status_code == 200
    assert client.post(f"{address}{refund.pk}/delete/").status_code == 403
