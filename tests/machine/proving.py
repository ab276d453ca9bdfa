"""What is looked at after every step of the machine."""

from __future__ import annotations

from billpay.companies.models import Company
from billpay.payments.models import Allocation, PaymentStatus
from tests.payments.books import balance, sub_ledger


def breaks(company: Company) -> list[str]:
    """Everything that `manage.py prove` would find, in words."""
    left, right = -balance(company, "payables"), sub_ledger(company)
    return [] if left == right else [f"control account {left}, sub-ledger {right}"]


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
