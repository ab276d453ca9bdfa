"""From draft to open, and to void."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from billpay.companies.models import User
from billpay.credit_notes.holding import held_by
from billpay.credit_notes.models import CreditNote
from billpay.documents import drafting, lifecycle
from billpay.documents.drafting import DocumentError
from billpay.ledger.models import EntryKind

KIND = lifecycle.Kind(verb="credit_note", entry=EntryKind.CREDIT_NOTE, sign=-1)


@transaction.atomic
def submit(*, note: CreditNote, by: User) -> CreditNote:
    """Ask for approval."""
    return lifecycle.submit(note, KIND, by=by)


@transaction.atomic
def return_to_draft(*, note: CreditNote, reason: str, by: User) -> CreditNote:
    """Send a submitted credit note back to whoever entered it."""
    return lifecycle.return_to_draft(note, KIND, reason=reason, by=by)


@transaction.atomic
def approve(*, note: CreditNote, by: User) -> CreditNote:
    """
    Open the credit for use and post it: payables to expense and tax.

    :raises DocumentError: it does not add up (saying by how much), or is not waiting to be approved.
    :raises PeriodLocked: its date is in a locked period.
    """
    return lifecycle.approve(note, KIND, by=by)


def why_not_void(note: CreditNote) -> str:
    """What keeps an approved credit note from being voided, in words; empty if nothing does."""
    if not note.used_minor and not note.reserved_minor:
        return ""
    held = held_by(note)
    steps = ["undo its allocations"] if held.by_bills else []
    steps += ["void its refunds"] if held.by_refunds else []
    return (
        f"Credit note {note.number} has {note.used} used and {note.reserved} reserved{held.words}. "
        f"{(' and '.join(steps) or 'undo what uses it').capitalize()} first."
    )


@transaction.atomic
def void(*, note: CreditNote, on: date, reason: str, by: User) -> CreditNote:
    """
    Take an unused credit note back; the reverse is posted on `on`.

    :raises DocumentError: some of it is used or reserved, or no reason is given.
    """
    note = drafting.lock(note)
    if held := why_not_void(note):
        raise DocumentError(held)
    return lifecycle.void(note, KIND, on=on, reason=reason, by=by)
