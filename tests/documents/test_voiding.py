"""Voiding bills and credit notes by their pages and by the operators' desk: what is said before, which days, once."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from billpay.companies.models import User
from billpay.money.value import Money
from billpay.payments import actions as payments
from billpay.payments.actions import Order, Part, Returned
from billpay.payments.models import Source
from tests.factories import (
    TODAY,
    BankAccountFactory,
    CompanyFactory,
    SupplierFactory,
    header,
    make_bill,
    make_credit_note,
    make_payment,
    member,
)

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(TODAY)]


@pytest.fixture
def company():
    return CompanyFactory(slug="acme")


@pytest.fixture
def supplier(company):
    return SupplierFactory(company=company, name="Northwind Ltd")


@pytest.fixture
def owner(client, company):
    user = member(company)
    client.force_login(user)
    return user


@pytest.fixture
def operator(client):
    client.force_login(User.objects.create_superuser("op@example.test", "x"))


def close_books(company, through=TODAY):
    company.locked_through = through
    company.save(update_fields=["locked_through"])


def address(document):
    room = "credit_notes" if document._meta.model_name == "creditnote" else "bills"
    return reverse(f"{room}:void", args=["acme", document.pk])


def sent(**data):
    return {"key": uuid.uuid4(), "on": TODAY.isoformat(), "reason": "Entered twice", **data}


def words(page):
    return " ".join(page.text.split())


@pytest.fixture(params=["bill", "note"])
def document(request, supplier, owner):
    make = make_bill if request.param == "bill" else make_credit_note
    return make(supplier=supplier, total_minor=120_00, by=owner)


def test_the_page_of_a_bill_shows_each_balance_before(client, supplier, owner):
    make_bill(supplier=supplier, total_minor=30_00, by=owner)
    bill = make_bill(supplier=supplier, total_minor=120_00, number="B-7", by=owner)

    page = words(client.get(address(bill)))

    assert "Not due yet" in page and "Nothing owed" in page
    assert "£120.00" in page and "<strong>£0.00</strong>" in page
    assert "Owed in all" in page and "£150.00" in page and "<strong>£30.00</strong>" in page
    assert "What is posted on 16 March 2026" in page


def test_the_page_of_a_credit_note_shows_what_is_owed_then(client, supplier, owner):
    make_bill(supplier=supplier, total_minor=100_00, by=owner)
    note = make_credit_note(supplier=supplier, total_minor=40_00, by=owner)

    page = words(client.get(address(note)))

    assert "Remaining credit" in page and "£40.00" in page
    assert "£60.00" in page and "<strong>£100.00</strong>" in page


def test_a_void_in_the_future_is_refused(client, document):
    refused = client.post(address(document), sent(on="2031-01-01"))

    document.refresh_from_db()
    assert refused.status_code == 422
    assert "1 January 2031 is in the future. Choose today or an earlier day." in words(refused)
    assert document.state == "open"


def test_with_closed_books_the_first_open_day_is_proposed_and_taken(client, company, document):
    close_books(company)

    page = client.get(address(document))
    later = client.post(address(document), sent(on="2026-03-18"))
    done = client.post(address(document), sent(on="2026-03-17"))

    document.refresh_from_db()
    assert 'value="2026-03-17"' in page.text and "What is posted on 17 March 2026" in words(page)
    assert later.status_code == 422 and "Choose 17 March 2026 or an earlier day." in words(later)
    assert done.status_code == 303 and document.voided_on.isoformat() == "2026-03-17"


def test_a_void_sent_twice_is_answered_as_the_first_time(client, document):
    form = sent()

    first, second = (client.post(address(document), form) for _ in range(2))
    other = client.post(address(document), {**form, "reason": "Withdrawn"})

    document.refresh_from_db()
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
    assert other.status_code == 422
    assert document.void_reason == "Entered twice"


def test_another_day_is_looked_at_without_voiding(client, document):
    page = client.post(address(document), sent(on="2026-03-20", look="1"))

    document.refresh_from_db()
    assert "This day will be refused" in words(page) and document.state == "open"


def test_a_refunded_credit_note_says_that_a_refund_holds_it(client, company, supplier, owner):
    note = make_credit_note(supplier=supplier, total_minor=50_00, by=owner)
    payments.refund(
        company=company,
        supplier=supplier,
        bank_account=BankAccountFactory(company=company),
        received_on=TODAY,
        parts=[Returned(Money(20_00, "GBP"), credit_note=note)],
        by=owner,
    )

    page = words(client.get(address(note)))
    refused = words(client.post(address(note), sent()))

    for said in (page, refused):
        assert "20.00 GBP of it was refunded. Void its refunds first." in said
        assert "#refunds" in said and "#allocations" not in said


def test_a_used_and_refunded_credit_note_names_both(client, company, supplier, owner):
    note = make_credit_note(supplier=supplier, total_minor=50_00, by=owner)
    account = BankAccountFactory(company=company)
    bill = make_bill(supplier=supplier, total_minor=10_00, by=owner)
    part = Part(bill, Money(10_00, "GBP"), Source.CREDIT_NOTE, credit_note=note)
    order = Order(supplier=supplier, amount=Money.zero("GBP"), parts=[part])
    payments.pay(company=company, header=header(account), order=order, by=owner)
    returned = [Returned(Money(20_00, "GBP"), credit_note=note)]
    payments.refund(
        company=company, supplier=supplier, bank_account=account, received_on=TODAY, parts=returned, by=owner
    )

    page = words(client.get(address(note)))

    assert "Undo its allocations and void its refunds first." in page
    assert "#refunds" in page and "#allocations" in page


def test_operators_see_what_voiding_bills_changes_and_what_stays(client, company, supplier, operator):
    by = member(company)
    free = make_bill(supplier=supplier, total_minor=120_00, number="B-1", by=by)
    other = make_bill(supplier=supplier, total_minor=70_00, number="B-2", by=by)
    held = make_bill(supplier=supplier, total_minor=80_00, number="B-3", by=by)
    make_payment(account=BankAccountFactory(company=company), bill=held, minor=30_00, by=by)
    chosen = {"action": "void", "_selected_action": [free.pk, other.pk, held.pk]}

    page = words(client.post(reverse("admin:bills_bill_changelist"), chosen))

    assert "Void 2 bills" in page
    assert "£120.00" in page and "Open → Void" in page and "Not due yet → nothing owed" in page
    assert "It stays as it is: Bill B-3 has 30.00 GBP settled" in page


def test_operators_see_what_voiding_payments_changes(client, company, supplier, operator):
    by = member(company)
    account = BankAccountFactory(company=company)
    made = [make_payment(account=account, bill=make_bill(supplier=supplier, by=by), by=by) for _ in range(2)]
    draft = make_payment(account=account, bill=make_bill(supplier=supplier, by=by), by=by)
    payments.void(payment=draft, on=TODAY, reason="Twice", by=by)
    chosen = {"action": "void_payments", "_selected_action": [row.pk for row in (*made, draft)]}

    page = words(client.post("/operations/payments/payment/", chosen))

    assert "Void 2 payments" in page and "Paid → Open" in page
    assert f"It stays as it is: {draft.number} is void; it cannot be voided." in page


def test_operators_void_nothing_in_the_future(client, company, supplier, operator):
    bill = make_bill(supplier=supplier, by=member(company))
    chosen = {"action": "void", "_selected_action": [bill.pk], "confirmed": "1", "reason": "Twice"}

    refused = client.post(reverse("admin:bills_bill_changelist"), {**chosen, "on": "2031-01-01"})

    bill.refresh_from_db()
    assert refused.status_code == 422 and "is in the future" in refused.text and bill.state == "open"


def test_each_company_has_its_own_last_day_at_the_operators_desk(client, company, supplier, operator):
    close_books(company)
    closed = make_bill(supplier=supplier, issued_on=TODAY + timedelta(days=1), number="B-1", by=member(company))
    open_one = make_bill(number="B-2")
    chosen = {"action": "void", "_selected_action": [closed.pk, open_one.pk], "confirmed": "1", "reason": "Twice"}

    client.post(reverse("admin:bills_bill_changelist"), {**chosen, "on": "2026-03-17"})

    closed.refresh_from_db()
    open_one.refresh_from_db()
    assert (closed.state, open_one.state) == ("void", "open")
