"""
A large company to measure with: bills and their postings in bulk, and everything paid of them by the engine itself.

`manage.py prove` finds nothing wrong with it.
"""

from __future__ import annotations

import itertools
import random
import uuid
from bisect import bisect
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.utils import timezone

from billpay.banking.actions import open_account
from billpay.banking.models import BankAccount
from billpay.bills.models import Bill, BillLine
from billpay.companies import audit
from billpay.companies.models import Company, Membership, Role, User
from billpay.documents.numbers import normalise
from billpay.ledger import actions as ledger
from billpay.ledger.actions import accounts_by_role
from billpay.ledger.models import AccountRole, EntryKind
from billpay.ledger.setup import create_usual_books
from billpay.money.value import Money
from billpay.payments import actions
from billpay.payments.actions import Header, Order, Part, create_usual_methods
from billpay.suppliers.models import Supplier

TODAY = date(2026, 11, 16)
BILLS_A_PAYMENT, BILLS_A_PAYMENT_LATELY = 50, 5
LATELY_DAYS = 120


def company_with(*, bills: int, suppliers: int = 400, slug: str = "bench") -> tuple[Company, User, BankAccount]:
    """A company with that many bills: nine in ten paid, the rest open, part paid, overdue or in draft."""
    company = Company.objects.create(slug=slug, name="Bench Trading", base_currency="GBP")
    create_usual_books(company=company)
    create_usual_methods(company=company)
    user = get_user_model().objects.create_user(f"owner@{slug}.test", "a-password-for-bench", name="Bench Owner")
    Membership.objects.create(company=company, user=user, role=Role.OWNER)
    account = open_account(company=company, name="Operating", currency="GBP", by=user)
    rows = Supplier.objects.bulk_create(
        Supplier(company=company, name=f"Supplier {number:04d} Limited", currency="GBP") for number in range(suppliers)
    )
    _bills(company, user, account, rows, bills)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return company, user, account


def _bills(company: Company, user: User, account: BankAccount, suppliers: list[Supplier], count: int) -> None:
    chance = random.Random(7)
    expense = company.nominal_accounts.get(code="7500").pk
    payables = accounts_by_role(company)[AccountRole.PAYABLES].pk
    made = (_bill(company, user, chance.choice(suppliers), number, chance) for number in range(count))
    to_pay: dict[int, list[tuple[Bill, int]]] = {}
    while chunk := list(itertools.islice(made, 5_000)):
        with transaction.atomic():
            stored = Bill.objects.bulk_create(bill for bill, _ in chunk)
            BillLine.objects.bulk_create(_line(bill, expense) for bill in stored)
            opened = [bill for bill in stored if bill.status == "open"]
            ledger.post_many(company=company, entries=[_entry(bill, expense, payables) for bill in opened], by=user)
            _record(company, user, stored)
        for bill, (_, settled) in zip(stored, chunk, strict=True):
            if settled:
                to_pay.setdefault(bill.supplier_id, []).append((bill, settled))
    for rows in to_pay.values():
        for part in _paid_together(sorted(rows, key=_due)):
            _pay(company, user, account, part)


def _paid_together(rows: Sequence[tuple[Bill, int]]) -> Iterator[tuple[tuple[Bill, int], ...]]:
    """Bills of a supplier as they fall due: many to a payment long ago, a few to one lately, as lists look at it."""
    lately = bisect(rows, TODAY - timedelta(days=LATELY_DAYS), key=_due)
    yield from itertools.batched(rows[:lately], BILLS_A_PAYMENT)
    yield from itertools.batched(rows[lately:], BILLS_A_PAYMENT_LATELY)


def _due(row: tuple[Bill, int]) -> date:
    return row[0].due_on


def _record(company: Company, user: User, bills: Sequence[Bill]) -> None:
    events = [audit.Event("bill.entered", bill, f"Bill {bill.number} entered") for bill in bills]
    audit.record_many(company=company, by=user, events=events)


def _pay(company: Company, user: User, account: BankAccount, rows: Sequence[tuple[Bill, int]]) -> None:
    parts = [Part(bill, Money(settled, "GBP")) for bill, settled in rows]
    amount = Money(sum(part.amount.minor for part in parts), "GBP")
    order = Order(supplier=rows[0][0].supplier, amount=amount, parts=parts)
    on = min(max(bill.due_on for bill, _ in rows), TODAY)
    header = Header(bank_account=account, paid_on=on, currency="GBP")
    actions.pay(company=company, header=header, order=order, by=user)


def _line(bill: Bill, expense: int) -> BillLine:
    return BillLine(
        document=bill,
        position=1,
        description="Goods",
        unit_amount_minor=bill.total_minor,
        account_id=expense,
        subtotal_minor=bill.total_minor,
        tax_minor=0,
        total_minor=bill.total_minor,
    )


def _entry(bill: Bill, expense: int, payables: int) -> ledger.Entry:
    return ledger.Entry(
        on=bill.issued_on,
        kind=EntryKind.BILL,
        source=bill,
        description=f"Bill {bill.number}",
        postings=[ledger.Posting(expense, bill.total_minor), ledger.Posting(payables, -bill.total_minor)],
    )


def _bill(company: Company, user: User, supplier: Supplier, number: int, chance: random.Random) -> tuple[Bill, int]:
    """A bill, and how much of it is to be paid: nine in ten in full, the rest open, part paid, overdue or in draft."""
    issued = TODAY - timedelta(days=chance.randint(0, 1_500))
    total = chance.randint(5_00, 5_000_00)
    kind = chance.random()
    status, settled = "open", total
    if kind > 0.98:
        status, settled = "draft", 0
    elif kind > 0.92:
        settled = 0
    elif kind > 0.90:
        settled = total // 2
    if settled < total:
        issued = TODAY - timedelta(days=chance.randint(0, 120))
    name = f"INV-{number:07d}"
    bill = Bill(
        company=company,
        supplier=supplier,
        number=name,
        normalised_number=normalise(name),
        issued_on=issued,
        due_on=issued + timedelta(days=30),
        currency="GBP",
        subtotal_minor=total,
        total_minor=total,
        total_base_minor=0 if status == "draft" else total,
        status=status,
        created_by=user,
        approved_by=None if status == "draft" else user,
        approved_at=None if status == "draft" else timezone.now(),
    )
    return bill, settled


def suppliers_with_a_bill(company: Company, user: User, count: int, *, each_minor: int) -> list[Bill]:
    """So many new suppliers with one open bill each."""
    suppliers = Supplier.objects.bulk_create(
        Supplier(company=company, name=f"One-off {number:04d}", currency="GBP") for number in range(count)
    )
    return open_bills(company, user, suppliers, each_minor=each_minor)


def open_bills(company: Company, user: User, suppliers: Sequence[Supplier], *, each_minor: int) -> list[Bill]:
    """One open bill for each supplier given, posted; the same supplier may come many times."""
    expense = company.nominal_accounts.get(code="7500").pk
    payables = accounts_by_role(company)[AccountRole.PAYABLES].pk
    stamp = uuid.uuid4().hex[:8]
    rows = []
    for number, supplier in enumerate(suppliers):
        bill, _ = _bill(company, user, supplier, number, random.Random(1))
        bill.number, bill.normalised_number = f"B-{stamp}-{number}", normalise(f"B-{stamp}-{number}")
        bill.status, bill.subtotal_minor, bill.total_minor, bill.total_base_minor = "open", *[each_minor] * 3
        bill.approved_by, bill.approved_at = user, timezone.now()
        rows.append(bill)
    with transaction.atomic():
        stored = Bill.objects.bulk_create(rows)
        BillLine.objects.bulk_create(_line(bill, expense) for bill in stored)
        ledger.post_many(company=company, entries=[_entry(bill, expense, payables) for bill in stored], by=user)
        _record(company, user, stored)
    return stored
