"""Look at every invariant, and say which hold."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from itertools import groupby
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billpay.companies.management.choosing import companies_called
from billpay.proof.invariant import Figure
from billpay.proof.proving import Proved, prove

NAMED = 20
"""Offenders named on the screen; --json names more."""


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a day; write it as in 2026-03-31.") from None


class Command(BaseCommand):
    help = (
        "Look at every invariant of the records, with the figures on both sides: counters and their movements, "
        "payments and what they settle, the control account and what it stands for, the audit trail, companies kept "
        "apart, guards in place. Reads one moment, writes nothing. Exits with 1 if one of them does not hold."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--company", metavar="SLUG", action="append", help="only this one; may be given again")
        parser.add_argument(
            "--as-of", type=_day, metavar="DATE", help="compare the control account at the end of a day"
        )
        parser.add_argument(
            "--known-on", type=_day, metavar="DATE", help="… by what had been entered by the end of a day"
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        companies = [one for slug in options["company"] or () for one in companies_called(slug)]
        proved = prove(companies or None, as_of=options["as_of"], known_on=options["known_on"])
        broken = [one for one in proved if not one.holds]
        if options["as_json"]:
            self.stdout.write(json.dumps({"holds": not broken, "invariants": [_plain(one) for one in proved]}))
        else:
            self._tell(proved)
        if broken:
            names = ", ".join(dict.fromkeys(one.invariant.name for one in broken))
            raise CommandError(f"{len(broken)} of {len(proved)} invariants do not hold: {names}.")
        if not options["as_json"]:
            self.stdout.write(self.style.SUCCESS(f"All {len(proved)} invariants hold."))

    def _tell(self, proved: list[Proved]) -> None:
        for company, group in groupby(proved, key=lambda one: one.company):
            self.stdout.write(self.style.MIGRATE_HEADING(f"{company} ({company.slug})" if company else "All of it"))
            for one in group:
                self._line(one)

    def _line(self, one: Proved) -> None:
        invariant, finding = one.invariant, one.finding
        figures = "; ".join(str(figure) for figure in finding.figures) or "nothing to compare"
        mark = self.style.SUCCESS("holds ") if one.holds else self.style.ERROR("BROKEN")
        self.stdout.write(f"{mark} {invariant.name}: {invariant.says}: {figures}")
        if finding.count:
            named = ", ".join(str(offender) for offender in finding.offenders[:NAMED])
            more = finding.count - min(NAMED, len(finding.offenders))
            self.stdout.write(f"       {named}{f', and {more:,} more' if more else ''}")


def _plain(one: Proved) -> dict[str, Any]:
    return {
        "name": one.invariant.name,
        "rule": one.invariant.rule,
        "says": one.invariant.says,
        "company": one.company.slug if one.company else None,
        "holds": one.holds,
        "figures": [_figure(figure) for figure in one.finding.figures],
        "offenders": [{"kind": row.kind, "id": row.id, "words": row.words} for row in one.finding.offenders],
        "count": one.finding.count,
    }


def _figure(figure: Figure) -> dict[str, Any]:
    if figure.currency:
        sides = {"left_minor": figure.left, "right_minor": figure.right, "currency": figure.currency}
        return {**sides, "of": figure.of} if figure.of else sides
    return {"every": figure.left, "sound": figure.right, "noun": figure.noun}
