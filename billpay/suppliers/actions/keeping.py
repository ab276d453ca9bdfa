"""Adding, changing, archiving and restoring suppliers."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from billpay.companies import audit
from billpay.companies.models import Company, User
from billpay.companies.refusals import Refused
from billpay.suppliers.models import Supplier


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
    "discount_percent": "early-payment discount",
    "discount_days": "days to pay with discount",
    "discount_tax": "tax of the discount",
    "default_account": "usual account",
    "default_tax_rate": "usual tax rate",
    "notes": "notes",
}
"""What can be entered of a supplier, and what people call it."""


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
    row = lock(supplier)
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
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else ""
    return value if isinstance(value, int) else str(value or "")


def _change(supplier: Supplier, name: str, before: str | int) -> str:
    """One change in words; long texts are named, not quoted."""
    label, after = DETAILS[name], _plain(getattr(supplier, name))
    if name in {"address", "notes"}:
        return f"{label} {'changed' if before and after else 'added' if after else 'removed'}"
    return f"{label} {in_words(name, before)} → {in_words(name, after)}"


def in_words(name: str, value: Any) -> str:
    """A detail as people read it: the label of a code, and "none" for what is empty."""
    choices = getattr(Supplier._meta.get_field(name), "flatchoices", ())
    plain = _plain(value)
    return str(dict(choices).get(plain, plain)) or "none"


@transaction.atomic
def archive(*, supplier: Supplier, by: User) -> Supplier:
    """Take a supplier out of every list to choose from; its history stays. Twice is once."""
    return _set_archived(supplier, by, archived=True)


@transaction.atomic
def restore(*, supplier: Supplier, by: User) -> Supplier:
    """Bring an archived supplier back. Twice is once."""
    return _set_archived(supplier, by, archived=False)


def _set_archived(supplier: Supplier, by: User, *, archived: bool) -> Supplier:
    row = lock(supplier)
    if (row.archived_at is not None) == archived:
        return row
    row.archived_at = timezone.now() if archived else None
    row.version += 1
    row.save(update_fields=["archived_at", "version"])
    word = "archived" if archived else "restored"
    audit.record(company=row.company, verb=f"supplier.{word}", target=row, by=by, summary=f"Supplier {row} {word}")
    return row


def lock(supplier: Supplier) -> Supplier:
    """The supplier as it is now, locked until the transaction ends."""
    return Supplier.objects.select_for_update(of=("self",), no_key=True).select_related("company").get(pk=supplier.pk)
