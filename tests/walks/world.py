"""One company with one of everything, so that every address leads somewhere."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from billpay.bills import actions as bills
from billpay.companies.models import Company, Role, User
from billpay.ledger.models import JournalEntry, TrackingCategory
from billpay.money.value import Money
from billpay.payments import actions as payments
from billpay.payments.actions import Order, Part
from billpay.reconciliation import actions as reconciliation
from billpay.suppliers.models import Supplier, SupplierBankAccount
from tests.factories import (
    TODAY,
    BankAccountFactory,
    BankTransactionFactory,
    CompanyFactory,
    StatementFactory,
    SupplierFactory,
    UserFactory,
    header,
    make_batch,
    make_bill,
    make_credit_note,
    make_draft,
    make_payment,
    make_refund,
    member,
    needs_approval,
)


@dataclass
class World:
    """The ids that addresses take, by the names they are given there, and the people who walk."""

    company: Company
    people: dict[str, User]
    things: dict[str, Any] = field(default_factory=dict)

    def kwargs(self, **wanted: str) -> dict[str, Any]:
        """URL arguments: the company, and each argument's thing by name, as in `pk="bill"`."""
        found = {name: getattr(self.things[thing], "pk", self.things[thing]) for name, thing in wanted.items()}
        return {"company": self.company.slug, **found}


def build() -> World:
    """A company with one of everything, its four members, a stranger to it and an operator."""
    company = CompanyFactory(slug="walked")
    people = {role.value: member(company, role) for role in Role}
    people["stranger"] = member(CompanyFactory())
    people["operator"] = UserFactory(is_staff=True, is_superuser=True)
    world = World(company, people)
    owner = people["owner"]
    supplier = SupplierFactory(company=company)
    account = BankAccountFactory(company=company)
    world.things |= {
        "supplier": supplier,
        "account": account,
        "membership": company.memberships.get(user=people["viewer"]),
        "nominal": company.nominal_accounts.get(code="7500"),
        "tax_rate": company.tax_rates.first(),
        "tracking": TrackingCategory.objects.create(company=company, name="Quay"),
        "method": company.payment_methods.first(),
        "token": uuid.uuid4(),
        "supplier_account": SupplierBankAccount.objects.create(
            company=company, supplier=supplier, holder="Walked Ltd", currency="GBP", account_number="12345678"
        ),
    }
    _documents(world, supplier, owner)
    _payments(world, supplier, owner)
    _bank(world, owner)
    world.things["entry"] = JournalEntry.objects.filter(company=company).first()
    return world


def _documents(world: World, supplier: Supplier, owner: User) -> None:
    world.things["bill"] = make_bill(supplier=supplier, by=owner)
    world.things["draft_bill"] = make_bill(supplier=supplier, by=owner, open=False)
    world.things["attachment"] = bills.attach(
        bill=world.things["bill"], file=SimpleUploadedFile("bill.pdf", b"%PDF-1.4 walked"), by=owner
    )
    world.things["credit"] = make_credit_note(supplier=supplier, by=owner)
    world.things["draft_credit"] = make_credit_note(supplier=supplier, by=owner, open=False)


def _payments(world: World, supplier: Supplier, owner: User) -> None:
    account = world.things["account"]
    paid = make_bill(supplier=supplier, by=owner)
    world.things["payment"] = make_payment(account=account, bill=paid, minor=40_00, by=owner)
    world.things["allocation"] = world.things["payment"].allocations.get()
    world.things["draft_payment"] = make_payment(account=account, bill=paid, minor=10_00, by=owner, draft=True)
    _life(world, owner)
    world.things["on_account"] = payments.pay(
        company=world.company,
        header=header(account),
        order=Order(supplier=supplier, amount=Money(30_00, "GBP"), parts=[Part(paid, Money(5_00, "GBP"))]),
        by=owner,
    )
    world.things["refund"] = make_refund(account=account, supplier=supplier, minor=15_00, by=owner)
    others = [make_bill(supplier=SupplierFactory(company=world.company), total_minor=minor) for minor in (1_00, 2_00)]
    world.things["batch"] = make_batch(account=account, bills=others, by=owner)


def _life(world: World, owner: User) -> None:
    """Payments on their way: one to approve, one on the schedule, one that was called off."""
    account, approver = world.things["account"], world.people["approver"]
    made = [
        make_draft(
            account=account,
            bill=make_bill(supplier=SupplierFactory(company=world.company), by=owner),
            by=owner,
            execute_on=TODAY + timedelta(days=days),
        )
        for days in (1, 2, 3)
    ]
    scheduled, off, waiting = made
    world.things["scheduled_payment"] = payments.submit(payment=scheduled, by=owner)
    called_off = payments.submit(payment=off, by=owner)
    world.things["cancelled_payment"] = payments.cancel(payment=called_off, reason="Not needed", by=approver)
    needs_approval(world.company)
    world.things["waiting_payment"] = payments.submit(payment=waiting, by=owner)


def _bank(world: World, owner: User) -> None:
    statement = StatementFactory(bank_account=world.things["account"], new_count=3)
    line = BankTransactionFactory(statement=statement, amount_minor=40_00, booked_on=TODAY)
    world.things |= {
        "statement": statement,
        "transaction": BankTransactionFactory(statement=statement, amount_minor=77_00, booked_on=TODAY),
        "matched_transaction": line,
        "money_in": BankTransactionFactory(statement=statement, amount_minor=9_00, booked_on=TODAY, direction="in"),
    }
    payment = world.things["payment"]
    matches = reconciliation.match(transaction=line, pairs=[(payment, payment.bank_total)], by=owner)
    world.things["group"] = matches[0].group
