"""What the books say: balances of accounts, on a day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from billpay.companies.models import Company
from billpay.ledger.models import JournalLine, NominalAccount
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


def with_balances(accounts: QuerySet[NominalAccount], *, on: date | None = None) -> QuerySet[NominalAccount]:
    """Add `balance_minor` to accounts: debits less credits through the day, or all of them."""
    lines = JournalLine.objects.filter(account=OuterRef("pk"))
    if on is not None:
        lines = lines.filter(entry__on__lte=on)
    sums = lines.order_by().values("account").annotate(sum=Sum("debit_minor") - Sum("credit_minor"))
    return accounts.annotate(balance_minor=Coalesce(Subquery(sums.values("sum")), 0))


def balances(accounts: Iterable[NominalAccount], currency: str) -> list[Balance]:
    """:param accounts: as `with_balances` gives them."""
    return [_balance(account, currency) for account in accounts]


def trial_balance(company: Company, *, on: date) -> TrialBalance:
    """Every account with a balance on that day; both sides add up to the same."""
    accounts = with_balances(company.nominal_accounts.all(), on=on)
    rows = [row for row in balances(accounts, company.base_currency) if row.debit or row.credit]
    nothing = Money.zero(company.base_currency)
    return TrialBalance(
        rows,
        sum((row.debit for row in rows if row.debit), nothing),
        sum((row.credit for row in rows if row.credit), nothing),
    )


def _balance(account: NominalAccount, currency: str) -> Balance:
    minor: int = account.balance_minor  # type: ignore[attr-defined]
    return Balance(
        account, Money(minor, currency) if minor > 0 else None, Money(-minor, currency) if minor < 0 else None
    )
