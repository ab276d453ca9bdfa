"""Files kept with a bill: what they are is told from their content, never from their name."""

from __future__ import annotations

import hashlib
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from billpay.bills.models import Attachment, Bill
from billpay.companies import audit
from billpay.companies.models import User
from billpay.documents.drafting import DocumentError

_SIGNATURES = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


class AttachmentError(DocumentError):
    """The file is not one that may be kept."""

    field = "file"


def content_type_of(head: bytes) -> str:
    """The media type by the first bytes, or "" if it is none of PDF, PNG and JPEG."""
    return next((kind for signature, kind in _SIGNATURES.items() if head.startswith(signature)), "")


@transaction.atomic
def attach(*, bill: Bill, file: UploadedFile[Any], by: User) -> Attachment:
    """
    Keep a PDF, PNG or JPEG of at most ATTACHMENT_MAX_BYTES with the bill, under a random name.

    :raises AttachmentError: it is empty, too large, or something else.
    """
    name = PurePath((file.name or "file").replace("\\", "/")).name[:200] or "file"
    if not file.size:
        raise AttachmentError(f"“{name}” is empty.")
    if file.size > settings.ATTACHMENT_MAX_BYTES:
        limit = settings.ATTACHMENT_MAX_BYTES // (1024 * 1024)
        raise AttachmentError(f"“{name}” is {file.size / 1024 / 1024:.1f} MB; the limit is {limit} MB.")
    content = file.read()
    content_type = content_type_of(content[:16])
    if not content_type:
        raise AttachmentError(f"“{name}” is not a PDF, PNG or JPEG, whatever its name says.")
    file.seek(0)
    attachment = Attachment(
        company=bill.company,
        bill=bill,
        name=name,
        content_type=content_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        created_by=by,
    )
    attachment.file.save(name, file, save=False)
    attachment.save(force_insert=True)
    audit.record(company=bill.company, verb="bill.file_attached", target=bill, by=by, summary=f"“{name}” attached")
    return attachment


@audit.gathered()
def remove_attachment(*, attachment: Attachment, by: User) -> None:
    """Remove a file; that it was there stays on the trail, with its digest."""
    bill = attachment.bill
    audit.record(
        company=bill.company,
        verb="bill.file_removed",
        target=bill,
        by=by,
        summary=f"“{attachment.name}” removed",
        sha256=attachment.sha256,
    )
    stored = attachment.file
    attachment.delete()
    transaction.on_commit(lambda: stored.delete(save=False))
