"""Payments, batches and their pages: what each shows, changes and refuses."""

import uuid
from datetime import timedelta

import pytest
import time_machine

from billpay.companies.models import Role, User
from billpay.payments import actions
from billpay.payments.actions import Header, Order, Part
from billpay.payments.models import Payment, Source
from tests.factories import (
    TODAY,
    CompanyFactory,
    SupplierFactory,
    header,
    make_batch,
    make_bill,
    make_credit_note,
    make_payment,
    member,
)
from tests.payments.test_actions import gbp
from tests.payments.test_run_views import words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(TODAY.isoformat() + " 12:00", tick=False):
        yield


@pytest.fixture
def viewer(client, company):
    client.force_login(member(company, Role.VIEWER))
    return client


def direct(client, bill, **fields):
    page = client.get(f"/harbour/bills/{bill.pk}/pay/")
    form = page.context["form"]
    data = {"key": str(form["key"].value()), "amount": "100.00", "paid_on": TODAY.isoformat(), **fields}
    return client.post(f"/harbour/bills/{bill.pk}/pay/", data), data


def test_one_bill_in_one_step(desk, account, supplier):
    bill = make_bill(supplier=supplier)

    response, data = direct(desk, bill, bank_account=account.pk, fee="1.00")
    again = desk.post(f"/harbour/bills/{bill.pk}/pay/", data)

    payment = Payment.objects.get()
    assert response["Location"] == again["Location"] == f"/harbour/payments/{payment.pk}/recorded/"
    assert (payment.amount_minor, payment.bank_minor, payment.method) == (100_00, 101_00, "bank_transfer")


def test_the_same_key_with_another_amount_is_refused(desk, account, supplier):
    bill = make_bill(supplier=supplier, total_minor=200_00)
    _, data = direct(desk, bill, bank_account=account.pk)

    response = desk.post(f"/harbour/bills/{bill.pk}/pay/", {**data, "amount": "50.00"})

    assert response.status_code == 422
    assert "sent before with other content" in words(response)
    assert Payment.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"amount": "100.01"}, "Bill INV-1 has 100.00 GBP outstanding; 100.01 GBP is too much."),
        ({"amount": "1e5"}, "1e5"),
        ({"amount": ""}, "Enter the amount to pay"),
        ({"amount": "0"}, "Enter how much to pay."),
        ({"paid_on": (TODAY + timedelta(days=1)).isoformat()}, "keep it as a draft"),
        ({"bank_account": ""}, "Choose the bank account the money leaves from."),
        ({"bank_account": "999999"}, "Choose one of the accounts"),
        ({"key": "nonsense"}, "Load the page again"),
        ({"credit_amount": "5.00"}, "Choose the credit note"),
    ],
)
def test_direct_refusals(desk, account, supplier, fields, said):
    bill = make_bill(supplier=supplier, number="INV-1")

    response, _ = direct(desk, bill, **{"bank_account": account.pk, **fields})

    assert response.status_code == 422
    assert said in words(response)
    assert not Payment.objects.exists()


def test_direct_payment_with_credit(desk, account, supplier):
    bill = make_bill(supplier=supplier, total_minor=45_00)
    note = make_credit_note(supplier=supplier, total_minor=25_44)

    direct(desk, bill, bank_account=account.pk, amount="19.56", credit_note=note.pk)

    bill.refresh_from_db()
    note.refresh_from_db()
    assert (bill.state, note.state) == ("paid", "used")


def test_credit_of_another_supplier_is_refused_directly(desk, account, company, supplier):
    bill = make_bill(supplier=supplier, total_minor=45_00)
    note = make_credit_note(supplier=SupplierFactory(company=company))

    response, _ = direct(desk, bill, bank_account=account.pk, amount="1.00", credit_note=note.pk)

    assert response.status_code == 422
    assert "Choose a credit note of PowerDirect" in words(response)


def test_a_future_payment_is_kept_as_a_draft(desk, account, supplier):
    bill = make_bill(supplier=supplier)
    later = (TODAY + timedelta(days=1)).isoformat()

    direct(desk, bill, bank_account=account.pk, paid_on=later, action="draft")
    payment = Payment.objects.get()
    refused = desk.post(f"/harbour/payments/{payment.pk}/completion/", {"key": uuid.uuid4()})

    payment.refresh_from_db()
    assert payment.status == "draft"
    assert refused.status_code == 422
    assert "in the future" in words(refused)


def test_a_draft_is_recorded_as_paid_once(desk, account, supplier):
    draft = make_payment(account=account, bill=make_bill(supplier=supplier), draft=True)

    key = {"key": uuid.uuid4()}
    first = desk.post(f"/harbour/payments/{draft.pk}/completion/", key)
    again = desk.post(f"/harbour/payments/{draft.pk}/completion/", key)

    draft.refresh_from_db()
    assert draft.status == "completed"
    assert first["Location"] == again["Location"]


def test_a_draft_is_deleted_and_a_payment_is_not(desk, account, supplier):
    draft = make_payment(account=account, bill=make_bill(supplier=supplier), draft=True)
    payment = make_payment(account=account, bill=make_bill(supplier=supplier))

    assert desk.get(f"/harbour/payments/{draft.pk}/delete/").status_code == 200
    assert desk.post(f"/harbour/payments/{draft.pk}/delete/").status_code == 303
    refused = desk.post(f"/harbour/payments/{payment.pk}/delete/")

    assert refused.status_code == 422
    assert list(Payment.objects.all()) == [payment]


def test_an_allocation_is_undone_from_a_page_that_says_what_changes(desk, account, supplier):
    bill = make_bill(supplier=supplier)
    payment = make_payment(account=account, bill=bill)
    address = f"/harbour/payments/allocations/{payment.allocations.get().pk}/undo/"

    shown = words(desk.get(address))
    key = str(desk.get(address).context["form"]["key"].value())
    early = desk.post(address, {"key": key, "on": (TODAY - timedelta(days=1)).isoformat()})
    done = desk.post(address, {"key": key, "on": TODAY.isoformat()})
    again = desk.post(address, {"key": key, "on": TODAY.isoformat()})
    other = desk.post(address, {"key": key, "on": (TODAY + timedelta(days=1)).isoformat()})

    payment.refresh_from_db()
    assert f"Bill {bill.number} Outstanding £0.00 £100.00" in shown
    assert "Paid → becomes Open" in shown
    assert early.status_code == 422
    assert done["Location"] == again["Location"] == f"/harbour/payments/{payment.pk}/"
    assert other.status_code == 422
    assert payment.on_account == gbp(100_00)


def test_credit_is_allocated_oldest_first(desk, supplier):
    note = make_credit_note(supplier=supplier, total_minor=25_00)
    later = make_bill(supplier=supplier, total_minor=20_00, due_on=TODAY + timedelta(days=9))
    first = make_bill(supplier=supplier, total_minor=20_00, due_on=TODAY + timedelta(days=5))
    address = f"/harbour/credits/{note.pk}/allocation/"
    key = str(desk.get(address).context["form"]["key"].value())

    filled = desk.post(address, {"key": key, "paid_on": TODAY.isoformat(), "action": "fill"})
    amounts = {name: value for name, value in filled.context["form"].initial.items() if name.startswith("amount-")}
    data = {"key": key, "paid_on": TODAY.isoformat(), **amounts}
    done = desk.post(address, data)
    again = desk.post(address, data)

    payment = Payment.objects.get()
    note.refresh_from_db()
    assert amounts == {f"amount-{first.pk}": "20.00", f"amount-{later.pk}": "5.00"}
    assert (payment.amount_minor, payment.bank_account, note.state) == (0, None, "used")
    assert done["Location"] == again["Location"]
    assert "Credit allocated" in words(desk.get(done["Location"]))


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("20.01", "Bill INV-1 has 20.00 GBP outstanding; 20.01 GBP is too much."),
        ("", "Enter an amount for at least one bill."),
        ("abc", "abc"),
    ],
)
def test_credit_allocation_refusals(desk, supplier, amount, said):
    note = make_credit_note(supplier=supplier, total_minor=25_00)
    bill = make_bill(supplier=supplier, total_minor=20_00, number="INV-1")
    data = {"key": str(uuid.uuid4()), "paid_on": TODAY.isoformat(), f"amount-{bill.pk}": amount}

    response = desk.post(f"/harbour/credits/{note.pk}/allocation/", data)

    assert response.status_code == 422
    assert said in words(response)


def test_more_than_the_credit_is_refused(desk, supplier):
    note = make_credit_note(supplier=supplier, total_minor=25_00, number="CN-1")
    bills = [make_bill(supplier=supplier, total_minor=20_00) for _ in range(2)]
    data = {"key": str(uuid.uuid4()), "paid_on": TODAY.isoformat(), **{f"amount-{bill.pk}": "13" for bill in bills}}

    response = desk.post(f"/harbour/credits/{note.pk}/allocation/", data)

    assert response.status_code == 422
    assert "Credit note CN-1 has 12.00 GBP remaining; 13.00 GBP is too much." in words(response)


def test_money_on_account_is_allocated(desk, company, account, supplier, user):
    advance = actions.pay(
        company=company, header=header(account), order=Order(supplier=supplier, amount=gbp(60_00)), by=user
    )
    bill = make_bill(supplier=supplier, total_minor=45_00)
    data = {"key": str(uuid.uuid4()), "paid_on": TODAY.isoformat(), f"amount-{bill.pk}": "45"}

    desk.post(f"/harbour/payments/{advance.pk}/allocation/", data)

    advance.refresh_from_db()
    bill.refresh_from_db()
    assert (advance.on_account, bill.state) == (gbp(15_00), "paid")
    assert "Money on account, used later" in words(desk.get(f"/harbour/payments/{advance.pk}/"))


def test_live_sums_of_an_allocation(desk, supplier):
    note = make_credit_note(supplier=supplier, total_minor=25_44)
    bill = make_bill(supplier=supplier, total_minor=45_00)

    response = desk.post(
        f"/harbour/credits/{note.pk}/allocation/",
        {"action": "totals", f"amount-{bill.pk}": "5.88"},
        headers={"HX-Request": "true"},
    )

    assert "<html" not in response.content.decode()
    assert "19.56" in words(response)


def test_the_list_filters_and_exports_the_same(desk, account, company, supplier):
    first = make_payment(account=account, bill=make_bill(supplier=supplier, total_minor=12_34), reference="=SUM(A1)")
    make_payment(account=account, bill=make_bill(supplier=SupplierFactory(company=company)))
    draft = make_payment(account=account, bill=make_bill(supplier=supplier), draft=True)

    def found(query):
        return list(desk.get(f"/harbour/payments/?{query}").context["page"].object_list)

    assert found(f"q={first.number}") == found("q=12.34") == [first]
    assert found("tab=drafts") == [draft]
    assert found(f"supplier={supplier.pk}&sort=number") == [first, draft]
    assert found("since=2026-03-17") == []
    assert len(found("since=nonsense")) == 3
    text = b"".join(desk.get("/harbour/payments/export/?q=12.34").streaming_content).decode("utf-8-sig")
    assert len(text.splitlines()) == 2
    assert "'=SUM(A1)" in text
    assert "2026-03-16" in text


def test_the_list_takes_a_constant_number_of_queries(desk, account, company, django_assert_max_num_queries):
    make_batch(account=account, bills=[make_bill(supplier=SupplierFactory(company=company)) for _ in range(12)])

    with django_assert_max_num_queries(14):
        assert desk.get("/harbour/payments/").status_code == 200


def test_a_batch_shows_each_payment_and_prints_an_advice_for_each(desk, account, company):
    bills = [make_bill(supplier=SupplierFactory(company=company)) for _ in range(3)]
    batch = make_batch(account=account, bills=bills)
    actions.void(payment=batch.payments.first(), on=TODAY, reason="Bounced", by=batch.created_by)

    page = words(desk.get(f"/harbour/payments/batches/{batch.pk}/"))
    advices = desk.get(f"/harbour/payments/batches/{batch.pk}/remittance/").context["advices"]

    assert "£200.00 1 void" in page
    assert len(advices) == 2
    assert batch.number in words(desk.get("/harbour/payments/batches/"))


def test_drafts_of_a_batch_are_recorded_together(desk, account, company):
    bills = [make_bill(supplier=SupplierFactory(company=company)) for _ in range(2)]
    batch = make_batch(account=account, bills=bills, draft=True)

    desk.post(f"/harbour/payments/batches/{batch.pk}/completion/", {"key": uuid.uuid4()})

    assert set(batch.payments.values_list("status", flat=True)) == {"completed"}


def test_a_remittance_advice_adds_up(desk, company, account, supplier, user):
    bill = make_bill(supplier=supplier, total_minor=45_00)
    note = make_credit_note(supplier=supplier, total_minor=25_44)
    parts = [Part(bill, gbp(25_44), Source.CREDIT_NOTE, credit_note=note), Part(bill, gbp(19_56))]
    payment = actions.pay(
        company=company, header=header(account), order=Order(supplier=supplier, amount=gbp(19_56), parts=parts), by=user
    )

    page = desk.get(f"/harbour/payments/{payment.pk}/remittance/")

    advice = page.context["advices"][0]
    assert f"Back to {payment.number}" in words(page)

    assert (advice.settled, advice.deductions[0].amount, advice.extra) == (gbp(45_00), gbp(-25_44), gbp(0))


def test_the_payment_page_shows_everything(desk, company, supplier, user):
    bill = make_bill(supplier=supplier, total_minor=45_00)
    note = make_credit_note(supplier=supplier, total_minor=25_44)
    payment = actions.pay(
        company=company,
        header=Header(None, TODAY, "GBP", "other"),
        order=Order(supplier=supplier, amount=gbp(0), parts=[Part(bill, gbp(25_44), Source.CREDIT_NOTE, note)]),
        by=user,
    )

    page = words(desk.get(f"/harbour/payments/{payment.pk}/"))

    assert note.number in page
    assert bill.number in page
    assert f"Payment {payment.number} to PowerDirect recorded" in page


def test_a_viewer_reads_and_changes_nothing(viewer, account, supplier):
    bill = make_bill(supplier=supplier)
    draft = make_payment(account=account, bill=bill, draft=True)

    assert viewer.get(f"/harbour/payments/{draft.pk}/").status_code == 200
    for address in ("edit/", "completion/", "delete/", "allocation/"):
        assert viewer.post(f"/harbour/payments/{draft.pk}/{address}").status_code == 403
    assert viewer.post(f"/harbour/bills/{bill.pk}/pay/").status_code == 403
    assert viewer.get("/harbour/payments/methods/").status_code == 200
    assert viewer.post("/harbour/payments/methods/new/", {"name": "X", "kind": "cash"}).status_code == 403


def test_other_companies_records_are_not_found(desk, account):
    stranger = CompanyFactory()
    bill = make_bill(supplier=SupplierFactory(company=stranger))
    note = make_credit_note(supplier=bill.supplier)
    own = make_bill(supplier=SupplierFactory(company=account.company))

    assert desk.get(f"/harbour/bills/{bill.pk}/pay/").status_code == 404
    assert desk.get(f"/harbour/credits/{note.pk}/allocation/").status_code == 404
    response, _ = direct(desk, own, bank_account=account.pk, credit_note=note.pk)
    assert response.status_code == 422


def test_payment_methods_are_kept_by_owners(client, company):
    client.force_login(member(company, Role.OWNER))
    method = company.payment_methods.first()

    client.post("/harbour/payments/methods/new/", {"name": "Faster payment", "kind": "bank_transfer"})
    twin = client.post("/harbour/payments/methods/new/", {"name": "Faster payment", "kind": "wire"})
    client.post(f"/harbour/payments/methods/{method.pk}/name/", {"name": "BACS"})
    client.post(f"/harbour/payments/methods/{method.pk}/archive/", {"action": "archive"})

    method.refresh_from_db()
    assert twin.status_code == 422
    assert (method.name, method.archived_at is not None) == ("BACS", True)
    assert company.payment_methods.filter(name="Faster payment").count() == 1


def test_an_operator_voids_after_confirming(client, account, supplier):
    client.force_login(User.objects.create_superuser("op@example.test", "x"))
    payment = make_payment(account=account, bill=make_bill(supplier=supplier))
    data = {"action": "void_payments", "_selected_action": payment.pk}
    address = "/operations/payments/payment/"

    asked = client.post(address, data)
    payment.refresh_from_db()
    assert (asked.status_code, payment.status) == (200, "completed")

    client.post(address, {**data, "confirmed": "1", "on": TODAY.isoformat(), "reason": "Asked by mail"})
    payment.refresh_from_db()
    assert payment.status == "void"
    assert client.get(f"{address}{payment.pk}/change/").status_code == 200
