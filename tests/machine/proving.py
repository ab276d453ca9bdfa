"""What is looked at after every step of the machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django.db import connection
from django.utils import timezone

from billpay.companies.models import Company
from billpay.payments.models import Allocation, PaymentStatus
from billpay.proof.invariant import Finding, Invariant, Scope
from billpay.proof.invariants import OF_A_COMPANY, OF_ALL
from billpay.proof.invariants.control import control_account
from billpay.proof.proving import prove


def breaks(companies: Sequence[Company]) -> list[str]:
    """Everything that `manage.py prove` finds, in words."""
    return [_words(one.invariant, one.finding) for one in prove(companies) if not one.holds]


def _words(invariant: Invariant, finding: Finding) -> str:
    return f"{invariant.name}: {', '.join(map(str, (*finding.figures, *finding.offenders)))}"


HOW_MANY = 'SELECT COUNT(*) AS "__count"'
"""How Django asks how many there are: a figure to be told, by which no invariant stands or falls."""

type Asked = tuple[str, Any, list[Any]]
"""A question to the database: its SQL, its parameters, and all rows of the answer."""


class Prover:
    """
    Looks at every invariant of one company, again and again.

    What is found follows from the answers of the database, of one day, alone. So the questions of an invariant that
    held are kept with their answers. As long as they are answered alike it holds still, and nothing is worked out anew,
    which takes ten times as long as to ask. Any other answer, and it is looked at afresh.
    """

    def __init__(self, company: Company) -> None:
        self._company = company
        self._day: date | None = None
        self.held: dict[str, list[Asked]] = {}

    def breaks(self) -> list[str]:
        """Everything that `manage.py prove --company` would find, in words."""
        if self._day != timezone.localdate():
            self._day, self.held = timezone.localdate(), {}
        return [words for invariant in (*OF_A_COMPANY, *OF_ALL) if (words := self._broken(invariant))]

    def _broken(self, invariant: Invariant) -> str:
        held = self.held.get(invariant.name)
        if held is not None and all(_rows(sql, params) == rows for sql, params, rows in held):
            return ""
        finding, asked = _looked(invariant, Scope(self._company))
        if not finding.holds:
            return _words(invariant, finding)
        decisive = [question for question in asked if not question[0].startswith(HOW_MANY)]
        self.held[invariant.name] = [(sql, params, _rows(sql, params)) for sql, params in decisive]
        return ""


def _rows(sql: str, params: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def _looked(invariant: Invariant, scope: Scope) -> tuple[Finding, list[tuple[str, Any]]]:
    """What is found, and everything that was asked for it."""
    asked: list[tuple[str, Any]] = []

    def listen(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        return invariant.look(scope), asked


def breaks_over_time(company: Company) -> list[str]:
    """The control account at the end of every day, by what was known at the end of every day."""
    days = sorted(set(company.journal_entries.values_list("on", flat=True)))
    known = sorted(set(company.journal_entries.values_list("created_at__date", flat=True)))
    return [
        f"as of {day}, known on {then}: {figure}"
        for day in days
        for then in known
        for figure in control_account(Scope(company, day, then)).figures
        if not figure.agrees
    ]


def simple_model(company: Company) -> dict[int, tuple[int, int]]:
    """
    Bill id → (settled, reserved), told from nothing but the status of payments and what each was to settle.

    It knows no counters, no movements and no order of events.
    """
    told: dict[int, tuple[int, int]] = {}
    rows = Allocation.objects.filter(payment__company=company, undone_at=None).values_list(
        "bill_id", "amount_minor", "payment__status"
    )
    for bill, minor, status in rows:
        settled, reserved = told.get(bill, (0, 0))
        if status == PaymentStatus.COMPLETED:
            settled += minor
        else:
            reserved += minor
        told[bill] = (settled, reserved)
    return told
