"""Match what leaves no doubt, without anyone at a screen."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from billpay.banking.models import BankAccount
from billpay.companies.models import Company, Membership, User
from billpay.companies.refusals import Refused
from billpay.reconciliation import actions


class Command(BaseCommand):
    help = (
        "Match bank lines that have exactly one payment, batch or refund with equal amount and its reference or bank "
        "details in the text. Everything else is left to people. A second run finds nothing new."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--company", required=True, metavar="SLUG")
        parser.add_argument("--account", metavar="ID", type=int, help="one bank account; all active ones if absent")
        parser.add_argument("--by", metavar="EMAIL", help="who it is recorded for; an owner of the company if absent")
        parser.add_argument("--dry-run", action="store_true", help="say what would be matched, and change nothing")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        company = Company.objects.filter(slug=options["company"]).first()
        if company is None:
            raise CommandError(f"There is no company {options['company']}.")
        accounts = company.bank_accounts.active().select_related("company")
        if options["account"]:
            accounts = accounts.filter(pk=options["account"])
            if not accounts:
                raise CommandError(f"{company} has no active bank account {options['account']}.")
        by = _who(company, options["by"])
        try:
            with transaction.atomic():
                found = [self._match(company, account, by) for account in accounts]
                if options["dry_run"]:
                    transaction.set_rollback(True)
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self._report(found, dry_run=options["dry_run"], as_json=options["as_json"])

    def _match(self, company: Company, account: BankAccount, by: User) -> dict[str, Any]:
        done = actions.match_certain(company=company, account=account, by=by)
        return {
            "account": account.name,
            "account_id": account.pk,
            "lines": done.lines,
            "group": str(done.group) if done.group else None,
            "matches": [
                {
                    "transaction": row.transaction_id,
                    "refund" if row.refund_id else "payment": row.paid.number,
                    "amount_minor": row.amount_minor,
                    "currency": account.currency,
                    "reasons": row.reasons,
                }
                for row in done.matches
            ],
        }

    def _report(self, found: list[dict[str, Any]], *, dry_run: bool, as_json: bool) -> None:
        total = sum(one["lines"] for one in found)
        if as_json:
            self.stdout.write(json.dumps({"dry_run": dry_run, "lines": total, "accounts": found}))
            return
        for one in found:
            for row in one["matches"]:
                self.stdout.write(
                    f"{one['account']}: {row.get('payment') or row['refund']} ({' · '.join(row['reasons'])})"
                )
        words = f"{total} line{'' if total == 1 else 's'} {'would be ' if dry_run else ''}matched."
        self.stdout.write(self.style.SUCCESS(f"DRY RUN. {words}" if dry_run else words))


def _who(company: Company, email: str | None) -> User:
    members = Membership.objects.filter(company=company).select_related("user")
    if email:
        found = members.filter(user__email__iexact=email).first()
        if found is None:
            raise CommandError(f"{email} is not a member of {company}.")
        return found.user
    owner = members.filter(role="owner").order_by("pk").first()
    if owner is None:
        raise CommandError(f"{company} has no owner to record the matches for. Give --by EMAIL.")
    return owner.user
