"""What the database keeps by itself: its guards and constraints are there, and the rows are as they say."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import CheckConstraint, F, ForeignKey, GeneratedField, Model, Q, QuerySet

from billpay.guards import missing, strangers, wanted
from billpay.guards.triggers import triggers_of
from billpay.proof.comparing import none
from billpay.proof.invariant import Figure, Finding, Invariant, Offender, Scope, summed, together
from billpay.proof.invariants.tenancy import company_of, tables

_CONSTRAINT = re.compile(r'CONSTRAINT "(\w+)"')


def _rows(model: type[Model], scope: Scope) -> QuerySet[Model]:
    rows = model._default_manager.all()
    path = company_of(model)
    return rows.filter(**{path: scope.company}) if scope.company is not None and path else rows


def _names(every: int, broken: Iterable[str], noun: str) -> Finding:
    names = sorted(broken)
    return Finding(
        (Figure(every, every - len(names), noun=noun),), tuple(Offender(None, name) for name in names), len(names)
    )


def _guards(_: Scope) -> Finding:
    guards = wanted()
    every = len(triggers_of(guards, connection.vendor))
    finding = _names(every, missing(connection, guards), "guards as declared")
    unknown = [Offender(None, name) for name in strangers(connection, guards)]
    return Finding(finding.figures, (*finding.offenders, *unknown), finding.count + len(unknown))


def _constraints(_: Scope) -> Finding:
    """By name: a database does not give conditions back in the words they were declared in."""
    there = _constraint_names()
    declared = [constraint.name for model in tables() for constraint in model._meta.constraints]
    return _names(len(declared), set(declared) - there, "constraints as declared")


def _constraint_names() -> set[str]:
    """CHECKs and unique constraints, which are indexes on SQLite, and on PostgreSQL where they have a condition."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, COALESCE(sql, '') FROM sqlite_master WHERE type IN ('table', 'index')")
            rows = cursor.fetchall()
            return {name for name, _ in rows} | {name for _, sql in rows for name in _CONSTRAINT.findall(sql)}
        # One that was added without looking at the rows there were (NOT VALID) does not count.
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE convalidated AND connamespace = current_schema()::regnamespace"
            " UNION SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()"
        )
        return {name for (name,) in cursor.fetchall()}


def _references(_: Scope) -> Finding:
    """SQLite keeps foreign keys only while a connection asks it to; PostgreSQL while the constraint is there."""
    keys = {
        (model._meta.db_table, field.column)
        for model in tables()
        for field in model._meta.concrete_fields
        if isinstance(field, ForeignKey)
    }
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA foreign_key_check")
            gone = {f"{table} {rowid} → {parent}" for table, rowid, parent, _ in cursor.fetchall()}
            return _names(len(keys), gone, "foreign keys lead somewhere")
        cursor.execute(
            "SELECT t.relname, a.attname FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid"
            " JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.conkey[1]"
            " WHERE k.contype = 'f' AND k.convalidated AND k.connamespace = current_schema()::regnamespace"
        )
        gone = {f"{table}.{column}" for table, column in keys - set(cursor.fetchall())}
        return _names(len(keys), gone, "foreign keys lead somewhere")


def _checks(scope: Scope) -> Finding:
    """Each row against the CHECKs of its table: one that was switched off for a while has let something in."""
    looks = []
    for model in tables():
        checks = [one.condition for one in model._meta.constraints if isinstance(one, CheckConstraint)]
        if checks:
            looks.append(none(_rows(model, scope), *(~Q(condition) for condition in checks)))
    return summed(together(*looks), f"rows of {len(looks)} tables")


def _generated(scope: Scope) -> Finding:
    looks = []
    for model in tables():
        fields = [field for field in model._meta.concrete_fields if isinstance(field, GeneratedField)]
        again: dict[str, Any] = {f"{field.name}_again": field.expression for field in fields}  # type: ignore[attr-defined]
        if fields:
            differs = [_differs(field.name, f"{field.name}_again") for field in fields]
            looks.append(none(_rows(model, scope).annotate(**again), *differs))
    return summed(together(*looks), f"rows of {len(looks)} tables")


def _differs(one: str, other: str) -> Q:
    nothing, nothing_again = Q(**{f"{one}__isnull": True}), Q(**{f"{other}__isnull": True})
    return (nothing & ~nothing_again) | (~nothing & nothing_again) | (~nothing & ~nothing_again & ~Q(**{one: F(other)}))


INVARIANTS = (
    Invariant("database.guards", "25", "The database has every guard, in its own words, and no other", _guards),
    Invariant("database.constraints", "25", "The database has every constraint", _constraints),
    Invariant("database.references", "25", "Every reference leads to a row that is there", _references),
    Invariant("database.checks", "1, 2", "Every row is as the CHECKs of its table want it", _checks),
    Invariant(
        "database.states",
        "6, 7",
        "Paid, outstanding, remaining, on account and unmatched follow from the amounts",
        _generated,
    ),
)
