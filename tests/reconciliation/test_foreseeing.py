"""What is said to change before a void or an undo is all that changes: drawn shapes of payments and refunds."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F, Sum
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from billpay.bills import actions as bill_actions
from billpay.bills.models import Bill
from billpay.documents.ageing import bucket_of
from billpay.ledger import actions as ledger
from billpay.ledger.models import JournalLine
from billpay.money.value import Money
from billpay.payments import actions as payment_actions
from billpay.payments import foreseeing as in_payments
from billpay.payments.actions import Order, Part, Returned
from billpay.payments.foreseen import PaidForeseen
from billpay.payments.models import Allocation, Source
from billpay.reconciliation import actions, foreseeing
from tests.factories import (
    TODAY,
    BankAccountFactory,
    BankTransactionFactory,
    CompanyFactory,
    StatementFactory,
    SupplierFactory,
    header,
    make_bill,
    make_credit_note,
    make_payment,
    member,
)

pytestmark = pytest.mark.django_db
LATER = TODAY + timedelta(days=40)
rates = st.decimals("0.5", "2", places=4)


@dataclass
class Books:
    """A company of one supplier, with one payment of a drawn shape, part of which the bank has shown."""

    draw: Any
    currency: str

    def __post_init__(self):
        self.company = CompanyFactory(write_off_limit_minor=5_00)
        self.by = member(self.company)
        self.supplier = SupplierFactory(company=self.company, currency=self.currency)
        self.account = BankAccountFactory(company=self.company, currency=self.currency)
        self.statement = StatementFactory(bank_account=self.account)
        self.advance = self._pay(Order(supplier=self.supplier, amount=self.money(50_00)))
        self.note = make_credit_note(supplier=self.supplier, total_minor=80_00, rate=self.rate(), by=self.by)

    def money(self, minor):
        return Money(minor, self.currency)

    def rate(self):
        return Decimal(1) if self.currency == "GBP" else self.draw(rates)

    def minor(self, most, least=1):
        return self.draw(st.integers(least, most))

    def _pay(self, order):
        terms = header(self.account, currency=self.currency, rate=self.rate())
        return payment_actions.pay(company=self.company, header=terms, order=order, by=self.by)

    def bill(self, *, discount=False):
        late = self.draw(st.sampled_from((-5, 0, 10, 35, 65, 120)))
        bill = make_bill(
            supplier=self.supplier,
            total_minor=self.minor(300_00, 20_00),
            issued_on=TODAY - timedelta(days=200),
            due_on=TODAY - timedelta(days=late),
            rate=self.rate(),
            by=self.by,
            open=False,
        )
        if discount:
            Bill.objects.filter(pk=bill.pk).update(discount_percent=Decimal(2), discount_until=TODAY)
            bill.refresh_from_db()
        return bill_actions.approve(bill=bill, by=self.by)

    def payment(self):
        parts = []
        credit = on_account = 0
        for _ in range(self.draw(st.integers(1, 3))):
            discounted = self.draw(st.booleans())
            bill = self.bill(discount=discounted)
            left = bill.total_minor
            if self.draw(st.booleans()) and credit < 80_00:
                minor = self.minor(min(left - 5_01, 80_00 - credit))
                parts.append(Part(bill, self.money(minor), Source.CREDIT_NOTE, credit_note=self.note))
                credit, left = credit + minor, left - minor
            if self.draw(st.booleans()) and on_account < 50_00 and left > 5_01:
                minor = self.minor(min(left - 5_00, 50_00 - on_account))
                parts.append(Part(bill, self.money(minor), Source.ON_ACCOUNT, from_payment=self.advance))
                on_account, left = on_account + minor, left - minor
            if self.draw(st.booleans()) and left > 3_00:
                parts.append(Part(bill, self.money(2_00), Source.WRITE_OFF, reason="Rounding of theirs"))
                left -= 2_00
            offered = min(bill.discount_on(TODAY).minor, left) if discounted else 0
            if offered:
                parts.append(Part(bill, self.money(offered), Source.DISCOUNT))
                left -= offered
            cash = left if offered else self.minor(left, 0)
            if cash:
                parts.append(Part(bill, self.money(cash)))
        cash = sum(part.amount.minor for part in parts if part.source == Source.CASH)
        extra = self.draw(st.sampled_from((0, 0, 13_37)))
        if not parts:
            extra = 13_37
        fee = self.money(self.draw(st.sampled_from((0, 1_50))) if cash + extra else 0)
        made = self._pay(Order(supplier=self.supplier, amount=self.money(cash + extra), parts=parts, fee=fee))
        self._show(made, "out")
        return made

    def refund(self):
        parts = [Returned(self.money(self.minor(80_00)), credit_note=self.note)]
        if self.draw(st.booleans()):
            parts.append(Returned(self.money(self.minor(50_00)), from_payment=self.advance))
        made = payment_actions.refund(
            company=self.company,
            supplier=self.supplier,
            bank_account=self.account,
            received_on=TODAY,
            parts=parts,
            rate=self.rate(),
            by=self.by,
        )
        self._show(made, "in")
        return made

    def _show(self, made, direction):
        """Some, all or none of it on one or two lines of the statement."""
        for share in self.draw(st.sampled_from(((), (1,), (2,), (3, 3)))):
            minor = made.bank_minor // share
            if minor:
                line = BankTransactionFactory(
                    statement=self.statement, direction=direction, amount_minor=minor + 7, currency=self.currency
                )
                actions.match(transaction=line, pairs=[(made, Money(minor, self.currency))], by=self.by)
        made.refresh_from_db()


def snapshot(company):
    """Every balance and status of the company, by what it is of. Base minor units beside those of the currency."""
    found = {}
    for bill in company.bills.all():
        found["bill", bill.pk] = (
            bill.outstanding_minor,
            bill.total_base_minor - bill.settled_base_minor,
            bill.state,
            str(bucket_of(bill.due_on, on=LATER).code) if bill.outstanding_minor else None,
        )
    for note in company.credit_notes.all():
        base = note.total_base_minor - note.used_base_minor
        found["creditnote", note.pk] = (note.remaining_minor, base, note.state, None)
    for payment in company.payments.all():
        done = payment.status == "completed"
        base = payment.amount_base_minor - payment.allocated_base_minor
        found["payment", payment.pk] = (payment.on_account.minor, base if done else 0, payment.status, None)
        found["shown", "payment", payment.pk] = (payment.unmatched_minor, foreseeing.state_of(payment))
    for refund in company.refunds.all():
        done = refund.status == "completed"
        sums = (refund.amount_minor, refund.amount_base_minor) if done else (0, 0)
        found["refund", refund.pk] = (*sums, refund.status, None)
        found["shown", "refund", refund.pk] = (refund.unmatched_minor, foreseeing.state_of(refund))
    for line in company.bank_transactions.all():
        found["shown", "banktransaction", line.pk] = (line.unmatched_minor, line.state)
    lines = JournalLine.objects.filter(entry__company=company).order_by().values_list("account")
    for account, balance in lines.annotate(balance=Sum(F("debit_minor") - F("credit_minor"))):
        found["account", account] = balance
    found["matches"] = {match.pk for match in company.matches.live()}
    found["supplier"] = tuple(
        sum(found[key][n] * (1 if key[0] == "bill" else -1) for key in found if key[0] in OWED) for n in (0, 1)
    )
    return found


OWED = ("bill", "creditnote", "payment")


def said(foreseen, untied=None):
    """What was foreseen, as two snapshots of what it speaks of: before and after."""
    before, after = {}, {}
    for change in foreseen.changes:
        if change.kind == "supplier":
            before["supplier"] = (change.before.amount.minor, change.before.base.minor)
            after["supplier"] = (change.after.amount.minor, change.after.base.minor)
            continue
        key = (change.kind, change.target.pk)
        for side, balance, state in (
            (before, change.before, change.state_before),
            (after, change.after, change.state_after),
        ):
            bucket = state.bucket.code if state.bucket else None
            side[key] = (balance.amount.minor, balance.base.minor, state.code, bucket)
    for side in foreseen.journal:
        before["account", side.account.pk], after["account", side.account.pk] = side.before.minor, side.after.minor
    for shown in [*untied.lines, *untied.paid] if untied else ():
        key = ("shown", shown.row._meta.model_name, shown.row.pk)
        before[key], after[key] = (shown.before.minor, shown.state_before), (shown.after.minor, shown.state_after)
    return before, after


def compare(company, act, foreseen, untied=None):
    """Do it, and hold what changed against what was said; then put everything back."""
    first = snapshot(company)
    with transaction.atomic():
        act()
        then = snapshot(company)
        transaction.set_rollback(True)
    before, after = said(foreseen, untied)
    gone = {match.pk for match in untied.matches} if untied else set()
    first.setdefault("supplier", (0, 0))
    changed = {key for key in first.keys() | then.keys() if first.get(key, 0) != then.get(key, 0)} - {"matches"}
    assert {key: first.get(key, 0) for key in before} == before
    assert {key: then.get(key, 0) for key in after} == after
    assert changed == {key for key in before if before[key] != after[key]}
    assert first["matches"] - then["matches"] == gone
    assert sum(side.net.minor for side in foreseen.journal) == 0


@settings(max_examples=12, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@pytest.mark.parametrize("currency", ["GBP", "EUR"])
@given(data=st.data())
def test_voiding_a_payment_changes_what_was_foreseen_and_nothing_else(currency, data):
    books = Books(data.draw, currency)
    payment = books.payment()

    voided = foreseeing.of_void(payment, on=LATER)

    assert not voided.foreseen.obstacle
    reductions = payment.allocations.filter(source__in=("discount", "write_off"))
    assert [one.allocation.pk for one in voided.foreseen.taken_back] == [row.pk for row in reductions.order_by("pk")]
    compare(
        books.company,
        lambda: actions.void_payment(payment=payment, on=LATER, reason="Returned", by=books.by),
        voided.foreseen,
        voided.untied,
    )


@settings(max_examples=12, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@pytest.mark.parametrize("currency", ["GBP", "EUR"])
@given(data=st.data())
def test_undoing_an_allocation_changes_what_was_foreseen_and_nothing_else(currency, data):
    books = Books(data.draw, currency)
    payment = books.payment()
    rows = list(payment.allocations.order_by("pk"))
    while rows:
        allocation = Allocation.objects.get(pk=rows.pop(data.draw(st.integers(0, len(rows) - 1))).pk)
        foreseen = in_payments.of_undo(allocation, on=LATER)
        compare(
            books.company,
            lambda row=allocation: payment_actions.undo_allocation(allocation=row, on=LATER, by=books.by),
            foreseen,
        )
        payment_actions.undo_allocation(allocation=allocation, on=LATER, by=books.by)


@settings(max_examples=12, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@pytest.mark.parametrize("currency", ["GBP", "EUR"])
@given(data=st.data())
def test_voiding_a_refund_changes_what_was_foreseen_and_nothing_else(currency, data):
    books = Books(data.draw, currency)
    refund = books.refund()

    voided = foreseeing.of_void(refund, on=LATER)

    compare(
        books.company,
        lambda: actions.void_refund(refund=refund, on=LATER, reason="Bounced", by=books.by),
        voided.foreseen,
        voided.untied,
    )


@settings(max_examples=8)
@given(data=st.data())
def test_undoing_matches_changes_what_was_foreseen_and_nothing_else(data):
    books = Books(data.draw, "GBP")
    payment = books.payment()
    match = payment.matches.order_by("pk").first()
    assume(match is not None)

    untied = foreseeing.of_unmatch(books.company.matches.filter(group=match.group))
    nothing = PaidForeseen(LATER, [], [], "GBP")

    compare(
        books.company,
        lambda: actions.unmatch(company=books.company, group=match.group, by=books.by),
        nothing,
        untied,
    )


def test_a_closed_period_is_said_before_the_click():
    company = CompanyFactory()
    account = BankAccountFactory(company=company)
    supplier = SupplierFactory(company=company)
    by = member(company)
    payment = make_payment(account=account, bill=make_bill(supplier=supplier, by=by), by=by)
    company.locked_through = TODAY + timedelta(days=3)
    company.save(update_fields=["locked_through"])
    payment.refresh_from_db()

    day = ledger.last_day(company, today=TODAY, since=payment.paid_on)
    closed = foreseeing.of_void(payment, on=TODAY).foreseen
    later = foreseeing.of_void(payment, on=day).foreseen

    assert day == TODAY + timedelta(days=4)
    assert "is closed" in closed.closed
    assert (later.closed, later.earlier_period) == ("", TODAY)


def test_money_on_account_in_use_is_an_obstacle():
    books_account = BankAccountFactory()
    supplier = SupplierFactory(company=books_account.company)
    by = member(supplier.company)
    advance = payment_actions.pay(
        company=supplier.company,
        header=header(books_account),
        order=Order(supplier=supplier, amount=Money(50_00, "GBP")),
        by=by,
    )
    bill = make_bill(supplier=supplier, total_minor=20_00, by=by)
    payment_actions.pay(
        company=supplier.company,
        header=header(books_account),
        order=Order(
            supplier=supplier,
            amount=Money.zero("GBP"),
            parts=[Part(bill, Money(20_00, "GBP"), Source.ON_ACCOUNT, from_payment=advance)],
        ),
        by=by,
    )

    assert "used by PAY-00002" in foreseeing.of_void(advance, on=TODAY).foreseen.obstacle
