"""Write the company's suppliers, bills, credit notes or payments in Codat's shapes."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from billpay.interchange.codat.exporting import KINDS, export
from billpay.interchange.management.commands.import_codat import company_called


class Command(BaseCommand):
    help = "Print one JSON object {TYPE: […]} in Codat's shapes, as import_codat reads it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--company", required=True, metavar="SLUG", help="the company to export")
        parser.add_argument("--type", required=True, choices=sorted(KINDS), help="what to export")

    def handle(self, *_args: Any, **options: Any) -> None:
        company, kind = company_called(options["company"]), options["type"]
        self.stdout.write(f'{{"{kind}": [', ending="")
        first = True
        for document in export(company, kind):
            text = json.dumps(document, ensure_ascii=False, indent=2)
            self.stdout.write(("\n" if first else ",\n") + text, ending="")
            first = False
        self.stdout.write("]}" if first else "\n]}")
