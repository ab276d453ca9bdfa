"""The demo company's desk: entering, approving and voiding documents as its people would."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from billpay.banking.models import BankAccount
from billpay.bills import actions as bills
from billpay.bills.models import Bill
from billpay.companies.models import Company
from billpay.documents.drafting import Content, LineContent
from billpay.home.demo import papers
from billpay.home.demo.clock import Clock, working_day_after
from billpay.home.demo.people import Staff
from billpay.home.demo.plan import PlannedBill, PlannedLine, Stage
from billpay.home.demo.traders import Trader
from billpay.ledger import keeping
from billpay.ledger.models import AccountType, NominalAccount, TaxRate, TrackingCategory
from billpay.suppliers import actions as suppliers
from billpay.suppliers.actions import BankDetails
from billpay.suppliers.models import Supplier

OTHER_ACCOUNTS = (
    ("2202", "VAT account", AccountType.LIABILITY),
    ("4000", "Sales", AccountType.INCOME),
    ("7003", "Wages and salaries", AccountType.EXPENSE),
)


class Desk:
    """What the people of the demo company have in front of them."""

    def __init__(self, company: Company, staff: Staff, clock: Clock, rng: Random) -> None:
        self.company, self.staff, self.clock, self.rng = company, staff, clock, rng
        for code, name, kind in OTHER_ACCOUNTS:
            values = {"code": code, "name": name, "type": kind}
            keeping.add(model=NominalAccount, company=company, values=values, by=staff.owner)
        self.accounts: dict[str, NominalAccount] = {row.code: row for row in company.nominal_accounts.all()}
        self.taxes: dict[str, TaxRate] = {row.code: row for row in company.tax_rates.all()}
        self.suppliers: dict[str, Supplier] = {}
        self.banks: dict[str, BankAccount] = {}
        self.entered: dict[tuple[str, int], Bill] = {}
        """Bills by supplier name and place from the newest."""
        self._to_approve: list[tuple[date, PlannedBill, Bill]] = []
        self._to_void: list[tuple[date, PlannedBill, Bill]] = []
        self.shops: list[Any] = [
            keeping.add(model=TrackingCategory, company=company, values={"name": name}, by=staff.owner)
            for name in ("Shop", "Wholesale", "Warehouse")
        ]

    def open_supplier(self, trader: Trader) -> Supplier:
        """Take a supplier on, with terms, defaults and bank details, which the approver checks by phone."""
        self.clock.tick()
        by = self.staff.bookkeeper
        percent, days, tax = trader.discount
        supplier = suppliers.create(
            company=self.company,
            values={
                "name": trader.name,
                "contact_name": trader.contact,
                "email": trader.email,
                "phone": trader.phone,
                "address": trader.address,
                "tax_number": trader.tax_number,
                "currency": trader.currency,
                "terms": trader.terms,
                "terms_days": trader.terms_days,
                "discount_percent": Decimal(percent),
                "discount_days": days,
                "discount_tax": tax,
                "default_account": self.accounts[trader.account],
                "default_tax_rate": self.taxes[trader.tax],
            },
            by=by,
        )
        details = BankDetails(trader.name, trader.currency, **trader.bank)
        account = suppliers.set_bank_details(supplier=supplier, details=details, seen=(), by=by)
        suppliers.check_bank_details(
            account=account, by=self.staff.approver, how=f"Called {trader.contact} on {trader.phone}"
        )
        self.suppliers[trader.name] = supplier
        return supplier

    def enter(self, planned: PlannedBill) -> Bill:
        """Enter a bill; it goes as far as planned today, the rest is for later days."""
        self.clock.tick()
        trader = planned.trader
        supplier = self.suppliers[trader.name]
        bill = bills.enter(
            company=self.company,
            content=Content(
                supplier=supplier,
                number=planned.number,
                issued_on=planned.issued_on,
                currency=trader.currency,
                rate=planned.rate,
                lines=self.lines(trader, planned.lines),
                reference=f"PO {self.rng.randrange(2100, 2999)}" if trader.account in {"5000", "5100"} else "",
            ),
            due_on=supplier.due_date_for(planned.issued_on),
            by=self.staff.bookkeeper,
        )
        self.entered[trader.name, planned.back] = bill
        if planned.back == 0 and trader.account in {"5000", "7800", "6200", "7500"}:
            self._attach(bill, trader)
        if planned.stage != Stage.DRAFT:
            self.clock.tick()
            bills.submit(bill=bill, by=self.staff.bookkeeper)
        if planned.stage in {Stage.APPROVED, Stage.VOID}:
            self._to_approve.append((working_day_after(self.clock.day, self.rng.randrange(2)), planned, bill))
        return bill

    def lines(self, trader: Trader, planned: tuple[PlannedLine, ...]) -> tuple[LineContent, ...]:
        return tuple(
            LineContent(
                description=line.item.text,
                quantity=Decimal(line.count),
                unit_amount_minor=line.price,
                account=self.accounts[line.item.account or trader.account],
                tax_rate=self.taxes[line.item.tax or trader.tax],
                tracking=(self.rng.choice(self.shops),) if trader.account == "5000" else (),
            )
            for line in planned
        )

    def approve_what_waits(self, *, all_of_it: bool = False) -> None:
        """Approve the bills whose day has come, and void those that turned out to be wrong."""
        day = self.clock.day
        due = [one for one in self._to_approve if all_of_it or one[0] <= day]
        self._to_approve = [one for one in self._to_approve if one not in due]
        for _, planned, bill in due:
            self.clock.tick()
            bills.approve(bill=bill, by=self.staff.approver)
            if planned.stage == Stage.VOID:
                self._to_void.append((working_day_after(day, 2), planned, bill))
        wrong = [one for one in self._to_void if one[0] <= day]
        self._to_void = [one for one in self._to_void if one not in wrong]
        for _, planned, bill in wrong:
            self.clock.tick()
            bills.void(bill=bill, on=day, reason=planned.void_reason, by=self.staff.approver)

    def fresh(self, name: str, back: int) -> Bill:
        """A bill as it is now."""
        return Bill.objects.select_related("supplier", "company").get(pk=self.entered[name, back].pk)

    def _attach(self, bill: Bill, trader: Trader) -> None:
        name = "".join(letter if letter.isalnum() else "-" for letter in bill.number)
        if trader.account == "7800":
            file = papers.png(f"job-sheet-{name}.png", self.rng)
        else:
            listed = [
                f"{line.quantity.normalize():f} × {line.description}: {line.total}"
                for line in bill.lines.select_related("document")
            ]
            file = papers.pdf(
                f"invoice-{name}.pdf",
                [
                    trader.name,
                    *trader.address.splitlines(),
                    "",
                    f"Invoice {bill.number}, {bill.issued_on:%-d %B %Y}, due {bill.due_on:%-d %B %Y}",
                    f"To {self.company.name}",
                    "",
                    *listed,
                    "",
                    f"Total {bill.total}",
                ],
            )
        self.clock.tick()
        bills.attach(bill=bill, file=file, by=self.staff.bookkeeper)
