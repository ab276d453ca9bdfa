"""The only way credit is used up or given back: the twin of settling a bill. Who calls holds the transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from billpay.companies.models import Company, User
from billpay.credit_notes.models import CreditNote, CreditUse
from billpay.documents.drafting import DocumentError
from billpay.documents.drawing import Draw, Drawn, Pool, Words
from billpay.money.value import Money


class NotUsable(DocumentError):
    """The credit note is not open."""


class CreditTooSmall(DocumentError):
    """More than remains and is not reserved."""


def _refuse(note: CreditNote, minor: int) -> None:
    if not note.may_be_used:
        raise NotUsable(
            f"Credit note {note.number} is {note.get_status_display().lower()}; it cannot be used.", pk=note.pk
        )
    if minor > note.available.minor:
        held = f", of which {note.reserved} is reserved" if note.reserved_minor else ""
        raise CreditTooSmall(
            f"Credit note {note.number} has {note.remaining} remaining{held}; "
            f"{Money(minor, note.currency)} is too much.",
            pk=note.pk,
        )


POOL = Pool(
    model=CreditNote,
    movement=CreditUse,
    owner="credit_note",
    words=Words(drawn="used", given_back="given_back"),
    total="total_minor",
    total_base="total_base_minor",
    drawn="used_minor",
    drawn_base="used_base_minor",
    refuse=_refuse,
)


def reserve(*, draws: Sequence[Draw], on: date, by: User | None) -> None:
    """
    Keep credit for a payment that is not completed.

    :raises NotUsable: a credit note is not open.
    :raises CreditTooSmall: all draws on one together exceed what is available of it.
    """
    POOL.reserve(draws, on=on, by=by)


def release(*, draws: Sequence[Draw], on: date, by: User | None) -> None:
    """Let go of what `reserve` kept."""
    POOL.release(draws, on=on, by=by)


def use(
    *, company: Company, draws: Sequence[Draw], on: date, by: User | None, from_reserved: bool = False
) -> list[CreditUse]:
    """
    Use credit up: one dated `CreditUse` for each draw, in the order given.

    :param draws: positive minor units of each credit note's own currency.
    :raises NotUsable: a credit note is not open.
    :raises CreditTooSmall: all draws on one together exceed what is available of it.
    """
    return POOL.draw(draws, base_currency=company.base_currency, on=on, by=by, from_reserved=from_reserved)[1]


def give_back(*, uses: Sequence[CreditUse], on: date, by: User | None) -> None:
    """Give used credit back: new rows dated `on`; it remains again."""
    drawn = [Drawn(row.credit_note_id, row.amount_minor, row.base_minor) for row in uses]
    POOL.give_back(drawn, on=on, by=by, takes_back=uses)
