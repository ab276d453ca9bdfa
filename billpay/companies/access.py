"""
Permission and tenancy: the one home of who may do what in which company.

Every company page has the URL `/<company>/…`. `requires` loads the company through
its members, so a stranger gets 404 and a member without the role gets 403.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, Concatenate
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from billpay.companies.models import Company, Role, User


class Permission(StrEnum):
    VIEW = "view"
    SUPPLIER_EDIT = "supplier.edit"
    BILL_EDIT = "bill.edit"
    BILL_APPROVE = "bill.approve"
    BILL_VOID = "bill.void"
    BILL_HOLD = "bill.hold"
    CREDIT_EDIT = "credit.edit"
    CREDIT_APPROVE = "credit.approve"
    CREDIT_VOID = "credit.void"
    PAYMENT_MAKE = "payment.make"
    PAYMENT_APPROVE = "payment.approve"
    PAYMENT_VOID = "payment.void"
    BANK_DETAILS_CHECK = "bank_details.check"
    RECONCILE = "reconcile"
    IMPORT = "import"
    LEDGER_EDIT = "ledger.edit"
    BANK_ACCOUNT_EDIT = "bank_account.edit"
    MEMBERS = "members"
    SETTINGS = "settings"


_DESK = frozenset(
    {
        Permission.VIEW,
        Permission.SUPPLIER_EDIT,
        Permission.BILL_EDIT,
        Permission.BILL_HOLD,
        Permission.CREDIT_EDIT,
        Permission.PAYMENT_MAKE,
        Permission.RECONCILE,
        Permission.IMPORT,
    }
)
_APPROVE = frozenset(
    {
        Permission.BILL_APPROVE,
        Permission.BILL_VOID,
        Permission.CREDIT_APPROVE,
        Permission.CREDIT_VOID,
        Permission.PAYMENT_APPROVE,
        Permission.PAYMENT_VOID,
        Permission.BANK_DETAILS_CHECK,
    }
)
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset({Permission.VIEW}),
    Role.BOOKKEEPER: _DESK,
    Role.APPROVER: _DESK | _APPROVE,
    Role.OWNER: frozenset(Permission),
}
OPERATOR = frozenset({Permission.VIEW})
"""Operators look at a company's pages as a viewer does; they correct through the admin."""


def permissions_of(user: User, company: Company) -> frozenset[Permission]:
    """What `user` may do in `company`: nothing at all if they are a stranger to it."""
    role = company.memberships.filter(user=user).values_list("role", flat=True).first()
    if role is not None:
        return PERMISSIONS[Role(role)]
    return OPERATOR if user.is_superuser else frozenset()


class MemberRequest(HttpRequest):
    """What a view behind `requires` or `login_required` is given: for annotations only, never made."""

    user: User
    company: Company
    permissions: frozenset[Permission]
    htmx: HtmxDetails


type CompanyView[**P] = Callable[Concatenate[Any, Company, P], HttpResponseBase]


def requires[**P](permission: Permission) -> Callable[[CompanyView[P]], Callable[..., HttpResponseBase]]:
    """
    Let a company view run only for members who hold `permission`.

    The view is called as `view(request, company, **kwargs)`; `request.company` and
    `request.permissions` are set for templates.
    """

    def decorate(view: CompanyView[P]) -> Callable[..., HttpResponseBase]:
        @functools.wraps(view)
        def guarded(request: HttpRequest, company: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return sign_in_first(request)
            found = Company.objects.filter(slug=company).first()
            held = permissions_of(request.user, found) if found else frozenset()
            if found is None or not held:
                raise Http404("No such company.")
            if permission not in held:
                raise PermissionDenied(f"Your role in {found} does not allow this.")
            request.company = found  # type: ignore[attr-defined]
            request.permissions = held  # type: ignore[attr-defined]
            return view(request, found, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return decorate


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """Send to the sign-in page; htmx is told to move the whole page, never to swap a form into a cell."""
    target = request.htmx.current_url_abs_path if request.htmx else request.get_full_path()  # type: ignore[attr-defined]
    if request.method not in {"GET", "HEAD"} and not request.htmx:  # type: ignore[attr-defined]
        target = None
    address = resolve_url("account_login") + (f"?{urlencode({'next': target})}" if target else "")
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)  # type: ignore[attr-defined]


def owned[M: models.Model](queryset: models.QuerySet[M], ids: Iterable[int | str]) -> list[M]:
    """
    Load the rows with these ids from a company's own queryset, in the order of the ids.

    :raises Http404: if any id is not the company's. `pk__in` alone would drop strangers without a word.
    """
    wanted = []
    for value in ids:
        if not str(value).isascii() or not str(value).isdigit() or len(str(value)) > 18:
            raise Http404("No such record.")
        wanted.append(int(value))
    found = {row.pk: row for row in queryset.filter(pk__in=set(wanted))}
    if set(wanted) - found.keys():
        raise Http404("No such record.")
    return [found[pk] for pk in dict.fromkeys(wanted)]


def company_home(company: Company) -> str:
    return reverse("home:dashboard", args=[company.slug])
