"""A large company to measure with: rows written straight into the tables, with counters that agree."""

from __future__ import annotations

import random
from datetime import date, timedelta

from django.contrib.auth import get_user_model
from django.db import connection, transaction

from billpay.banking.actions import open_account
from billpay.banking.models import BankAccount
from billpay.bills.models import Bill, BillLine
from billpay.companies.models import Company, Membership, Role, User
from billpay.documents.numbers import normalise
from billpay.ledger.setup import create_usual_books
from billpay.payments.actions import create_usual_methods
from billpay.suppliers.models import Supplier

TODAY = date(2026, 11, 16)


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
    _bills(company, user, rows, bills)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return company, user, account


@transaction.atomic
def _bills(company: Company, user: User, suppliers: list[Supplier], count: int) -> None:
    chance = random.Random(7)
    expense = company.nominal_accounts.get(code="7500")
    made = (_bill(company, user, chance.choice(suppliers), number, chance) for number in range(count))
    while chunk := [bill for bill, _ in zip(made, range(5_000), strict=False)]:
        stored = Bill.objects.bulk_create(chunk)
        BillLine.objects.bulk_create(
            BillLine(
                document=bill,
                position=1,
                description="Goods",
                unit_amount_minor=bill.total_minor,
                account=expense,
                subtotal_minor=bill.total_minor,
                tax_minor=0,
                total_minor=bill.total_minor,
            )
            for bill in stored
        )


def _bill(company: Company, user: User, supplier: Supplier, number: int, chance: random.Random) -> Bill:
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
    return Bill(
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
        settled_minor=settled,
        settled_base_minor=settled,
        status=status,
        created_by=user,
    )
