"""Every invariant there is. One module a family; each of them a sentence and a question to the database."""

from billpay.proof.invariant import Invariant
from billpay.proof.invariants import (
    bank,
    bills,
    books,
    control,
    credit_notes,
    database,
    lives,
    numbers,
    payments,
    postings,
    refunds,
    tenancy,
    trail,
)

OF_A_COMPANY: tuple[Invariant, ...] = (
    *control.INVARIANTS,
    *bills.INVARIANTS,
    *credit_notes.INVARIANTS,
    *payments.INVARIANTS,
    *lives.INVARIANTS,
    *refunds.INVARIANTS,
    *numbers.INVARIANTS,
    *bank.INVARIANTS,
    *books.INVARIANTS,
    *postings.INVARIANTS,
    *trail.INVARIANTS,
)
"""Looked at for one company at a time."""

OF_ALL: tuple[Invariant, ...] = (*tenancy.INVARIANTS, *database.INVARIANTS)
"""Looked at once, for one company or for all of them."""

__all__ = ["OF_ALL", "OF_A_COMPANY"]
