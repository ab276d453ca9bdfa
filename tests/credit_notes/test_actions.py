from dataclasses import replace
from datetime import timedelta

import pytest

from billpay.credit_notes import actions
from billpay.credit_notes.models import CreditNote
from billpay.documents.drawing import Draw
from billpay.ledger.actions import entries_of
from tests.factories import TODAY, SupplierFactory, content, make_credit_note, member

pytestmark = pytest.mark.django_db


def used(note, minor, by):
    return actions.use(company=note.company, draws=[Draw(note.pk, minor)], on=TODAY, by=by)


def lines_of(note):
    return [
        (line.account.code, line.debit_minor - line.credit_minor)
        for entry in entries_of(note)
        for line in entry.lines.all()
    ]


def test_what_remains_is_derived_from_what_is_used():
    note = make_credit_note(total_minor=25_44)

    used(note, 10_00, member(note.company))

    note.refresh_from_db()
    assert (note.state, note.remaining_minor) == ("partly_used", 15_44)


def test_more_than_remains_is_refused():
    note = make_credit_note(total_minor=25_44)

    with pytest.raises(actions.CreditTooSmall, match=r"25\.44 GBP remaining; 25\.45 GBP is too much"):
        used(note, 25_45, member(note.company))

    assert not note.uses.exists()


def test_given_back_credit_remains_again():
    note = make_credit_note(total_minor=25_44)
    user = member(note.company)
    rows = used(note, 25_44, user)

    actions.give_back(uses=rows, on=TODAY, by=user)

    note.refresh_from_db()
    assert (note.state, note.remaining_minor) == ("open", 25_44)


def test_approval_posts_payables_to_expense_and_void_the_reverse():
    note = make_credit_note(total_minor=50_00)
    payables = note.company.nominal_accounts.get(role="payables").code

    assert sorted(lines_of(note)) == sorted([("7500", -50_00), (payables, 50_00)])
    actions.void(note=note, on=TODAY, reason="Withdrawn", by=member(note.company))
    assert sum(net for _, net in lines_of(note)) == 0
    assert sum(net for code, net in lines_of(note) if code == "7500") == 0


def test_used_credit_is_not_voided():
    note = make_credit_note(total_minor=25_44)
    user = member(note.company)
    used(note, 1_00, user)

    with pytest.raises(actions.DocumentError, match=r"1\.00 GBP used"):
        actions.void(note=note, on=TODAY, reason="Withdrawn", by=user)


def test_a_draft_cannot_be_used():
    note = make_credit_note(open=False)

    with pytest.raises(actions.NotUsable, match="is draft"):
        used(note, 1_00, member(note.company))


def test_the_same_number_twice_needs_a_reason():
    supplier = SupplierFactory()
    user = member(supplier.company)
    entered = content(supplier, number="CN-0042")
    actions.enter(company=supplier.company, content=entered, by=user)

    with pytest.raises(actions.DuplicateNumber):
        actions.enter(company=supplier.company, content=replace(entered, number="cn 42"), by=user)
    actions.enter(company=supplier.company, content=entered, by=user, twin_reason="Second delivery")

    assert supplier.company.credit_notes.count() == 2


def test_editing_sends_a_submitted_credit_note_back_to_draft():
    note = make_credit_note(open=False)
    user = member(note.company)
    actions.submit(note=note, by=user)

    edited = actions.edit(note=note, content=content(note.supplier, 10_00), version=1, by=user)

    assert (edited.status, edited.total_minor, edited.version) == ("draft", 10_00, 2)


def test_an_approved_credit_note_is_not_edited_or_deleted():
    note = make_credit_note()
    user = member(note.company)

    with pytest.raises(actions.NotEditable):
        actions.edit(note=note, content=content(note.supplier), version=note.version, by=user)
    with pytest.raises(actions.NotEditable):
        actions.delete_draft(note=note, by=user)

    assert CreditNote.objects.filter(pk=note.pk).exists()


def test_a_total_that_differs_from_the_paper_blocks_approval():
    supplier = SupplierFactory()
    user = member(supplier.company)
    entered = replace(content(supplier, 1100_00), stated_total_minor=900_00)
    note = actions.enter(company=supplier.company, content=entered, by=user)

    with pytest.raises(actions.DocumentError, match=r"document says 900\.00 \(200\.00 over\)"):
        actions.approve(note=note, by=user)


def test_it_cannot_be_void_before_its_own_date():
    note = make_credit_note(issued_on=TODAY)

    with pytest.raises(actions.DocumentError, match="before its own date"):
        actions.void(note=note, on=TODAY - timedelta(days=1), reason="Withdrawn", by=member(note.company))
