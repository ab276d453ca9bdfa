"""`manage.py import_statement`: a bank statement from a file or standard input into a bank account."""

from __future__ import annotations

import hashlib
import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.transaction import atomic, set_rollback

from billpay.banking import actions
from billpay.banking.models import BankAccount
from billpay.banking.statements import ParsedStatement, UnreadableStatement
from billpay.banking.statements.csv import read_csv
from billpay.banking.statements.profile import CsvProfile
from billpay.companies.models import Company, Role, User
from billpay.companies.refusals import Refused


class Command(BaseCommand):
    help = (
        "Import a bank statement. Transactions that the account holds already are left out, so a second run adds "
        "nothing. Exit status: 0 done (also when nothing is new), 1 refused and nothing written, 2 wrong usage."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE|-", help="the statement, or - for standard input")
        parser.add_argument("--company", required=True, metavar="SLUG", help="the company")
        parser.add_argument("--account", required=True, metavar="NAME|ID", help="its bank account, by name or number")
        parser.add_argument("--format", choices=["csv"], default="csv", help="the file's format")
        parser.add_argument(
            "--profile",
            metavar="JSON",
            help="which column is what, as in "
            '\'{"date": "Date", "amount": "Amount", "date_order": "dmy"}\'; the account\'s remembered columns',
        )
        parser.add_argument("--accept-difference", action="store_true", help="import a statement that does not add up")
        parser.add_argument("--as", dest="by", metavar="EMAIL", help="who is said to have done it; the first owner")
        parser.add_argument("--dry-run", action="store_true", help="do everything, say what came of it, store nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")

    def handle(self, *_args: Any, **options: Any) -> None:
        company = _company(options["company"])
        account = _account(company, options["account"])
        by = _person(company, options["by"])
        profile = _profile(account, options["profile"])
        content = _content(options["file"])
        try:
            parsed = read_csv(content, profile=profile, currency=account.currency, max_bytes=settings.IMPORT_MAX_BYTES)
        except UnreadableStatement as refusal:
            listed = "\n".join(f"  {problem}" for problem in refusal.problems)
            raise CommandError(f"Refused, nothing was imported:\n{listed}") from refusal
        name = "standard input" if options["file"] == "-" else Path(options["file"]).name
        source = actions.Source(name, hashlib.sha256(content).hexdigest(), options["format"])
        try:
            with atomic():
                done = actions.import_statement(
                    account=account,
                    parsed=parsed,
                    source=source,
                    by=by,
                    accept_difference=options["accept_difference"],
                )
                set_rollback(options["dry_run"])
        except actions.DoesNotAddUp as refusal:
            raise CommandError(f"{refusal} Nothing was imported; --accept-difference imports it.") from refusal
        except Refused as refusal:
            raise CommandError(f"Refused, nothing was imported: {refusal}") from refusal
        self._print(account, parsed, done, options)

    def _print(
        self, account: BankAccount, parsed: ParsedStatement, done: actions.Imported, options: dict[str, Any]
    ) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(account, parsed, done, dry_run=options["dry_run"]), indent=2))
            return
        if options["dry_run"]:
            self.stdout.write(self.style.WARNING("DRY RUN: nothing is stored."))
        self.stdout.write(f"{account.name}: {done.new_count} new, {done.known_count} here already.")
        if options["verbosity"] > 0:
            for note in parsed.notes:
                self.stderr.write(self.style.WARNING(f"Note: {note}"))


def _as_json(account: BankAccount, parsed: ParsedStatement, done: actions.Imported, *, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "account": account.pk,
        "statement": done.statement.pk if done.statement and not dry_run else None,
        "new": done.new_count,
        "known": done.known_count,
        "currency": parsed.currency,
        "starts_on": parsed.starts_on.isoformat() if parsed.starts_on else None,
        "ends_on": parsed.ends_on.isoformat() if parsed.ends_on else None,
        "opening_minor": parsed.opening_minor,
        "closing_minor": parsed.closing_minor,
        "off_by_minor": parsed.off_by_minor,
        "notes": [str(note) for note in parsed.notes],
    }


def _company(slug: str) -> Company:
    company = Company.objects.filter(slug=slug).first()
    if company is None:
        raise CommandError(f"There is no company “{slug}”.")
    return company


def _account(company: Company, name: str) -> BankAccount:
    account = company.bank_accounts.filter(name=name).first()
    if account is None and name.isascii() and name.isdigit() and len(name) < 19:
        account = company.bank_accounts.filter(pk=int(name)).first()
    if account is None:
        names = ", ".join(f"{row.name} ({row.pk})" for row in company.bank_accounts.active())
        raise CommandError(f"{company} has no bank account “{name}”. It has: {names or 'none'}.")
    return account


def _person(company: Company, email: str | None) -> User:
    """Who a script acts for: the one named, or the company's first owner."""
    members = User.objects.filter(memberships__company=company)
    if email:
        named = members.filter(email__iexact=email).first()
        if named is None:
            raise CommandError(f"{email} is no member of {company}.")
        return named
    owner = members.filter(memberships__company=company, memberships__role=Role.OWNER).order_by("pk").first()
    if owner is None:
        raise CommandError(f"{company} has no owner to act for. Name someone with --as.")
    return owner


def _profile(account: BankAccount, given: str | None) -> CsvProfile:
    if given:
        try:
            return CsvProfile.from_json(json.loads(given))
        except (ValueError, RecursionError) as error:
            raise CommandError(f"--profile cannot be used: {error}") from error
    remembered = actions.remembered_profile(account)
    if remembered is None:
        raise CommandError(
            f"The columns of {account.name} are not known yet. Import one statement in the browser, or give --profile."
        )
    return remembered


def _content(name: str) -> bytes:
    """At most one byte more than is allowed, so that the reader refuses what is too large."""
    most = settings.IMPORT_MAX_BYTES + 1
    try:
        if name == "-":
            return sys.stdin.buffer.read(most)
        with Path(name).open("rb") as file:
            return file.read(most)
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}.") from error
