"""What happens to bills: entering, editing, approving, voiding, files."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Sum

from billpay.bills import actions
from billpay.bills.actions import AttachmentError, BillError, DuplicateNumber, NotEditable, Stale
from billpay.bills.models import Bill
from billpay.companies.audit import trail
from billpay.ledger.actions import PeriodLocked, entries_of
from billpay.ledger.models import JournalLine
from tests.factories import (
    TODAY,
    BankAccountFactory,
    CompanyFactory,
    SupplierFactory,
    content,
    line,
    make_bill,
    make_payment,
    member,
)

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7 a bill"


def enter(supplier, by=None, **fields) -> Bill:
    entered = content(supplier, **fields)
    return actions.enter(
        company=supplier.company,
        content=entered,
        due_on=entered.issued_on + timedelta(days=30),
        by=by or member(supplier.company),
    )


def balances(bill: Bill) -> dict[str, int]:
    """Debit less credit of each account that the bill is posted to."""
    lines = JournalLine.objects.filter(entry__in=entries_of(bill))
    sums = lines.values_list("account__code").annotate(Sum("debit_minor"), Sum("credit_minor")).order_by()
    return {code: debit - credit for code, debit, credit in sums}


def test_entering_keeps_a_draft_with_its_sums():
    company = CompanyFactory()
    vat = company.tax_rates.get(code="STANDARD")

    bill = enter(SupplierFactory(company=company), lines=(line(company, 100_00, tax_rate=vat),))

    assert (bill.state, bill.subtotal.minor, bill.tax.minor, bill.total.minor) == ("draft", 100_00, 20_00, 120_00)
    assert not entries_of(bill)


def test_a_bill_due_before_its_date_is_refused():
    supplier = SupplierFactory()

    with pytest.raises(BillError, match="before the bill date"):
        actions.enter(
            company=supplier.company,
            content=content(supplier, issued_on=TODAY),
            due_on=TODAY - timedelta(days=1),
            by=member(supplier.company),
        )


def test_approving_posts_expense_and_tax_to_payables():
    company = CompanyFactory()
    vat = company.tax_rates.get(code="STANDARD")
    bill = enter(SupplierFactory(company=company), lines=(line(company, 100_00, tax_rate=vat),))

    actions.approve(bill=bill, by=member(company))

    assert balances(bill) == {"7500": 100_00, "2201": 20_00, "2100": -120_00}


def test_a_foreign_bill_is_posted_in_base_currency():
    supplier = SupplierFactory(company=CompanyFactory(base_currency="GBP"), currency="USD")
    bill = make_bill(supplier=supplier, total_minor=20_00, rate=Decimal("0.781"))

    assert bill.total_base_minor == 15_62
    assert balances(bill) == {"7500": 15_62, "2100": -15_62}


def test_lines_that_miss_the_document_total_block_approval_but_not_the_draft():
    bill = make_bill(total_minor=130_85, stated_total_minor=135_85, open=False)

    with pytest.raises(BillError, match=r"Lines add up to 130\.85, document says 135\.85 \(5\.00 short\)"):
        actions.approve(bill=bill, by=member(bill.company))


def test_editing_replaces_lines_and_raises_the_version():
    bill = make_bill(total_minor=100_00, open=False)

    edited = actions.edit(
        bill=bill,
        content=content(bill.supplier, 55_00, number=bill.number),
        due_on=bill.due_on,
        version=1,
        by=member(bill.company),
    )

    assert (edited.total.minor, edited.version, edited.lines.count()) == (55_00, 2, 1)


def test_editing_from_an_old_version_is_refused():
    bill = make_bill(open=False)
    change = {"content": content(bill.supplier, 1_00), "due_on": bill.due_on, "by": member(bill.company)}
    actions.edit(bill=bill, version=1, **change)

    with pytest.raises(Stale):
        actions.edit(bill=bill, version=1, **change)


def test_an_approved_bill_keeps_its_amounts():
    bill = make_bill()

    with pytest.raises(NotEditable, match="amounts are locked"):
        actions.edit(bill=bill, content=content(bill.supplier), due_on=bill.due_on, version=2, by=member(bill.company))


@pytest.mark.parametrize("number", ["INV-0042", "inv 42", "Inv/42", "INV.042"])
def test_the_same_number_in_other_clothes_is_a_duplicate(number):
    first = make_bill(number="INV-42", total_minor=10_00)

    with pytest.raises(DuplicateNumber) as refusal:
        enter(first.supplier, number=number, total_minor=99_00)

    assert list(refusal.value.twins) == [first]


def test_a_duplicate_is_entered_with_a_reason():
    first = make_bill(number="INV-42")

    twin = actions.enter(
        company=first.company,
        content=content(first.supplier, number="INV-42"),
        due_on=first.due_on,
        by=member(first.company),
        twin_reason="They restarted their numbers",
    )

    assert (twin.twin, twin.twin_reason) == (1, "They restarted their numbers")


def test_another_years_number_with_another_amount_is_no_duplicate():
    first = make_bill(number="1", total_minor=10_00, issued_on=date(2025, 3, 1))

    second = enter(first.supplier, number="1", total_minor=20_00, issued_on=date(2026, 3, 1))

    assert second.pk


def test_another_years_number_with_the_same_amount_is_a_duplicate():
    first = make_bill(number="1", total_minor=10_00, issued_on=date(2025, 3, 1))

    with pytest.raises(DuplicateNumber):
        enter(first.supplier, number="1", total_minor=10_00, issued_on=date(2026, 3, 1))


def test_a_void_bill_gives_its_number_free():
    first = make_bill(number="INV-42")
    actions.void(bill=first, on=TODAY, reason="Entered twice", by=member(first.company))

    assert enter(first.supplier, number="INV-42").twin == 0


def test_voiding_posts_the_reverse_on_its_own_day():
    bill = make_bill(total_minor=100_00)

    bill = actions.void(bill=bill, on=TODAY, reason="Entered twice", by=member(bill.company))

    assert Bill.objects.get(pk=bill.pk).state == "void"
    assert set(balances(bill).values()) == {0}
    assert entries_of(bill).last().on == TODAY


def test_a_part_paid_bill_is_not_voided():
    bill = make_bill(total_minor=100_00)
    make_payment(account=BankAccountFactory(company=bill.company), bill=bill, minor=40_00)

    with pytest.raises(BillError, match=r"40\.00 GBP settled"):
        actions.void(bill=bill, on=TODAY, reason="No", by=member(bill.company))


def test_nothing_is_approved_into_a_locked_period():
    bill = make_bill(open=False, issued_on=date(2026, 1, 10))
    bill.company.locked_through = date(2026, 1, 31)
    bill.company.save()

    with pytest.raises(PeriodLocked):
        actions.approve(bill=bill, by=member(bill.company))

    assert Bill.objects.get(pk=bill.pk).state == "draft"


def test_only_drafts_are_deleted():
    bill = make_bill()

    with pytest.raises(NotEditable, match="Only drafts are deleted"):
        actions.delete_draft(bill=bill, by=member(bill.company))


def test_a_file_is_what_its_content_is(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    bill = make_bill()

    kept = actions.attach(bill=bill, file=SimpleUploadedFile("../bill.exe", PDF), by=member(bill.company))

    assert (kept.content_type, kept.name) == ("application/pdf", "bill.exe")
    assert kept.file.name == f"attachments/{bill.company_id}/{kept.pk}"


@pytest.mark.parametrize("body", [b"<html><script>", b"MZ\x90", b"GIF89a", b""])
def test_other_files_are_refused_whatever_their_name(body, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    bill = make_bill()

    with pytest.raises(AttachmentError):
        actions.attach(bill=bill, file=SimpleUploadedFile("bill.pdf", body), by=member(bill.company))


def test_a_removed_file_stays_on_the_trail(settings, tmp_path, django_capture_on_commit_callbacks):
    settings.MEDIA_ROOT = tmp_path
    bill = make_bill()
    kept = actions.attach(bill=bill, file=SimpleUploadedFile("bill.pdf", PDF), by=member(bill.company))

    with django_capture_on_commit_callbacks(execute=True):
        actions.remove_attachment(attachment=kept, by=member(bill.company))

    assert trail(bill).first().detail["sha256"] == kept.sha256
    assert not list(tmp_path.rglob("*-*"))


def test_dates_may_change_on_an_open_bill():
    bill = make_bill()

    moved = actions.plan(bill=bill, due_on=TODAY, planned_on=TODAY, reference="PO 7", note="", by=member(bill.company))

    assert (moved.due_on, moved.planned_on, moved.reference) == (TODAY, TODAY, "PO 7")


def test_an_archived_supplier_gets_no_new_bill():
    first = make_bill()
    first.supplier.archived_at = first.created_at
    first.supplier.save()

    with pytest.raises(BillError, match="archived"):
        enter(first.supplier)


def test_a_deduction_may_be_a_line_but_not_the_total():
    supplier = SupplierFactory()
    deduction = replace(line(supplier.company, -30_00), description="Deposit")

    assert enter(supplier, lines=(line(supplier.company, 50_00), deduction)).total.minor == 20_00
    with pytest.raises(BillError, match="below zero"):
        enter(supplier, lines=(deduction,))
