"""Setting a company up: the company itself, its usual books and its payment methods, all or nothing."""

from __future__ import annotations

from django.db import transaction

from billpay.companies.actions import create_company
from billpay.companies.models import Company
from billpay.ledger.setup import create_usual_books
from billpay.payments.actions import create_usual_methods


@transaction.atomic
def found_company(*, slug: str, name: str, currency: str, owner_email: str) -> Company:
    """
    Create a company that bills can be entered into at once; it lacks only a bank account.

    :param currency: ISO 4217 code of the books.
    :raises CompanyRefused: the slug is taken or reserved, or the currency or the address is none.
    """
    company = create_company(slug=slug, name=name, currency=currency, owner_email=owner_email)
    create_usual_books(company=company)
    create_usual_methods(company=company)
    return company
