"""Holds and discount terms on the pages, in the list and for operators."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from billpay.bills import actions
from billpay.bills.actions import Discount
from billpay.bills.models import Bill
from billpay.companies.models import Role
from billpay.money.value import Money
from billpay.payments import actions as payments
from billpay.payments.actions import Order, Part
from billpay.payments.models import Source
from tests.bills.test_views import typed
from tests.factories import (
    TODAY,
    BankAccountFactory,
    CompanyFactory,
    SupplierFactory,
    header,
    make_bill,
    make_draft,
    make_payment,
    member,
)

pytestmark = pytest.mark.django_db
LATER, IN_TIME = date(2026, 12, 3), date(2026, 3, 20)


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def company():
    return CompanyFactory(slug="harbour")


@pytest.fixture
def owner(client, company):
    user = member(company, name="Olga Owner")
    client.force_login(user)
    return user


@pytest.fixture
def bill(company, owner):
    return make_bill(supplier=SupplierFactory(company=company), total_minor=1_000_00, by=owner)


def hold(bill, until=LATER):
    return actions.hold(bill=bill, reason="disputed quantity", until=until, today=TODAY, by=bill.created_by)


def url(name, company, *args):
    return reverse(f"bills:{name}", args=[company.slug, *args])


def shown(client, bill):
    return client.get(url("detail", bill.company, bill.pk)).content.decode()


def test_a_bill_is_put_on_hold(client, company, bill):
    response = client.post(url("hold", company, bill.pk), {"reason": "disputed quantity", "until": "2026-12-03"})

    assert response.status_code == 303
    page = shown(client, bill)
    assert "On hold until 3 December 2026: disputed quantity" in page
    assert "Put on hold by Olga Owner on 16 March 2026" in page


def test_a_hold_without_words_is_asked_for_them(client, company, bill):
    response = client.post(url("hold", company, bill.pk), {"until": "2026-03-01"})

    assert response.status_code == 422
    assert "Say why it is on hold." in response.content.decode()


def test_a_day_that_has_come_is_refused_beside_its_box(client, company, bill):
    response = client.post(url("hold", company, bill.pk), {"reason": "x", "until": "2026-03-16"})

    assert response.status_code == 422
    assert response.context["form"].errors["until"] == [
        "16 March 2026 has come already. Choose a later day, or leave it empty."
    ]


def test_the_page_of_a_held_bill_offers_no_payment(client, company, bill):
    assert f"Pay £{1000:,}.00" in shown(client, bill)

    hold(bill)

    assert "Pay £" not in shown(client, bill)


def test_the_hold_page_names_the_payments_it_will_stop(client, company, owner, bill):
    account = BankAccountFactory(company=company)
    draft = make_draft(account=account, bill=bill, minor=40_00, by=owner, execute_on=date(2026, 3, 30))
    payments.submit(payment=draft, by=owner)
    other = make_draft(account=account, bill=bill, minor=10_00, by=owner)

    page = client.get(url("hold", company, bill.pk)).content.decode()

    assert f"{draft.number}</a>, £40.00: it will be stopped when its day comes, 30 March 2026, if the bill" in page
    assert f"{other.number}</a>, £10.00: it stays a draft" in page


@pytest.mark.parametrize(
    ("until", "words"),
    [
        (LATER, "it will be stopped when its day comes, 30 March 2026."),
        (date(2026, 3, 30), "it goes out on 30 March 2026, when the hold has ended."),
    ],
)
def test_a_hold_that_ends_by_its_day_lets_a_scheduled_payment_go(client, company, owner, bill, until, words):
    draft = make_draft(account=BankAccountFactory(company=company), bill=bill, by=owner, execute_on=date(2026, 3, 30))
    payments.submit(payment=draft, by=owner)
    hold(bill, until)

    assert words in client.get(url("hold", company, bill.pk)).content.decode()


def test_a_hold_is_lifted(client, company, bill):
    hold(bill)

    response = client.post(url("lift_hold", company, bill.pk), follow=True)

    assert "is lifted: it may be paid" in response.content.decode()
    assert Bill.objects.get(pk=bill.pk).held_at is None


def test_lifting_twice_says_so(client, company, bill):
    response = client.post(url("lift_hold", company, bill.pk), follow=True)

    assert "is not on hold" in response.content.decode()


def test_a_viewer_holds_nothing(client, company, bill):
    client.force_login(member(company, Role.VIEWER))

    assert client.post(url("hold", company, bill.pk), {"reason": "x"}).status_code == 403


def test_the_list_shows_what_is_held_and_finds_it(client, company, owner, bill):
    hold(bill)
    free = make_bill(supplier=bill.supplier)

    page = client.get(url("list", company), {"held": "on"})

    assert "On hold until 3 Dec: disputed quantity" in page.content.decode()
    assert [row.bill for row in page.context["rows"]] == [bill]
    assert free.pk


def test_a_hold_that_has_run_out_is_not_shown(client, company, bill):
    hold(bill, date(2026, 3, 17))

    with time_machine.travel(date(2026, 3, 17), tick=False):
        page = client.get(url("list", company))
        assert "On hold until" not in page.content.decode()
        assert "On hold until" not in shown(client, bill)


def test_bulk_pay_leaves_out_what_is_held_and_says_why(client, company, bill):
    hold(bill)
    other = make_bill(supplier=bill.supplier)

    page = client.post(url("bulk", company), {"action": "pay", "bill": [bill.pk, other.pk], "query": ""})

    assert "It is on hold: disputed quantity" in page.content.decode()
    assert page.context["payable"].bills == [other]


def test_the_suppliers_page_shows_the_hold(client, company, bill):
    hold(bill)

    page = client.get(reverse("suppliers:detail", args=[company.slug, bill.supplier_id]))

    assert "On hold until 3 Dec: disputed quantity" in page.content.decode()


def test_operators_hold_and_lift_after_confirming(admin_client, bill):
    chosen = {"action": "hold", "_selected_action": [bill.pk]}
    address = reverse("admin:bills_bill_changelist")
    asked = admin_client.post(address, chosen)
    assert "Put these bills on hold?" in asked.content.decode()

    admin_client.post(address, {**chosen, "confirmed": "1", "reason": "Court order", "until": ""})
    assert Bill.objects.get(pk=bill.pk).hold_reason == "Court order"

    admin_client.post(address, {**chosen, "action": "lift_hold", "confirmed": "1"})
    assert Bill.objects.get(pk=bill.pk).held_at is None


def discounted(company, owner, **fields):
    terms = Discount(Decimal(2), IN_TIME)
    return make_bill(
        supplier=SupplierFactory(company=company), total_minor=1_000_00, by=owner, discount=terms, **fields
    )


def test_the_page_says_what_pays_it_today(client, company, owner):
    bill = discounted(company, owner)
    make_payment(account=BankAccountFactory(company=company), bill=bill, minor=500_00, by=owner)

    page = " ".join(shown(client, bill).split())

    assert "2 % (20.00) if paid by 20 March 2026: £480.00 now" in page


def test_a_discount_that_ran_out_is_too_late(client, company, owner):
    bill = discounted(company, owner)

    with time_machine.travel(date(2026, 3, 21), tick=False):
        assert "if paid by 20 March 2026: too late now" in shown(client, bill)


def test_the_list_hints_at_the_discount(client, company, owner):
    discounted(company, owner)

    assert "less 20.00 by 20 Mar" in client.get(url("list", company)).content.decode()


def test_a_discount_is_entered_and_counts_its_day_from_the_bills(client, company, owner):
    sent = typed(SupplierFactory(company=company), discount_percent="2.5 %", discount_until="+10")

    client.post(url("new", company), {**sent, "discount_tax": "unchanged"})

    bill = company.bills.get()
    assert (bill.discount_percent, bill.discount_until, bill.discount_tax) == (
        Decimal("2.5"),
        date(2026, 3, 20),
        "unchanged",
    )


@pytest.mark.parametrize(
    ("typed_in", "field"),
    [
        ({"discount_percent": "2"}, "discount_until"),
        ({"discount_until": "2026-03-20"}, "discount_percent"),
        ({"discount_percent": "100", "discount_until": "2026-03-20"}, "discount_percent"),
        ({"discount_percent": "2", "discount_until": "2026-03-09"}, "discount_until"),
    ],
)
def test_half_a_discount_is_refused_beside_the_other_half(client, company, owner, typed_in, field):
    response = client.post(url("new", company), typed(SupplierFactory(company=company), **typed_in))

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]


def test_choosing_a_supplier_brings_its_discount(client, company, owner):
    supplier = SupplierFactory(company=company, discount_percent=Decimal(2), discount_days=10, discount_tax="unchanged")

    response = client.post(url("new", company), typed(supplier, apply="supplier"))

    head = response.context["editor"].form.initial
    assert (head["discount_percent"], head["discount_until"], head["discount_tax"]) == (2, IN_TIME, "unchanged")


@pytest.mark.parametrize(
    ("until", "suggested", "kept"),
    [("2026-03-20", "2026-03-20", date(2026, 3, 22)), ("2026-03-25", "2026-03-20", "2026-03-25"), ("", "", "")],
)
def test_another_date_moves_the_discount_unless_it_was_set_by_hand(client, company, owner, until, suggested, kept):
    supplier = SupplierFactory(company=company, discount_percent=Decimal(2), discount_days=10)
    sent = typed(supplier, apply="date", issued_on="2026-03-12")

    response = client.post(url("new", company), {**sent, "discount_until": until, "discount_suggested": suggested})

    assert response.context["editor"].form.initial["discount_until"] == kept


def test_the_edit_form_keeps_the_discount_of_a_draft(client, company, owner):
    bill = discounted(company, owner, open=False)
    form = client.get(url("edit", company, bill.pk)).context["form"]
    fields = ("discount_percent", "discount_until", "discount_tax")
    kept = {name: form[name].value() for name in fields}

    client.post(
        url("edit", company, bill.pk), {**typed(bill.supplier, number=bill.number), **kept, "version": bill.version}
    )

    now = Bill.objects.get(pk=bill.pk)
    assert [getattr(now, name) for name in fields] == [getattr(bill, name) for name in fields]


def test_the_export_has_discount_and_hold(client, company, owner):
    hold(discounted(company, owner))

    body = b"".join(client.get(url("export", company)).streaming_content).decode()

    assert body.splitlines()[0].endswith("Discount %,Discount,Discount until,On hold because,On hold until")
    assert body.splitlines()[1].endswith("2,20.00,2026-03-20,disputed quantity,2026-12-03")


def test_the_history_names_each_source_and_what_reserves(client, company, owner):
    bill = discounted(company, owner)
    account = BankAccountFactory(company=company)
    company.write_off_limit_minor = 5_00
    company.save(update_fields=["write_off_limit_minor"])
    parts = [
        Part(bill, Money(100_00, "GBP")),
        Part(bill, Money(1_00, "GBP"), Source.WRITE_OFF, reason="Rounding of theirs"),
    ]
    order = Order(bill.supplier, Money(100_00, "GBP"), parts)
    payments.pay(company=company, header=header(account), order=order, by=owner)
    bill.refresh_from_db()
    draft = make_draft(account=account, bill=bill, minor=50_00, by=owner, execute_on=date(2026, 3, 30))
    scheduled = payments.submit(payment=draft, by=owner)

    page = shown(client, bill)

    assert 'Write-off<span class="cell-sub">Rounding of theirs' in page
    assert "£1.00 written off" in page
    assert f"by {scheduled.number}, scheduled for 30 Mar 2026" in page
    assert "Every step, 3" in page


def test_the_sums_above_leave_out_what_is_no_cash(client, company, owner):
    bill = discounted(company, owner)
    account = BankAccountFactory(company=company)
    parts = [Part(bill, Money(980_00, "GBP")), Part(bill, Money(20_00, "GBP"), Source.DISCOUNT)]
    order = Order(bill.supplier, Money(980_00, "GBP"), parts)
    payments.pay(company=company, header=header(account), order=order, by=owner)

    sums = client.get(url("detail", company, bill.pk)).context["sums"]

    assert (sums.paid.minor, sums.discount.minor, sums.credited.minor) == (980_00, 20_00, 0)
