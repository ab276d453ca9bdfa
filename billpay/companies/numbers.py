"""Running numbers of a company: none twice, none left out."""

from __future__ import annotations

from django.db.models import F

from billpay.companies.models import Company


def take(company: Company, **counts: int) -> dict[str, int]:
    """
    The first of as many new numbers as are asked for, by kind: `take(company, payment=3, batch=1)`.

    To be called in the transaction that uses them. One statement moves the counters on and reads them, and locks the
    company's row from then on: others of the company wait, so this comes as late as it can.
    """
    names = {kind: f"next_{kind}_number" for kind in counts}
    counters = Company(pk=company.pk, **{names[kind]: F(names[kind]) + count for kind, count in counts.items()})
    counters.save(update_fields=list(names.values()))
    return {kind: getattr(counters, names[kind]) - count for kind, count in counts.items()}
