"""`manage.py prove` over everything that has been made, against one plain sum over each of the same tables."""

from __future__ import annotations

import io
import json
import time
from dataclasses import dataclass

from django.core.management import call_command
from django.db.models import Count, Sum

from benchmarks.engine import Desk
from billpay.bills.models import Bill, Settlement
from billpay.companies.models import AuditEvent
from billpay.ledger.models import JournalLine
from billpay.payments.models import Allocation, Payment

GOAL_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Proved:
    """Seconds of the proof and of the plain sums."""

    database: str
    bills: int
    seconds: float
    floor_seconds: float

    def line(self) -> str:
        return json.dumps(
            {
                "figure": f"prove over {self.bills:,} bills",
                "database": self.database,
                "ms": round(self.seconds * 1000),
                "floor_ms": round(self.floor_seconds * 1000),
                "ratio": round(self.seconds / self.floor_seconds, 2),
                "goal_ms": GOAL_SECONDS * 1000,
                "met": self.seconds <= GOAL_SECONDS,
            }
        )


def prove(desk: Desk) -> Proved:
    """Fails if anything is found: the company was made by the engine itself."""
    started = time.perf_counter()
    call_command("prove", company=[desk.company.slug], stdout=io.StringIO())
    proved = time.perf_counter()
    Bill.objects.aggregate(Sum("total_minor"), Sum("settled_minor"))
    Settlement.objects.values("bill").annotate(sum=Sum("amount_minor")).aggregate(Count("bill"))
    Allocation.objects.values("bill").annotate(sum=Sum("amount_minor")).aggregate(Count("bill"))
    JournalLine.objects.values("entry").annotate(sum=Sum("debit_minor")).aggregate(Count("entry"))
    Payment.objects.aggregate(Sum("amount_minor"))
    AuditEvent.objects.aggregate(Count("pk"))
    floor = time.perf_counter() - proved
    return Proved(desk.database, Bill.objects.count(), proved - started, floor)
