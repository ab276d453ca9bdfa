"""Matching at once all that leaves no doubt."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field

from django.db import transaction as database

from billpay.banking.models import BankAccount, BankTransaction
from billpay.companies.models import Company, User
from billpay.money.value import Money
from billpay.reconciliation.actions.errors import ReconciliationError
from billpay.reconciliation.actions.tying import Tie, lock_transactions, tie
from billpay.reconciliation.models import Match
from billpay.reconciliation.offers import certain_for


@dataclass(frozen=True, slots=True)
class Certain:
    """What was matched, as one group to undo; `gone` counts lines asked for that are certain no longer."""

    group: uuid.UUID | None = None
    matches: list[Match] = field(default_factory=list)
    lines: int = 0
    gone: int = 0


@database.atomic
def match_certain(
    *, company: Company, account: BankAccount, by: User, only: Collection[tuple[int, str]] | None = None
) -> Certain:
    """
    Match the account's lines that have exactly one candidate with equal amount and its reference or bank details.

    :param only: (transaction id, candidate key) pairs as a person reviewed them; a line that is not certain any more,
        or of something else, is left alone and counted.
    :raises ReconciliationError: the account is another company's.
    """
    if account.company_id != company.pk:
        raise ReconciliationError("That bank account belongs to another company.")
    lock_transactions(certain_for(account).by_transaction)
    offers = certain_for(account)
    ties: list[Tie] = []
    kept = 0
    for pk, offer in offers.by_transaction.items():
        best = offer.suggestions[0]
        if only is not None and (pk, str(best.candidate.key)) not in only:
            continue
        kept += 1
        reasons = tuple(reason.words for reason in best.reasons)
        line = BankTransaction(pk=pk)
        ties += [
            Tie(line, paid, Money(minor, account.currency), reasons)
            for paid, (_, minor) in zip(offers.paid_of(best.candidate), best.candidate.parts, strict=True)
        ]
    gone = 0 if only is None else len(set(only)) - kept
    if not ties:
        return Certain(gone=gone)
    rows = tie(company=company, ties=ties, by=by)
    return Certain(rows[0].group, rows, kept, gone)
