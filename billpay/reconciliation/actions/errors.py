"""What reconciliation refuses, in words."""

from __future__ import annotations

from billpay.companies.refusals import Refused


class ReconciliationError(Refused):
    """A match or payment would not be made as asked."""


class AlreadyMatched(ReconciliationError):
    """Someone else was faster: the message says who and when. Nothing was changed."""
