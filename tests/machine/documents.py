"""Steps of bills and credit notes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import rule

from billpay.bills import actions as bills
from billpay.bills.models import Bill
from billpay.credit_notes import actions as credit_notes
from tests.factories import content
from tests.machine.taking import DESKS, PICK, WHO, Steps


class DocumentRules(Steps):
    """Enter and void; who enters has the owner approve."""

    @rule(desk=DESKS, pick=PICK, who=WHO, minor=st.integers(1, 2_000_00), nudge=st.integers(-300, 300), terms=PICK)
    def enter_bill(self, desk: int, pick: int, who: int, minor: int, nudge: int, terms: int) -> None:
        at = self.desks[desk]
        supplier = at.suppliers[pick % 3]

        def act() -> None:
            entered = content(
                supplier,
                minor,
                number=at.next_number(),
                rate=at.rate(supplier.currency, nudge),
                issued_on=self.today - timedelta(days=terms % 5),
            )
            due = self.today + timedelta(days=terms % 40)
            entered_bill = bills.enter(company=at.company, content=entered, due_on=due, by=at.people[who])
            if terms % 3 == 0:
                Bill.objects.filter(pk=entered_bill.pk).update(
                    discount_percent=Decimal(2), discount_until=self.today + timedelta(days=terms % 7)
                )
            bills.approve(bill=entered_bill, by=at.people[0])

        self._try(at, "enter_bill", act)

    @rule(desk=DESKS, pick=PICK, who=WHO, minor=st.integers(1, 500_00), nudge=st.integers(-300, 300))
    def enter_credit_note(self, desk: int, pick: int, who: int, minor: int, nudge: int) -> None:
        at = self.desks[desk]
        supplier = at.suppliers[pick % 3]

        def act() -> None:
            entered = content(
                supplier,
                minor,
                number=at.next_number(),
                rate=at.rate(supplier.currency, nudge),
                issued_on=self.today,
            )
            note = credit_notes.enter(company=at.company, content=entered, by=at.people[who])
            credit_notes.approve(note=note, by=at.people[0])

        self._try(at, "enter_credit_note", act)

    @rule(desk=DESKS, pick=PICK, who=WHO)
    def void_bill(self, desk: int, pick: int, who: int) -> None:
        at = self.desks[desk]
        if bill := self._pick(list(at.company.bills.order_by("pk")), pick):
            self._try(at, "void_bill", lambda: bills.void(bill=bill, on=self.today, reason="Twice", by=at.people[who]))

    @rule(desk=DESKS, pick=PICK, who=WHO)
    def void_credit_note(self, desk: int, pick: int, who: int) -> None:
        at = self.desks[desk]
        if note := self._pick(list(at.company.credit_notes.order_by("pk")), pick):
            by = at.people[who]
            self._try(
                at, "void_credit_note", lambda: credit_notes.void(note=note, on=self.today, reason="Twice", by=by)
            )
