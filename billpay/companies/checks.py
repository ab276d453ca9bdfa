"""What `manage.py check --deploy` says about people and companies."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register  # noqa: A004  Django's name.


@register(Tags.security, deploy=True)
def audit_key_of_its_own(**_: Any) -> list[CheckMessage]:
    """Trails chained with a key that follows from SECRET_KEY break when that one is changed."""
    if settings.AUDIT_KEY:
        return []
    return [
        Warning(
            "AUDIT_KEY is not set: the audit trails are chained with a key derived from SECRET_KEY.",
            hint="Set AUDIT_KEY to random letters of its own before the first company is created. If there are trails "
            "already, docs/operations.md says how to keep the key that they were written with.",
            id="companies.W001",
        )
    ]
