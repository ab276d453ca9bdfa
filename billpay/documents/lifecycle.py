"""Submitting, approving and voiding a document: what bills and credit notes do alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from billpay.companies import audit
from billpay.companies.models import User
from billpay.documents import drafting
from billpay.documents.drafting import DocumentError
from billpay.documents.models import Document, Status
from billpay.ledger import actions as ledger
from billpay.ledger.models import EntryKind


@dataclass(frozen=True, slots=True)
class Kind:
    """What differs: the word for audit verbs, the kind of journal entry, and its sign in the books."""

    verb: str
    entry: EntryKind
    sign: int


def submit[D: Document](document: D, kind: Kind, *, by: User) -> D:
    """Ask for approval of a draft."""
    document = drafting.lock(document)
    drafting.refuse_unless_it_adds_up(document)
    drafting.move(document, Status.AWAITING_APPROVAL)
    document.submitted_at, document.submitted_by = timezone.now(), by
    document.save(update_fields=["status", "submitted_at", "submitted_by"])
    _record(document, kind, "submitted", by, f"submitted for approval: {document.total}")
    return document


def return_to_draft[D: Document](document: D, kind: Kind, *, reason: str, by: User) -> D:
    """Send a submitted document back, saying why. It is a new version, so that approvals given before do not count."""
    document = drafting.lock(document)
    drafting.move(document, Status.DRAFT)
    document.submitted_at, document.submitted_by = None, None
    document.version += 1
    document.save(update_fields=["status", "submitted_at", "submitted_by", "version"])
    _record(document, kind, "returned", by, f"sent back to draft: {reason}" if reason else "sent back to draft")
    return document


def approve[D: Document](document: D, kind: Kind, *, by: User, how: str = "approved") -> D:
    """Open a document and post it, on its own date; `how` it came to be approved goes on the trail."""
    document = drafting.lock(document)
    drafting.refuse_unless_it_adds_up(document)
    drafting.move(document, Status.OPEN)
    document.total_base_minor, postings = drafting.base_postings(document, sign=kind.sign)
    document.approved_at, document.approved_by = timezone.now(), by
    document.version += 1
    document.save(update_fields=["status", "total_base_minor", "approved_at", "approved_by", "version"])
    ledger.post(
        company=document.company,
        entry=ledger.Entry(
            on=document.issued_on,
            kind=kind.entry,
            source=document,
            description=f"{_noun(document)} {document.number}, {document.supplier}",
            postings=postings,
        ),
        by=by,
    )
    _record(document, kind, "approved", by, f"{how}: {document.total}")
    return document


def void[D: Document](document: D, kind: Kind, *, on: date, reason: str, by: User) -> D:
    """
    Take an open, untouched document back and post the reverse, dated `on`.

    :raises DocumentError: no reason given, or `on` is before the document's date.
    """
    if not reason.strip():
        raise DocumentError("Say why it is void.", field="reason")
    if on < document.issued_on:
        raise DocumentError(
            f"It cannot be void from {on:%-d %B %Y}, before its own date, {document.issued_on:%-d %B %Y}.", field="on"
        )
    drafting.move(document, Status.VOID)
    document.voided_at, document.voided_by, document.voided_on = timezone.now(), by, on
    document.void_reason = reason.strip()[:200]
    document.version += 1
    document.save(update_fields=["status", "voided_at", "voided_by", "voided_on", "void_reason", "version"])
    ledger.reverse(company=document.company, source=document, on=on, by=by, reason=reason)
    _record(document, kind, "voided", by, f"void: {document.void_reason}")
    return document


def _record(document: Document, kind: Kind, step: str, by: User, what: str) -> None:
    audit.record(
        company=document.company,
        verb=f"{kind.verb}.{step}",
        target=document,
        by=by,
        summary=f"{_noun(document)} {document.number} {what}",
        total_minor=document.total_minor,
        currency=document.currency,
    )


def _noun(document: Document) -> str:
    return str(document._meta.verbose_name).capitalize()
