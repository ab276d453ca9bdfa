"""What voiding a credit note would change, told before it is done (rule 14)."""

from __future__ import annotations

from datetime import date

from billpay.credit_notes.actions.lifecycle import why_not_void
from billpay.credit_notes.models import CreditNote, CreditNoteState
from billpay.documents import foreseeing
from billpay.documents.foreseen import Balance, Change, Foreseen, State
from billpay.money.value import Money


def of_void(note: CreditNote, *, on: date, last: date | None = None) -> Foreseen:
    """What voiding an approved credit note on that day would change; `last` is the last day that may be chosen."""
    base = note.company.base_currency
    left = Balance(note.remaining, Money((note.total_base_minor or 0) - note.used_base_minor, base))
    change = Change(
        target=note,
        what="Remaining credit",
        before=left,
        after=left.nothing,
        state_before=State(note.state, note.get_state_display()),
        state_after=State(CreditNoteState.VOID.value, str(CreditNoteState.VOID.label)),
    )
    return foreseeing.of_void(note, change, on=on, last=last, held=why_not_void(note))
