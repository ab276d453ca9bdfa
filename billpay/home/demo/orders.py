"""Payments of the demo company that are not made yet: one that failed, some on the schedule, one to be approved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from billpay.bills.models import Bill
from billpay.home.demo.payer import THURSDAY, Payer
from billpay.home.demo.teller import CURRENT
from billpay.money.value import Money, add_up
from billpay.payments import actions as payments
from billpay.payments.actions import Header, Order, Part
from billpay.payments.models import Payment

MUCH = Money(1_000_00, "GBP")
"""What one person may order alone in the demo company."""
RETURNED = "Signal Print & Design"
"""Whose payment the bank sends back."""
LEFT = (RETURNED, "Trevose Ceramics Ltd")
"""Whose bills stay free: the tour in the README pays them."""


class Orders:
    """What the bookkeeper orders and does not record as paid."""

    def __init__(self, payer: Payer, today: date) -> None:
        self._payer, self._desk, self._today = payer, payer.desk, today

    def fails(self) -> None:
        """A transfer comes back: the bill is as open as before, and the payment can be tried again."""
        payment = self._approved(self._order([self._desk.fresh(RETURNED, 1)], self._desk.clock.day))
        self._desk.clock.tick()
        payment = payments.start(payment=payment, by=self._payer.by)
        self._desk.clock.tick()
        payments.fail(payment=payment, reason="Returned by the bank: account closed", by=self._payer.by)

    def schedules(self) -> None:
        """Small bills go out by themselves on the next days of payments; somebody has a question about the last."""
        coming = [bill for bill in self._free() if bill.due_on > self._today and bill.available <= MUCH]
        one_each = list({bill.supplier_id: bill for bill in reversed(coming)}.values())[::-1]
        planned = zip(one_each, (0, 0, 1, 2), strict=False)
        ordered = [self._approved(self._order([bill], self._thursday(weeks))) for bill, weeks in planned]
        self._desk.clock.tick()
        for payment in ordered[-1:]:
            payments.stop(payment=payment, because="They promised a corrected invoice", by=self._desk.staff.approver)

    def asks(self) -> None:
        """All that the greatest creditor is owed is to go out on the next day of payments, with somebody else's yes."""
        by_supplier: dict[str, list[Bill]] = {}
        for bill in self._free():
            by_supplier.setdefault(bill.supplier.name, []).append(bill)
        greatest = max(by_supplier.values(), key=lambda bills: sum(bill.available.minor for bill in bills))
        self._order(greatest, self._thursday())

    def _thursday(self, weeks: int = 0) -> date:
        """The next day of payments, or one some weeks later."""
        return self._today + timedelta(days=((THURSDAY - self._today.weekday()) % 7 or 7) + 7 * weeks)

    def _free(self) -> list[Bill]:
        """Bills in pounds that nothing pays yet; a supplier with new bank details is left alone."""
        waiting = self._desk.company.supplier_bank_accounts.to_check().values("supplier")
        bills = self._desk.company.bills.payable().filter(currency="GBP", reserved_minor=0)
        bills = bills.exclude(supplier__name__in=LEFT).exclude(supplier__in=waiting)
        return list(bills.select_related("supplier").order_by("due_on", "pk"))

    def _approved(self, payment: Payment) -> Payment:
        """With the approver's yes, where limits ask for one: also because of what else this supplier is paid."""
        if payment.status != Payment.Status.AWAITING_APPROVAL:
            return payment
        self._desk.clock.tick()
        return payments.approve(payment=payment, by=self._desk.staff.approver)

    def _order(self, bills: Sequence[Bill], on: date | None = None) -> Payment:
        self._desk.clock.tick()
        header = Header(
            bank_account=self._desk.banks[CURRENT],
            paid_on=on or self._desk.clock.day,
            currency="GBP",
            draft=True,
            execute_on=on,
        )
        order = Order(
            supplier=bills[0].supplier,
            amount=add_up((bill.available for bill in bills), "GBP"),
            parts=[Part(bill, bill.available) for bill in bills],
            reference=", ".join(bill.number for bill in bills)[:100],
        )
        draft = payments.pay(company=self._desk.company, header=header, order=order, by=self._payer.by)
        self._desk.clock.tick()
        return payments.submit(payment=draft, by=self._payer.by)
