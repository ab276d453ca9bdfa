"""
No reference leads from one company to another.

The list comes from the models: every foreign key between two tables that belong to companies, also those of
many-to-many relations. One that is added tomorrow is looked at tomorrow.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from django.apps import apps
from django.db.models import F, ForeignKey, Model, Q

from billpay.companies.models import Company
from billpay.proof.comparing import none
from billpay.proof.invariant import Finding, Invariant, Scope, summed, together


@cache
def company_of(model: type[Model]) -> str:
    """The path from a row to its company, as in "payment__company"; empty for tables that belong to none."""
    keys = [field for field in model._meta.concrete_fields if isinstance(field, ForeignKey) and not field.null]
    for field in keys:
        if field.related_model is Company:
            return field.name
    for field in keys:
        if field.related_model is not model and (path := company_of(field.related_model)):
            return f"{field.name}__{path}"
    return ""


def references(model: type[Model]) -> Iterator[tuple[str, str]]:
    """The foreign keys of a model that could cross, each with the way through it to the company there."""
    own = company_of(model)
    for field in model._meta.concrete_fields if own else ():
        if not isinstance(field, ForeignKey) or field.related_model is Company:
            continue
        theirs = company_of(field.related_model)
        if theirs and own != f"{field.name}__{theirs}":
            yield field.name, f"{field.name}__{theirs}"


def tables() -> list[type[Model]]:
    """Billpay's own, with those of many-to-many relations."""
    return [model for model in apps.get_models(include_auto_created=True) if model.__module__.startswith("billpay.")]


def _within(scope: Scope) -> Finding:
    looks, kinds = [], 0
    for model in tables():
        own, keys = company_of(model), list(references(model))
        crossing = [Q(**{f"{name}__isnull": False}) & ~Q(**{theirs: F(own)}) for name, theirs in keys]
        if crossing:
            rows = model._default_manager.all()
            looks.append(none(rows if scope.company is None else rows.filter(**{own: scope.company}), *crossing))
            kinds += len(keys)
    return summed(together(*looks), f"rows, by {kinds} kinds of reference")


INVARIANTS = (Invariant("tenancy.within", "", "No record refers to another company's", _within),)
