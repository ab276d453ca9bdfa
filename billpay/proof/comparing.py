"""The ways of looking: sides or columns that agree row by row, and rows of which none is broken. By sets alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, Case, F, Model, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable

from billpay.proof.invariant import MOST, Figure, Finding, Offender

type Rows = QuerySet[Any, Any]
type Expression = str | Combinable | Case | Value

_SUMS = """
    WITH sides (id, currency, l, r) AS ({sides}),
    sums AS (SELECT id, currency, SUM(l) AS l, SUM(r) AS r FROM sides GROUP BY id, currency)
"""
_TOTALS = """
    SELECT currency, SUM(l), SUM(r), SUM(CASE WHEN l <> r THEN 1 ELSE 0 END)
    FROM sums GROUP BY currency ORDER BY currency
"""
_OFFENDERS = "SELECT DISTINCT id FROM sums WHERE l <> r ORDER BY id LIMIT {most}"


def side(rows: Rows, *, of: Expression, minor: Expression, currency: Expression) -> Rows:
    """
    A part of one side: for each row whose it is (the id of the thing compared), and how much in which currency.

    :param currency: the name of a column, or `Value("GBP")`.
    """
    named = {"proof_of": of, "proof_currency": currency, "proof_minor": minor}
    return rows.order_by().values(**{name: F(what) if isinstance(what, str) else what for name, what in named.items()})


def by_kind(amounts: Mapping[str, str], *, field: str = "kind") -> Case:
    """What a row adds by its kind: `{"settled": "amount_minor", "unsettled": "-amount_minor"}`; other kinds nothing."""
    whens = [
        When(Q(**{field: kind}), then=-F(name[1:]) if name.startswith("-") else F(name))
        for kind, name in amounts.items()
    ]
    return Case(*whens, default=Value(0), output_field=BigIntegerField())


def agree(model: type[Model], left: Sequence[Rows], right: Sequence[Rows]) -> Finding:
    """
    Whether both sides come to the same for every single row of `model`, each side the sum of its parts.

    One pass over all parts: SQL adds them up by id. The figures are the totals by currency.
    """
    parts: list[str] = []
    params: list[Any] = []
    for rows, columns in [*((rows, "proof_minor, 0") for rows in left), *((rows, "0, proof_minor") for rows in right)]:
        sql, values = rows.query.sql_with_params()
        parts.append(f"SELECT proof_of, proof_currency, {columns} FROM ({sql}) AS part{len(parts)}")  # noqa: S608  What the ORM wrote.
        params += values
    sums = _SUMS.format(sides=" UNION ALL ".join(parts))
    with connection.cursor() as cursor:
        cursor.execute(sums + _TOTALS, params)
        totals = cursor.fetchall()
        count = sum(int(off) for *_, off in totals)
        offenders: tuple[Offender, ...] = ()
        if count:
            cursor.execute(sums + _OFFENDERS.format(most=MOST), params)
            offenders = tuple(Offender(model, str(pk)) for (pk,) in cursor.fetchall())
    figures = tuple(Figure(int(one), int(other), currency) for currency, one, other, _ in totals)
    return Finding(figures, offenders, count)


def none(rows: Rows, *broken: Q, noun: str = "") -> Finding:
    """Whether none of the rows meets one of the conditions. The figures: how many there are, and how many are sound."""
    condition = Q()
    for one in broken:
        condition |= one
    return found(rows.filter(condition), every=rows.order_by().count(), noun=noun)


def same(model: type[Model], left: Rows, right: Rows, *, noun: str) -> Finding:
    """
    Whether two lists say the same of the same rows of `model`: ids alone, or each with its day or the like.

    Asked as what is in one and not in the other, since SQLite takes an index on a column that is mostly empty for
    useless, and would look at every row for each.
    """
    left, right = left.order_by(), right.order_by()
    differ = left.difference(right).order_by(), right.difference(left).order_by()
    pks = {row[0] for rows in differ for row in rows[:MOST]}
    return _counted(model, sorted(pks)[:MOST], len(pks), max(left.count(), len(pks)), noun)


def found(offenders: Rows, *, every: int, noun: str = "") -> Finding:
    """Offenders as one query gives them, out of `every` row that was looked at."""
    pks = list(offenders.order_by("pk").values_list("pk", flat=True)[:MOST])
    count = len(pks) if len(pks) < MOST else offenders.order_by().count()
    return _counted(offenders.model, pks, count, every, noun)


def named(model: type[Model], pks: Sequence[int], *, every: int, noun: str = "") -> Finding:
    """Offenders that only a calculation outside of SQL could tell."""
    return _counted(model, pks[:MOST], len(pks), every, noun)


def _counted(model: type[Model], pks: Sequence[object], count: int, every: int, noun: str) -> Finding:
    figure = Figure(every, every - count, noun=noun or str(model._meta.verbose_name_plural))
    return Finding((figure,), tuple(Offender(model, str(pk)) for pk in pks), count)
