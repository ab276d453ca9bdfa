"""Steps of refunds, of suppliers' bank details, of the bank, and of the calendar."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from billpay.banking.models import Direction
from billpay.money.value import Money
from billpay.payments import actions as payments
from billpay.payments.actions import Returned
from billpay.reconciliation import actions as reconciliation
from tests.factories import give_bank_details
from tests.machine.taking import DESKS, PICK, SHARE, WHO, Steps, done


class BankRules(Steps):
    """Money that comes back, lines of the bank, days that pass and periods that close."""

    @rule(desk=DESKS, pick=PICK, who=WHO, share=SHARE, nudge=st.integers(-300, 300))
    def refund(self, desk: int, pick: int, who: int, share: int, nudge: int) -> None:
        at = self.desks[desk]
        sources: list[Any] = [*at.company.credit_notes.order_by("pk"), *at.company.payments.with_money_on_account()]
        source = self._pick(sources, pick)
        if source is None:
            return
        is_note = hasattr(source, "remaining_minor")
        left = source.available_minor if is_note else source.on_account_minor
        amount = Money(max(left * share // 100 + (share > 100), 1), source.currency)
        part = Returned(amount, credit_note=source) if is_note else Returned(amount, from_payment=source)
        self._try(
            at,
            "refund",
            lambda: payments.refund(
                company=at.company,
                supplier=source.supplier,
                bank_account=at.account,
                received_on=self.today,
                parts=[part],
                rate=at.rate(source.currency, nudge),
                by=at.people[who],
            ),
        )

    @rule(desk=DESKS, pick=PICK, who=WHO)
    def void_refund(self, desk: int, pick: int, who: int) -> None:
        at = self.desks[desk]
        if row := self._pick(list(at.company.refunds.order_by("pk")), pick):
            by = at.people[who]
            self._try(
                at, "void_refund", lambda: payments.void_refund(refund=row, on=self.today, reason="Bounced", by=by)
            )

    @rule(desk=DESKS, pick=PICK, who=WHO, checked=st.booleans())
    def bank_details(self, desk: int, pick: int, who: int, checked: bool) -> None:
        at = self.desks[desk]
        second = at.people[(who + 1) % 3] if checked else None
        number = f"{10_000_000 + pick}"
        self._try(
            at,
            "bank_details",
            lambda: give_bank_details(at.suppliers[pick % 3], by=at.people[who], checked_by=second, number=number),
        )

    @rule(desk=DESKS, pick=PICK, who=WHO, share=SHARE)
    def match(self, desk: int, pick: int, who: int, share: int) -> None:
        at = self.desks[desk]
        payment = self._pick(list(at.company.payments.to_match().filter(bank_account=at.account)), pick)
        if payment is None:
            return
        left = payment.unmatched
        amount = Money(max(left.minor * share // 100 + (share > 100), 1), left.currency)

        def act() -> None:
            line = at.bank_line(left.minor, Direction.OUT)
            reconciliation.match(transaction=line, pairs=[(payment, amount)], by=at.people[who])

        self._try(at, "match", act)

    @rule(desk=DESKS, pick=PICK, who=WHO)
    def unmatch(self, desk: int, pick: int, who: int) -> None:
        at = self.desks[desk]
        if row := self._pick(list(at.company.matches.order_by("pk")), pick):
            by = at.people[who]
            self._try(at, "unmatch", lambda: reconciliation.unmatch(company=at.company, group=row.group, by=by))

    @rule(days=st.integers(1, 4))
    def wait(self, days: int) -> None:
        done["wait"] += 1
        self.today += timedelta(days=days)
        self.wrote = list(self.desks)

    @rule(desk=DESKS, back=st.integers(0, 20))
    def close_the_period(self, desk: int, back: int) -> None:
        company = self.desks[desk].company
        company.locked_through = max(self.today - timedelta(days=back), company.locked_through or date.min)
        self._try(self.desks[desk], "close_the_period", lambda: company.save(update_fields=["locked_through"]))
