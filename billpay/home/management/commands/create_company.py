"""Make a company with its usual books and an owner."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from billpay.companies.models import Company, User
from billpay.companies.refusals import Refused
from billpay.home.founding import found_company


class Command(BaseCommand):
    help = (
        "Make a company with a usual chart of accounts, tax rates and payment methods, and its owner. "
        "Exit status: 0 done, 1 refused and nothing written, 2 wrong usage."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", metavar="SLUG", help="the word its addresses begin with: /SLUG/bills/")
        parser.add_argument("--name", required=True, help="what the company is called")
        parser.add_argument("--currency", required=True, metavar="CODE", help="ISO 4217 code of its books, as in GBP")
        parser.add_argument("--owner", required=True, metavar="EMAIL", help="who owns it; made when there is none")
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password of a new owner from standard input"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        name, email = options["name"].strip(), options["owner"].strip()
        longest = Company._meta.get_field("name").max_length or 0
        if not name or len(name) > longest:
            raise CommandError(f"A company has a name of 1 to {longest} characters.")
        is_new = not User.objects.filter(email__iexact=email).exists()
        if options["password_stdin"] and not is_new:
            raise CommandError(f"{email} is here already and keeps their password. Leave out --password-stdin.")
        password = sys.stdin.readline().rstrip("\r\n") if options["password_stdin"] else None
        try:
            with transaction.atomic():
                company = found_company(
                    slug=options["slug"], name=name, currency=options["currency"], owner_email=email
                )
                if password is not None:
                    _set_password(email, password)
        except Refused as refusal:
            raise CommandError(f"Nothing was written: {refusal}") from refusal
        self.stdout.write(self.style.SUCCESS(f"{company} is ready at /{company.slug}/, owned by {email}."))
        if is_new and password is None:
            self.stdout.write(f"{email} has no password yet. Set one: manage.py changepassword {email}")


def _set_password(email: str, password: str) -> None:
    user = User.objects.get(email__iexact=email)
    try:
        validate_password(password, user)
    except ValidationError as refusal:
        raise CommandError("Nothing was written: " + " ".join(refusal.messages)) from refusal
    user.set_password(password)
    user.save(update_fields=["password"])
