"""Everything that changes a supplier or where its money is sent."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from billpay.companies import audit
from billpay.companies.models import Company, User
from billpay.companies.refusals import Refused
from billpay.suppliers.models import Supplier, SupplierBankAccount


class SupplierError(Refused):
    """A supplier would not do what was asked."""


class Stale(SupplierError):
    """Someone else changed it since the form was drawn."""


DETAILS = {
    "name": "name",
    "contact_name": "contact",
    "email": "email",
    "phone": "phone",
    "address": "address",
    "tax_number": "tax number",
    "currency": "usual currency",
    "terms": "terms",
    "terms_days": "days to pay",
    "default_account": "usual account",
    "default_tax_rate": "usual tax rate",
    "notes": "notes",
}
"""What can be entered of a supplier, and what people call it."""


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
def create(*, company: Company, values: Mapping[str, Any], by: User) -> Supplier:
    """
    Add a supplier.

    :param values: any of `DETAILS`; the account and tax rate are the company's own, checked by who calls.
    """
    supplier = Supplier.objects.create(company=company, **{name: values[name] for name in DETAILS if name in values})
    audit.record(company=company, verb="supplier.created", target=supplier, by=by, summary=f"Supplier {supplier} added")
    return supplier


@transaction.atomic
def edit(*, supplier: Supplier, values: Mapping[str, Any], version: int, by: User) -> Supplier:
    """
    Change a supplier's details. Nothing changed leaves nothing.

    :param values: any of `DETAILS`, checked by who calls.
    :param version: of the supplier when the form was drawn.
    :raises Stale: someone else changed it meanwhile.
    """
    row = _lock(supplier)
    if row.version != version:
        raise Stale(f"{row} was changed by someone else since you opened it. Nothing of yours is saved.")
    changed = [name for name in DETAILS if name in values and getattr(row, name) != values[name]]
    if not changed:
        return row
    before = {name: _plain(getattr(row, name)) for name in changed}
    for name in changed:
        setattr(row, name, values[name])
    row.version += 1
    row.save(update_fields=[*changed, "version"])
    audit.record(
        company=row.company,
        verb="supplier.edited",
        target=row,
        by=by,
        summary=f"Supplier {row} changed: {'; '.join(_change(row, name, before[name]) for name in changed)}",
        before=before,
        after={name: _plain(getattr(row, name)) for name in changed},
    )
    return row


def _plain(value: Any) -> str | int:
    return value if isinstance(value, int) else str(value or "")


def _change(supplier: Supplier, name: str, before: str | int) -> str:
    """One change in words; long texts are named, not quoted."""
    label, after = DETAILS[name], _plain(getattr(supplier, name))
    if name in {"address", "notes"}:
        return f"{label} {'changed' if before and after else 'added' if after else 'removed'}"
    return f"{label} {before or 'none'} → {after or 'none'}"


@transaction.atomic
def archive(*, supplier: Supplier, by: User) -> Supplier:
    """Take a supplier out of every list to choose from; its history stays. Twice is once."""
    return _set_archived(supplier, by, archived=True)


@transaction.atomic
def restore(*, supplier: Supplier, by: User) -> Supplier:
    """Bring an archived supplier back. Twice is once."""
    return _set_archived(supplier, by, archived=False)


def _set_archived(supplier: Supplier, by: User, *, archived: bool) -> Supplier:
    row = _lock(supplier)
    if (row.archived_at is not None) == archived:
        return row
    row.archived_at = timezone.now() if archived else None
    row.version += 1
    row.save(update_fields=["archived_at", "version"])
    word = "archived" if archived else "restored"
    audit.record(company=row.company, verb=f"supplier.{word}", target=row, by=by, summary=f"Supplier {row} {word}")
    return row


@transaction.atomic
def set_bank_details(
    *, supplier: Supplier, details: BankDetails, seen: Collection[int], by: User, reason: str = ""
) -> SupplierBankAccount:
    """
    Pay a supplier, in one currency, to this account from now on. The one before is archived, never rewritten.

    The same details again leave nothing.

    :param seen: ids of the accounts that the person saw in use.
    :param reason: where the details come from and how they were checked; kept in the trail.
    :raises Stale: an account is in use that the person has not seen.
    """
    row = _lock(supplier)
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
    )
    return account


@transaction.atomic
def remove_bank_details(*, account: SupplierBankAccount, by: User) -> SupplierBankAccount:
    """Stop paying to an account without naming another. It stays in the history. Twice is once."""
    supplier = _lock(account.supplier)
    row = supplier.bank_accounts.select_for_update(of=("self",), no_key=True).get(pk=account.pk)
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
    )
    return row


def _retire(account: SupplierBankAccount, by: User) -> None:
    account.archived_at, account.archived_by = timezone.now(), by
    account.save(update_fields=["archived_at", "archived_by"])


def _with_reason(summary: str, reason: str) -> str:
    return f"{summary} ({reason})" if reason else summary


def _lock(supplier: Supplier) -> Supplier:
    """The supplier as it is now, locked until the transaction ends."""
    return Supplier.objects.select_for_update(of=("self",), no_key=True).select_related("company").get(pk=supplier.pk)
