"""Storing a whole file, all or nothing, by the same actions as the screens; a second run adds nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from billpay.companies import audit
from billpay.companies.models import Company, User
from billpay.companies.refusals import Refused
from billpay.interchange.codat import masters, shapes, storing, storing_payments
from billpay.interchange.codat.reading import Refusals, read
from billpay.interchange.codat.resolving import ImportRefused, Resolver
from billpay.interchange.codat.storing import SKIPPED, Outcome
from billpay.ledger.models import AccountRole


@dataclass(slots=True)
class Report:
    """What an import did, by the names of the file's lists."""

    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def count(self, name: str, outcome: Outcome) -> None:
        row = self.counts.setdefault(name, {"new": 0, "known": 0, "skipped": 0})
        row[outcome] += 1

    def as_json(self) -> dict[str, Any]:
        return {**self.counts, "warnings": self.warnings}


def import_text(*, company: Company, text: str, by: User, dry_run: bool = False) -> Report:
    """
    Read and store one file of Codat's documents.

    :param dry_run: do everything, then take it all back.
    :raises Refusals: with every document that cannot be read or does not add up; nothing is stored.
    :raises ImportRefused: naming the document that cannot be stored and why; nothing is stored.
    """
    file = read(text, base_currency=company.base_currency)
    with transaction.atomic():
        # Many actions: gathered, so that none of them waits for a lock while it holds the trail's.
        with audit.gathered():
            report = _store(company, file, by)
        if dry_run:
            transaction.set_rollback(True)
    return report


def _store(company: Company, file: shapes.File, by: User) -> Report:
    # One import at a time in a company: two of the same file wait for each other, and the second adds nothing.
    # The control account is a row that every company has and that nothing else locks.
    company.nominal_accounts.select_for_update(no_key=True).get(role=AccountRole.PAYABLES)
    report = Report(warnings=file.warnings)
    resolver = Resolver(company, report.warnings)
    infer_currencies(file)
    steps: list[tuple[str, list[Any], Callable[[Any], Outcome]]] = [
        ("accounts", file.accounts, lambda it: _new(masters.account(it, company, resolver, by))),
        ("taxRates", file.tax_rates, lambda it: _new(masters.tax_rate(it, company))),
        ("paymentMethods", file.methods, lambda it: _new(masters.method(it, company))),
        ("suppliers", file.suppliers, lambda it: _new(masters.supplier(it, company, by))),
        ("bills", file.bills, lambda it: storing.bill(it, company, resolver, by)),
        ("billCreditNotes", file.credit_notes, lambda it: storing.credit_note(it, company, resolver, by)),
        ("billPayments", file.payments, lambda it: storing_payments.payment(it, company, resolver, by)),
    ]
    for name, items, store in steps:
        for item in items:
            label = getattr(item, "label", "") or f"{name} {item.id}"
            report.count(name, _in_words(label, store, item))
    storing.compare_what_is_left(file, company, report.warnings)
    new = sum(row["new"] for row in report.counts.values())
    if new:
        audit.record(
            company=company,
            verb="company.imported",
            target=company,
            by=by,
            summary="Imported: "
            + ", ".join(f"{row['new']} {name}" for name, row in report.counts.items() if row["new"]),
        )
    return report


def _new(is_new: bool) -> Outcome:
    return "new" if is_new else "known"


def _in_words(label: str, store: Callable[[Any], Outcome], item: Any) -> Outcome:
    """Store one document; a refusal of any action names the document it was about."""
    if getattr(item, "deleted", False):
        return SKIPPED
    try:
        return store(item)
    except ImportRefused:
        raise
    except Refused as refusal:
        raise ImportRefused(f"{label}: {refusal}") from refusal


def infer_currencies(file: shapes.File) -> None:
    """An account that names no currency is kept in that of the first payment made from it."""
    for index, account in enumerate(file.accounts):
        if account.currency:
            continue
        used = next(
            (it.currency for it in file.payments if it.account and it.account.id == account.id and it.currency), ""
        )
        file.accounts[index] = shapes.Account(
            id=account.id,
            name=account.name,
            code=account.code,
            type=account.type,
            currency=used,
            is_bank=account.is_bank,
            archived=account.archived,
        )


__all__ = ["ImportRefused", "Refusals", "Report", "import_text"]
