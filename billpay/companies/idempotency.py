"""
One form, one result: the guard against double clicks, resends and replayed posts (rule 16, docs/adr/0018 and 0022).

The key is made when the form is drawn and comes back with it. The first post stores it, in the
transaction of what it does; the same key with the same content is answered with the first result;
the same key with other content is refused, which a view answers with 422.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from billpay.companies import audit
from billpay.companies.models import Company, IdempotencyKey, User
from billpay.companies.refusals import Refused

SEE_OTHER = 303
PATH_LENGTH = 300


class KeyReused(Refused):
    """The key came again with other content."""


class AlreadyDone(Exception):
    """The key came again with the same content; `answer` is what the first post was answered with."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.location)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What a form was answered with, stored so that the same post again gets the same.

    :param location: the address of the result; without one, `body` is the page or part that was drawn.
    :param message: what was said to the person besides.
    """

    location: str = ""
    status: int = SEE_OTHER
    body: str = ""
    message: str = ""


def digest_of(content: Mapping[str, Any]) -> str:
    """A digest of plain values (text, numbers, lists, mappings) that does not depend on the order of keys."""
    text = json.dumps(content, sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def claim(
    *,
    company: Company,
    key: uuid.UUID,
    content: Mapping[str, Any],
    by: User,
    method: str = "POST",
    path: str = "",
) -> IdempotencyKey:
    """
    Take the key for this content: first lock of a money form's transaction, before any other.

    A second request with the same key waits here for the first to commit or roll back.

    :raises AlreadyDone: the same key and content have led to a result already.
    :raises KeyReused: the key was used for other content, at another address, or by another person.
    """
    digest = digest_of({"method": method.upper(), "path": path, "by": by.pk, "content": content})
    try:
        with transaction.atomic():
            return IdempotencyKey.objects.create(
                company=company, key=key, method=method.upper(), path=path[:PATH_LENGTH], digest=digest, by=by
            )
    except IntegrityError:
        first = IdempotencyKey.objects.get(company=company, key=key)
    if first.digest != digest:
        raise KeyReused("This form was sent before with other content. Open a fresh form and enter it again.")
    raise AlreadyDone(Answer(first.location, first.status, first.body, first.message))


def settle(claimed: IdempotencyKey, answer: Answer) -> None:
    """Store what the claimed key was answered with."""
    claimed.location, claimed.status = answer.location, answer.status
    claimed.body, claimed.message = answer.body, answer.message
    claimed.save(update_fields=["location", "status", "body", "message"])


def answer_once(
    *,
    company: Company,
    key: uuid.UUID,
    content: Mapping[str, Any],
    by: User,
    act: Callable[[], Answer],
    method: str = "POST",
    path: str = "",
) -> Answer:
    """
    Do what a money form asks, at most once, and give its answer: the first one, also when the form comes again.

    If `act` refuses, the key is free again with everything else rolled back, so that the corrected form may carry
    the same key. A refusal ends it: `act` must not catch one and go on.

    :param content: what was posted, as plain values; with method, path and person it makes two posts the same.
    :raises KeyReused: the key was used for other content.
    """
    try:
        # Gathered, so that an action after the first still takes its locks before the trail's.
        with audit.gathered():
            claimed = claim(company=company, key=key, content=content, by=by, method=method, path=path)
            answer = act()
            settle(claimed, answer)
            return answer
    except AlreadyDone as done:
        return done.answer


def once(
    *,
    company: Company,
    key: uuid.UUID,
    content: Mapping[str, Any],
    by: User,
    act: Callable[[], str],
    method: str = "POST",
    path: str = "",
) -> str:
    """
    `answer_once` for a form whose result has an address of its own, which `act` returns.

    :raises KeyReused: the key was used for other content.
    """
    answer = answer_once(
        company=company, key=key, content=content, by=by, act=lambda: Answer(act()), method=method, path=path
    )
    return answer.location


def is_first(
    *, company: Company, key: uuid.UUID, content: Mapping[str, Any], by: User, location: str, path: str = ""
) -> bool:
    """
    Take the key of a form whose work is many transactions of their own, before the first of them.

    :param location: where what became of it is to be seen, however far it got.
    :returns: False if the same form came before: then nothing is to be done.
    :raises KeyReused: the key was used for other content.
    """
    try:
        with transaction.atomic():
            settle(claim(company=company, key=key, content=content, by=by, path=path), Answer(location))
    except AlreadyDone:
        return False
    return True


def forget(*, before: datetime) -> int:
    """Delete the keys of forms that were sent before this moment. How many they were."""
    return IdempotencyKey.objects.filter(created_at__lt=before).delete()[0]
