"""What is looked at after every step of the machine."""

from __future__ import annotations

from collections.abc import Sequence

from billpay.companies.models import Company
from billpay.payments.models import Allocation, PaymentStatus
from billpay.proof.invariant import Scope
from billpay.proof.invariants.control import control_account
from billpay.proof.proving import prove


def breaks(companies: Sequence[Company]) -> list[str]:
    """Everything that `manage.py prove` finds, in words."""
    return [
        f"{one.invariant.name}: {', '.join(map(str, (*one.finding.figures, *one.finding.offenders)))}"
        for one in prove(companies)
        if not one.holds
    ]


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
