"""Read the audit trails and say where they do not hold."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billpay.companies import audit, chain, heads
from billpay.companies.management.choosing import companies_called
from billpay.companies.models import Company

MOST = 100


class Command(BaseCommand):
    help = (
        "Verify the chain of every line of the audit trails: what was changed, removed, added or reordered is named. "
        "Exit status: 0 all hold, 1 a break or an unreadable head, 2 wrong usage."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--company", metavar="SLUG", help="one company; all of them if absent")
        parser.add_argument(
            "--head", metavar="FILE", help="what export_audit_head wrote, kept elsewhere; - reads standard input"
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        companies = companies_called(options["company"])
        kept = _kept(options["head"])
        if options["company"] and kept and companies[0].pk not in kept:
            raise CommandError(f"{options['head']} has no head of {options['company']}.")
        gone = kept.keys() - {company.pk for company in companies} if not options["company"] else set()
        found = [(company, audit.verify(company, kept.get(company.pk), most=MOST)) for company in companies]
        if options["as_json"]:
            trails = [_as_json(company, breaks) for company, breaks in found]
            self.stdout.write(json.dumps({"trails": trails, "companies_gone": sorted(gone)}))
        else:
            self._tell(found)
        if gone:
            raise CommandError(f"Companies with these ids had a trail once and are gone: {_listed(gone)}.")
        if broken := [company.slug for company, breaks in found if breaks]:
            raise CommandError(f"The audit trail does not hold: {', '.join(broken)}.")

    def _tell(self, found: list[tuple[Company, list[chain.Break]]]) -> None:
        for company, breaks in found:
            count = audit.head_of(company).count
            if not breaks:
                self.stdout.write(self.style.SUCCESS(f"{company.slug}: {count} lines hold."))
            for one in breaks:
                where = f" (id {one.id})" if one.id is not None else ""
                self.stdout.write(self.style.ERROR(f"{company.slug}: {one.words}{where}"))
            if len(breaks) == MOST:
                self.stdout.write(f"{company.slug}: no more than {MOST} are told. Is AUDIT_KEY the one in use then?")


def _kept(name: str | None) -> dict[int, chain.Head]:
    if name is None:
        return {}
    try:
        return heads.read(sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}.") from error
    except (heads.UnreadableHeads, UnicodeDecodeError) as refusal:
        raise CommandError(f"{name}: {refusal}") from refusal


def _as_json(company: Company, breaks: list[chain.Break]) -> dict[str, Any]:
    return {
        "company": company.slug,
        "count": audit.head_of(company).count,
        "holds": not breaks,
        "breaks": [{"id": one.id, "sequence": one.sequence, "words": one.words} for one in breaks],
    }


def _listed(ids: set[int]) -> str:
    return ", ".join(map(str, sorted(ids)))
