"""From draft to open, and to void."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from billpay.companies.models import User
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


@transaction.atomic
def void(*, note: CreditNote, on: date, reason: str, by: User) -> CreditNote:
    """
    Take an unused credit note back; the reverse is posted on `on`.

    :raises DocumentError: some of it is used or reserved, or no reason is given.
    """
    note = drafting.lock(note)
    if note.used_minor or note.reserved_minor:
        raise DocumentError(
            f"Credit note {note.number} has {note.used} used and {note.reserved} reserved. Undo its allocations first."
        )
    return lifecycle.void(note, KIND, on=on, reason=reason, by=by)
