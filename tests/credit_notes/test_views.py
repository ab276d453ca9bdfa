import uuid

import pytest
from django.urls import reverse

from billpay.companies.models import Role
from billpay.credit_notes import actions
from billpay.documents.drawing import Draw
from billpay.money.value import Money
from billpay.payments import actions as payments
from billpay.payments.actions import Order, Part, Returned
from billpay.payments.models import Source
from tests.factories import (
    TODAY,
    BankAccountFactory,
    CompanyFactory,
    SupplierFactory,
    UserFactory,
    header,
    make_bill,
    make_credit_note,
    member,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

HTMX = {"HX-Request": "true"}


@pytest.fixture
def company():
    return CompanyFactory(slug="acme")


@pytest.fixture
def supplier(company):
    return SupplierFactory(company=company, name="Kestrel Glass")


def url(name, *args):
    return reverse(f"credit_notes:{name}", args=["acme", *args])


def sign_in(client, company, role=Role.OWNER):
    user = member(company, role)
    client.force_login(user)
    return user


def typed(supplier, /, **fields):
    """A form of one line of 25.44 without tax."""
    account = supplier.company.nominal_accounts.get(code="7500")
    return {
        "key": str(uuid.uuid4()),
        "supplier": str(supplier.pk),
        "number": "CN-7",
        "issued_on": TODAY.isoformat(),
        "currency": "GBP",
        "amounts_are": "exclusive",
        "lines-TOTAL_FORMS": "1",
        "lines-INITIAL_FORMS": "0",
        "lines-0-description": "Broken panes",
        "lines-0-quantity": "1",
        "lines-0-unit_amount": "25.44",
        "lines-0-account": str(account.pk),
        **fields,
    }


@pytest.mark.parametrize(
    ("tab", "shown"),
    [
        ("draft", {"D-1"}),
        ("approve", {"S-1"}),
        ("open", {"O-1"}),
        ("partly", {"P-1"}),
        ("used", {"U-1"}),
        ("void", {"V-1"}),
        ("all", {"D-1", "S-1", "O-1", "P-1", "U-1", "V-1"}),
    ],
)
def test_each_state_has_its_tab(client, company, supplier, tab, shown):
    user = sign_in(client, company, Role.VIEWER)
    make_credit_note(supplier=supplier, number="D-1", open=False)
    actions.submit(note=make_credit_note(supplier=supplier, number="S-1", open=False), by=user)
    make_credit_note(supplier=supplier, number="O-1")
    for number, minor in (("P-1", 10_00), ("U-1", 50_00)):
        note = make_credit_note(supplier=supplier, number=number, total_minor=50_00)
        actions.use(company=company, draws=[Draw(note.pk, minor)], on=TODAY, by=user)
    actions.void(note=make_credit_note(supplier=supplier, number="V-1"), on=TODAY, reason="Withdrawn", by=user)

    page = client.get(url("list"), {"tab": tab})

    assert {number for number in ("D-1", "S-1", "O-1", "P-1", "U-1", "V-1") if number in page.text} == shown
    assert url("new") not in page.text


@pytest.mark.parametrize("text", ["kestrel", "cn 42", "25.44", "CN-0042"])
def test_search_reads_numbers_names_and_amounts(client, company, supplier, text):
    sign_in(client, company)
    make_credit_note(supplier=supplier, number="CN-0042", total_minor=25_44)
    make_credit_note(supplier=SupplierFactory(company=company), number="X-1")

    part = client.get(url("list"), {"q": text}, headers=HTMX)

    assert "CN-0042" in part.text and "X-1" not in part.text
    assert "<html" not in part.text


def test_the_list_takes_as_many_queries_for_many(client, company, django_assert_max_num_queries):
    sign_in(client, company)
    for _ in range(20):
        make_credit_note(supplier=SupplierFactory(company=company))

    with django_assert_max_num_queries(11):
        assert client.get(url("list")).status_code == 200


def test_the_file_is_the_filtered_list(client, company, supplier):
    sign_in(client, company, Role.VIEWER)
    make_credit_note(supplier=supplier, number="=CN-1", total_minor=25_44)
    make_credit_note(supplier=supplier, open=False)

    lines = b"".join(client.get(url("export"), {"tab": "open"}).streaming_content).decode().splitlines()

    assert len(lines) == 2
    assert lines[1].split(",")[:2] == ["Kestrel Glass", "'=CN-1"]
    assert lines[1].endswith("25.44,0.00,25.44,Open")


def test_a_credit_note_is_entered_once_however_often_it_is_sent(client, company, supplier):
    sign_in(client, company, Role.BOOKKEEPER)
    form = typed(supplier)

    first, second = (client.post(url("new"), form) for _ in range(2))

    note = company.credit_notes.get()
    assert first.status_code == second.status_code == 303
    assert first["Location"] == second["Location"] == url("detail", note.pk)
    assert (note.status, note.total_minor) == ("draft", 25_44)


def test_it_is_entered_and_approved_in_one_go(client, company, supplier):
    sign_in(client, company)

    client.post(url("new"), typed(supplier, action="approve"))

    assert company.credit_notes.get().state == "open"


def test_a_bookkeeper_cannot_approve_what_is_entered(client, company, supplier):
    sign_in(client, company, Role.BOOKKEEPER)

    assert client.post(url("new"), typed(supplier, action="approve")).status_code == 403
    assert not company.credit_notes.exists()


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("number", "", "Enter the number printed on the credit note."),
        ("supplier", "", "Choose the supplier."),
        ("lines-0-unit_amount", "1e3", "1e3"),
        ("issued_on", "31/02/2026", "does not exist"),
        ("stated_total", "abc", "abc"),
    ],
)
def test_what_cannot_be_read_comes_back_with_the_reason(client, company, supplier, field, text, words):
    sign_in(client, company)

    page = client.post(url("new"), typed(supplier, **{field: text}))

    assert page.status_code == 422
    assert words in page.text and "<title>Error: " in page.text
    assert not company.credit_notes.exists()


def test_a_supplier_of_another_company_is_refused(client, company, supplier):
    sign_in(client, company)

    page = client.post(url("new"), typed(supplier, supplier=str(SupplierFactory().pk)))

    assert page.status_code == 422 and not company.credit_notes.exists()


def test_the_same_number_again_asks_why(client, company, supplier):
    sign_in(client, company)
    make_credit_note(supplier=supplier, number="cn 7")

    asked = client.post(url("new"), typed(supplier))
    client.post(url("new"), typed(supplier, twin_reason="Second delivery"))

    assert asked.status_code == 422 and "Enter it anyway because" in asked.text
    assert company.credit_notes.count() == 2


def test_twins_show_while_the_number_is_typed(client, company, supplier):
    sign_in(client, company)
    make_credit_note(supplier=supplier, number="CN-07", total_minor=25_44)

    part = client.post(url("duplicates"), typed(supplier), headers=HTMX)

    assert "CN-07" in part.text


def test_the_server_adds_the_lines_up(client, company, supplier):
    sign_in(client, company)

    part = client.post(url("totals"), typed(supplier, **{"lines-0-quantity": "2"}), headers=HTMX)

    assert "50.88" in part.text


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_line_is_added_without_losing_what_was_typed(client, company, supplier, headers):
    sign_in(client, company)

    page = client.post(url("new"), typed(supplier, add_line="1"), headers=headers)

    assert page.status_code == 200
    assert "Broken panes" in page.text and 'name="lines-1-description"' in page.text
    assert ("<html" in page.text) == (not headers)


def test_editing_an_old_version_shows_both(client, company, supplier):
    user = sign_in(client, company)
    note = make_credit_note(supplier=supplier, number="CN-1", open=False)
    actions.submit(note=note, by=user)
    client.post(url("edit", note.pk), typed(supplier, number="CN-2", version="1"))

    page = client.post(url("edit", note.pk), typed(supplier, number="CN-3", version="1"))

    assert page.status_code == 409
    assert "CN-2" in page.text and "CN-3" in page.text


def test_an_approved_one_is_not_opened_for_editing(client, company, supplier):
    sign_in(client, company)
    note = make_credit_note(supplier=supplier)

    assert client.get(url("edit", note.pk))["Location"] == url("detail", note.pk)


def test_a_copy_has_no_number(client, company, supplier):
    sign_in(client, company)
    note = make_credit_note(supplier=supplier, number="CN-99")

    page = client.get(url("new"), {"copy": note.pk})

    assert "CN-99" not in page.text and "Paper" in page.text


def test_the_page_shows_what_the_credit_is_used_for(client, company, supplier):
    user = sign_in(client, company)
    note = make_credit_note(supplier=supplier, total_minor=25_44)
    bill = make_bill(supplier=supplier, total_minor=45_00, number="B-45")
    payment = payments.pay(
        company=company,
        header=header(BankAccountFactory(company=company)),
        order=Order(
            supplier=supplier,
            amount=Money(0, "GBP"),
            parts=[Part(bill, Money(20_00, "GBP"), Source.CREDIT_NOTE, note)],
        ),
        by=user,
    )

    page = client.get(url("detail", note.pk))

    assert "B-45" in page.text and payment.number in page.text and "£5.44" in page.text
    assert reverse("payments:undo_allocation", args=["acme", payment.allocations.get().pk]) in page.text
    assert reverse("payments:allocate_credit", args=["acme", note.pk]) in page.text


def test_the_page_takes_as_many_queries_for_many_lines(client, company, supplier, django_assert_max_num_queries):
    sign_in(client, company)
    note = make_credit_note(supplier=supplier)

    with django_assert_max_num_queries(16):
        assert client.get(url("detail", note.pk)).status_code == 200


def test_it_goes_from_draft_to_submitted_to_sent_back_to_approved_to_void(client, company, supplier):
    sign_in(client, company)
    note = make_credit_note(supplier=supplier, open=False)

    states = []
    for name, data in (
        ("submission", {}),
        ("return", {"reason": "Wrong account"}),
        ("approval", {}),
        ("void", {"key": uuid.uuid4(), "on": TODAY.isoformat(), "reason": "Withdrawn"}),
    ):
        assert client.post(url(name, note.pk), data).status_code == 303
        note.refresh_from_db()
        states.append(note.state)

    assert states == ["awaiting_approval", "draft", "open", "void"]


def test_a_refused_step_says_why_on_the_page(client, company, supplier):
    sign_in(client, company)
    note = make_credit_note(supplier=supplier)

    page = client.post(url("approval", note.pk))

    assert page.status_code == 422 and "it cannot become" in page.text


def test_a_void_needs_a_reason_and_shows_what_it_posts(client, company, supplier):
    sign_in(client, company)
    note = make_credit_note(supplier=supplier, total_minor=25_44)

    shown = client.get(url("void", note.pk))
    refused = client.post(url("void", note.pk), {"on": TODAY.isoformat(), "reason": ""})

    assert "What is posted on 16 March 2026" in shown.text and "25.44" in shown.text
    assert refused.status_code == 422 and "Say why it is void." in refused.text


def test_a_draft_is_deleted_after_asking(client, company, supplier):
    sign_in(client, company, Role.BOOKKEEPER)
    note = make_credit_note(supplier=supplier, open=False)

    assert "deleted for good" in client.get(url("delete", note.pk)).text
    client.post(url("delete", note.pk))

    assert not company.credit_notes.exists()


def test_a_credit_note_of_another_company_is_not_found(client, company):
    sign_in(client, company)
    foreign = make_credit_note()

    for name in ("detail", "edit", "void", "delete", "return"):
        assert client.get(url(name, foreign.pk)).status_code == 404
    for name in ("approval", "submission", "void", "delete"):
        assert client.post(url(name, foreign.pk)).status_code == 404


@pytest.mark.parametrize(
    ("role", "name"),
    [
        (Role.VIEWER, "edit"),
        (Role.VIEWER, "submission"),
        (Role.VIEWER, "delete"),
        (Role.BOOKKEEPER, "approval"),
        (Role.BOOKKEEPER, "return"),
        (Role.BOOKKEEPER, "void"),
    ],
)
def test_who_lacks_the_role_is_refused(client, company, supplier, role, name):
    sign_in(client, company, role)
    note = make_credit_note(supplier=supplier, open=False)

    assert client.post(url(name, note.pk), {"reason": "x", "on": TODAY.isoformat()}).status_code == 403


def test_an_operator_voids_through_the_admin_after_asking(client, supplier):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    note = make_credit_note(supplier=supplier)
    changelist = reverse("admin:credit_notes_creditnote_changelist")
    chosen = {"action": "void", "_selected_action": [note.pk]}

    asked = client.post(changelist, chosen)
    client.post(changelist, {**chosen, "confirmed": "1", "on": TODAY.isoformat(), "reason": "Asked by phone"})

    assert note.number in asked.text
    note.refresh_from_db()
    assert (note.state, note.void_reason) == ("void", "Asked by phone")


def test_an_operator_cannot_rewrite_a_credit_note(client, supplier):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    note = make_credit_note(supplier=supplier)

    page = client.get(reverse("admin:credit_notes_creditnote_change", args=[note.pk]))

    assert page.status_code == 200 and 'name="_save"' not in page.text


def test_the_page_shows_what_was_sent_back(client, company, supplier):
    user = sign_in(client, company)
    account = BankAccountFactory(company=company, name="Operating")
    note = make_credit_note(supplier=supplier, total_minor=50_00, by=user)
    part = Returned(Money(20_00, "GBP"), credit_note=note)
    refund = payments.refund(
        company=company, supplier=supplier, bank_account=account, received_on=TODAY, parts=[part], by=user
    )

    shown = client.get(url("detail", note.pk)).content.decode()
    assert refund.number in shown
    assert "£20.00 of it refunded" in shown

    payments.void_refund(refund=refund, on=TODAY, reason="Bounced", by=user)
    shown = client.get(url("detail", note.pk)).content.decode()
    assert "Void 16 Mar 2026" in shown
    assert "of it refunded" not in shown
