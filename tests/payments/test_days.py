"""How late a day may lie on forms of money: today, or the first open day when the books are closed through today."""

import uuid

import pytest

from billpay.bills import actions as bills
from billpay.companies.models import Role
from billpay.money.value import Money
from billpay.payments import actions
from billpay.payments.actions import Header, Order, Part
from billpay.payments.models import Method, Source
from tests.factories import (
    TODAY,
    give_bank_details,
    make_bill,
    make_credit_note,
    make_draft,
    make_payment,
    make_refund,
    member,
)
from tests.payments.test_run_views import words

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(TODAY)]

FIRST_OPEN = "2026-03-17"


def gbp(minor):
    return Money(minor, "GBP")


def close_books(company):
    company.locked_through = TODAY
    company.save(update_fields=["locked_through"])


def sent(**data):
    return {"key": uuid.uuid4(), **data}


def by_credit(company, supplier, user, *, draft=False):
    """A payment without cash: 10.00 of a bill by a credit note."""
    bill = make_bill(supplier=supplier, total_minor=10_00)
    note = make_credit_note(supplier=supplier, total_minor=50_00)
    order = Order(supplier=supplier, amount=gbp(0), parts=[Part(bill, gbp(10_00), Source.CREDIT_NOTE, note)])
    header = Header(None, TODAY, "GBP", Method.OTHER, draft=draft)
    return actions.pay(company=company, header=header, order=order, by=user)


def forms_of(company, account, supplier, user):
    """The address of each form that dates something, what it is sent besides, and the name of its day."""
    payment = make_payment(account=account, bill=make_bill(supplier=supplier))
    undone = make_payment(account=account, bill=make_bill(supplier=supplier))
    refund = make_refund(account=account, by=user)
    on_its_way = actions.start(
        payment=actions.submit(
            payment=make_draft(account=account, bill=make_bill(supplier=supplier), by=user), by=user
        ),
        by=user,
    )
    note = make_credit_note(supplier=supplier, total_minor=40_00)
    bill = make_bill(supplier=supplier, total_minor=20_00)
    small = make_bill(supplier=supplier, total_minor=1)
    company.write_off_limit_minor = 1_00
    company.save(update_fields=["write_off_limit_minor"])
    amounts = {"supplier": supplier.pk, "currency": "GBP", "bank_account": account.pk}
    return {
        "void": (f"payments/{payment.pk}/void/", {"reason": "Twice"}, "on"),
        "undo": (f"payments/allocations/{undone.allocations.get().pk}/undo/", {}, "on"),
        "refund void": (f"refunds/{refund.pk}/void/", {"reason": "Twice"}, "on"),
        "completion": (f"payments/{on_its_way.pk}/completion/", {}, "on"),
        "refund": ("refunds/new/", {**amounts, f"amount-note-{note.pk}": "5"}, "received_on"),
        "allocation": (f"credits/{note.pk}/allocation/", {f"amount-{bill.pk}": "5"}, "paid_on"),
        "write-off": (f"bills/{small.pk}/write-off/", {"amount": "0.01", "reason": "Rounding"}, "on"),
    }


NAMES = ("void", "undo", "refund void", "completion", "refund", "allocation", "write-off")


@pytest.mark.parametrize("name", NAMES)
def test_a_day_in_the_future_is_refused_in_words(desk, company, account, supplier, user, name):
    address, data, day = forms_of(company, account, supplier, user)[name]

    refused = desk.post(f"/harbour/{address}", sent(**data, **{day: "2031-01-01"}))

    assert refused.status_code == 422
    assert "1 January 2031 is in the future" in words(refused)


@pytest.mark.parametrize("name", NAMES)
def test_with_closed_books_the_first_open_day_is_taken_and_the_next_is_not(
    desk, company, account, supplier, user, name
):
    address, data, day = forms_of(company, account, supplier, user)[name]
    close_books(company)

    page = desk.get(f"/harbour/{address}", {"supplier": supplier.pk} if name == "refund" else {})
    refused = desk.post(f"/harbour/{address}", sent(**data, **{day: "2026-03-18"}))
    taken = desk.post(f"/harbour/{address}", sent(**data, **{day: FIRST_OPEN}))

    assert f'value="{FIRST_OPEN}"' in page.text
    assert refused.status_code == 422 and "is in the future" in words(refused)
    assert taken.status_code == 303


def test_recording_a_payment_on_the_first_open_day_is_possible(desk, company, account, supplier):
    bill = make_bill(supplier=supplier, total_minor=100_00)
    close_books(company)
    data = {"amount": "100", "bank_account": account.pk, "then": "record"}

    refused = desk.post(f"/harbour/bills/{bill.pk}/pay/", sent(**data, paid_on="2026-03-18"))
    taken = desk.post(f"/harbour/bills/{bill.pk}/pay/", sent(**data, paid_on=FIRST_OPEN))

    assert refused.status_code == 422 and taken.status_code == 303


def test_a_day_that_will_be_refused_is_said_to_who_only_looks(desk, account, supplier):
    payment = make_payment(account=account, bill=make_bill(supplier=supplier))

    page = desk.get(f"/harbour/payments/{payment.pk}/void/", {"on": "2031-01-01"})

    assert "This day will be refused" in words(page) and "is in the future" in words(page)


def test_a_bookkeeper_takes_an_allocation_of_credit_back_and_reads_that_the_payment_ends(client, company, supplier):
    bookkeeper = member(company, Role.BOOKKEEPER)
    client.force_login(bookkeeper)
    payment = by_credit(company, supplier, bookkeeper)
    address = f"/harbour/payments/allocations/{payment.allocations.get().pk}/undo/"

    page = words(client.get(address))
    done = client.post(address, sent(on=TODAY.isoformat()), follow=True)

    payment.refresh_from_db()
    assert f"{payment.number} becomes void" in page
    assert f"{payment.number}, of which nothing is left, is void." in words(done)
    assert payment.status == "void"
    assert client.get(f"/harbour/payments/{payment.pk}/void/").status_code == 403


def test_an_undo_that_leaves_cash_says_nothing_of_a_void(desk, account, supplier):
    payment = make_payment(account=account, bill=make_bill(supplier=supplier))

    page = words(desk.get(f"/harbour/payments/allocations/{payment.allocations.get().pk}/undo/"))

    assert "becomes void" not in page


def test_a_hold_is_said_before_a_payment_on_its_way_is_recorded(desk, company, account, supplier, maker, user):
    give_bank_details(supplier, by=maker, checked_by=user)
    bill = make_bill(supplier=supplier, number="B-9")
    payment = actions.submit(payment=make_draft(account=account, bill=bill, by=maker), by=maker)
    payment = actions.start(payment=payment, by=maker)
    bills.hold(bill=bill, reason="Disputed", until=None, today=TODAY, by=maker)

    page = desk.get(f"/harbour/payments/{payment.pk}/completion/")

    assert "Bill B-9 is on hold" in words(page) and f"/harbour/bills/{bill.pk}/" in page.text
    assert "Record as paid" not in page.text


def test_a_payment_without_cash_is_carried_out_at_once(desk, company, supplier, maker):
    draft = by_credit(company, supplier, maker, draft=True)
    payment = actions.submit(payment=draft, by=maker)
    address = f"/harbour/payments/{payment.pk}/"

    page = words(desk.get(address))
    done = desk.post(f"{address}processing/", sent(seen=""))

    payment.refresh_from_db()
    assert "Carry it out" in page and "to the bank" not in page
    assert (done.status_code, payment.status) == (303, "completed")


def test_what_has_cash_is_not_carried_out_without_its_bank(account, supplier, maker):
    payment = actions.submit(payment=make_draft(account=account, bill=make_bill(supplier=supplier), by=maker), by=maker)

    with pytest.raises(actions.PaymentError, match="handed to the bank"):
        actions.carry_out(payment=payment, today=TODAY, by=maker)
