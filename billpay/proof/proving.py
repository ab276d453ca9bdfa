"""Looking at every invariant, of one company or of all, in one moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from billpay.companies.models import Company
from billpay.proof.invariant import Finding, Invariant, Scope
from billpay.proof.invariants import OF_A_COMPANY, OF_ALL
from billpay.snapshot import snapshot


@dataclass(frozen=True, slots=True)
class Proved:
    """One invariant, of one company or (None) of all that was looked at, and what was found."""

    invariant: Invariant
    company: Company | None
    finding: Finding

    @property
    def holds(self) -> bool:
        return self.finding.holds


def prove(
    companies: Iterable[Company] | None = None, *, as_of: date | None = None, known_on: date | None = None
) -> list[Proved]:
    """
    Look at every invariant of these companies, all of them unless given; nothing is written.

    :param as_of: the day at whose end the control account is compared; everything else is looked at as it is now.
    :param known_on: the day by whose end things had been written down for that comparison.
    """
    with snapshot():
        chosen = list(Company.objects.order_by("slug") if companies is None else companies)
        one = chosen[0] if companies is not None and len(chosen) == 1 else None
        found = [
            Proved(invariant, company, invariant.look(Scope(company, as_of, known_on)))
            for company in chosen
            for invariant in OF_A_COMPANY
        ]
        return found + [Proved(invariant, None, invariant.look(Scope(one, as_of, known_on))) for invariant in OF_ALL]
