"""Which account a supplier is paid to, what it was before, and when a change is new enough to be checked by phone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from billpay.companies.models import Company
from billpay.suppliers.models import Supplier, SupplierBankAccount

RECENT_DAYS = 30
"""For so long a change is pointed out: most payments to a fraudster follow a letter with “our new bank details”."""


@dataclass(frozen=True, slots=True)
class InUse:
    """The account in use for one currency. `warning` is empty once a change is old."""

    account: SupplierBankAccount
    warning: str

    @property
    def dialog_id(self) -> str:
        return f"remove-{self.account.pk}"


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known: accounts in use, newest first, and earlier ones."""

    in_use: list[InUse]
    earlier: list[SupplierBankAccount]


def known(supplier: Supplier, *, today: date) -> Known:
    """The bank details of one supplier, in one query."""
    rows = list(supplier.bank_accounts.select_related("created_by", "archived_by").order_by("-id"))
    earlier = [row for row in rows if row.archived_at is not None]
    replaced = {row.currency for row in earlier}
    live = [row for row in rows if row.archived_at is None]
    return Known([InUse(row, _warning(row, row.currency in replaced, today)) for row in live], earlier)


def live_accounts(company: Company, suppliers: Iterable[int], *, currency: str) -> dict[int, SupplierBankAccount]:
    """Supplier id → the account it is paid to in `currency`, in one query; those without one are left out."""
    accounts = company.supplier_bank_accounts.live().filter(supplier__in=set(suppliers), currency=currency)
    return {account.supplier_id: account for account in accounts}


def warnings(company: Company, suppliers: Iterable[int], *, currency: str, today: date) -> dict[int, str]:
    """
    Supplier id → what to say before paying it in `currency`; suppliers without a recent change are left out.

    Two queries, whatever the number of suppliers.
    """
    accounts = company.supplier_bank_accounts.filter(supplier__in=set(suppliers), currency=currency)
    replaced = set(accounts.filter(archived_at__isnull=False).values_list("supplier_id", flat=True))
    live = accounts.filter(archived_at=None)
    said = {row.supplier_id: _warning(row, row.supplier_id in replaced, today) for row in live}
    return {supplier: words for supplier, words in said.items() if words}


def _warning(account: SupplierBankAccount, replaced: bool, today: date) -> str:
    days = (today - timezone.localdate(account.created_at)).days
    if not replaced or days > RECENT_DAYS:
        return ""
    when = "today" if days <= 0 else "yesterday" if days == 1 else f"{days} days ago"
    return f"Changed {when} – verify by phone"
