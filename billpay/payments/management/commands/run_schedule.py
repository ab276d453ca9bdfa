"""Pay what is due, without anyone at a screen."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.tasks import TaskResultStatus
from django.utils import timezone

from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.payments import actions, tasks
from billpay.payments.actions import Worked

KINDS = {
    "completed": "paid",
    "processing": "with the bank",
    "stopped": "stopped",
    "waiting": "waiting for a business day",
    "broken": "broken",
}


class Command(BaseCommand):
    help = (
        "Pay what is due on the schedule: each payment once, however many run this at once and whoever of them is "
        "killed. What must not go out is stopped for a person, with the reason. A second run finds nothing. "
        "Exit status: 0 done, 1 when the clock went back (nothing is done) or a payment could not be worked."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--company", metavar="SLUG", action="extend", nargs="+", help="work these companies only, not all"
        )
        parser.add_argument("--today", metavar="YYYY-MM-DD", type=_day, help="the day to work for, if not today")
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, and change nothing")
        parser.add_argument(
            "--reset-clock",
            action="store_true",
            help="after a clock was wrong: say that today is right, and pay nothing",
        )
        parser.add_argument("--enqueue", action="store_true", help="put the run on the task queue instead")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        companies = _companies(options["company"])
        if options["enqueue"]:
            self._enqueue(options)
            return
        given = options["today"]
        today = (_day(given) if isinstance(given, str) else given) or timezone.localdate()
        if today > timezone.localdate():
            self.stderr.write(self.style.WARNING(f"{today:%-d %B %Y} has not come yet."))
        if options["reset_clock"]:
            self._reset(companies, today, options)
            return
        try:
            outcome = actions.work_schedules(companies=companies, today=today, dry_run=options["dry_run"])
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self._report(tasks.as_data(outcome, today), outcome, options)
        if any(worked.broken for worked in outcome.values()):
            raise CommandError("Some payments could not be worked. They are as they were; the log says why.")

    def _report(self, data: dict[str, Any], outcome: dict[Company, Worked], options: dict[str, Any]) -> None:
        if options["as_json"]:
            self.stdout.write(json.dumps({"dry_run": options["dry_run"], **data}))
            return
        if options["verbosity"] < 1:
            return
        for company, worked in outcome.items():
            self.stdout.write(f"{company}: {_summary(worked)}.")
            for line in _lines(worked, everything=options["verbosity"] > 1):
                self.stdout.write(f"  {line}")
        words = "Nothing was changed." if options["dry_run"] else "Done."
        self.stdout.write(self.style.SUCCESS(f"DRY RUN. {words}" if options["dry_run"] else words))

    def _reset(self, companies: list[Company], today: date, options: dict[str, Any]) -> None:
        for company in companies if not options["dry_run"] else []:
            actions.reset_clock(company=company, today=today)
        slugs = [company.slug for company in companies]
        if options["as_json"]:
            self.stdout.write(json.dumps({"dry_run": options["dry_run"], "clock": today.isoformat(), "reset": slugs}))
            return
        would = "would be" if options["dry_run"] else "is"
        words = f"The schedule's clock {would} {today:%-d %B %Y} for {', '.join(slugs)}. Nothing was paid."
        self.stdout.write(self.style.SUCCESS(f"DRY RUN. {words}" if options["dry_run"] else words))

    def _enqueue(self, options: dict[str, Any]) -> None:
        if options["today"] or options["dry_run"] or options["reset_clock"]:
            raise CommandError("--enqueue goes with --company alone: the run reads the day when its turn comes.")
        result, is_new = tasks.enqueue(options["company"])
        if result.status == TaskResultStatus.FAILED:
            raise CommandError(result.errors[-1].traceback.strip().splitlines()[-1])
        if options["as_json"]:
            self.stdout.write(json.dumps({"task": result.id, "status": result.status.lower(), "new": is_new}))
        elif not is_new:
            self.stdout.write(f"A run has been waiting on the queue since {result.enqueued_at:%Y-%m-%d %H:%M} UTC.")
            self.stderr.write(self.style.WARNING("Is a db_worker running?"))
        elif result.status == TaskResultStatus.SUCCESSFUL:
            self.stdout.write("Done at once: TASK_QUEUE names no queue.")
        else:
            self.stdout.write(f"On the queue: {result.id}.")


def _companies(slugs: list[str] | None) -> list[Company]:
    found = Company.objects.order_by("slug")
    if slugs is None:
        return list(found)
    chosen = list(found.filter(slug__in=slugs))
    if unknown := sorted(set(slugs) - {company.slug for company in chosen}):
        raise CommandError(f"There is no company {', '.join(unknown)}.")
    return chosen


def _summary(worked: Worked) -> str:
    counts = [(len(getattr(worked, kind)), words) for kind, words in KINDS.items()]
    return ", ".join(f"{count} {words}" for count, words in counts if count) or "nothing is due"


def _lines(worked: Worked, *, everything: bool) -> Iterator[str]:
    if everything:
        yield from (f"{number} paid" for number in worked.completed)
        yield from (f"{number} with the bank" for number in worked.processing)
        yield from (f"{number} waits: {why}" for number, why in worked.waiting.items())
    yield from (f"{number} stopped: {why}" for number, why in worked.stopped.items())
    yield from (f"{number} broken: {why}" for number, why in worked.broken.items())


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no day; write it as in 2026-03-16.") from None
