"""Settling one bill by what its supplier holds: credit notes and money on account, from the bill's side."""

import pytest
import time_machine

from billpay.bills import actions as bill_actions
from billpay.money.value import Money
from billpay.payments import actions
from billpay.payments.actions import Order
from billpay.payments.models import Payment
from tests.factories import (
    TODAY,
    SupplierFactory,
    header,
    make_bill,
    make_credit_note,
    make_draft,
)
from tests.payments.books import balance, sub_ledger
from tests.payments.test_run_views import words
from tests.payments.test_views import direct

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(TODAY.isoformat() + " 12:00", tick=False):
        yield


@pytest.fixture
def bill(supplier, user):
    return make_bill(supplier=supplier, total_minor=45_00, number="COVER-1", by=user)


@pytest.fixture
def note(supplier, user):
    return make_credit_note(supplier=supplier, total_minor=25_44, number="CN-1", by=user)


@pytest.fixture
def deposit(company, account, supplier, user):
    """30.00 on account."""
    order = Order(supplier=supplier, amount=Money(30_00, "GBP"))
    return actions.pay(company=company, header=header(account), order=order, by=user)


def cover(client, bill, **fields):
    page = client.get(f"/harbour/bills/{bill.pk}/allocation/")
    data = {"key": str(page.context["form"]["key"].value()), "paid_on": TODAY.isoformat(), **fields}
    return client.post(f"/harbour/bills/{bill.pk}/allocation/", data)


def test_credit_and_money_on_account_settle_a_bill_without_cash(desk, company, bill, note, deposit):
    done = cover(desk, bill, **{f"amount-note-{note.pk}": "25.44", f"amount-payment-{deposit.pk}": "19.56"})

    payment = Payment.objects.latest("pk")
    for row in (bill, note, deposit):
        row.refresh_from_db()
    assert done["Location"] == f"/harbour/payments/{payment.pk}/recorded/"
    assert (bill.state, note.remaining.minor, deposit.on_account.minor) == ("paid", 0, 10_44)
    assert (payment.amount_minor, payment.bank_account) == (0, None)
    assert balance(company, "payables") == -sub_ledger(company) == 10_44


def test_the_oldest_is_used_first(desk, bill, note, deposit):
    address = f"/harbour/bills/{bill.pk}/allocation/"
    page = desk.post(address, {"action": "fill", "paid_on": TODAY.isoformat()})

    form = page.context["form"]
    assert form[f"amount-note-{note.pk}"].value() == "25.44"
    assert form[f"amount-payment-{deposit.pk}"].value() == "19.56"
    assert "Still due GBP 0.00" in words(page).replace("\xa0", " ")


def test_sums_are_shown_live(desk, bill, note):
    part = desk.post(
        f"/harbour/bills/{bill.pk}/allocation/",
        {"action": "totals", f"amount-note-{note.pk}": "20"},
        headers={"HX-Request": "true"},
    ).content.decode()

    assert "<html" not in part
    assert f'id="left-note-{note.pk}" hx-swap-oob="true">£5.44' in part


@pytest.mark.parametrize(
    ("note_amount", "deposit_amount", "said"),
    [
        ("25.45", "", "Credit note CN-1 has 25.44 GBP remaining; 25.45 GBP is too much."),
        ("", "30.01", "has 30.00 GBP remaining; 30.01 GBP is too much."),
        ("25.44", "19.57", "Bill COVER-1 has 45.00 GBP outstanding; 45.01 GBP is too much."),
        ("", "", "Enter how much to use of at least one of these."),
        ("1e3", "", "1e3"),
    ],
)
def test_refusals_keep_what_was_typed(desk, bill, note, deposit, note_amount, deposit_amount, said):
    amounts = {f"amount-note-{note.pk}": note_amount, f"amount-payment-{deposit.pk}": deposit_amount}

    response = cover(desk, bill, **amounts)

    assert response.status_code == 422
    assert said in words(response)
    assert response.context["form"][f"amount-note-{note.pk}"].value() == note_amount
    assert Payment.objects.count() == 1


def test_sent_twice_it_is_one(desk, bill, note):
    page = desk.get(f"/harbour/bills/{bill.pk}/allocation/")
    data = {"key": str(page.context["form"]["key"].value()), "paid_on": TODAY.isoformat()}
    data[f"amount-note-{note.pk}"] = "5.00"

    first, again = (desk.post(f"/harbour/bills/{bill.pk}/allocation/", data) for _ in range(2))
    other = desk.post(f"/harbour/bills/{bill.pk}/allocation/", {**data, f"amount-note-{note.pk}": "6.00"})

    assert first["Location"] == again["Location"]
    assert other.status_code == 422
    assert Payment.objects.count() == 1


def test_credit_of_another_supplier_or_currency_is_not_offered(desk, company, bill, user):
    others = make_credit_note(supplier=SupplierFactory(company=company), by=user)
    euros = make_credit_note(supplier=SupplierFactory(company=company, currency="EUR"), rate="0.9", by=user)

    page = words(desk.get(f"/harbour/bills/{bill.pk}/allocation/"))
    response = cover(desk, bill, **{f"amount-note-{others.pk}": "5.00", f"amount-note-{euros.pk}": "5.00"})

    assert "No credit to use" in page
    assert response.status_code == 422
    assert not Payment.objects.exists()


def test_a_held_or_reserved_bill_takes_no_credit(desk, account, bill, note, user, supplier):
    reserved = make_bill(supplier=supplier, by=user)
    make_draft(account=account, bill=reserved, by=user)
    bill_actions.hold(bill=bill, reason="Disputed", until=None, today=TODAY, by=user)

    assert "Bill COVER-1 is on hold: Disputed." in words(desk.get(f"/harbour/bills/{bill.pk}/allocation/"))
    assert "Nothing to settle on this bill" in words(desk.get(f"/harbour/bills/{reserved.pk}/allocation/"))
    refused = cover(desk, bill, **{f"amount-note-{note.pk}": "5.00"})
    assert refused.status_code == 422
    assert "is on hold: Disputed" in words(refused)


def test_sharing_a_credit_note_out_leaves_held_bills_alone(desk, bill, note, supplier, user):
    free = make_bill(supplier=supplier, total_minor=10_00, by=user)
    bill_actions.hold(bill=bill, reason="Disputed", until=None, today=TODAY, by=user)
    address = f"/harbour/credits/{note.pk}/allocation/"

    page = desk.post(address, {"action": "fill", "paid_on": TODAY.isoformat()})

    shown = words(page)
    assert "COVER-1 Disputed" in shown
    assert "On hold" in shown
    assert f"amount-{bill.pk}" not in page.context["form"].fields
    assert page.context["form"][f"amount-{free.pk}"].value() == "10.00"


def test_the_one_step_form_takes_money_on_account(desk, account, bill, deposit):
    page = words(desk.get(f"/harbour/bills/{bill.pk}/pay/"))

    direct(desk, bill, bank_account=account.pk, amount="15.00", credit=f"payment-{deposit.pk}")

    bill.refresh_from_db()
    deposit.refresh_from_db()
    assert f"{deposit.number}, on account: 30.00 GBP" in page
    assert (bill.state, deposit.on_account.minor) == ("paid", 0)


def test_the_bill_and_the_supplier_say_what_is_on_account(desk, bill, note, deposit, supplier):
    page = words(desk.get(f"/harbour/bills/{bill.pk}/"))
    payments = desk.get(f"/harbour/suppliers/{supplier.pk}/?tab=payments").content.decode()

    assert "£25.44 credit and £30.00 on account available from PowerDirect. Use credit for this bill" in page
    assert f"/harbour/payments/{deposit.pk}/allocation/" in payments
