"""The credit notes that the demo company's suppliers sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from billpay.credit_notes import actions as credit_notes
from billpay.credit_notes.models import CreditNote
from billpay.documents.drafting import Content
from billpay.home.demo.clock import working_day_before
from billpay.home.demo.desk import Desk
from billpay.home.demo.plan import PlannedLine, Stage, rate_on
from billpay.home.demo.traders import Item, Trader


@dataclass(frozen=True, slots=True)
class PlannedCredit:
    supplier: str
    age: int
    number: str
    text: str
    count: int
    price: int
    stage: Stage = Stage.APPROVED
    void_reason: str = ""


CREDITS = (
    PlannedCredit("Trevose Ceramics Ltd", 78, "TC-CN118", "Harbour mugs broken in transit", 9, 395),
    PlannedCredit("Saltmarsh Pantry Ltd", 64, "SMP-CR40", "Short delivery, heather honey", 12, 510),
    PlannedCredit("Fenwick & Daughters Packaging", 44, "FC2210", "Cartons returned, wrong size", 100, 74),
    PlannedCredit("Penhale Linen Company", 41, "SC000311", "Tea towels, faulty print", 24, 430),
    PlannedCredit("Signal Print & Design", 27, "SPD-CN-12", "Swing tags, quantity discount", 1, 2400, Stage.VOID,
                  "Sent to us by mistake; the discount was on the bill"),
    PlannedCredit("Cerâmica do Vouga, Lda", 22, "NC 2041", "Tiles cracked on arrival", 60, 225),
    PlannedCredit("Castaway Candle Works Ltd", 12, "CCW-CR-9", "Travel tins without lids", 24, 300),
    PlannedCredit("Northquay Glass Ltd", 8, "CN88417", "Carafes returned", 6, 1290),
    PlannedCredit("Rook & Rowan Office Supplies", 4, "CR531", "Parcel labels, wrong roll size", 4, 1210,
                  Stage.AWAITING),
    PlannedCredit("Harbourmaster Freight Ltd", 2, "HF-C77", "Tail-lift not used", 1, 1250, Stage.DRAFT),
)  # fmt: skip


class Credits:
    """Enters each credit note on its day; `notes` are those entered, by number."""

    def __init__(self, desk: Desk, traders: tuple[Trader, ...], today: date) -> None:
        self._desk, self._today = desk, today
        self._traders = {trader.name: trader for trader in traders}
        self.notes: dict[str, CreditNote] = {}

    def play(self) -> None:
        """Enter what came today."""
        for planned in CREDITS:
            if working_day_before(self._today - timedelta(days=planned.age)) == self._desk.clock.day:
                self.notes[planned.number] = self._enter(planned)

    def _enter(self, planned: PlannedCredit) -> CreditNote:
        desk, trader = self._desk, self._traders[planned.supplier]
        desk.clock.tick()
        line = PlannedLine(Item(planned.text, 0, 0), planned.count, planned.price)
        note = credit_notes.enter(
            company=desk.company,
            content=Content(
                supplier=desk.suppliers[planned.supplier],
                number=planned.number,
                issued_on=working_day_before(desk.clock.day - timedelta(days=1)),
                currency=trader.currency,
                rate=rate_on(trader.currency, desk.rng),
                lines=desk.lines(trader, (line,)),
            ),
            by=desk.staff.bookkeeper,
        )
        if planned.stage != Stage.DRAFT:
            note = credit_notes.submit(note=note, by=desk.staff.bookkeeper)
        if planned.stage in {Stage.APPROVED, Stage.VOID}:
            desk.clock.tick()
            note = credit_notes.approve(note=note, by=desk.staff.approver)
        if planned.stage == Stage.VOID:
            desk.clock.tick()
            note = credit_notes.void(note=note, on=desk.clock.day, reason=planned.void_reason, by=desk.staff.approver)
        return note
