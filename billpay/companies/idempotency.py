"""
One form, one result: the guard against double clicks, resends and replayed posts (rule 16).

The key is made when the form is drawn and comes back with it. The first post stores it, in the
transaction of what it does; the same key with the same content is answered with the first result;
the same key with other content is refused.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.db import IntegrityError, transaction

from billpay.companies.models import Company, IdempotencyKey, User
from billpay.companies.refusals import Refused


class KeyReused(Refused):
    """The key came again with other content."""


class AlreadyDone(Exception):
    """The key came again with the same content; `location` is the address of the first result."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


def digest_of(content: Mapping[str, Any]) -> str:
    """A digest of plain values (text, numbers, lists, mappings) that does not depend on the order of keys."""
    text = json.dumps(content, sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def claim(*, company: Company, key: uuid.UUID, content: Mapping[str, Any], by: User) -> IdempotencyKey:
    """
    Take the key for this content: first lock of a money form's transaction, before any other.

    A second request with the same key waits here for the first to commit or roll back.

    :raises AlreadyDone: the same key and content have led to a result already.
    :raises KeyReused: the key was used for other content, or by another person.
    """
    digest = digest_of({"by": by.pk, "content": content})
    try:
        with transaction.atomic():
            return IdempotencyKey.objects.create(company=company, key=key, digest=digest, by=by)
    except IntegrityError:
        first = IdempotencyKey.objects.get(company=company, key=key)
    if first.digest != digest:
        raise KeyReused("This form was sent before with other content. Open a fresh form and enter it again.")
    raise AlreadyDone(first.location)


def settle(claimed: IdempotencyKey, *, location: str) -> None:
    """Store where the result of the claimed key is to be found."""
    claimed.location = location
    claimed.save(update_fields=["location"])


def once(*, company: Company, key: uuid.UUID, content: Mapping[str, Any], by: User, act: Callable[[], str]) -> str:
    """
    Do what a money form asks, at most once, and give the address of its result.

    `act` does it and returns the address. If it refuses, the key is free again with everything else
    rolled back, so that the corrected form may carry the same key.

    :raises KeyReused: the key was used for other content.
    """
    try:
        with transaction.atomic():
            claimed = claim(company=company, key=key, content=content, by=by)
            location = act()
            settle(claimed, location=location)
            return location
    except AlreadyDone as done:
        return done.location
