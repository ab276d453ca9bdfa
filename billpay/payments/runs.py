"""
Payment runs: what someone is about to pay, kept in their session between choosing and recording.

A run has a key made when it was started; it is also the key that lets it be recorded once (rule 16).
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.http import HttpRequest, QueryDict

from billpay.bills.models import Bill
from billpay.companies.idempotency import digest_of
from billpay.companies.models import Company, IdempotencyKey
from billpay.payments.models import Payment

IN_SESSION = "payment_runs"
KEPT = 12
"""So many runs are kept for each person; the oldest is forgotten."""
NOT_CONTENT = {"csrfmiddlewaretoken", "action"}


@dataclass(slots=True)
class Run:
    """Plain values only. `posted` is the allocate form as it was last sent; `draft` the payment being changed."""

    key: str
    company: int
    currency: str
    bills: list[int]
    posted: str = ""
    draft: int | None = None
    version: int = 0

    @property
    def data(self) -> QueryDict:
        return QueryDict(self.posted, mutable=True)

    @property
    def content(self) -> dict[str, Any]:
        """What recording it means, for the guard against a second time."""
        return {"bills": self.bills, "posted": sorted(self.data.lists()), "draft": self.draft}

    @property
    def digest(self) -> str:
        return digest_of(self.content)


def start(
    request: HttpRequest, company: Company, bills: Sequence[Bill], *, posted: str = "", draft: Payment | None = None
) -> Run:
    """Keep a new run for bills of one currency."""
    run = Run(
        key=str(uuid.uuid4()),
        company=company.pk,
        currency=draft.currency if draft else bills[0].currency,
        bills=[bill.pk for bill in bills],
        posted=posted,
        draft=draft.pk if draft else None,
        version=draft.version if draft else 0,
    )
    save(request, run)
    return run


def save(request: HttpRequest, run: Run) -> None:
    kept = request.session.get(IN_SESSION, {})
    kept[run.key] = asdict(run)
    for oldest in list(kept)[: max(0, len(kept) - KEPT)]:
        del kept[oldest]
    request.session[IN_SESSION] = kept


def load(request: HttpRequest, company: Company, key: uuid.UUID) -> Run | None:
    """The run of this key, if this person started it in this company and it is still kept."""
    kept = request.session.get(IN_SESSION, {}).get(str(key))
    if not kept or kept["company"] != company.pk:
        return None
    return Run(**kept)


def keep_posted(request: HttpRequest, run: Run, data: QueryDict) -> None:
    """Keep what was typed on the allocate page."""
    typed = data.copy()
    for name in NOT_CONTENT:
        typed.pop(name, None)
    run.posted = typed.urlencode()
    save(request, run)


def recorded_at(request: HttpRequest, company: Company, key: uuid.UUID) -> str:
    """Where the result of a run that this person recorded is; "" if it was not."""
    done = IdempotencyKey.objects.filter(company=company, key=key, by=request.user).first()  # type: ignore[misc]
    return done.location if done else ""
