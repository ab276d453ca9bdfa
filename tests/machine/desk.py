"""Two companies that the machine works: their people, accounts and suppliers, in three currencies."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from billpay.banking.models import BankAccount, BankTransaction, Direction, Statement
from billpay.companies.models import Company, Role, User
from billpay.money.value import Money
from billpay.payments import actions as payments
from billpay.payments.actions import Order
from billpay.suppliers.models import Supplier
from tests.factories import (
    BankAccountFactory,
    BankTransactionFactory,
    CompanyFactory,
    StatementFactory,
    SupplierFactory,
    header,
    make_bill,
    make_credit_note,
    member,
    needs_approval,
)

RATES = {
    "GBP": {"GBP": Decimal(1), "EUR": Decimal("0.885"), "JPY": Decimal("0.0052")},
    "EUR": {"EUR": Decimal(1), "GBP": Decimal("1.13"), "JPY": Decimal("0.0059")},
}
"""Base units per unit of each currency, before they move."""


@dataclass
class Desk:
    """One company: payments over 100.00 need one approver, over 1,000.00 two."""

    company: Company
    people: list[User]
    suppliers: list[Supplier]
    account: BankAccount
    statement: Statement
    waits: BankAccount
    numbers: int = field(default=0)

    @classmethod
    def of(cls, base: str) -> Desk:
        company = CompanyFactory(base_currency=base, checks_bank_details=base == "GBP")
        needs_approval(company, above_minor=100_00)
        needs_approval(company, above_minor=1_000_00, approvers=2)
        account = BankAccountFactory(company=company, currency=base)
        return cls(
            company=company,
            people=[member(company, role) for role in (Role.OWNER, Role.APPROVER, Role.BOOKKEEPER)],
            suppliers=[SupplierFactory(company=company, currency=currency) for currency in ("GBP", "EUR", "JPY")],
            account=account,
            statement=StatementFactory(bank_account=account, company=company),
            waits=BankAccountFactory(company=company, currency=base, waits_for_outcome=True, payment_weekday=4),
        )

    def stock(self) -> None:
        """Something to work with: two bills, a credit note and an advance for each supplier."""
        by = self.people[0]
        for supplier in self.suppliers:
            rate = self.rate(supplier.currency)
            for minor in (150_00, 1_234_56):
                make_bill(supplier=supplier, total_minor=minor, rate=rate, number=self.next_number(), by=by)
            make_credit_note(supplier=supplier, total_minor=60_00, rate=rate, number=self.next_number(), by=by)
            advance = Order(supplier=supplier, amount=Money(80_00, supplier.currency))
            made = header(self.account, currency=supplier.currency, rate=rate)
            payments.pay(company=self.company, header=made, order=advance, by=by)

    def rate(self, currency: str, nudge: int = 0) -> Decimal:
        """The rate of a currency, some hundredths of a per cent away; the company's own is always 1."""
        plain = RATES[self.company.base_currency][currency]
        if currency == self.company.base_currency:
            return plain
        return (plain * (10_000 + nudge) / 10_000).quantize(Decimal("0.000000001"))

    def bank_line(self, minor: int, direction: Direction) -> BankTransaction:
        return BankTransactionFactory(
            statement=self.statement,
            bank_account=self.account,
            company=self.company,
            amount_minor=minor,
            direction=direction,
        )

    def next_number(self) -> str:
        self.numbers += 1
        return f"DOC-{self.numbers}"
