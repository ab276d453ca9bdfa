"""Running numbers: none that a company has yet to give is taken."""

from __future__ import annotations

from django.db.models import Q
from django.db.models.functions import Length

from billpay.companies.models import Company
from billpay.payments.models import Batch, Payment, Refund
from billpay.proof.comparing import none
from billpay.proof.invariant import Finding, Invariant, Scope, together


def _taken(scope: Scope) -> Finding:
    """A counter set back would give a number a second time: nothing could be paid until somebody mended it."""
    company = scope.of
    counters = Company.objects.values_list("next_payment_number", "next_batch_number", "next_refund_number")
    payment, batch, refund = counters.get(pk=company.pk)
    kinds = (
        (Payment, f"PAY-{payment:05d}", "payments"),
        (Batch, f"BATCH-{batch:04d}", "batches"),
        (Refund, f"REF-{refund:05d}", "refunds"),
    )
    findings = []
    for model, coming, noun in kinds:
        rows = model.objects.filter(company=company).annotate(length=Length("number"))
        later = Q(length__gt=len(coming)) | Q(length=len(coming), number__gte=coming)
        findings.append(none(rows, later, noun=noun))
    return together(*findings)


INVARIANTS = (
    Invariant("numbers.given", "5", "Running numbers of payments, batches and refunds are below the next ones", _taken),
)
