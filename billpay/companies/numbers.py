"""Running numbers of a company: none twice, none left out."""

from __future__ import annotations

from django.db import connection

from billpay.companies.models import Company


def take(company: Company, **counts: int) -> dict[str, int]:
    """
    The first of as many new numbers as are asked for, by kind: `take(company, payment=3, batch=1)`.

    To be called in the transaction that uses them. One statement moves the counters on and reads them, and locks the
    company's row from then on: others of the company wait, so this comes as late as it can. Every payment asks, so it
    is written out: the ORM would take longer to put it into words than the database to do it.
    """
    names = {kind: f"next_{kind}_number" for kind in counts}
    moves = ", ".join(f"{name} = {name} + %s" for name in names.values())
    sql = f"UPDATE companies_company SET {moves} WHERE id = %s RETURNING {', '.join(names.values())}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [*counts.values(), company.pk])
        after = cursor.fetchone()
    return {kind: next_ - count for (kind, count), next_ in zip(counts.items(), after, strict=True)}
