"""Entering and editing credit notes while they are drafts."""

from __future__ import annotations

from django.db import transaction

from billpay.companies import audit
from billpay.companies.models import Company, User
from billpay.credit_notes.models import CreditNote
from billpay.documents import drafting
from billpay.documents.drafting import Content, NotEditable, Stale
from billpay.documents.models import Status


@transaction.atomic
def enter(*, company: Company, content: Content, by: User, twin_reason: str = "") -> CreditNote:
    """
    Enter a credit note as a draft.

    :raises DuplicateNumber: the supplier has one of that number and no reason is given (rule 8).
    :raises DocumentError: the lines come to less than zero.
    """
    drafting.refuse_archived(content.supplier)
    note = CreditNote(company=company, created_by=by)
    drafting.write(note, content, company=company, twin_reason=twin_reason)
    audit.record(
        company=company,
        verb="credit_note.entered",
        target=note,
        by=by,
        summary=f"Credit note {note.number} of {note.supplier} entered: {note.total}",
        total_minor=note.total_minor,
    )
    return note


@transaction.atomic
def edit(*, note: CreditNote, content: Content, version: int, by: User, twin_reason: str = "") -> CreditNote:
    """
    Replace the content of a credit note that is not approved yet; one awaiting approval goes back to draft.

    :raises NotEditable: it is past that.
    :raises Stale: someone else changed it meanwhile.
    """
    note = drafting.lock(note)
    if not note.is_editable:
        raise NotEditable(f"Credit note {note.number} is {note.get_state_display().lower()}; its amounts are locked.")
    if note.version != version:
        raise Stale(f"Credit note {note.number} was changed by someone else since you opened it. Load it again.")
    note.status, note.submitted_at, note.submitted_by = Status.DRAFT, None, None
    note.version += 1
    drafting.write(note, content, company=note.company, twin_reason=twin_reason)
    audit.record(
        company=note.company,
        verb="credit_note.edited",
        target=note,
        by=by,
        summary=f"Credit note {note.number} edited: {note.total}",
    )
    return note


@audit.gathered()
def delete_draft(*, note: CreditNote, by: User) -> None:
    """
    Delete a credit note that was never approved.

    :raises NotEditable: it is past that; void it instead.
    """
    note = drafting.lock(note)
    if not note.is_editable:
        state = note.get_state_display().lower()
        raise NotEditable(f"Credit note {note.number} is {state}. Only drafts are deleted; void it.")
    audit.record(
        company=note.company,
        verb="credit_note.deleted",
        target=note,
        by=by,
        summary=f"Draft credit note {note.number} of {note.supplier} deleted: {note.total}",
    )
    note.delete()
