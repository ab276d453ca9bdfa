"""The payment methods a new company starts with."""

from __future__ import annotations

from django.db import transaction

from billpay.companies.models import Company
from billpay.payments.models import Method, PaymentMethod


@transaction.atomic
def create_usual_methods(*, company: Company) -> list[PaymentMethod]:
    """One method of each kind, by its usual name."""
    return PaymentMethod.objects.bulk_create(
        PaymentMethod(company=company, name=kind.label, kind=kind) for kind in Method
    )
