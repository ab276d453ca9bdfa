"""Keeping the chart of accounts, tax rates and tracking categories: added, changed, archived, never deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models.fields.reverse_related import ForeignObjectRel
from django.db.transaction import atomic
from django.utils import timezone

from billpay.companies import audit
from billpay.companies.models import Company, User
from billpay.companies.refusals import Refused
from billpay.ledger.models import NominalAccount, TaxRate, TrackingCategory

type Kept = NominalAccount | TaxRate | TrackingCategory


class ChartError(Refused):
    """The chart of accounts, tax rates or tracking categories would not be changed like that."""


UNIQUE: dict[type[Kept], tuple[str, str]] = {
    NominalAccount: ("code", "code"),
    TaxRate: ("code", "code"),
    TrackingCategory: ("name", "name"),
}
FIXED_ONCE_USED: dict[type[Kept], tuple[str, str]] = {
    NominalAccount: ("type", "There are postings on it, so its type stays. Add another account."),
    TaxRate: ("percent", "It is in use, so its percentage stays. Add another rate and archive this one."),
}


@atomic
def add(*, model: type[Kept], company: Company, values: Mapping[str, Any], by: User) -> Kept:
    """
    Add a row to the chart.

    :raises ChartError: its code or name is taken.
    """
    _lock(company)
    _refuse_taken(model, company, values)
    row: Kept = model._default_manager.create(company=company, **values)
    _note(row, "added", by, f"{_noun(row)} {row} added")
    return row


@atomic
def change(*, row: Kept, values: Mapping[str, Any], by: User) -> Kept:
    """
    Change a row; what has been used keeps what documents and postings rest on.

    :raises ChartError: its code or name is taken, or its type or percentage is in use.
    """
    _lock(row.company)
    current: Kept = type(row)._default_manager.get(pk=row.pk)
    changed = {name: value for name, value in values.items() if getattr(current, name) != value}
    if not changed:
        return current
    _refuse_taken(type(row), row.company, changed, but=current)
    fixed, why = FIXED_ONCE_USED.get(type(row), ("", ""))
    if fixed in changed:
        if isinstance(current, NominalAccount) and current.role:
            raise ChartError("The books post to this account by themselves, so its type stays.", field=fixed)
        if is_used(current):
            raise ChartError(why, field=fixed)
    before = {name: str(getattr(current, name)) for name in changed}
    for name, value in changed.items():
        setattr(current, name, value)
    current.save(update_fields=list(changed))
    after = {name: str(value) for name, value in changed.items()}
    _note(current, "changed", by, f"{_noun(current)} {current} changed", before=before, after=after)
    return current


@atomic
def archive(*, row: Kept, by: User) -> Kept:
    """
    Take a row out of every list to choose from. Twice is once.

    :raises ChartError: the books or a bank account need the account.
    """
    current: Kept = type(row)._default_manager.select_for_update(of=("self",), no_key=True).get(pk=row.pk)
    if isinstance(current, NominalAccount):
        if current.role:
            raise ChartError(f"The books post to {current} by themselves; it cannot be archived.")
        if hasattr(current, "bank_account"):
            raise ChartError(f"{current} belongs to a bank account; archive that one instead.")
    if current.archived_at is None:
        current.archived_at = timezone.now()
        current.save(update_fields=["archived_at"])
        _note(current, "archived", by, f"{_noun(current)} {current} archived")
    return current


@atomic
def restore(*, row: Kept, by: User) -> Kept:
    """Bring an archived row back. Twice is once."""
    current: Kept = type(row)._default_manager.select_for_update(of=("self",), no_key=True).get(pk=row.pk)
    if current.archived_at is not None:
        current.archived_at = None
        current.save(update_fields=["archived_at"])
        _note(current, "restored", by, f"{_noun(current)} {current} restored")
    return current


def is_used(row: Kept) -> bool:
    """Whether a posting, a document line or a supplier's default refers to it."""
    relations = [
        relation
        for relation in row._meta.get_fields(include_hidden=True)
        if isinstance(relation, ForeignObjectRel) and relation.name != "bank_account"
    ]
    return any(
        relation.related_model._default_manager.filter(**{relation.field.name: row}).exists() for relation in relations
    )


def _lock(company: Company) -> None:
    """One change of a company's chart at a time, so that a code checked as free stays free."""
    Company.objects.select_for_update(no_key=True).get(pk=company.pk)


def _refuse_taken(model: type[Kept], company: Company, values: Mapping[str, Any], *, but: Kept | None = None) -> None:
    field, word = UNIQUE[model]
    if field not in values:
        return
    others = model._default_manager.filter(company=company, **{field: values[field]})
    if but is not None:
        others = others.exclude(pk=but.pk)
    if others.exists():
        raise ChartError(f"There is one with the {word} {values[field]} already.", field=field)


def _noun(row: Kept) -> str:
    return str(row._meta.verbose_name).capitalize()


def _note(row: Kept, what: str, by: User, summary: str, **detail: Any) -> None:
    audit.record(
        company=row.company, verb=f"{row._meta.model_name}.{what}", target=row, by=by, summary=summary, **detail
    )
