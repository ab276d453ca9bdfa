"""Forget the keys of forms that were sent long ago."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from billpay.companies import idempotency

DAYS = 90
LONGEST = 36_500


class Command(BaseCommand):
    help = (
        "Delete the keys, with their stored answers, of forms that were sent more than so many days ago. Nobody can "
        "send such a form again: its session is over. External ids stay for ever. "
        "Exit status: 0 done, 1 refused, 2 wrong usage."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--older-than", type=int, default=DAYS, metavar="DAYS", help=f"{DAYS} if absent")
        parser.add_argument("--dry-run", action="store_true", help="say how many it would be, and delete none")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        days, dry_run = options["older_than"], options["dry_run"]
        least = -(-settings.SESSION_COOKIE_AGE // 86_400)
        if days <= least:
            raise CommandError(f"Sessions last {least} days, and forms may be sent again as long: give more than that.")
        if days > LONGEST:
            raise CommandError(f"Give at most {LONGEST} days.")
        with transaction.atomic():
            count = idempotency.forget(before=timezone.now() - timedelta(days=days))
            if dry_run:
                transaction.set_rollback(True)
        if options["as_json"]:
            self.stdout.write(json.dumps({"dry_run": dry_run, "keys": count}))
            return
        words = f"{count} key{'' if count == 1 else 's'} {'would be ' if dry_run else ''}deleted."
        self.stdout.write(self.style.SUCCESS(f"DRY RUN. {words}" if dry_run else words))
