"""What the books say: balances of accounts on a day, and the lines of the journal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from billpay.companies.models import Company
from billpay.ledger.models import AccountRole, JournalLine, NominalAccount
from billpay.ledger.standpoint import Standpoint
from billpay.money.value import Money


@dataclass(frozen=True, slots=True)
class Balance:
    """An account with its balance on one side, in the base currency; the other side is None."""

    account: NominalAccount
    debit: Money | None
    credit: Money | None


@dataclass(frozen=True, slots=True)
class TrialBalance:
    rows: list[Balance]
    debit: Money
    credit: Money


@dataclass(frozen=True, slots=True)
class Control:
    """The payables account, and what it says is owed: its credits less its debits, in the base currency."""

    account: NominalAccount
    owed: Money


def with_balances(accounts: QuerySet[NominalAccount], *, at: Standpoint | None = None) -> QuerySet[NominalAccount]:
    """Add `balance_minor` to accounts: debits less credits, from where one stands, or of all there is."""
    lines = JournalLine.objects.filter(account=OuterRef("pk"))
    if at is not None:
        lines = lines.filter(at.counts("entry__on", "entry__created_at"))
    sums = lines.order_by().values("account").annotate(sum=Sum("debit_minor") - Sum("credit_minor"))
    return accounts.annotate(balance_minor=Coalesce(Subquery(sums.values("sum")), 0))


def balances(accounts: Iterable[NominalAccount], currency: str) -> list[Balance]:
    """:param accounts: as `with_balances` gives them."""
    return [_balance(account, currency) for account in accounts]


def trial_balance(company: Company, *, at: Standpoint) -> TrialBalance:
    """Every account with a balance from where one stands; both sides add up to the same."""
    accounts = with_balances(company.nominal_accounts.all(), at=at)
    rows = [row for row in balances(accounts, company.base_currency) if row.debit or row.credit]
    nothing = Money.zero(company.base_currency)
    return TrialBalance(
        rows,
        sum((row.debit for row in rows if row.debit), nothing),
        sum((row.credit for row in rows if row.credit), nothing),
    )


def control_account(company: Company, *, at: Standpoint) -> Control:
    """The payables account from where one stands."""
    account = with_balances(company.nominal_accounts.filter(role=AccountRole.PAYABLES), at=at).get()
    return Control(account, Money(-account.balance_minor, company.base_currency))  # type: ignore[attr-defined]


def _balance(account: NominalAccount, currency: str) -> Balance:
    minor: int = account.balance_minor  # type: ignore[attr-defined]
    return Balance(
        account, Money(minor, currency) if minor > 0 else None, Money(-minor, currency) if minor < 0 else None
    )
