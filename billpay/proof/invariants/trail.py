"""The audit trail: whole, and nothing without a line in it."""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from billpay.bills.models import Bill
from billpay.companies import audit
from billpay.companies.models import AuditEvent
from billpay.credit_notes.models import CreditNote
from billpay.payments.models import Batch, Payment, Refund
from billpay.proof.comparing import none
from billpay.proof.invariant import MOST, Figure, Finding, Invariant, Offender, Scope, together

TRACED = (Bill, CreditNote, Payment, Batch, Refund)


def _chain(scope: Scope) -> Finding:
    """Each line is hashed with the one before it, by a key that is not in the database."""
    every = audit.head_of(scope.of).count
    breaks = audit.verify(scope.of, most=MOST)
    offenders = tuple(
        Offender(AuditEvent if one.id is not None else None, str(one.id or ""), one.words) for one in breaks
    )
    lines = len({one.id for one in breaks})
    return Finding((Figure(every, max(every - lines, 0), noun="lines"),), offenders, len(breaks))


def _traced(scope: Scope) -> Finding:
    looks = []
    for model in TRACED:
        rows: QuerySet[Any] = model._default_manager.filter(company=scope.of)
        line = AuditEvent.objects.filter(
            company=scope.of, target_kind=model._meta.model_name, target_id=Cast(OuterRef("pk"), CharField())
        )
        looks.append(none(rows, ~Q(Exists(line))))
    return together(*looks)


INVARIANTS = (
    Invariant("trail.chain", "12, 25", "The audit trail is what was written, from its first line to its last", _chain),
    Invariant("trail.traced", "12, 25", "Everything that moves money has a line in the audit trail", _traced),
)
