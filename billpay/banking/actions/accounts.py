"""Opening and keeping the company's bank accounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from billpay.banking.models import BankAccount
from billpay.companies import audit
from billpay.companies.models import Company, User
from billpay.companies.refusals import Refused
from billpay.ledger.models import AccountType, NominalAccount


class BankAccountError(Refused):
    """A bank account would not do what was asked."""


@transaction.atomic
def open_account(
    *,
    company: Company,
    name: str,
    currency: str,
    by: User | None,
    nominal_account: NominalAccount | None = None,
    external_id: str = "",
    **details: Any,
) -> BankAccount:
    """
    Open a bank account with a nominal account of its own, by the next free code from 1200 unless one is given.

    :param details: any of `DETAILS`, checked by who calls.
    :raises BankAccountError: the company has an account of that name.
    """
    if company.bank_accounts.filter(name=name).exists():
        raise BankAccountError(f"There is a bank account called {name} already.", field="name")
    nominal = nominal_account or NominalAccount.objects.create(
        company=company, code=_free_code(company), name=name, type=AccountType.ASSET
    )
    account = BankAccount.objects.create(
        company=company, name=name, currency=currency, nominal_account=nominal, external_id=external_id, **details
    )
    audit.record(
        company=company,
        verb="bank_account.opened",
        target=account,
        by=by,
        summary=f"Bank account {name} ({currency}) opened, nominal account {nominal.code}",
    )
    return account


def _free_code(company: Company) -> str:
    taken = set(company.nominal_accounts.filter(code__startswith="12").values_list("code", flat=True))
    return next(str(code) for code in range(1200, 9999) if str(code) not in taken)


DETAILS = {
    "name": "name",
    "holder": "account holder",
    "iban": "IBAN",
    "bic": "BIC",
    "sort_code": "sort code",
    "routing_number": "routing number",
    "account_number": "account number",
    "calendar": "bank holidays",
    "day_rule": "rule for days that banks are closed",
    "payment_weekday": "weekly payment day",
    "waits_for_outcome": "waiting for the bank's outcome",
}
"""What can be changed of an account, and what people call it."""


@transaction.atomic
def change_account(*, account: BankAccount, values: Mapping[str, Any], by: User) -> BankAccount:
    """
    Change any of `DETAILS`; the currency stays for ever. Nothing changed leaves nothing.

    :param values: checked by who calls.
    :raises BankAccountError: another account of the company has that name.
    """
    row = BankAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
    changed = {name: value for name, value in values.items() if name in DETAILS and getattr(row, name) != value}
    if not changed:
        return row
    if row.company.bank_accounts.exclude(pk=row.pk).filter(name=changed.get("name", row.name)).exists():
        raise BankAccountError(f"There is a bank account called {changed['name']} already.", field="name")
    before = {name: getattr(row, name) for name in changed}
    for name, value in changed.items():
        setattr(row, name, value)
    row.save(update_fields=list(changed))
    audit.record(
        company=row.company,
        verb="bank_account.changed",
        target=row,
        by=by,
        summary=f"Bank account {row.name} changed: {', '.join(DETAILS[name] for name in changed)}",
        before=before,
        after=changed,
    )
    return row


@transaction.atomic
def archive_account(*, account: BankAccount, by: User) -> BankAccount:
    """Take an account out of every list to choose from; its history stays. Twice is once."""
    return _set_archived(account, by, archived=True)


@transaction.atomic
def restore_account(*, account: BankAccount, by: User) -> BankAccount:
    """Bring an archived account back. Twice is once."""
    return _set_archived(account, by, archived=False)


def _set_archived(account: BankAccount, by: User, *, archived: bool) -> BankAccount:
    row = BankAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
    if (row.archived_at is not None) == archived:
        return row
    row.archived_at = timezone.now() if archived else None
    row.save(update_fields=["archived_at"])
    word = "archived" if archived else "restored"
    audit.record(
        company=row.company, verb=f"bank_account.{word}", target=row, by=by, summary=f"Bank account {row.name} {word}"
    )
    return row
