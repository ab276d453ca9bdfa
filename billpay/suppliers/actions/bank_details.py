"""Where a supplier is paid: entered by one person, checked by another, and never rewritten."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format

from billpay.companies import audit
from billpay.companies.models import User
from billpay.suppliers.actions.keeping import Stale, SupplierError, lock
from billpay.suppliers.models import Supplier, SupplierBankAccount


class CheckRefused(SupplierError):
    """Bank details were not checked."""


class OwnDetails(CheckRefused):
    """Whoever entered bank details cannot be the one who checks them."""


@dataclass(frozen=True, slots=True)
class BankDetails:
    """Where to pay, as it is stored: numbers without spaces, checked by who calls."""

    holder: str
    currency: str
    iban: str = ""
    bic: str = ""
    sort_code: str = ""
    routing_number: str = ""
    account_number: str = ""


@transaction.atomic
def set_bank_details(
    *, supplier: Supplier, details: BankDetails, seen: Collection[int], by: User, reason: str = ""
) -> SupplierBankAccount:
    """
    Pay a supplier, in one currency, to this account from now on. The one before is archived, never rewritten.

    The same details again leave nothing.

    :param seen: ids of the accounts that the person saw in use.
    :param reason: why, and where the details come from; kept in the trail.
    :raises Stale: an account is in use that the person has not seen.
    """
    row = lock(supplier)
    live = row.bank_accounts.live().filter(currency=details.currency).first()
    if live is not None and all(getattr(live, name) == value for name, value in asdict(details).items()):
        return live
    if live is not None and live.pk not in seen:
        raise Stale(
            f"The {details.currency} bank details of {row} were changed by someone else just now. "
            "Look at them, and enter yours again if they are still right."
        )
    if live is not None:
        _retire(live, by)
    account = SupplierBankAccount.objects.create(company=row.company, supplier=row, created_by=by, **asdict(details))
    change = f"changed from {live.masked} to {account.masked}" if live else f"added: {account.masked}"
    audit.record(
        company=row.company,
        verb="supplier.bank_details_changed" if live else "supplier.bank_details_added",
        target=row,
        by=by,
        summary=_with_reason(f"{details.currency} bank details of {row} {change}", reason),
        before=live.masked if live else "",
        after=account.masked,
        currency=details.currency,
        reason=reason,
        account=account.pk,
    )
    return account


@transaction.atomic
def check_bank_details(*, account: SupplierBankAccount, by: User, how: str) -> SupplierBankAccount:
    """
    Say, as a second person, that an account is the supplier's own.

    :param how: how that was found out, as in "called the number on the contract"; kept beside it.
    :raises OwnDetails: `by` entered them.
    :raises CheckRefused: they are not in use any more, were checked already, or `how` says nothing.
    """
    how = " ".join(how.split())
    if not how:
        raise CheckRefused("Say how you checked them.", field="how")
    supplier, row = _waiting(account)
    if row.created_by_id == by.pk:
        raise OwnDetails("You entered these details; a second person checks them.")
    row.checked_at, row.checked_by, row.checked_how = timezone.now(), by, how
    row.save(update_fields=["checked_at", "checked_by", "checked_how"])
    audit.record(
        company=supplier.company,
        verb="supplier.bank_details_checked",
        target=supplier,
        by=by,
        summary=f"{row.currency} bank details of {supplier} checked: {row.masked} ({how})",
        after=row.masked,
        currency=row.currency,
        how=how,
        account=row.pk,
    )
    return row


@transaction.atomic
def reject_bank_details(*, account: SupplierBankAccount, by: User, reason: str) -> SupplierBankAccount:
    """
    Say that an account that waits for its check is not the supplier's: it is removed, and stays in the history.

    :param reason: what was found out; kept in the trail.
    :raises CheckRefused: it is not in use any more, was checked already, or the reason says nothing.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise CheckRefused("Say why they are not right.", field="reason")
    supplier, row = _waiting(account)
    _retire(row, by)
    audit.record(
        company=supplier.company,
        verb="supplier.bank_details_rejected",
        target=supplier,
        by=by,
        summary=f"{row.currency} bank details of {supplier} rejected: {row.masked} ({reason})",
        before=row.masked,
        after="",
        currency=row.currency,
        reason=reason,
        account=row.pk,
    )
    return row


def _waiting(account: SupplierBankAccount) -> tuple[Supplier, SupplierBankAccount]:
    """The supplier and its account, both locked, or CheckRefused when there is nothing left to check."""
    supplier, row = _locked(account)
    if row.archived_at is not None:
        raise CheckRefused("These bank details are not in use any more, so there is nothing to check.")
    if row.checked_at is not None:
        day = date_format(timezone.localdate(row.checked_at), "j F Y")
        raise CheckRefused(f"{row.checked_by} checked these bank details on {day} already.")
    return supplier, row


def _locked(account: SupplierBankAccount) -> tuple[Supplier, SupplierBankAccount]:
    supplier = lock(account.supplier)
    return supplier, supplier.bank_accounts.select_for_update(of=("self",), no_key=True).get(pk=account.pk)


@transaction.atomic
def remove_bank_details(*, account: SupplierBankAccount, by: User) -> SupplierBankAccount:
    """Stop paying to an account without naming another. It stays in the history. Twice is once."""
    supplier, row = _locked(account)
    if row.archived_at is not None:
        return row
    _retire(row, by)
    audit.record(
        company=supplier.company,
        verb="supplier.bank_details_removed",
        target=supplier,
        by=by,
        summary=f"{row.currency} bank details of {supplier} removed: {row.masked}",
        before=row.masked,
        after="",
        currency=row.currency,
        account=row.pk,
    )
    return row


def _retire(account: SupplierBankAccount, by: User) -> None:
    account.archived_at, account.archived_by = timezone.now(), by
    account.save(update_fields=["archived_at", "archived_by"])


def _with_reason(summary: str, reason: str) -> str:
    return f"{summary} ({reason})" if reason else summary
