"""
Schedulers that are killed at random moments and started again, until everything due is worked.

They are processes of their own that run the real command against the database of whoever calls. Kills follow the
progress, not the clock, so that a slow machine sees as many as a fast one.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from django.db import connection
from django.db.models import Count, Q, Sum

from billpay.bills.models import SettlementKind
from billpay.companies import audit
from billpay.companies.models import Company
from billpay.ledger.models import JournalEntry, JournalLine
from billpay.payments.models import PaymentStatus, Step

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 300
"""Seconds without any progress after which it is given up."""
TRIES = 40
"""How often a process inside a transaction is looked for before a kill is left out."""


@dataclass
class Storm:
    """What happened: runs begun, kills, and kills of a process that was inside a transaction."""

    runs: int = 0
    kills: int = 0
    kills_in_a_transaction: int = 0
    failed_runs: list[str] = field(default_factory=list)
    seconds: float = 0.0


def rage(*, company: Company, today: date, workers: int, kill_every: int, seed: int) -> Storm:
    """
    Keep so many schedulers running until nothing is due; kill one whenever `kill_every` more payments are done.

    :param seed: which of them, and when in the work of a payment, is drawn from it.
    """
    storm, chance = Storm(), random.Random(seed)
    begun = time.monotonic()
    command = ["run_schedule", "--company", company.slug, "--today", today.isoformat(), "--json"]
    live = [_start(command, number, storm) for number in range(workers)]
    try:
        _until_done(company, today, live, storm, chance, command, kill_every)
    finally:
        for process in live:
            _end(process, storm)
    storm.seconds = round(time.monotonic() - begun, 1)
    return storm


def _until_done(
    company: Company,
    today: date,
    live: list[subprocess.Popen[str]],
    storm: Storm,
    chance: random.Random,
    command: list[str],
    kill_every: int,
) -> None:
    left = seen = company.payments.due(today=today).count()
    progress = time.monotonic()
    while left:
        left_now = company.payments.due(today=today).count()
        if left_now < left:
            left, progress = left_now, time.monotonic()
        if time.monotonic() - progress > PATIENCE:
            raise TimeoutError(f"{left} payments were still due after {PATIENCE} s without progress.")
        if seen - left >= kill_every and left:
            seen = left
            time.sleep(chance.random() * 0.05)
            _kill(live, storm, chance)
        for number, process in enumerate(live):
            if process.poll() is not None:
                _end(process, storm)
                if left:
                    live[number] = _start(command, number, storm)
        time.sleep(0.02)


def _start(command: list[str], number: int, storm: Storm) -> subprocess.Popen[str]:
    storm.runs += 1
    return subprocess.Popen(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=environment() | {"PGAPPNAME": f"scheduler-{number}-{storm.runs}"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def _kill(live: list[subprocess.Popen[str]], storm: Storm, chance: random.Random) -> None:
    """
    SIGKILL one of them: no handler, no clean-up, no farewell to the database.

    Every other time one that is found inside a transaction, which is where it could do harm; else whatever it does.
    """
    picky = storm.kills % 2 == 0
    for _ in range(TRIES):
        process = chance.choice(live)
        if process.poll() is not None:
            continue
        process.send_signal(signal.SIGSTOP)  # So that what it is in the middle of can be looked at.
        inside = _in_a_transaction(process)
        if inside or not picky:
            process.kill()
            process.wait()
            storm.kills += 1
            storm.kills_in_a_transaction += inside
            return
        process.send_signal(signal.SIGCONT)
        time.sleep(chance.random() * 0.02)


def _end(process: subprocess.Popen[str], storm: Storm) -> None:
    _, errors = process.communicate(timeout=PATIENCE)
    if process.returncode not in {0, -signal.SIGKILL}:
        storm.failed_runs.append(errors.strip()[-500:])
        if len(storm.failed_runs) > 20:
            raise RuntimeError(f"One run after the other fails: {storm.failed_runs[-1]}")


def _in_a_transaction(process: subprocess.Popen[str]) -> bool:
    if connection.vendor == "sqlite":
        locks = Path("/proc/locks").read_text().splitlines()
        return any("WRITE" in line and f" {process.pid} " in line for line in locks)
    environ = Path(f"/proc/{process.pid}/environ").read_text().split("\0")
    name = dict(entry.split("=", 1) for entry in environ if "=" in entry)["PGAPPNAME"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT xact_start IS NOT NULL FROM pg_stat_activity WHERE application_name = %s", [name])
        return any(row[0] for row in cursor.fetchall())


def environment() -> dict[str, str]:
    """What a process needs to run commands on this very database, with the settings of production."""
    # The keys are those that the trail is chained with.
    names = ("PATH", "LD_LIBRARY_PATH", "HOME", "SECRET_KEY", "AUDIT_KEY")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    return kept | {
        "DATABASE_URL": _address(),
        "DATABASE_POOL": "0",
        "DEBUG": "0",
        "DJANGO_SETTINGS_MODULE": "billpay.settings",
        "HTTPS": "0",
        "LOG_LEVEL": "ERROR",
        "TIME_ZONE": "Europe/London",
    }


def _address() -> str:
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


@dataclass(frozen=True)
class Outcome:
    """How often each payment was paid, going by the books, the bills and the steps; and what holds of the whole."""

    payments: int
    paid_once: int
    paid_twice: int
    unpaid: int
    books_balanced: bool
    trail_holds: bool


def outcome(company: Company) -> Outcome:
    """Count from the rows that paying appends, never from a counter."""
    payments = list(company.payments.prefetch_related("allocations__bill__settlements"))
    entries = _counts(JournalEntry.objects.filter(company=company, source_kind="payment"), "source_id")
    steps = _counts(Step.objects.filter(payment__company=company, to_status=PaymentStatus.COMPLETED), "payment_id")
    times = []
    for payment in payments:
        settled = [
            sum(row.kind == SettlementKind.SETTLED for row in part.bill.settlements.all())
            for part in payment.allocations.all()
        ]
        times.append([entries.get(payment.pk, 0), steps.get(payment.pk, 0), *settled])
    return Outcome(
        payments=len(payments),
        paid_once=sum(set(counts) == {1} for counts in times),
        paid_twice=sum(max(counts) > 1 for counts in times),
        unpaid=sum(max(counts) == 0 for counts in times),
        books_balanced=_books_balanced(company),
        trail_holds=not audit.verify(company),
    )


def _counts(rows: object, by: str) -> dict[int, int]:
    return dict(rows.order_by().values_list(by).annotate(Count("pk")))  # type: ignore[attr-defined]


def _books_balanced(company: Company) -> bool:
    """Debits are credits, and the bank account has lost what the payments say left it."""
    lines = JournalLine.objects.filter(entry__company=company)
    sums = lines.aggregate(
        debit=Sum("debit_minor"),
        credit=Sum("credit_minor"),
        bank=Sum("credit_minor", filter=Q(account__bank_account__isnull=False)),
    )
    paid = company.payments.completed().aggregate(sum=Sum("bank_minor"))["sum"]
    return bool(sums["debit"] == sums["credit"] and (sums["bank"] or 0) == (paid or 0))
