"""How the demo company pays what falls due, day by day."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from billpay.bills.models import Bill
from billpay.companies.models import User
from billpay.credit_notes.models import CreditNote
from billpay.home.demo.clock import working_day_after, working_day_before
from billpay.home.demo.desk import Desk
from billpay.home.demo.plan import PlannedBill, Stage, rate_on
from billpay.home.demo.teller import CARD, CURRENT, EURO, Teller
from billpay.home.demo.traders import Paid
from billpay.money.value import Money
from billpay.payments import actions as payments
from billpay.payments.actions import Header, Order, Part
from billpay.payments.models import Batch, Method, Payment, Source
from billpay.suppliers.models import Supplier

THURSDAY = 3
EURO_DAYS = (100, 70, 40, 10)
CREDIT_IN_RUN = {"Trevose Ceramics Ltd": 10**9, "Penhale Linen Company": 55_00}
"""Suppliers whose credit goes into the batch, and at most how much of it, in pence."""


class Payer:
    """Pays what is due by how each supplier is paid. `bookkeeper` records all of it."""

    def __init__(self, desk: Desk, teller: Teller, planned: Sequence[PlannedBill], today: date) -> None:
        self.desk, self.teller, self._today = desk, teller, today
        self._usual = {
            (one.trader.name, one.back): one for one in planned if one.stage == Stage.APPROVED and not one.held
        }
        self._paid: set[tuple[str, int]] = set()
        self._credited: set[str] = set()
        self._euro_days = {working_day_before(today - timedelta(days=age)) for age in EURO_DAYS}

    @property
    def by(self) -> User:
        return self.desk.staff.bookkeeper

    def play(self) -> None:
        """Pay what the desk would pay today."""
        day = self.desk.clock.day
        open_bills = self._open()
        for key, bill in open_bills.items():
            trader = self._usual[key].trader
            if trader.paid == Paid.SINGLE and day >= working_day_before(bill.due_on):
                self.single(bill, reference=bill.number)
            elif trader.paid == Paid.DIRECT_DEBIT and day >= working_day_after(bill.due_on):
                self._collected(bill, trader.on_statement)
            elif trader.paid == Paid.CARD:
                self.card(bill, bill.available, trader.on_statement)
            elif trader.paid == Paid.WIRE and day >= working_day_before(bill.due_on):
                self._wire(bill)
            else:
                continue
            self._paid.add(key)
        if day.weekday() == THURSDAY:
            self._run({key: bill for key, bill in open_bills.items() if self._usual[key].trader.paid == Paid.RUN})
        if day in self._euro_days:
            self._euro({key: bill for key, bill in open_bills.items() if self._usual[key].trader.paid == Paid.EURO})

    def _open(self) -> dict[tuple[str, int], Bill]:
        keys = {self.desk.entered[key].pk: key for key in self._usual if key in self.desk.entered}
        left = [pk for pk, key in keys.items() if key not in self._paid]
        rows = self.desk.company.bills.payable().filter(pk__in=left).select_related("supplier").order_by("due_on", "pk")
        return {keys[row.pk]: row for row in rows}

    def header(self, account: str, currency: str, **fields: object) -> Header:
        self.desk.clock.tick()
        day = self.desk.clock.day
        return Header(bank_account=self.desk.banks[account], paid_on=day, currency=currency, **fields)  # type: ignore[arg-type]

    def single(self, bill: Bill, amount: Money | None = None, *, reference: str = "", extra: int = 0) -> Payment:
        """Transfer the amount, else all that is due, and `extra` pence on account."""
        amount = amount or bill.available
        order = Order(
            supplier=bill.supplier,
            amount=amount + Money(extra, amount.currency),
            parts=[Part(bill, amount)],
            reference=reference,
        )
        account = EURO if bill.currency == "EUR" else CURRENT
        rate = {} if bill.currency == "GBP" else {"rate": rate_on(bill.currency, self.desk.rng)}
        header = self.header(account, bill.currency, **rate)
        made = payments.pay(company=self.desk.company, header=header, order=order, by=self.by)
        self.teller.shows(
            account, [made], payee=shouted(bill.supplier), reference=reference, description="FASTER PAYMENT"
        )
        return made

    def card(self, bill: Bill, amount: Money, on_statement: str) -> Payment:
        """Pay by company card: the bank shows it two working days later."""
        order = Order(supplier=bill.supplier, amount=amount, parts=[Part(bill, amount)])
        header = self.header(CARD, "GBP", method=Method.CARD)
        made = payments.pay(company=self.desk.company, header=header, order=order, by=self.by)
        self.teller.shows(CARD, [made], lag=2, payee=on_statement, reference=bill.number, description="CARD 4417")
        return made

    def cheque(self, bill: Bill, number: str) -> Payment:
        """Send a cheque, which takes four working days to clear."""
        order = Order(
            supplier=bill.supplier, amount=bill.available, parts=[Part(bill, bill.available)], cheque_number=number
        )
        header = self.header(CURRENT, "GBP", method=Method.CHEQUE)
        made = payments.pay(company=self.desk.company, header=header, order=order, by=self.by)
        self.teller.shows(CURRENT, [made], lag=4, payee=f"CHEQUE {number}", reference=number)
        return made

    def _collected(self, bill: Bill, on_statement: str) -> None:
        order = Order(
            supplier=bill.supplier, amount=bill.available, parts=[Part(bill, bill.available)], reference=bill.number
        )
        header = self.header(CURRENT, "GBP", method=Method.OTHER)
        made = payments.pay(company=self.desk.company, header=header, order=order, by=self.by)
        self.teller.shows(CURRENT, [made], lag=0, payee=on_statement, reference=bill.number, description="DIRECT DEBIT")

    def _wire(self, bill: Bill) -> None:
        order = Order(
            supplier=bill.supplier,
            amount=bill.available,
            parts=[Part(bill, bill.available)],
            fee=Money(25_00, "USD"),
            reference=bill.number,
        )
        rate = rate_on("USD", self.desk.rng)
        header = self.header(CURRENT, "USD", method=Method.WIRE, rate=rate)
        made = payments.pay(company=self.desk.company, header=header, order=order, by=self.by)
        text = f"INTL PAYMENT USD {bill.available.decimal() + Decimal(25)} @ {rate}"
        self.teller.shows(CURRENT, [made], payee=shouted(bill.supplier), reference=bill.number, description=text)

    def _run(self, open_bills: dict[tuple[str, int], Bill]) -> None:
        due = {key: bill for key, bill in open_bills.items() if bill.due_on <= self.desk.clock.day + timedelta(days=7)}
        if len({bill.supplier_id for bill in due.values()}) > 1:
            batch = self.batch(list(due.values()))
            made = list(batch.payments.all())
            text = f"{len(made)} CREDITS"
            self.teller.shows(CURRENT, made, payee="BULK PAYMENT", reference=batch.number, description=text)
            self._paid.update(due)

    def batch(self, bills: Sequence[Bill], *, draft: bool = False) -> Batch:
        """Pay these bills in full in one batch, one payment a supplier, with its credit where the desk uses it."""
        by_supplier: dict[Supplier, list[Bill]] = {}
        for bill in bills:
            by_supplier.setdefault(bill.supplier, []).append(bill)
        orders = [self._order(supplier, group, draft=draft) for supplier, group in by_supplier.items()]
        return payments.pay_batch(
            company=self.desk.company,
            header=self.header(CURRENT, "GBP", draft=draft),
            orders=orders,
            by=self.by,
            reference="Next week" if draft else f"Run {self.desk.clock.day:%-d %b}",
        )

    def _order(self, supplier: Supplier, bills: Sequence[Bill], *, draft: bool) -> Order:
        parts: list[Part] = []
        note = None if draft else self._credit_of(supplier)
        left = min(note.available.minor, CREDIT_IN_RUN[supplier.name]) if note else 0
        for bill in bills:
            credit = min(left, bill.available.minor)
            if note and credit:
                self._credited.add(supplier.name)
                parts.append(Part(bill, Money(credit, bill.currency), Source.CREDIT_NOTE, credit_note=note))
                left -= credit
            if bill.available.minor > credit:
                parts.append(Part(bill, bill.available - Money(credit, bill.currency)))
        cash = sum(part.amount.minor for part in parts if part.source == Source.CASH)
        numbers = ", ".join(bill.number for bill in bills)
        return Order(supplier=supplier, amount=Money(cash, "GBP"), parts=parts, reference=numbers[:100])

    def _credit_of(self, supplier: Supplier) -> CreditNote | None:
        if supplier.name not in CREDIT_IN_RUN or supplier.name in self._credited:
            return None
        return self.desk.company.credit_notes.usable().filter(supplier=supplier, currency="GBP").first()

    def _euro(self, open_bills: dict[tuple[str, int], Bill]) -> None:
        due = {key: bill for key, bill in open_bills.items() if bill.due_on <= self.desk.clock.day + timedelta(days=12)}
        by_supplier: dict[Supplier, list[Bill]] = {}
        for bill in due.values():
            by_supplier.setdefault(bill.supplier, []).append(bill)
        for supplier, bills in by_supplier.items():
            total = sum(bill.available.minor for bill in bills)
            numbers = " ".join(bill.number for bill in bills)
            order = Order(
                supplier=supplier,
                amount=Money(total, "EUR"),
                parts=[Part(bill, bill.available) for bill in bills],
                reference=numbers[:100],
            )
            header = self.header(EURO, "EUR", rate=rate_on("EUR", self.desk.rng))
            made = payments.pay(company=self.desk.company, header=header, order=order, by=self.by)
            self.teller.shows(EURO, [made], payee=shouted(supplier), reference=numbers, description="SEPA")
        self._paid.update(due)


def shouted(supplier: Supplier) -> str:
    """A name as banks print it: capitals, no accents."""
    plain = unicodedata.normalize("NFKD", supplier.name).encode("ascii", "ignore").decode()
    return plain.upper()[:32]
