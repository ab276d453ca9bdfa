"""The audit trail: appended by actions, inside the same transaction as what they did."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from billpay.companies.models import AuditEvent, Company, User


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: `verb` as in "bill.approved", `summary` as people read it."""

    verb: str
    target: models.Model
    summary: str
    detail: dict[str, Any] = field(default_factory=dict)


def record(
    *, company: Company, verb: str, target: models.Model, by: User | None, summary: str, **detail: Any
) -> AuditEvent:
    """Append one line. `detail` holds JSON values only: minor units as integers, dates as ISO text."""
    return record_many(company=company, by=by, events=[Event(verb, target, summary, detail)])[0]


def record_many(*, company: Company, by: User | None, events: Iterable[Event]) -> list[AuditEvent]:
    """Append lines in the order given, in one statement."""
    return AuditEvent.objects.bulk_create(
        AuditEvent(
            company=company,
            by=by,
            verb=event.verb,
            target_kind=event.target._meta.model_name or "",
            target_id=str(event.target.pk),
            summary=event.summary[:500],
            detail=event.detail,
        )
        for event in events
    )


def trail(target: models.Model) -> models.QuerySet[AuditEvent]:
    """The lines about one object, newest first, with who did each. `target` carries its company."""
    company = target if isinstance(target, Company) else target.company  # type: ignore[attr-defined]
    return AuditEvent.objects.filter(
        company=company, target_kind=target._meta.model_name, target_id=str(target.pk)
    ).select_related("by")
