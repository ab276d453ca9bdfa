"""Codat's documents, read in."""

from __future__ import annotations

import pytest

from billpay.companies.models import ApprovalSubject, Company, User
from billpay.interchange.codat.importing import ImportRefused, Report, import_text
from billpay.interchange.codat.reading import Refusals
from tests.factories import CompanyFactory, member, needs_approval
from tests.interchange.codat_samples import SUPPLIER, base, bill, credit_note, link, payment, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return CompanyFactory(base_currency="GBP")


@pytest.fixture
def owner(company: Company) -> User:
    return member(company)


def run(company: Company, owner: User, file: str, **options: bool) -> Report:
    return import_text(company=company, text=file, by=owner, **options)


def test_a_bill_is_entered_and_open_with_the_sums_of_its_lines(company, owner):
    run(company, owner, base(bills=[bill()]))

    row = company.bills.get(external_id="bill-1")
    assert (row.state, row.subtotal_minor, row.tax_minor, row.outstanding_minor) == ("open", 129_38, 6_47, 135_85)


def test_what_is_open_there_is_open_here_whatever_the_limits(company, owner):
    needs_approval(company, approvers=2, subject=ApprovalSubject.BILL)

    run(company, owner, base(bills=[bill(), bill("draft", status="Draft")]))

    states = dict(company.bills.values_list("external_id", "state"))
    assert states == {"bill-1": "open", "draft": "draft"}


def test_a_second_run_adds_nothing(company, owner):
    file = base(bills=[bill()], billPayments=[payment(135.85, (135.85, [link("Bill", "bill-1", -135.85)]))])
    run(company, owner, file)

    report = run(company, owner, file)

    assert {row["new"] for row in report.counts.values()} == {0}
    assert company.payments.count() == 1


def test_a_dry_run_stores_nothing(company, owner):
    report = run(company, owner, base(bills=[bill()]), dry_run=True)

    assert report.counts["bills"]["new"] == 1
    assert not company.bills.exists()


@pytest.mark.parametrize(
    ("lines", "shape"),
    [
        (((135.85, [link("Bill", "a", -135.85)]), (108.6, [link("Bill", "b", -108.6)])), "many lines of one link"),
        (((244.45, [link("Bill", "a", -135.85), link("Bill", "b", -108.6)]),), "one line of many links"),
    ],
)
def test_both_shapes_of_a_payment_of_several_bills(company, owner, lines, shape):
    bills = [bill("a"), bill("b", 108.6, 0)]

    run(company, owner, base(bills=bills, billPayments=[payment(244.45, *lines)]))

    assert company.payments.get().amount_minor == 244_45
    assert [row.state for row in company.bills.all()] == ["paid", "paid"]


def test_credit_and_cash_in_one_payment(company, owner):
    lines = (110, [link("Bill", "a", -120), link("CreditNote", "cn-1", 10)])
    file = base(bills=[bill("a", 120, 0)], billCreditNotes=[credit_note(net=10, tax=0)])
    run(company, owner, file)

    run(company, owner, text(billPayments=[payment(110, lines)]))

    assert company.bills.get().state == "paid"
    assert company.credit_notes.get().remaining_minor == 0
    assert company.payments.get().amount_minor == 110_00


def test_a_payment_of_nothing_but_credit(company, owner):
    lines = (0, [link("Bill", "a", -100), link("CreditNote", "cn-1", 100)])
    file = base(bills=[bill("a", 150, 0)], billCreditNotes=[credit_note(net=100, tax=0)])
    run(company, owner, file)

    run(company, owner, text(billPayments=[payment(0, lines)]))

    assert company.bills.get().outstanding_minor == 50_00
    assert company.credit_notes.get().state == "used"
    assert company.payments.get().amount_minor == 0


def test_credit_on_one_line_settles_the_bill_on_another(company, owner):
    lines = [(120, [link("Bill", "a", -120)]), (-20, [link("CreditNote", "cn-1", 20)])]
    run(company, owner, base(bills=[bill("a", 120, 0)], billCreditNotes=[credit_note(net=20, tax=0)]))

    run(company, owner, text(billPayments=[payment(100, *lines)]))

    assert company.bills.get().state == "paid"
    assert company.credit_notes.get().state == "used"


def test_without_a_supplier_it_is_a_batch_of_one_payment_a_supplier(company, owner):
    bills = [bill("a", 1, 0), bill("b", 2, 0), bill("c", 3, 0, supplierRef={"id": "sup-guard"})]
    lines = [(1, [link("Bill", "a", -1)]), (2, [link("Bill", "b", -2)]), (3, [link("Bill", "c", -3)])]
    document = payment(6, *lines)
    del document["supplierRef"], document["currency"]

    run(company, owner, base(bills=bills, billPayments=[document]))

    batch = company.batches.get()
    assert batch.total_minor == 6_00
    assert sorted(batch.payments.values_list("supplier__name", "amount_minor")) == [
        ("PowerDirect", 3_00),
        ("Swanston Security", 3_00),
    ]


def test_cash_put_on_account_and_drawn_by_a_later_payment(company, owner):
    over = payment(150, (150, [link("Bill", "a", -100), link("PaymentOnAccount", "", -50)]), id="over")
    later = payment(0, (0, [link("Bill", "b", -50), link("PaymentOnAccount", "over", 50)]), id="later")

    run(company, owner, base(bills=[bill("a", 100, 0), bill("b", 80, 0)], billPayments=[over, later]))

    assert company.bills.get(external_id="b").outstanding_minor == 30_00
    assert company.payments.get(external_id="over").on_account_minor == 0


def test_links_that_do_not_balance_their_line_are_refused_with_the_difference(company, owner):
    lines = (45, [link("Bill", "a", -25.44), link("CreditNote", "cn-1", 25.44)])
    document = payment(0, lines, id="pay-9")

    with pytest.raises(Refusals, match=r"payment pay-9, line 1: amount 45.00 GBP .* come to 45.00 GBP"):
        run(company, owner, base(bills=[bill("a")], billPayments=[document]))

    assert not company.bills.exists()


def test_lines_that_do_not_add_up_to_the_total_are_refused_with_the_difference(company, owner):
    document = payment(100, (90, [link("Bill", "a", -90)]), id="pay-9")

    with pytest.raises(Refusals, match=r"pay-9: its lines add up to 90.00 GBP, totalAmount is 100.00 GBP: off by 10"):
        run(company, owner, base(bills=[bill("a")], billPayments=[document]))


def test_a_credit_note_of_900_and_100_against_900_is_refused(company, owner):
    note = credit_note("JMY0002", 900, 100)
    note["lineItems"][0]["totalAmount"] = 900
    note["totalAmount"] = 900

    with pytest.raises(Refusals, match=r"JMY0002, line 1: .* 1,000.00 GBP, totalAmount is 900.00 GBP: off by -100.00"):
        run(company, owner, base(billCreditNotes=[note]))


def test_a_header_subtotal_that_counts_tax_in_is_only_a_warning(company, owner):
    report = run(company, owner, base(billCreditNotes=[credit_note(subTotal=25.44)]))

    assert company.credit_notes.get().subtotal_minor == 21_20
    assert "subTotal says 25.44 GBP, its lines come to 21.20 GBP" in report.warnings[0]


def test_remaining_credit_is_compared_and_never_believed(company, owner):
    report = run(company, owner, base(billCreditNotes=[credit_note(remainingCredit=0)]))

    assert company.credit_notes.get().remaining_minor == 25_44
    assert any("remainingCredit says 0.00 GBP; here 25.44 GBP remains" in warning for warning in report.warnings)


def test_an_unknown_bill_is_refused_by_name_and_nothing_is_stored(company, owner):
    document = payment(10, (10, [link("Bill", "nowhere", -10)]), id="pay-9")

    with pytest.raises(ImportRefused, match="payment pay-9: bill nowhere is neither in the file nor in"):
        run(company, owner, base(bills=[bill()], billPayments=[document]))

    assert not company.suppliers.exists()


def test_more_than_is_outstanding_is_refused_naming_the_payment(company, owner):
    document = payment(135.86, (135.86, [link("Bill", "bill-1", -135.86)]), id="pay-9")

    with pytest.raises(ImportRefused, match="pay-9: Bill RPT-bill-1 has 135.85 GBP outstanding; 135.86 GBP is too"):
        run(company, owner, base(bills=[bill()], billPayments=[document]))


def test_another_companys_bill_is_nowhere(company, owner):
    stranger = CompanyFactory()
    run(stranger, member(stranger), base(bills=[bill()]))
    document = payment(10, (10, [link("Bill", "bill-1", -10)]))

    with pytest.raises(ImportRefused, match="bill bill-1 is neither"):
        run(company, owner, base(billPayments=[document]))


def test_the_same_id_with_another_amount_is_refused(company, owner):
    run(company, owner, base(bills=[bill()]))

    with pytest.raises(ImportRefused, match="here already over 135.85 GBP; the file says 10.00 GBP"):
        run(company, owner, base(bills=[bill(net=10, tax=0)]))


@pytest.mark.parametrize(
    ("file", "why"),
    [
        ("[]", "one JSON object"),
        ("{", "not JSON"),
        ('{"bills": NaN}', "NaN"),
        ('{"bills": [], "bills": []}', "twice"),
        ('{"invoices": []}', "“invoices” is not a list Billpay knows"),
        ('{"bills": {}}', "“bills” should be a list"),
        ('{"bills": [1]}', r"bills\[0\]: expected an object"),
        ('{"suppliers": [{"supplierName": "No id"}]}', "id is missing"),
        ('{"bills": [{"id": "x", "totalAmount": 1e400}]}', "bill x"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(company, owner, file, why):
    with pytest.raises(Refusals, match=why):
        run(company, owner, file)


def test_all_that_is_wrong_is_said_at_once(company, owner):
    with pytest.raises(Refusals) as refusals:
        run(company, owner, text(suppliers=[SUPPLIER, {}], bills=[{"id": "x"}, {"id": "y"}]))

    assert len(refusals.value.problems) == 3


def test_two_documents_without_ids_and_of_the_same_content_are_two(company, owner):
    twin = payment(10, (10, [link("Bill", "bill-1", -10)]))
    file = base(bills=[bill()], billPayments=[twin, twin])

    run(company, owner, file)
    run(company, owner, file)

    assert company.payments.count() == 2


def test_yen_and_dinar_keep_their_own_decimals(company, owner):
    yen = bill("yen", 1500, 0, currency="JPY", currencyRate=0.0055)
    dinar = bill("dinar", 1.234, 0, currency="KWD", currencyRate=2.55)

    run(company, owner, base(bills=[yen, dinar]))

    assert company.bills.get(external_id="yen").total_minor == 1500
    assert company.bills.get(external_id="dinar").total_minor == 1234


def test_a_deleted_document_is_left_out(company, owner):
    report = run(company, owner, base(bills=[bill(metadata={"isDeleted": True})]))

    assert report.counts["bills"] == {"new": 0, "known": 0, "skipped": 1}
    assert not company.bills.exists()
