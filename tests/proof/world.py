"""A company with something of everything that the proof looks at, made by the actions that people use."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import time_machine

from billpay.banking import actions as banking
from billpay.banking.models import BankAccount, Direction
from billpay.bills import actions as bills
from billpay.bills.models import Bill
from billpay.companies.models import ApprovalSubject, Company, Role, User
from billpay.credit_notes import actions as credit_notes
from billpay.ledger.models import TrackingCategory
from billpay.money.value import Money
from billpay.payments import actions as payments
from billpay.payments.actions import Order, Part, Returned
from billpay.payments.models import Payment, Source
from billpay.reconciliation import actions as reconciliation
from billpay.suppliers.models import Supplier
from tests.factories import (
    TODAY,
    BankAccountFactory,
    BankTransactionFactory,
    CompanyFactory,
    StatementFactory,
    SupplierFactory,
    give_bank_details,
    header,
    line,
    make_batch,
    make_bill,
    make_credit_note,
    make_draft,
    make_payment,
    member,
    needs_approval,
)

FRIDAY = TODAY + timedelta(days=4)


class World:
    """What tests name; everything happened at noon of `TODAY`, or later where it says so."""

    def __init__(self, slug: str = "proved") -> None:
        self.company: Company = CompanyFactory(slug=slug)
        self.maker: User = member(self.company, Role.OWNER)
        self.approver: User = member(self.company, Role.APPROVER)
        self.supplier: Supplier = SupplierFactory(company=self.company)
        self.foreign: Supplier = SupplierFactory(company=self.company, currency="EUR")
        self.account: BankAccount = BankAccountFactory(company=self.company)
        give_bank_details(self.supplier, by=self.maker, checked_by=self.approver)
        with time_machine.travel(f"{TODAY}T12:00:00+00:00", tick=True):
            self._paid()
            self._credit()
            self._foreign()
            self._taken_back()
            self._limited()
        with time_machine.travel(f"{FRIDAY}T12:00:00+00:00", tick=True):
            self._refunded()
            self._matched()

    @property
    def ids(self) -> dict[str, int]:
        """What tests put into their SQL; the stranger and the department are another company's."""
        other = SupplierFactory()
        department = TrackingCategory.objects.create(company=other.company, name="Elsewhere")
        return {"company": self.company.pk, "stranger": other.pk, "department": department.pk}

    def bill(self, minor: int = 100_00, **fields: Any) -> Bill:
        return make_bill(supplier=fields.pop("supplier", self.supplier), total_minor=minor, by=self.maker, **fields)

    def pay(self, bill: Bill, minor: int, *parts: Part, on: date = TODAY, **fields: Any) -> Payment:
        """One payment of `minor` in cash, of which `bill` takes what the other parts leave."""
        rate = fields.pop("rate", Decimal(1))
        account = fields.pop("account", self.account)
        return payments.pay(
            company=self.company,
            header=header(account, currency=bill.currency, rate=rate, paid_on=on),
            order=Order(supplier=bill.supplier, amount=Money(minor, bill.currency), parts=parts, **fields),
            by=self.maker,
        )

    def _paid(self) -> None:
        tax = self.company.tax_rates.get(percent=20)
        quay = TrackingCategory.objects.create(company=self.company, name="Quay")
        taxed = (line(self.company, 100_00, tax_rate=tax, tracking=(quay,)),)
        self.paid = make_payment(account=self.account, bill=self.bill(lines=taxed), by=self.maker)
        self.paid_bill = self.paid.allocations.get().bill
        two = [self.bill(10_00), self.bill(20_00, supplier=SupplierFactory(company=self.company))]
        self.batch = make_batch(account=self.account, bills=two, by=self.maker)
        discount = {"discount_percent": Decimal(2), "discount_until": TODAY + timedelta(days=9)}
        self.discounted = self.bill(lines=taxed, extra=discount)
        offer = payments.offer(self.discounted, on=TODAY)
        parts = (Part(self.discounted, offer.cash), Part(self.discounted, offer.discount, Source.DISCOUNT))
        self.with_discount = self.pay(self.discounted, offer.cash.minor, *parts)
        self.draft_bill = self.bill(open=False)

    def _credit(self) -> None:
        bill = self.bill(200_00)
        self.advance = self.pay(bill, 130_00, Part(bill, Money(50_00, "GBP")), fee=Money(1_50, "GBP"))
        self.note = make_credit_note(supplier=self.supplier, total_minor=60_00, by=self.maker)
        parts = (
            Part(bill, Money(45_00, "GBP"), Source.CREDIT_NOTE, credit_note=self.note),
            Part(bill, Money(30_00, "GBP"), Source.ON_ACCOUNT, from_payment=self.advance),
            Part(bill, Money(5_00, "GBP"), Source.WRITE_OFF, reason="Too small to ask for"),
            Part(bill, Money(70_00, "GBP")),
        )
        self.mixed = self.pay(bill, 70_00, *parts)
        self.mixed_bill = bill
        unused = make_credit_note(supplier=self.supplier, total_minor=5_00, by=self.maker)
        self.void_note = credit_notes.void(note=unused, on=TODAY, reason="Entered twice", by=self.maker)

    def _foreign(self) -> None:
        self.euro_bill = self.bill(100_00, supplier=self.foreign, rate=Decimal("0.885"))
        for minor, rate in ((33_33, "0.881"), (66_67, "0.897")):
            self.euro_payment = self.pay(
                self.euro_bill, minor, Part(self.euro_bill, Money(minor, "EUR")), rate=Decimal(rate)
            )

    def _taken_back(self) -> None:
        self.void = make_payment(account=self.account, bill=self.bill(), by=self.maker)
        payments.void(payment=self.void, on=FRIDAY, reason="Paid twice", by=self.maker)
        one, two = self.bill(30_00), self.bill(40_00)
        halves = (Part(one, one.available), Part(two, two.available))
        self.half = self.pay(one, 70_00, *halves)
        self.undone = self.half.allocations.get(bill=two)
        payments.undo_allocation(allocation=self.undone, on=FRIDAY, by=self.maker)
        self.void_bill = bills.void(bill=self.bill(), on=FRIDAY, reason="Not ours", by=self.maker)
        self.held = self.bill()
        bills.hold(bill=self.held, reason="Goods are missing", until=None, today=TODAY, by=self.maker)

    def _draft(self, **fields: Any) -> Payment:
        return make_draft(account=self.account, bill=self.bill(), by=self.maker, **fields)

    def _limited(self) -> None:
        """What waits, is on its way, or ended before it was made; each was approved by another person."""
        self.draft = self._draft()
        needs_approval(self.company, above_minor=50_00)
        self.company.approval_limits.create(subject=ApprovalSubject.BILL, above_minor=900_00, approvers=1)
        submitted = bills.submit(bill=self.bill(1_000_00, open=False), by=self.maker)
        self.approved_bill = bills.approve(bill=submitted, by=self.approver)
        bill = self.bill(80_00)
        parts = (
            Part(bill, Money(15_00, "GBP"), Source.CREDIT_NOTE, credit_note=self.note),
            Part(bill, Money(10_00, "GBP"), Source.ON_ACCOUNT, from_payment=self.advance),
            Part(bill, Money(55_00, "GBP")),
        )
        order = Order(supplier=self.supplier, amount=Money(55_00, "GBP"), parts=parts)
        self.waiting = payments.pay(
            company=self.company, header=header(self.account, draft=True), order=order, by=self.maker
        )
        self.waiting = payments.submit(payment=self.waiting, by=self.maker)
        self.scheduled = self._approved(execute_on=FRIDAY)
        self.processing = payments.start(payment=self._approved(), by=self.maker)
        sent = payments.start(payment=self._approved(), by=self.maker)
        self.failed = payments.fail(payment=sent, reason="No such account", by=self.maker)

    def _approved(self, **fields: Any) -> Payment:
        draft = payments.submit(payment=self._draft(**fields), by=self.maker)
        return payments.approve(payment=draft, by=self.approver)

    def _refunded(self) -> None:
        credit = make_credit_note(supplier=self.supplier, total_minor=25_00, by=self.maker)
        parts = [
            Returned(Money(25_00, "GBP"), credit_note=credit),
            Returned(Money(20_00, "GBP"), from_payment=self.advance),
        ]
        common = {"supplier": self.supplier, "bank_account": self.account, "received_on": FRIDAY, "by": self.maker}
        self.refund = payments.refund(company=self.company, parts=parts, **common)
        again = [Returned(Money(5_00, "GBP"), from_payment=self.advance)]
        self.void_refund = payments.refund(company=self.company, parts=again, **common)
        payments.void_refund(refund=self.void_refund, on=FRIDAY, reason="Never came", by=self.maker)

    def _matched(self) -> None:
        statement = StatementFactory(
            bank_account=self.account, opening_minor=1_000_00, closing_minor=825_00, new_count=3
        )
        out, back, other = (
            BankTransactionFactory(statement=statement, amount_minor=minor, direction=direction, booked_on=FRIDAY)
            for minor, direction in (
                (120_00, Direction.OUT),
                (45_00, Direction.IN),
                (100_00, Direction.OUT),
            )
        )
        self.statement, self.line, self.excluded = statement, out, other
        self.match, *_ = reconciliation.match(transaction=out, pairs=[(self.paid, self.paid.bank_total)], by=self.maker)
        reconciliation.match(transaction=back, pairs=[(self.refund, self.refund.bank_total)], by=self.maker)
        banking.exclude(transaction=other, reason="Between our own accounts", by=self.maker)
