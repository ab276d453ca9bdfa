"""What the commands about companies have in common."""

from __future__ import annotations

from django.core.management.base import CommandError

from billpay.companies.models import Company


def companies_called(slug: str | None) -> list[Company]:
    """
    The company of that slug, or all of them.

    :raises CommandError: there is none.
    """
    if slug is None:
        return list(Company.objects.order_by("slug"))
    found = Company.objects.filter(slug=slug).first()
    if found is None:
        raise CommandError(f"There is no company {slug}.")
    return [found]
