"""Credit notes keep what all documents keep."""

from __future__ import annotations

from billpay.proof.invariants.documents import OF_CREDIT_NOTES

INVARIANTS = OF_CREDIT_NOTES
