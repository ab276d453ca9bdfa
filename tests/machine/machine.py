"""
A machine that does what people do at two desks, in any order, and looks at everything after every step.

Each rule is one action of the product. A refusal is as good as a success: it must have left no trace. After each
step that wrote anything, refused or not, each invariant of `manage.py prove` must hold of the desk that took it, the
control account must agree and the bills must say what a much simpler model says. Every tenth step, and at the end of
every run, both desks are proved, whoever wrote; at the end also the control account on every day there was.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import time_machine
from django.db import connection, transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from billpay.banking.models import Direction
from billpay.bills import actions as bills
from billpay.bills.models import Bill
from billpay.companies.refusals import Refused
from billpay.credit_notes import actions as credit_notes
from billpay.ledger.actions import LedgerError
from billpay.money.value import Money
from billpay.payments import actions as payments
from billpay.payments.actions import Header, Order, Part, Returned
from billpay.payments.models import PaymentStatus, Source
from billpay.reconciliation import actions as reconciliation
from tests.factories import TODAY, content, give_bank_details
from tests.machine.desk import Desk
from tests.machine.proving import breaks, breaks_over_time, simple_model
from tests.payments.books import balance, sub_ledger

DESKS = st.sampled_from([0, 1])
PICK = st.integers(0, 999)
WHO = st.integers(0, 2)
SHARE = st.sampled_from([1, 25, 50, 99, 100, 100, 100, 101])
"""Per cent of what there is; more than there is now and then."""
CREDIT, ON_ACCOUNT, DISCOUNT, WRITE_OFF, TWO_BILLS = range(1, 6)
SMALL = 3
BOTH_PROVED_EVERY = 10
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "WITH")
"""How a statement begins that may write; some that begin with WITH only read."""

done: Counter[str] = Counter()
"""What was tried over all runs, by rule."""
came_of: Counter[str] = Counter()
"""How many steps over all runs were `taken` (wrote something), `refused`, or `idle` (there was nothing to do)."""


class Machine(RuleBasedStateMachine):
    """Runs within one transaction, which is rolled back at the end."""

    @initialize()
    def open_the_desks(self) -> None:
        self.today = TODAY
        self.steps = 0
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        with self._clock():
            self.desks = [Desk.of("GBP"), Desk.of("EUR")]
            for desk in self.desks:
                desk.stock()
        self.wrote = list(self.desks)

    def teardown(self) -> None:
        if hasattr(self, "atomic"):
            if hasattr(self, "desks") and sys.exc_info()[0] is None:
                assert breaks([desk.company for desk in self.desks]) == []
                assert [words for desk in self.desks for words in breaks_over_time(desk.company)] == []
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    def _clock(self) -> Any:
        return time_machine.travel(f"{self.today}T12:00:00+00:00", tick=False)

    def _try(self, at: Desk, name: str, act: Callable[[], object]) -> None:
        """Do it. Words of refusal are fine; anything else that is raised is a fault."""
        done[name] += 1
        refused = False
        with self._clock(), self._watched(at):
            try:
                act()
            except (Refused, LedgerError):
                refused = True
        came_of["refused" if refused else "taken" if at in self.wrote else "idle"] += 1
        if not refused and at in self.wrote and came_of["taken"] % 500 == 0:
            sys.stdout.write(f"{came_of['taken']} steps taken and proved, {came_of['refused']} refused\n")
            sys.stdout.flush()

    @contextmanager
    def _watched(self, at: Desk) -> Iterator[None]:
        """Notice whether the desk writes, be it only to be rolled back."""

        def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
            if sql.lstrip().upper().startswith(WRITES) and at not in self.wrote:
                self.wrote.append(at)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(watch):
            yield

    @staticmethod
    def _pick[T](rows: list[T], index: int) -> T | None:
        return rows[index % len(rows)] if rows else None

    # ── Bills and credit notes ──

    @rule(bill=st.tuples(DESKS, PICK, WHO, st.integers(1, 2_000_00), st.integers(-300, 300), PICK))
    def enter_bill(self, bill: tuple[int, int, int, int, int, int]) -> None:
        """The first of the rules for having one argument: what Hypothesis repeats in the simplest of its runs."""
        desk, pick, who, minor, nudge, terms = bill
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

    # ── Paying ──

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

    # ── The life of a payment ──

    MOVES: dict[str, Callable[..., object]] = {
        "submit": lambda payment, by, today: payments.submit(payment=payment, by=by),
        "approve": lambda payment, by, today: payments.approve(payment=payment, by=by),
        "approve_again": lambda payment, by, today: payments.approve(payment=payment, by=by),
        "reject": lambda payment, by, today: payments.reject(payment=payment, reason="No", by=by),
        "schedule": lambda payment, by, today: payments.schedule(
            payment=payment, on=today + timedelta(days=1), today=today, by=by
        ),
        "unschedule": lambda payment, by, today: payments.unschedule(payment=payment, by=by),
        "stop": lambda payment, by, today: payments.stop(payment=payment, because="Wait", by=by),
        "resume": lambda payment, by, today: payments.resume(payment=payment, by=by),
        "start": lambda payment, by, today: payments.start(payment=payment, by=by),
        "complete": lambda payment, by, today: payments.complete(payment=payment, by=by, on=today),
        "fail": lambda payment, by, today: payments.fail(payment=payment, reason="Returned", by=by),
        "cancel": lambda payment, by, today: payments.cancel(payment=payment, reason="Not now", by=by),
        "try_again": lambda payment, by, today: payments.try_again(payment=payment, today=today, by=by),
        "back_to_draft": lambda payment, by, today: payments.back_to_draft(payment=payment, reason="Wait", by=by),
        "delete_draft": lambda payment, by, today: payments.delete_draft(payment=payment, by=by),
        "void": lambda payment, by, today: reconciliation.void_payment(
            payment=payment, on=today, reason="Returned", by=by
        ),
    }

    @rule(desk=DESKS, pick=PICK, who=WHO, move=st.sampled_from(sorted(MOVES)))
    def move(self, desk: int, pick: int, who: int, move: str) -> None:
        at = self.desks[desk]
        if payment := self._pick(list(at.company.payments.order_by("pk")), pick):
            self._try(at, move, lambda: self.MOVES[move](payment, at.people[who], self.today))

    NEXT = {
        PaymentStatus.DRAFT: ("submit",),
        PaymentStatus.AWAITING_APPROVAL: ("approve",),
        PaymentStatus.APPROVED: ("schedule", "start"),
        PaymentStatus.SCHEDULED: ("start",),
        PaymentStatus.PROCESSING: ("complete", "complete", "fail"),
        PaymentStatus.FAILED: ("try_again",),
    }
    """What people usually do next."""

    @rule(desk=DESKS, pick=PICK, who=WHO)
    def go_on(self, desk: int, pick: int, who: int) -> None:
        at = self.desks[desk]
        on_its_way = at.company.payments.exclude(status__in=("void", "rejected", "cancelled", "completed"))
        payment = self._pick(list(on_its_way.order_by("pk")), pick)
        if payment is not None:
            moves = self.NEXT[PaymentStatus(payment.status)]
            move = moves[pick % len(moves)]
            self._try(at, move, lambda: self.MOVES[move](payment, at.people[who], self.today))

    @rule(desk=DESKS, pick=PICK, who=WHO)
    def undo_allocation(self, desk: int, pick: int, who: int) -> None:
        at = self.desks[desk]
        rows = [row for payment in at.company.payments.order_by("pk") for row in payment.allocations.order_by("pk")]
        if row := self._pick(rows, pick):
            by = at.people[who]
            self._try(at, "undo_allocation", lambda: payments.undo_allocation(allocation=row, on=self.today, by=by))

    @rule(desk=DESKS)
    def run_schedule(self, desk: int) -> None:
        at = self.desks[desk]
        self._try(at, "run_schedule", lambda: payments.work_schedule(company=at.company, today=self.today))

    # ── Refunds, bank details, the bank, the calendar ──

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

    # ── What must always be so ──

    @invariant()
    def everything_is_proved(self) -> None:
        if not hasattr(self, "desks"):
            return
        self.steps += 1
        if self.steps % BOTH_PROVED_EVERY == 0:
            self.wrote = list(self.desks)
        for desk in self.wrote:
            assert breaks([desk.company]) == []
        self.wrote = []

    @invariant()
    def the_control_account_agrees(self) -> None:
        for desk in getattr(self, "desks", []):
            assert -balance(desk.company, "payables") == sub_ledger(desk.company)

    @invariant()
    def bills_say_what_a_simple_model_says(self) -> None:
        for desk in getattr(self, "desks", []):
            counted = {
                pk: (settled, reserved)
                for pk, settled, reserved in desk.company.bills.values_list("pk", "settled_minor", "reserved_minor")
                if settled or reserved
            }
            assert counted == simple_model(desk.company)
