"""
Every test, three times over: on SQLite, on PostgreSQL, and in a browser. `make test` runs this.

Arguments are handed to pytest. The last line counts all three; the exit code is 0 only if nothing failed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

ROUNDS = {
    "SQLite": ("sqlite", ["tests", "--ignore=tests/e2e"]),
    "PostgreSQL": ("postgres", ["tests", "--ignore=tests/e2e"]),
    "Browser": ("sqlite", ["tests/e2e"]),
}


def counted(report: Path, exit_code: int) -> Counter[str]:
    """What a JUnit report says. A run that broke off before it could report counts as one failure."""
    counts: Counter[str] = Counter()
    if report.exists():
        for suite in ElementTree.parse(report).getroot().iter("testsuite"):
            failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            skipped = int(suite.get("skipped", 0))
            counts["failed"] += failed
            counts["skipped"] += skipped
            counts["passed"] += int(suite.get("tests", 0)) - failed - skipped
    if exit_code and not counts["failed"]:
        counts["failed"] = 1
    return counts


def main(arguments: list[str]) -> int:
    total: Counter[str] = Counter()
    workers = os.environ.get("BILLPAY_TEST_WORKERS", "2")
    with tempfile.TemporaryDirectory(prefix="billpay-reports-") as reports:
        for name, (database, selection) in ROUNDS.items():
            print(f"── {name} ──", flush=True)
            report = Path(reports) / f"{database}-{len(selection)}.xml"
            started = time.monotonic()
            command = [sys.executable, "-m", "pytest", "-q", "-n", workers, f"--junitxml={report}"]
            run = subprocess.run(
                [*command, *arguments, *selection], env=os.environ | {"BILLPAY_TEST_DB": database}, check=False
            )
            total += counted(report, run.returncode)
            print(f"{name}: {time.monotonic() - started:.0f} s", flush=True)
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped", flush=True)
    return 1 if total["failed"] else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
