"""The engine against the least that a payment can be, on the same database, in turn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from benchmarks import data
from benchmarks.bare import bare_bills_of, bare_payment
from benchmarks.timing import Figure, compare
from billpay.banking.models import BankAccount
from billpay.bills.models import Bill
from billpay.companies.models import Company, User
from billpay.credit_notes import actions as credit_notes
from billpay.documents.drafting import Content, LineContent
from billpay.money.value import Money
from billpay.payments import actions
from billpay.payments.actions import Header, Order, Part
from billpay.payments.models import Source

MANY = 500
FEW = 5


@dataclass(frozen=True, slots=True)
class Desk:
    """Where it is measured."""

    database: str
    company: Company
    user: User
    account: BankAccount

    @property
    def header(self) -> Header:
        return Header(bank_account=self.account, paid_on=data.TODAY, currency="GBP")

    def bills_of_one(self, count: int) -> list[Bill]:
        supplier = self.company.suppliers.order_by("pk").first()
        assert supplier is not None
        return data.open_bills(self.company, self.user, [supplier] * count, each_minor=1_000_00)


def one_payment(desk: Desk) -> Figure:
    """One payment of one bill: settled, posted, audited."""
    bills = iter(desk.bills_of_one(60))
    floor = iter(bare_bills_of(60))
    return compare(
        "one payment",
        desk.database,
        measured=lambda: pay(desk, [next(bills)]),
        floor=lambda: bare([next(floor)]),
        goal=4.0,
        runs=40,
    )


def pay(desk: Desk, bills: list[Bill], minor: int = 1) -> None:
    parts = [Part(bill, Money(minor, "GBP")) for bill in bills]
    order = Order(supplier=bills[0].supplier, amount=Money(minor * len(parts), "GBP"), parts=parts)
    actions.pay(company=desk.company, header=desk.header, order=order, by=desk.user)


def bare(bill_ids: list[int]) -> None:
    with transaction.atomic():
        for pk in bill_ids:
            bare_payment(pk, 1, on=data.TODAY)


def many_bills(desk: Desk) -> Figure:
    """One payment of 500 bills, against 500 bare ones in one transaction."""
    bills, floor = desk.bills_of_one(MANY), bare_bills_of(MANY)
    return _bulk(
        f"one payment of {MANY} bills",
        desk,
        lambda count: pay(desk, bills[:count]),
        lambda: bare(floor),
    )


def batch(desk: Desk) -> Figure:
    """A batch that pays one bill of each of 500 suppliers."""
    bills = data.suppliers_with_a_bill(desk.company, desk.user, MANY, each_minor=1_000_00)
    floor = bare_bills_of(MANY)

    def run(count: int) -> None:
        one = Money(1, "GBP")
        orders = [Order(supplier=bill.supplier, amount=one, parts=[Part(bill, one)]) for bill in bills[:count]]
        actions.pay_batch(company=desk.company, header=desk.header, orders=orders, by=desk.user)

    return _bulk(f"a batch of {MANY} suppliers", desk, run, lambda: bare(floor))


def credit_allocations(desk: Desk) -> Figure:
    """One credit note used up on 500 bills."""
    bills, floor = desk.bills_of_one(MANY), bare_bills_of(MANY)
    expense = desk.company.nominal_accounts.get(code="7500")
    line = LineContent(description="Goods back", quantity=1, unit_amount_minor=10_000_00, account=expense)  # type: ignore[arg-type]
    content = Content(
        supplier=bills[0].supplier, number="CN-BENCH", issued_on=data.TODAY, currency="GBP", lines=(line,)
    )
    note = credit_notes.enter(company=desk.company, content=content, by=desk.user)
    note = credit_notes.approve(note=note, by=desk.user)

    def run(count: int) -> None:
        parts = [Part(bill, Money(1, "GBP"), Source.CREDIT_NOTE, credit_note=note) for bill in bills[:count]]
        order = Order(supplier=bills[0].supplier, amount=Money.zero("GBP"), parts=parts)
        actions.pay(company=desk.company, header=desk.header, order=order, by=desk.user)

    return _bulk(f"{MANY} credit allocations", desk, run, lambda: bare(floor))


def _bulk(name: str, desk: Desk, run: Callable[[int], None], floor: Callable[[], None]) -> Figure:
    """The time of many against bare ones, and the statements of many against those of few."""
    statements = {}
    for count in (FEW, MANY):
        with CaptureQueriesContext(connection) as captured:
            run(count)
        statements[f"statements_for_{count}"] = len(captured)
    figure = compare(name, desk.database, measured=lambda: run(MANY), floor=floor, goal=5.0, runs=3)
    return replace(figure, more=statements)
