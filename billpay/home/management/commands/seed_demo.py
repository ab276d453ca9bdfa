"""Load the demo company, once."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.home.demo import SLUG, seed


class Command(BaseCommand):
    help = (
        "Load the demo company Harbour Lane Trading with its logins, once: a second run changes nothing. "
        "The logins have a password that everyone knows, so never do this where real data is. "
        "Exit status: 0 done or here already, 1 refused and nothing written."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        if not settings.DEBUG:
            self.stderr.write(self.style.WARNING("The demo's logins have a password that everyone knows."))
        try:
            is_new = seed(today=timezone.localdate())
        except Refused as refusal:
            raise CommandError(f"Nothing was written: {refusal}") from refusal
        if not is_new:
            self.stdout.write(f"The demo company is here already, at /{SLUG}/. Nothing was changed.")
            return
        company = Company.objects.get(slug=SLUG)
        told = ", ".join(
            f"{rows.count()} {name}"
            for name, rows in (
                ("suppliers", company.suppliers),
                ("bills", company.bills),
                ("credit notes", company.credit_notes),
                ("payments", company.payments),
                ("bank transactions", company.bank_transactions),
            )
        )
        self.stdout.write(self.style.SUCCESS(f"{company} is at /{SLUG}/: {told}."))
