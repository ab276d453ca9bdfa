"""
`make schedulers`: many schedulers over many due payments, killed and started again at random; each is paid once.

One JSON object for each database: SQLite in a temporary directory, and PostgreSQL from the wheel or the server that
DATABASE_URL names. The processes run the real command with the settings of production; kills are SIGKILL, and half
of them are aimed at a process that is in the middle of a payment. The exit code is 0 only if nothing was paid twice,
nothing is left unpaid, the books balance, and the audit trail is whole.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import random
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TODAY = date(2026, 3, 16)
KILLS = 50


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--payments", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="whom the kills hit, and when")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        return measure(options)
    status = 0
    for database in ("sqlite", "postgres") if options.database == "both" else (options.database,):
        # A process for each database: Django connects to one for good.
        numbers = [f"--{name}={getattr(options, name)}" for name in ("payments", "workers", "seed")]
        command = [sys.executable, __file__, "--here", f"--database={database}", *numbers]
        status |= subprocess.run(command, check=False, cwd=ROOT).returncode
    return status


def measure(options: argparse.Namespace) -> int:
    """Set up one database, let the storm rage, and print what it left."""
    sys.path.insert(0, str(ROOT))
    from benchmarks.run import prepare

    with tempfile.TemporaryDirectory(prefix="billpay-schedulers-") as directory:
        prepare(options.database, Path(directory))
        from tests.races import storm

        company = schedule(options.payments)
        after = storm.rage(
            company=company,
            today=TODAY,
            workers=options.workers,
            kill_every=max(options.payments // KILLS, 1),
            seed=options.seed,
        )
        found = storm.outcome(company)
        figures = {
            "database": options.database,
            "workers": options.workers,
            "seed": options.seed,
            **dataclasses.asdict(found),
            **dataclasses.asdict(after),
        }
        print(json.dumps(figures), flush=True)
        return int(found.paid_once != options.payments or not (found.books_balanced and found.trail_holds))


def schedule(count: int):  # noqa: ANN201  Django is set up only now, so its types are not there for the signature.
    """A company with so many payments that are due."""
    from tests.factories import BankAccountFactory, SupplierFactory, member
    from tests.payments.scheduled import scheduled

    account = BankAccountFactory()
    owner = member(account.company)
    suppliers = [SupplierFactory(company=account.company) for _ in range(20)]
    for number in range(count):
        scheduled(account=account, by=owner, supplier=suppliers[number % len(suppliers)], on=TODAY)
    return account.company


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
