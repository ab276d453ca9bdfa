"""The company's payment methods."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from billpay.companies import audit
from billpay.companies.models import Company, User
from billpay.payments.actions.orders import PaymentError
from billpay.payments.models import Method, PaymentMethod


@transaction.atomic
def create_usual_methods(*, company: Company) -> list[PaymentMethod]:
    """One method of each kind, by its usual name."""
    return PaymentMethod.objects.bulk_create(
        PaymentMethod(company=company, name=kind.label, kind=kind) for kind in Method
    )


def add_method(*, company: Company, name: str, kind: Method, by: User) -> PaymentMethod:
    """:raises PaymentError: there is one of that name."""
    method = PaymentMethod(company=company, name=name.strip(), kind=kind)
    return _save(method, "payment_method.added", f"Payment method {method.name} added", by)


def rename_method(*, method: PaymentMethod, name: str, by: User) -> PaymentMethod:
    """:raises PaymentError: there is another of that name."""
    old, method.name = method.name, name.strip()
    return _save(method, "payment_method.renamed", f"Payment method {old} renamed to {method.name}", by)


def archive_method(*, method: PaymentMethod, by: User) -> PaymentMethod:
    """
    Take a method off the choices; payments made with it keep it.

    :raises PaymentError: it is the last one.
    """
    if not method.company.payment_methods.active().exclude(pk=method.pk).exists():
        raise PaymentError(f"{method.name} is the only payment method left. Add another first.")
    method.archived_at = timezone.now()
    return _save(method, "payment_method.archived", f"Payment method {method.name} archived", by)


def restore_method(*, method: PaymentMethod, by: User) -> PaymentMethod:
    method.archived_at = None
    return _save(method, "payment_method.restored", f"Payment method {method.name} in use again", by)


def _save(method: PaymentMethod, verb: str, summary: str, by: User) -> PaymentMethod:
    try:
        with transaction.atomic():
            method.save()
            audit.record(company=method.company, verb=verb, target=method, by=by, summary=summary)
    except IntegrityError as error:
        raise PaymentError(f"There is a payment method called {method.name} already.", field="name") from error
    return method
