"""The ends of companies' trails as a document to be kept elsewhere, and read back to compare with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from billpay.companies import audit, chain
from billpay.companies.models import Company

KIND = "billpay-audit-heads"


class UnreadableHeads(Exception):
    """The document is not one of heads; `str()` says why."""


def exported(companies: Iterable[Company], *, at: datetime) -> dict[str, Any]:
    """Where each trail ends now, as plain values for JSON."""
    heads = [(company, audit.head_of(company)) for company in companies]
    return {
        "kind": KIND,
        "exported_at": at.isoformat(timespec="seconds"),
        "heads": [
            {"company": company.slug, "id": head.company, "count": head.count, "hash": head.hash}
            for company, head in heads
        ],
    }


def read(text: str) -> dict[int, chain.Head]:
    """
    The heads of a document that `exported` made, by the id of their company: its slug may have another owner by now.

    :raises UnreadableHeads: it is something else, or damaged.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise UnreadableHeads(f"That is no JSON: {error}.") from error
    except RecursionError as error:
        raise UnreadableHeads("That is no file of export_audit_head: it is nested too deep.") from error
    if not isinstance(document, dict) or document.get("kind") != KIND or not isinstance(document.get("heads"), list):
        raise UnreadableHeads("That is no file of export_audit_head.")
    heads = [_head(one) for one in document["heads"]]
    return {head.company: head for head in heads}


def _head(one: Any) -> chain.Head:
    match one:
        case {"id": int(company), "count": int(count), "hash": str(last)} if count >= 0 and (
            re.fullmatch(r"[0-9a-f]{64}", last) if count else last == chain.START
        ):
            return chain.Head(company, count, last)
    raise UnreadableHeads(f"That is no head: {json.dumps(one)[:200]}.")
