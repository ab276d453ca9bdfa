"""Pick, allocate, review, record: the pay flow as a browser without JavaScript walks it."""

import re
import uuid
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from billpay.companies.models import Company, Role
from billpay.payments.models import Batch, Payment
from billpay.suppliers.models import SupplierBankAccount
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


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(TODAY.isoformat() + " 12:00", tick=False):
        yield


def start(client, *bills):
    response = client.post("/harbour/pay/", {"bill": [bill.pk for bill in bills]})
    assert response.status_code == 303, response.content.decode()
    return response["Location"]


def boxes(page):
    """What a browser would send back: the values of the boxes as drawn."""
    return dict(page.context["form"].initial)


def to_review(client, address, **changes):
    data = {**boxes(client.get(address)), **changes}
    return client.post(address, {**data, "action": "review"})


def record(client, review, action="record", **changes):
    page = client.get(review)
    assert page.status_code == 200, page
    content = re.search(r'name="content" value="([0-9a-f]+)"', page.content.decode())[1]
    return client.post(review, {"content": content, "action": action, **changes})


def pay(client, *bills, **changes):
    response = to_review(client, start(client, *bills), **changes)
    assert response.status_code == 303, response.context["form"].errors
    return record(client, response["Location"])


def words(response):
    """The page's text, without tags and needless spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_one_bill_is_paid_in_four_pages(desk, supplier):
    bill = make_bill(supplier=supplier, total_minor=135_85)

    done = pay(desk, bill)

    payment = Payment.objects.get()
    assert done.status_code == 303
    assert done["Location"] == f"/harbour/payments/{payment.pk}/recorded/"
    assert "Payment recorded" in words(desk.get(done["Location"]))
    bill.refresh_from_db()
    assert bill.state == "paid"


def test_a_part_is_paid_and_too_much_is_refused_in_words(desk, supplier):
    bill = make_bill(supplier=supplier, total_minor=135_85, number="INV-1")
    pay(desk, bill, **{f"pay-{bill.pk}": "100.00"})

    response = to_review(desk, start(desk, bill), **{f"pay-{bill.pk}": "35.86"})

    assert response.status_code == 422
    assert "Bill INV-1 has 35.85 GBP outstanding; 35.86 GBP is too much." in words(response)
    assert "<title>Error: " in response.content.decode()


def test_three_suppliers_are_a_batch(desk, company):
    bills = []
    for count in (1, 2, 3):
        supplier = SupplierFactory(company=company)
        bills += [make_bill(supplier=supplier, total_minor=10_00) for _ in range(count)]

    review = to_review(desk, start(desk, *bills))["Location"]
    assert "Record 3 payments, £60.00" in words(desk.get(review))
    done = record(desk, review)

    batch = Batch.objects.get()
    assert done["Location"] == f"/harbour/payments/batches/{batch.pk}/recorded/"
    assert batch.payments.count() == 3
    assert "3 payments recorded" in words(desk.get(done["Location"]))


def test_one_payment_a_bill_when_not_combined(desk, supplier):
    bills = [make_bill(supplier=supplier, total_minor=10_00) for _ in range(2)]

    pay(desk, *bills, combine="")

    assert Payment.objects.count() == 2


def test_a_bill_that_was_paid_meanwhile_stops_the_whole_batch(desk, account, company):
    bills = [make_bill(supplier=SupplierFactory(company=company)) for _ in range(2)]
    bills.append(make_bill(supplier=SupplierFactory(company=company), number="LATE-1"))
    review = to_review(desk, start(desk, *bills))["Location"]
    content = re.search(r'name="content" value="([0-9a-f]+)"', desk.get(review).content.decode())[1]
    make_payment(account=account, bill=bills[2])

    response = desk.post(review, {"content": content, "action": "record"})

    assert response.status_code == 422
    assert "Bill LATE-1" in words(response)
    assert not Batch.objects.exists()
    assert Payment.objects.count() == 1


def test_credit_is_filled_in_by_a_button_without_javascript(desk, supplier):
    bill = make_bill(supplier=supplier, total_minor=45_00)
    make_credit_note(supplier=supplier, total_minor=25_44)
    address = start(desk, bill)

    desk.post(address, {**boxes(desk.get(address)), "action": "use_credit"})
    assert boxes(desk.get(address))[f"pay-{bill.pk}"] == "19.56"
    record(desk, to_review(desk, address)["Location"])

    payment = Payment.objects.get()
    bill.refresh_from_db()
    assert (payment.amount_minor, bill.state) == (19_56, "paid")


def test_credit_alone(desk, supplier):
    bill = make_bill(supplier=supplier, total_minor=20_00)
    note = make_credit_note(supplier=supplier, total_minor=25_44)

    pay(desk, bill, bank_account="", **{f"pay-{bill.pk}": "", f"credit-{bill.pk}": f"note-{note.pk}"})

    note.refresh_from_db()
    assert (Payment.objects.get().amount_minor, note.remaining.minor) == (0, 5_44)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"pay": "45.00"}, "Lower it to use credit"),
        ({"pay": "30.00", "credit_amount": "20.00"}, "are 5.00 GBP too much"),
        ({"pay": "0", "credit_amount": "25.45"}, "Credit note CN-1 has 25.44 GBP remaining; 25.45 GBP is too much."),
    ],
)
def test_credit_refusals(desk, supplier, changes, said):
    bill = make_bill(supplier=supplier, total_minor=45_00)
    note = make_credit_note(supplier=supplier, total_minor=25_44, number="CN-1")
    typed = {f"{name}-{bill.pk}": value for name, value in changes.items()}

    response = to_review(desk, start(desk, bill), **{f"credit-{bill.pk}": f"note-{note.pk}", **typed})

    assert response.status_code == 422
    assert said in words(response)


def test_credit_of_another_supplier_is_refused(desk, company, supplier):
    other = SupplierFactory(company=company, name="Other")
    bill, others = make_bill(supplier=supplier, total_minor=45_00), make_bill(supplier=other)
    note = make_credit_note(supplier=other, number="CN-9")

    response = to_review(
        desk, start(desk, bill, others), **{f"pay-{bill.pk}": "1", f"credit-{bill.pk}": f"note-{note.pk}"}
    )

    assert response.status_code == 422
    assert "Credit note CN-9 is from Other; it cannot settle bill" in words(response)


def test_two_bills_share_one_credit_note(desk, supplier):
    bills = [make_bill(supplier=supplier, total_minor=20_00) for _ in range(2)]
    make_credit_note(supplier=supplier, total_minor=25_44)
    address = start(desk, *bills)

    desk.post(address, {**boxes(desk.get(address)), "action": "use_credit"})

    drawn = boxes(desk.get(address))
    assert [drawn[f"pay-{bill.pk}"] for bill in bills] == ["0.00", "14.56"]


@pytest.mark.parametrize(("button", "cash"), [("full", "45.00"), ("half", "22.50"), ("clear", "0.00")])
def test_quick_buttons(desk, supplier, button, cash):
    bill = make_bill(supplier=supplier, total_minor=45_00)
    address = start(desk, bill)
    data = {**boxes(desk.get(address)), f"pay-{bill.pk}": "1.00"}

    response = desk.post(address, {**data, "action": f"{button}-{bill.pk}"})

    assert response.status_code == 303
    assert boxes(desk.get(address))[f"pay-{bill.pk}"] == cash


def test_live_sums_by_htmx_are_a_part(desk, supplier):
    bill = make_bill(supplier=supplier, total_minor=45_00)
    address = start(desk, bill)
    data = {**boxes(desk.get(address)), f"pay-{bill.pk}": "20+10.50"}

    response = desk.post(address, {**data, "action": "totals"}, headers={"HX-Request": "true"})

    text = response.content.decode()
    assert response.status_code == 200
    assert "<html" not in text
    assert "30.50" in text
    assert f'id="left-{bill.pk}" hx-swap-oob="true">£14.50' in text


def test_a_replay_leads_to_the_first_result(desk, supplier):
    review = to_review(desk, start(desk, make_bill(supplier=supplier)))["Location"]
    content = re.search(r'name="content" value="([0-9a-f]+)"', desk.get(review).content.decode())[1]
    first = desk.post(review, {"content": content, "action": "record"})

    again = desk.post(review, {"content": content, "action": "record"})

    assert again["Location"] == first["Location"]
    assert Payment.objects.count() == 1


def test_the_same_run_with_other_content_is_refused(desk, supplier):
    review = to_review(desk, start(desk, make_bill(supplier=supplier)))["Location"]
    content = re.search(r'name="content" value="([0-9a-f]+)"', desk.get(review).content.decode())[1]
    desk.post(review, {"content": content, "action": "record"})

    response = desk.post(review, {"content": content, "action": "draft"})

    assert response.status_code == 422
    assert Payment.objects.count() == 1


def test_a_run_changed_in_another_tab_is_checked_again(desk, supplier):
    bill = make_bill(supplier=supplier)
    address = start(desk, bill)
    review = to_review(desk, address)["Location"]
    content = re.search(r'name="content" value="([0-9a-f]+)"', desk.get(review).content.decode())[1]
    to_review(desk, address, **{f"pay-{bill.pk}": "1.00"})

    response = desk.post(review, {"content": content, "action": "record"})

    assert response.status_code == 409
    assert "changed since the page you sent was drawn" in words(response)
    assert not Payment.objects.exists()


def test_cheques_of_a_batch_are_numbered_on(desk, company):
    bills = [make_bill(supplier=SupplierFactory(company=company)) for _ in range(3)]
    cheque = company.payment_methods.get(kind="cheque")

    missing = to_review(desk, start(desk, *bills), method=cheque.pk)
    pay(desk, *bills, method=cheque.pk, cheque_number="000099")

    assert missing.status_code == 422
    assert "needs its number" in words(missing)
    assert list(Payment.objects.order_by("id").values_list("cheque_number", flat=True)) == [
        "000099",
        "000100",
        "000101",
    ]


def test_a_used_cheque_number_is_said_before_the_review(desk, account, supplier, company):
    make_payment(account=account, bill=make_bill(supplier=supplier), method="cheque", cheque_number="7")
    cheque = company.payment_methods.get(kind="cheque")

    response = to_review(desk, start(desk, make_bill(supplier=supplier)), method=cheque.pk, cheque_number="7")

    assert response.status_code == 422
    assert "Cheque 7 of Operating was used for" in words(response)


def test_fee_and_extra_cash(desk, supplier):
    bill = make_bill(supplier=supplier, total_minor=100_00)

    pay(desk, bill, fee="1.50", extra="20.00")

    payment = Payment.objects.get()
    assert (payment.amount_minor, payment.bank_minor, payment.on_account_minor) == (120_00, 121_50, 20_00)


def test_a_foreign_run_needs_a_rate(desk, company):
    bill = make_bill(supplier=SupplierFactory(company=company, currency="EUR"), rate="0.885", total_minor=1000_00)

    missing = to_review(desk, start(desk, bill))
    pay(desk, bill, rate="0.9")

    assert "Enter the exchange rate: GBP for 1 EUR." in words(missing)
    assert Payment.objects.get().bank_minor == 900_00


def test_an_account_of_another_currency_is_no_choice(desk, company, supplier):
    dollars = BankAccountFactory(company=company, currency="USD")

    response = to_review(desk, start(desk, make_bill(supplier=supplier)), bank_account=dollars.pk)

    assert response.status_code == 422
    assert "Choose one of the accounts that can pay GBP." in words(response)


def test_a_future_date_is_not_recorded_as_paid(desk, supplier):
    bill = make_bill(supplier=supplier)
    later = (TODAY + timedelta(days=3)).isoformat()

    refused = to_review(desk, start(desk, bill), paid_on=later)
    review = to_review(desk, start(desk, bill), paid_on=later, then="draft")["Location"]
    refused_again = record(desk, review)
    kept = record(desk, review, action="draft")

    assert (refused.status_code, refused_again.status_code) == (422, 422)
    assert "19 March 2026 is in the future; nothing was paid yet." in words(refused)
    assert "in the future" in words(refused_again)
    assert Payment.objects.get().status == "draft"
    assert kept["Location"] == f"/harbour/payments/{Payment.objects.get().pk}/"


def test_the_review_warns_of_a_twin(desk, account, supplier):
    earlier = make_payment(account=account, bill=make_bill(supplier=supplier), paid_on=TODAY - timedelta(days=3))
    review = to_review(desk, start(desk, make_bill(supplier=supplier)))["Location"]

    assert f"is in {earlier.number} of 13 Mar 2026" in words(desk.get(review))


def test_a_supplier_without_bank_details_is_only_a_warning(desk, supplier):
    address = start(desk, make_bill(supplier=supplier))

    assert "Missing bank details" in words(desk.get(address))
    assert to_review(desk, address).status_code == 303


def test_several_currencies_ask_which(desk, company, supplier):
    pounds = make_bill(supplier=supplier)
    euros = make_bill(supplier=SupplierFactory(company=company, currency="EUR"), rate="0.9")

    asked = desk.post("/harbour/pay/", {"bill": [pounds.pk, euros.pk]})
    chosen = desk.post("/harbour/pay/", {"bill": [pounds.pk, euros.pk], "currency": "EUR"})

    assert asked.status_code == 422
    assert "A run pays in one currency" in words(asked)
    assert [bill.pk for bill in desk.get(chosen["Location"]).context["subject"].bills] == [euros.pk]


def test_nothing_chosen_and_paid_bills_are_explained(desk, account, supplier):
    paid = make_bill(supplier=supplier, number="DONE-1")
    make_payment(account=account, bill=paid)

    assert "Choose at least one bill." in words(desk.post("/harbour/pay/"))
    assert "Bill DONE-1 of PowerDirect is paid already." in words(desk.post("/harbour/pay/", {"bill": paid.pk}))


def test_picking_can_be_preset_filtered_and_added_up(desk, company, supplier):
    bill = make_bill(supplier=supplier, total_minor=12_34, number="FIND-ME")
    other = make_bill(supplier=SupplierFactory(company=company), number="OTHER-1")

    assert set(desk.get("/harbour/pay/").context["page"].object_list) == {bill, other}
    assert desk.get(f"/harbour/pay/?supplier={supplier.pk}").context["ticked"] == {bill.pk}
    assert desk.get(f"/harbour/pay/?bill={other.pk}").context["ticked"] == {other.pk}
    assert desk.get(f"/harbour/pay/?supplier={supplier.pk}&q=").context["ticked"] == set()
    assert list(desk.get("/harbour/pay/?q=find-me").context["page"].object_list) == [bill]
    totals = desk.post(
        "/harbour/pay/", {"bill": bill.pk, "action": "totals"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "12.34" in totals
    assert "<html" not in totals


def test_bills_of_other_companies_are_not_found(desk):
    strange = make_bill(supplier=SupplierFactory(company=CompanyFactory()))

    assert desk.post("/harbour/pay/", {"bill": strange.pk}).status_code == 404
    assert desk.get(f"/harbour/pay/?bill={strange.pk}").status_code == 404
    assert desk.get(f"/harbour/pay/?supplier={strange.supplier_id}").status_code == 404


def test_a_viewer_cannot_begin(client, company):
    client.force_login(member(company, Role.VIEWER))

    assert client.get("/harbour/pay/").status_code == 403


def test_a_run_belongs_to_who_started_it(desk, company, supplier, client):
    address = start(desk, make_bill(supplier=supplier))
    client.force_login(member(company, Role.BOOKKEEPER))

    response = client.get(address)

    assert response.status_code == 303
    assert response["Location"] == "/harbour/pay/"
    assert client.get(f"/harbour/pay/{uuid.uuid4()}/review/").status_code == 303


def test_a_draft_is_changed_by_a_run_of_its_own(desk, account, supplier):
    bill = make_bill(supplier=supplier, total_minor=100_00)
    draft = make_payment(account=account, bill=bill, draft=True, minor=70_00)
    address = desk.post(f"/harbour/payments/{draft.pk}/edit/")["Location"]
    assert boxes(desk.get(address))[f"pay-{bill.pk}"] == "70.00"

    method = draft.company.payment_methods.first()
    response = to_review(desk, address, method=method.pk, **{f"pay-{bill.pk}": "90.00"})
    saved = record(desk, response["Location"], action="draft")

    draft.refresh_from_db()
    bill.refresh_from_db()
    assert saved["Location"] == f"/harbour/payments/{draft.pk}/"
    assert (draft.amount_minor, bill.reserved_minor, draft.status) == (90_00, 90_00, "draft")


def changed_details(supplier, *, days_ago):
    """Bank details that took the place of others so many days ago."""
    now = timezone.now()
    for number, archived_at in (("11112222", now), ("55779911", None)):
        row = SupplierBankAccount.objects.create(
            company=supplier.company,
            supplier=supplier,
            holder=supplier.name,
            currency="GBP",
            sort_code="200000",
            account_number=number,
            archived_at=archived_at,
        )
        SupplierBankAccount.objects.filter(pk=row.pk).update(created_at=now - timedelta(days=days_ago))


def test_the_review_tells_whose_bank_details_changed_lately(desk, company, supplier):
    Company.objects.update(checks_bank_details=False)
    other = SupplierFactory(company=company, name="Steady")
    changed_details(supplier, days_ago=2)
    changed_details(other, days_ago=31)
    bills = [make_bill(supplier=one, total_minor=10_00) for one in (supplier, other)]

    page = words(desk.get(to_review(desk, start(desk, *bills))["Location"]))

    assert "Bank details of PowerDirect: Changed 2 days ago. Verify by phone." in page
    assert page.count("Verify by phone") == 1


def test_the_review_tells_whose_bank_details_no_second_person_has_checked(desk, company, supplier):
    other = SupplierFactory(company=company, name="Steady")
    changed_details(supplier, days_ago=2)
    changed_details(other, days_ago=31)
    SupplierBankAccount.objects.filter(supplier=other).update(
        checked_at=timezone.now(), checked_by=member(company), checked_how="Called them"
    )
    bills = [make_bill(supplier=one, total_minor=10_00) for one in (supplier, other)]

    page = words(desk.get(to_review(desk, start(desk, *bills))["Location"]))

    assert "Bank details of PowerDirect: Changed 2 days ago, not yet checked by a second person." in page
    assert page.count("second person") == 1
