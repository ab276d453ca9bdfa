"""The second demo company: small, and nobody's business but its owner's."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from billpay.banking import actions as banking
from billpay.banking.models import Calendar
from billpay.bills import actions as bills
from billpay.companies.models import Company, User
from billpay.documents.drafting import Content, LineContent
from billpay.home.demo.clock import Clock, working_day_before
from billpay.payments import actions as payments
from billpay.payments.actions import Header, Order, Part
from billpay.suppliers.actions import create as create_supplier
from billpay.suppliers.models import Supplier

_BILLS = (
    ("Marlin Rope & Twine", "MRT-2207", 34, "Three-strand mooring line, 220 m reel", 5, 118_40, "paid"),
    ("Marlin Rope & Twine", "MRT-2251", 12, "Shackles, galvanised, assorted box", 3, 64_25, "open"),
    ("Estuary Paint Company", "EP 90418", 29, "Antifouling, 2.5 l, navy", 12, 41_80, "open"),
    ("Estuary Paint Company", "EP 90502", 3, "Varnish brushes, pack", 10, 12_35, "draft"),
    ("Saltgate Properties", "RENT-11", 9, "Workshop rent, one month", 1, 640_00, "open"),
)


def play_tideway(company: Company, owner: User, clock: Clock, today: date) -> None:
    """A bank account, three suppliers, five bills, one of them paid."""
    account = banking.open_account(
        company=company,
        name="Business account",
        currency="GBP",
        by=owner,
        sort_code="001040",
        account_number="31558207",
        calendar=Calendar.UK,
    )
    goods = company.nominal_accounts.get(code="5000")
    standard = company.tax_rates.get(code="STANDARD")
    suppliers: dict[str, Supplier] = {}
    for name, number, age, text, count, price, state in sorted(_BILLS, key=lambda bill: -bill[2]):
        issued_on = working_day_before(today - timedelta(days=age))
        clock.start_day(issued_on)
        clock.tick()
        if name not in suppliers:
            values = {"name": name, "currency": "GBP", "default_account": goods, "default_tax_rate": standard}
            suppliers[name] = create_supplier(company=company, values=values, by=owner)
        line = LineContent(text, Decimal(count), price, goods, standard)
        content = Content(suppliers[name], number, issued_on, "GBP", (line,))
        bill = bills.enter(company=company, content=content, due_on=issued_on + timedelta(days=30), by=owner)
        if state != "draft":
            bill = bills.approve(bill=bill, by=owner)
        if state == "paid":
            order = Order(suppliers[name], bill.available, [Part(bill, bill.available)], reference=number)
            payments.pay(company=company, header=Header(account, issued_on, "GBP"), order=order, by=owner)
