"""Write down where the audit trails end, to be kept where nobody who can write to the database can."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from billpay.companies import heads
from billpay.companies.management.choosing import companies_called


class Command(BaseCommand):
    help = (
        "Print how many lines each company's audit trail has, and the hash of the last. Keep it elsewhere: check_audit "
        "--head finds with it what was cut off or put back since. Exit status: 0 done, 1 refused, 2 wrong usage."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--company", metavar="SLUG", help="one company; all of them if absent")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")
        parser.add_argument(
            "-o", "--output", metavar="FILE", help="write the JSON into a new file; one that exists is never replaced"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        document = heads.exported(companies_called(options["company"]), at=timezone.now())
        text = json.dumps(document, indent=2)
        if options["output"]:
            self._write(Path(options["output"]), text)
            return
        if options["as_json"]:
            self.stdout.write(text)
            return
        for head in document["heads"]:
            self.stdout.write(f"{head['company']}: {head['count']} lines {head['hash']}".rstrip())

    def _write(self, path: Path, text: str) -> None:
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(text + "\n")
        except FileExistsError as error:
            raise CommandError(f"{path} is there already. Heads are kept, not replaced: name another file.") from error
        except OSError as error:
            raise CommandError(f"{path} was not written: {error.strerror}.") from error
        self.stderr.write(f"Written to {path}.")
