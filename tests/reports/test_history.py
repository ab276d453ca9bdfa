"""
A history at random, dated at random and entered later than dated: whatever happens, the ageing of every day, as it
was known on every day, equals the payables account, and every supplier's papers add up to its rows.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
import time_machine
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from billpay.bills import actions as bills
from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.credit_notes import actions as credit_notes
from billpay.ledger import reports as ledger
from billpay.ledger.standpoint import Standpoint
from billpay.money.value import Money
from billpay.payments import actions as payments
from billpay.payments.actions import Header, Order, Part, Returned
from billpay.payments.models import Allocation, Source
from billpay.reports.ageing import ageing
from billpay.reports.papers import papers
from tests.factories import (
    BankAccountFactory,
    CompanyFactory,
    SupplierFactory,
    make_bill,
    make_credit_note,
    member,
)

FIRST = date(2026, 1, 5)
DAYS = 40
STEPS = 18


class History:
    """Does what it is told by a seed, on one day after the other; what is refused did not happen."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.company: Company = CompanyFactory()
        self.by = member(self.company)
        self.account = BankAccountFactory(company=self.company)
        self.suppliers = [SupplierFactory(company=self.company, currency=code) for code in ("GBP", "EUR")]
        self.done = 0
        self.shown: dict[date, list[object]] = {}

    def play(self) -> None:
        """Steps on days of their own or shared; what each day's last report said is remembered."""
        day = FIRST
        for _ in range(STEPS):
            day += timedelta(days=self.chance.randrange(3))
            with time_machine.travel(f"{day.isoformat()} 12:00", tick=False):
                self._step(day)
                self.shown[day] = [shown(self.company, Standpoint(on)) for on in looked_at(day)]

    def _step(self, today: date) -> None:
        dated = today - timedelta(days=self.chance.choice((0, 0, 3, 12)))
        try:
            with transaction.atomic():
                self.chance.choice(self._steps)(self, dated)
        except Refused:
            return
        self.done += 1

    def _rate(self, currency: str) -> Decimal:
        return Decimal(1) if currency == "GBP" else Decimal(self.chance.randrange(8_000, 9_500)) / 10_000

    def _some(self, money: Money) -> Money:
        return money if self.chance.random() < 0.5 else Money(self.chance.randint(1, money.minor), money.currency)

    def _any(self, rows):
        found = list(rows.order_by("pk"))
        return self.chance.choice(found) if found else None

    def bill(self, on: date) -> None:
        supplier = self.chance.choice(self.suppliers)
        make_bill(
            supplier=supplier,
            total_minor=self.chance.randint(1, 900_00),
            rate=self._rate(supplier.currency),
            issued_on=on,
            due_on=on + timedelta(days=self.chance.randrange(30)),
            by=self.by,
        )

    def credit(self, on: date) -> None:
        supplier = self.chance.choice(self.suppliers)
        minor, rate = self.chance.randint(1, 300_00), self._rate(supplier.currency)
        make_credit_note(supplier=supplier, total_minor=minor, rate=rate, issued_on=on, by=self.by)

    def pay(self, on: date) -> None:
        """Some of a bill, and now and then something on account."""
        bill = self._any(self.company.bills.payable().select_related("supplier"))
        if bill is None:
            return
        part = self._some(bill.available)
        extra = self.chance.choice((0, 0, 25_00))
        rate = self._rate(bill.currency)
        header = Header(bank_account=self.account, paid_on=on, currency=bill.currency, rate=rate)
        cash = Money(part.minor + extra, bill.currency)
        order = Order(supplier=bill.supplier, amount=cash, parts=[Part(bill, part)])
        payments.pay(company=self.company, header=header, order=order, by=self.by)

    def allocate(self, on: date) -> None:
        """A credit note, or money on account, to a bill of its supplier."""
        bill = self._any(self.company.bills.payable().select_related("supplier"))
        if bill is None:
            return
        note = self._any(bill.supplier.credit_notes.usable())
        earlier = self._any(bill.supplier.payments.with_free_money_on_account())
        if note and (earlier is None or self.chance.random() < 0.5):
            amount = self._some(min(bill.available, note.available))
            part = Part(bill, amount, Source.CREDIT_NOTE, credit_note=note)
        elif earlier:
            amount = self._some(min(bill.available, earlier.available_on_account))
            part = Part(bill, amount, Source.ON_ACCOUNT, from_payment=earlier)
        else:
            return
        header = Header(bank_account=None, paid_on=on, currency=bill.currency, rate=self._rate(bill.currency))
        order = Order(supplier=bill.supplier, amount=Money(0, bill.currency), parts=[part])
        payments.pay(company=self.company, header=header, order=order, by=self.by)

    def refund(self, on: date) -> None:
        note = self._any(self.company.credit_notes.usable().select_related("supplier"))
        if note is None:
            return
        payments.refund(
            company=self.company,
            supplier=note.supplier,
            bank_account=self.account,
            received_on=on,
            parts=[Returned(self._some(note.available), credit_note=note)],
            rate=self._rate(note.currency),
            by=self.by,
        )

    def take_back(self, on: date) -> None:
        """Void or undo whatever there is of some kind."""
        kind = self.chance.randrange(5)
        if kind == 0 and (payment := self._any(self.company.payments.completed())):
            payments.void(payment=payment, on=on, reason="Wrong", by=self.by)
        if kind == 1 and (row := self._any(Allocation.objects.live().filter(payment__company=self.company))):
            payments.undo_allocation(allocation=row, on=on, by=self.by)
        if kind == 2 and (refund := self._any(self.company.refunds.completed())):
            payments.void_refund(refund=refund, on=on, reason="Wrong", by=self.by)
        if kind == 3 and (bill := self._any(self.company.bills.filter(status="open"))):
            bills.void(bill=bill, on=on, reason="Wrong", by=self.by)
        if kind == 4 and (note := self._any(self.company.credit_notes.filter(status="open"))):
            credit_notes.void(note=note, on=on, reason="Wrong", by=self.by)

    def put_off(self, _on: date) -> None:
        """Another due date for an approved bill, paid or not."""
        bill = self._any(self.company.bills.filter(status="open"))
        if bill is None:
            return
        due_on = bill.issued_on + timedelta(days=self.chance.randrange(60))
        bills.plan(bill=bill, due_on=due_on, planned_on=None, reference="", note="", by=self.by)

    _steps: tuple[Callable[..., None], ...] = (
        bill,
        bill,
        credit,
        pay,
        pay,
        pay,
        allocate,
        allocate,
        refund,
        take_back,
        put_off,
    )


def looked_at(day: date) -> list[date]:
    """That day, some before, and one to come."""
    return [day + timedelta(days=count) for count in (-6, 0, 45)]


def shown(company: Company, at: Standpoint) -> object:
    """All that a report says: every row and every paper of it."""
    rows = [(row.supplier, row.currency, tuple(row.minor), tuple(row.base)) for row in ageing(company, at=at).rows]
    behind = [
        (paper.number, paper.due_on, paper.column, paper.left, paper.base)
        for supplier in company.suppliers.select_related("company").order_by("pk")
        for paper in papers(supplier, at=at)
    ]
    trial = [(row.account.code, row.debit, row.credit) for row in ledger.trial_balance(company, at=at).rows]
    return rows, behind, trial


def disagreements(company: Company, at: Standpoint) -> list[str]:
    drawn, control = ageing(company, at=at), ledger.control_account(company, at=at)
    wrong = [] if drawn.total == control.owed else [f"{at}: ageing {drawn.total}, books {control.owed}"]
    for supplier in company.suppliers.select_related("company"):
        rows = {row.currency: row for row in drawn.rows if row.supplier_id == supplier.pk}
        behind = papers(supplier, at=at)
        for code in rows.keys() | {paper.left.currency for paper in behind}:
            mine = [paper for paper in behind if paper.left.currency == code]
            minor, base = sum(paper.left.minor for paper in mine), sum(paper.base.minor for paper in mine)
            row = rows.get(code)
            if (minor, base) != ((row.total.minor, row.weight.minor) if row else (0, 0)):
                wrong.append(f"{at}: {supplier} in {code}: papers {minor}, {base}; row {row}")
    return wrong


@pytest.mark.django_db
@settings(max_examples=3)
@given(seed=st.integers(0, 10**9))
def test_the_ageing_is_the_payables_account_on_every_day_as_known_on_every_day(seed):
    with transaction.atomic():
        history = History(seed)
        history.play()
        days = [FIRST + timedelta(days=count) for count in range(-12, DAYS, 6)]

        wrong = [
            one
            for on in days
            for known in (None, *days[3::3])
            for one in disagreements(history.company, Standpoint(on, known))
        ]

        assert not wrong, "\n".join(wrong)
        assert history.done
        transaction.set_rollback(True)


@pytest.mark.django_db
@settings(max_examples=3)
@given(seed=st.integers(0, 10**9))
def test_what_a_report_showed_on_a_day_it_shows_ever_after_as_known_on_that_day(seed):
    with transaction.atomic():
        history = History(seed)
        history.play()

        again = {day: [shown(history.company, Standpoint(on, day)) for on in looked_at(day)] for day in history.shown}

        assert again == history.shown
        assert history.done
        transaction.set_rollback(True)
