"""Which account a supplier is paid to, what it was before, and whether someone still has to look at it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from billpay.companies import audit
from billpay.companies.models import AuditEvent, Company
from billpay.suppliers.models import Supplier, SupplierBankAccount

RECENT_DAYS = 30
"""
For so long a change is pointed out, whether somebody checked it or not: most payments to a fraudster follow a letter
with “our new bank details”, and whoever checked them may have been deceived by the same letter.
"""


@dataclass(frozen=True, slots=True)
class InUse:
    """
    The account in use for one currency.

    :param warning: see `warnings`; empty where nothing is to be looked at.
    :param recency: the same in short, as in "Changed 2 days ago"; empty once that is long ago.
    """

    account: SupplierBankAccount
    warning: str
    recency: str
    waits: bool
    """Whether a second person has to check it before anything is paid to it."""

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
    rows = list(supplier.bank_accounts.select_related("created_by", "archived_by", "checked_by").order_by("-id"))
    earlier = [row for row in rows if row.archived_at is not None]
    replaced = {row.currency for row in earlier}
    company = supplier.company
    live = [
        InUse(
            account=row,
            warning=_warning(company, row, row.currency in replaced, today),
            recency=_recency(row, row.currency in replaced, today),
            waits=waits(company, row),
        )
        for row in rows
        if row.archived_at is None
    ]
    return Known(live, earlier)


def waits(company: Company, account: SupplierBankAccount) -> bool:
    """Whether a second person has to check an account in use before anything is paid to it."""
    return company.checks_bank_details and not account.is_checked


@dataclass(frozen=True, slots=True)
class Change:
    """An account as somebody else is to check it: what it takes the place of, and why it was entered."""

    account: SupplierBankAccount
    before: SupplierBankAccount | None
    reason: str
    phone_changed: AuditEvent | None
    """The last change of the supplier's phone number, when that is recent: whoever answers it may be no supplier."""
    history: list[AuditEvent]


def change(account: SupplierBankAccount, *, today: date) -> Change:
    """What a second person has to know of an account. `account` carries its supplier and company; three queries."""
    supplier = account.supplier
    earlier = supplier.bank_accounts.filter(currency=account.currency, pk__lt=account.pk)
    trail = audit.trail(supplier)
    history = list(trail.filter(verb__startswith="supplier.bank_details"))
    entered = (event for event in history if event.detail.get("account") == account.pk and "reason" in event.detail)
    recent = trail.filter(verb="supplier.edited", at__date__gte=today - timedelta(days=RECENT_DAYS))
    return Change(
        account=account,
        before=earlier.order_by("-pk").first(),
        reason=next((event.detail["reason"] for event in reversed(list(entered))), ""),
        phone_changed=next((event for event in recent if "phone" in event.detail.get("after", {})), None),
        history=history,
    )


def history(supplier: Supplier, *, currency: str) -> QuerySet[AuditEvent]:
    """Every change and check of the details in one currency, newest first: who, when, from which account to which."""
    return audit.trail(supplier).filter(verb__startswith="supplier.bank_details", detail__currency=currency)


def live_accounts(company: Company, suppliers: Iterable[int], *, currency: str) -> dict[int, SupplierBankAccount]:
    """Supplier id → the account it is paid to in `currency`, in one query; those without one are left out."""
    accounts = company.supplier_bank_accounts.live().filter(supplier__in=set(suppliers), currency=currency)
    return {account.supplier_id: account for account in accounts}


def warnings(company: Company, suppliers: Iterable[int], *, currency: str, today: date) -> dict[int, str]:
    """
    Supplier id → what to say before paying it in `currency`: who entered the details when, and who checked them.

    Suppliers whose details are neither recent nor wait for a check are left out. Two queries, whatever the number of
    suppliers.
    """
    accounts = company.supplier_bank_accounts.filter(supplier__in=set(suppliers), currency=currency)
    replaced = set(accounts.filter(archived_at__isnull=False).values_list("supplier_id", flat=True))
    live = accounts.filter(archived_at=None).select_related("created_by", "checked_by")
    said = {row.supplier_id: _warning(company, row, row.supplier_id in replaced, today) for row in live}
    return {supplier: words for supplier, words in said.items() if words}


def _warning(company: Company, account: SupplierBankAccount, replaced: bool, today: date) -> str:
    """Details are looked at while they are recent, checked or not, and for as long as they wait for their check."""
    recency = _recency(account, replaced, today)
    if not recency and not waits(company, account):
        return ""
    entered = recency or f"Entered {_ago(_days(account, today))}"
    by = f" by {account.created_by}" if account.created_by else ""
    checked = ""
    if account.is_checked:
        checked = f", checked by {account.checked_by}"
    elif waits(company, account):
        checked = ", not yet checked by a second person"
    return f"{entered}{by}{checked}. Verify by phone."


def _recency(account: SupplierBankAccount, replaced: bool, today: date) -> str:
    days = _days(account, today)
    if days > RECENT_DAYS:
        return ""
    return f"Changed {_ago(days)}" if replaced else f"New: added {_ago(days)}"


def _days(account: SupplierBankAccount, today: date) -> int:
    return (today - timezone.localdate(account.created_at)).days


def _ago(days: int) -> str:
    return "today" if days <= 0 else "yesterday" if days == 1 else f"{days} days ago"
