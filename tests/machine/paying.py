"""Steps of paying: by cash, credit, money on account, discount or write-off, at once or as a draft."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from billpay.bills.models import Bill
from billpay.money.value import Money
from billpay.payments import actions as payments
from billpay.payments.actions import Header, Order, Part
from billpay.payments.models import Source
from tests.machine.desk import Desk
from tests.machine.taking import DESKS, PICK, SHARE, WHO, Steps

CREDIT, ON_ACCOUNT, DISCOUNT, WRITE_OFF, TWO_BILLS = range(1, 6)
SMALL = 3


class PayingRules(Steps):
    """Pay one or two bills of a supplier, or change a payment that is not made yet."""

    def _order(self, at: Desk, pick: int, share: int, extra: int, kind: int) -> tuple[Order, str] | None:
        """A payment of one or two bills of a supplier, by cash, credit, money on account, discount or write-off."""
        supplier = at.suppliers[pick % 3]
        open_bills = list(at.company.bills.filter(supplier=supplier, status="open").order_by("pk"))[-4:]
        bill = self._pick(open_bills, pick)
        if bill is None:
            return None
        currency = bill.currency
        minor = max(bill.available_minor * share // 100 + (share > 100), 1)
        parts = self._parts(at, open_bills, bill, Money(minor, currency), pick, kind % 6)
        cash = sum(part.amount.minor for part in parts if part.source == Source.CASH) + extra
        if not parts and not cash:
            return None
        return Order(supplier=supplier, amount=Money(cash, currency), parts=parts), currency

    def _parts(self, at: Desk, open_bills: list[Bill], bill: Bill, amount: Money, pick: int, kind: int) -> list[Part]:
        if kind == CREDIT and (note := self._pick(list(at.company.credit_notes.filter(supplier=bill.supplier)), pick)):
            credit = Money(max(note.available_minor, 1), amount.currency)
            return [Part(bill, min(amount, credit), Source.CREDIT_NOTE, note)]
        advances = at.company.payments.with_money_on_account().filter(supplier=bill.supplier)
        if kind == ON_ACCOUNT and (earlier := self._pick(list(advances), pick)):
            return [Part(bill, min(amount, earlier.on_account), Source.ON_ACCOUNT, from_payment=earlier)]
        if kind == DISCOUNT:
            offer = payments.offer(bill, on=self.today)
            offered = [Part(bill, offer.cash), Part(bill, offer.discount, Source.DISCOUNT)]
            return [part for part in offered if part.amount]
        if kind == WRITE_OFF and amount.minor > SMALL:
            small = Money(SMALL, amount.currency)
            return [Part(bill, amount - small), Part(bill, small, Source.WRITE_OFF, reason="Rounding")]
        other = open_bills[(pick + 1) % len(open_bills)]
        if kind == TWO_BILLS and other != bill and other.available_minor:
            return [Part(bill, amount), Part(other, other.available)]
        return [Part(bill, amount)]

    @rule(
        desk=DESKS,
        pick=PICK,
        who=WHO,
        share=SHARE,
        extra=st.sampled_from([0, 0, 0, 50_00]),
        kind=PICK,
        nudge=st.integers(-300, 300),
        draft=st.booleans(),
        ahead=st.sampled_from([None, 0, 1, 5]),
        waits=st.booleans(),
    )
    def pay(
        self,
        desk: int,
        pick: int,
        who: int,
        share: int,
        extra: int,
        kind: int,
        nudge: int,
        draft: bool,
        ahead: int | None,
        waits: bool,
    ) -> None:
        at = self.desks[desk]
        asked = self._order(at, pick, share, extra, kind)
        if asked is None:
            return
        order, currency = asked
        header = Header(
            bank_account=at.waits if waits else at.account,
            paid_on=self.today,
            currency=currency,
            rate=at.rate(currency, nudge),
            draft=draft,
            execute_on=self.today + timedelta(days=ahead) if draft and ahead is not None else None,
        )
        by = at.people[who]
        self._try(
            at, "draft" if draft else "pay", lambda: payments.pay(company=at.company, header=header, order=order, by=by)
        )

    @rule(desk=DESKS, pick=PICK, who=WHO, share=SHARE, kind=PICK)
    def edit(self, desk: int, pick: int, who: int, share: int, kind: int) -> None:
        at = self.desks[desk]
        payment = self._pick(list(at.company.payments.order_by("pk")), pick)
        asked = self._order(at, pick, share, 0, kind)
        if payment is None or asked is None:
            return
        order, currency = asked
        header = Header(
            bank_account=at.account, paid_on=self.today, currency=currency, rate=at.rate(currency), draft=True
        )
        self._try(
            at,
            "edit",
            lambda: payments.edit_draft(
                payment=payment, header=header, order=order, version=payment.version, by=at.people[who]
            ),
        )
