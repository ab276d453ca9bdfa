"""Import Codat's documents: suppliers, accounts, bills, credit notes, payments; all or nothing."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billpay.companies.models import Company, Role, User
from billpay.companies.refusals import Refused
from billpay.interchange.codat.importing import Report, import_text
from billpay.interchange.codat.reading import Refusals


class Command(BaseCommand):
    help = (
        "Import one JSON object with any of suppliers, accounts, taxRates, paymentMethods, bills, billCreditNotes, "
        "billPayments in Codat's shapes. All or nothing; a second run adds nothing. "
        "Exit status: 0 done, 1 refused and nothing written, 2 wrong usage."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE|-", help="the file to read, or - for standard input")
        parser.add_argument("--company", required=True, metavar="SLUG", help="the company to import into")
        parser.add_argument("--as", dest="by", metavar="EMAIL", help="who is said to have done it; the first owner")
        parser.add_argument("--dry-run", action="store_true", help="do everything, say what came of it, store nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")

    def handle(self, *_args: Any, **options: Any) -> None:
        company = company_called(options["company"])
        by = person_for(company, options["by"])
        text = _text(options["file"])
        try:
            report = import_text(company=company, text=text, by=by, dry_run=options["dry_run"])
        except Refusals as refusals:
            listed = "\n".join(f"  {problem}" for problem in refusals.problems)
            raise CommandError(f"Refused, nothing was imported:\n{listed}") from refusals
        except Refused as refusal:
            raise CommandError(f"Refused, nothing was imported:\n  {refusal}") from refusal
        if options["json"]:
            self.stdout.write(json.dumps({"dry_run": options["dry_run"], **report.as_json()}, indent=2))
        else:
            self._print(report, dry_run=options["dry_run"])

    def _print(self, report: Report, *, dry_run: bool) -> None:
        if dry_run:
            self.stdout.write(self.style.WARNING("DRY RUN: nothing is stored."))
        for name, row in report.counts.items():
            skipped = f", {row['skipped']} skipped (void or deleted there)" if row["skipped"] else ""
            self.stdout.write(f"{name}: {row['new']} new, {row['known']} here already{skipped}")
        if not report.counts:
            self.stdout.write("Nothing to import.")
        for warning in report.warnings:
            self.stderr.write(self.style.WARNING(f"Warning: {warning}"))


def company_called(slug: str) -> Company:
    """:raises CommandError: there is none."""
    company = Company.objects.filter(slug=slug).first()
    if company is None:
        raise CommandError(f"There is no company “{slug}”.")
    return company


def person_for(company: Company, email: str | None) -> User:
    """Who a script acts for: the one named, or the company's first owner."""
    if email:
        user = User.objects.filter(email__iexact=email, memberships__company=company).first()
        if user is None:
            raise CommandError(f"{email} is no member of {company}.")
        return user
    owner = User.objects.filter(memberships__company=company, memberships__role=Role.OWNER).order_by("pk").first()
    if owner is None:
        raise CommandError(f"{company} has no owner to act for. Name someone with --as.")
    return owner


def _text(name: str) -> str:
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}.") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CommandError(f"{name} is not UTF-8 text (byte {error.start + 1:,}).") from error
