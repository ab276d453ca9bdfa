"""What every template is given about the company of its page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from billpay.companies.models import Company

SWITCHER_LENGTH = 12


def current_company(request: HttpRequest) -> dict[str, Any]:
    """`company` and `permissions` as `requires` set them; `companies`, loaded only when looped over."""
    company = getattr(request, "company", None)
    user = getattr(request, "user", None)

    def visible() -> list[Company]:
        if user is None or not user.is_authenticated:
            return []
        return list(Company.objects.visible_to(user)[:SWITCHER_LENGTH])

    return {
        "company": company,
        "permissions": getattr(request, "permissions", frozenset()),
        "companies": SimpleLazyObject(visible),
    }
