"""What is measured. Imported once Django is set up."""

from __future__ import annotations

import itertools
from datetime import timedelta

from django.db import transaction
from django.test import Client
from django.utils import timezone

from benchmarks import data
from benchmarks.bare import bare_payment
from benchmarks.timing import Figure, compare
from billpay.banking.models import BankAccount
from billpay.bills.models import Bill
from billpay.companies.models import Company, User
from billpay.money.value import Money
from billpay.payments import actions
from billpay.payments.actions import Header, Order, Part


def print_figures(database: str, bills: int) -> None:
    """Build the company and print each figure as soon as it is known."""
    company, user, account = data.company_with(bills=bills)
    for tab in ("awaiting", "all"):
        print(inbox(database, company, user, tab).line(), flush=True)
    print(one_payment(database, company, user, account).line(), flush=True)
    print(many_bills(database, company, user, account, 500).line(), flush=True)


def inbox(database: str, company: Company, user: User, tab: str) -> Figure:
    """The bills inbox, fifty to a page, against Django's own list of the same query."""
    client = Client()
    client.force_login(user)

    def fetch(address: str) -> None:
        response = client.get(address)
        assert response.status_code == 200, (address, response.status_code)

    return compare(
        f"inbox of 50, tab {tab}",
        database,
        measured=lambda: fetch(f"/{company.slug}/bills/?tab={tab}&per=50"),
        floor=lambda: fetch(f"/bare/{company.slug}/?tab={tab}"),
        goal=2.0,
    )


def one_payment(database: str, company: Company, user: User, account: BankAccount) -> Figure:
    """One payment of one bill, against the least that a transaction of its kind does."""
    open_bills = iter(list(company.bills.filter(state="open").select_related("supplier")[:400]))
    numbers = itertools.count()

    def pay() -> None:
        bill = next(open_bills)
        amount = Money(100, "GBP")
        order = Order(supplier=bill.supplier, amount=amount, parts=[Part(bill, amount)])
        actions.pay(company=company, header=_header(account), order=order, by=user)

    def bare() -> None:
        with transaction.atomic():
            bare_payment(next(open_bills).pk, 100, _common(company, user, account, next(numbers)))

    return compare("one payment", database, measured=pay, floor=bare, goal=4.0, runs=40)


def many_bills(database: str, company: Company, user: User, account: BankAccount, count: int) -> Figure:
    """One payment of many bills of one supplier, against as many bare ones in one transaction."""
    supplier = company.suppliers.order_by("pk").first()
    assert supplier is not None
    pool = Bill.objects.filter(company=company, state="open").order_by("-pk")[:count]
    Bill.objects.filter(pk__in=[bill.pk for bill in pool]).update(supplier=supplier)
    bills = list(company.bills.filter(supplier=supplier, state="open").select_related("supplier")[:count])
    numbers = itertools.count(10**6)

    def pay() -> None:
        parts = [Part(bill, Money(1, "GBP")) for bill in bills]
        order = Order(supplier=supplier, amount=Money(len(parts), "GBP"), parts=parts)
        actions.pay(company=company, header=_header(account), order=order, by=user)

    def bare() -> None:
        with transaction.atomic():
            for bill in bills:
                bare_payment(bill.pk, 1, _common(company, user, account, next(numbers)))

    return compare(f"one payment of {len(bills)} bills", database, measured=pay, floor=bare, goal=5.0, runs=3)


def _header(account: BankAccount) -> Header:
    return Header(bank_account=account, paid_on=data.TODAY, currency="GBP")


def _common(company: Company, user: User, account: BankAccount, number: int) -> dict[str, object]:
    return {
        "company": company,
        "number": f"BARE-{number}",
        "bank_account": account,
        "currency": "GBP",
        "paid_on": data.TODAY - timedelta(days=1),
        "status": "completed",
        "created_by": user,
        "completed_at": timezone.now(),
        "completed_by": user,
    }
