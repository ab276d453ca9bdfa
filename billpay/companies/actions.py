"""Companies and who belongs to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email, validate_slug
from django.db import IntegrityError, transaction
from django.utils import timezone

from billpay.companies import audit
from billpay.companies.approval import LABELS as APPROVAL_LABELS
from billpay.companies.approval import Policy, contradiction, loosened, policy_of
from billpay.companies.models import ApprovalLimit, Company, Membership, Role, User
from billpay.companies.refusals import Refused
from billpay.money.value import UnknownCurrency, exponent

RESERVED_SLUGS = frozenset(
    {"accounts", "admin", "api", "companies", "health", "healthz", "media", "operations", "profile", "static"}
)
"""Addresses that are taken: a company's pages begin with its slug."""
SLUG_LENGTH = 40


class MemberRefused(Refused):
    """A membership was not changed."""


class CompanyRefused(Refused):
    """A company was not created or changed."""


@transaction.atomic
def create_company(*, slug: str, name: str, currency: str, owner_email: str) -> Company:
    """
    Create a company and its owner's membership. Its chart of accounts is ledger's to make.

    :param currency: ISO 4217 code of the books, which never changes afterwards.
    :param owner_email: of a person who exists, or else is created without a password.
    :raises CompanyRefused: if the slug is taken, or anything is not what it should be.
    """
    currency = currency.strip().upper()
    try:
        validate_slug(slug)
        exponent(currency)
        validate_email(owner_email)
    except ValidationError as refusal:
        raise CompanyRefused(" ".join(refusal.messages)) from refusal
    except UnknownCurrency as refusal:
        raise CompanyRefused(f"{currency} is not a currency of ISO 4217.", field="currency") from refusal
    if slug in RESERVED_SLUGS or len(slug) > SLUG_LENGTH:
        raise CompanyRefused(f"A company cannot have the address /{slug}/.", field="slug")
    try:
        with transaction.atomic():
            company = Company.objects.create(slug=slug, name=name, base_currency=currency)
    except IntegrityError as taken:
        raise CompanyRefused(f"There is a company at /{slug}/ already.", field="slug") from taken
    owner, _ = _person(owner_email)
    Membership.objects.create(company=company, user=owner, role=Role.OWNER)
    audit.record(
        company=company,
        verb="company.created",
        target=company,
        by=None,
        summary=f"{name} was set up, owned by {owner}.",
    )
    return company


@transaction.atomic
def add_member(*, company: Company, email: str, role: Role, by: User, name: str = "") -> Membership:
    """
    Let a person into the company, creating them without a password when they are new.

    :raises MemberRefused: if they are a member already, or their account is switched off.
    """
    company = _locked(company)
    user, is_new = _person(email, name)
    if not user.is_active:
        raise MemberRefused(f"The account of {user.email} is switched off. Ask an operator.", field="email")
    if company.memberships.filter(user=user).exists():
        raise MemberRefused(f"{user.email} is a member already. Change their role in the list.", field="email")
    membership = company.memberships.create(user=user, role=role)
    audit.record(
        company=company,
        verb="member.added",
        target=membership,
        by=by,
        summary=f"{user.email} was added as {membership.get_role_display().lower()}.",
        user=user.pk,
        role=str(role),
        new_user=is_new,
    )
    return membership


@transaction.atomic
def change_role(*, membership: Membership, role: Role, by: User) -> Membership:
    """
    Give a member another role.

    :raises MemberRefused: if the company would be left without an owner.
    """
    company = _locked(membership.company)
    membership = company.memberships.select_related("user").get(pk=membership.pk)
    before = Role(membership.role)
    if before == role:
        return membership
    if before == Role.OWNER:
        _keep_an_owner(company, membership, f"{membership.user} is the only owner of {company} and stays one")
    membership.role = role
    membership.save(update_fields=["role"])
    audit.record(
        company=company,
        verb="member.role_changed",
        target=membership,
        by=by,
        summary=f"{membership.user.email} is now {Role(role).label.lower()}; was {before.label.lower()}.",
        before=str(before),
        after=str(role),
    )
    return membership


@transaction.atomic
def remove_member(*, membership: Membership, by: User) -> None:
    """
    Take a person out of the company. What they did stays in its trail.

    :raises MemberRefused: if the company would be left without an owner.
    """
    company = _locked(membership.company)
    membership = company.memberships.select_related("user").get(pk=membership.pk)
    if membership.role == Role.OWNER:
        _keep_an_owner(company, membership, f"{membership.user} is the only owner of {company} and cannot be removed")
    # By a query, so that the object keeps its id for the trail, whose lock comes last.
    company.memberships.filter(pk=membership.pk).delete()
    audit.record(
        company=company,
        verb="member.removed",
        target=membership,
        by=by,
        summary=f"{membership.user.email} was removed; was {membership.get_role_display().lower()}.",
        user=membership.user_id,
        role=membership.role,
    )


SETTINGS = {
    "name": "name",
    "address": "address",
    "tax_number": "tax number",
    "tax_rounding": "tax rounding",
    "locked_through": "books locked through",
}
"""The fields that a company's owners change, and their names in the trail."""


def not_come(day: date | None) -> str:
    """Why the books cannot be locked through that day, in words; empty if they can."""
    if day is None or day <= timezone.localdate():
        return ""
    return f"{day:%-d %B %Y} has not come yet. Lock the books through today or an earlier day."


@transaction.atomic
def change_settings(*, company: Company, values: Mapping[str, Any], by: User) -> Company:
    """
    Store a company's settings, of the names in `SETTINGS`, and note each that changed with its old value.

    What is being posted meanwhile is waited for: it was there before the books were closed.

    :raises CompanyRefused: the books would be locked through a day that has not come.
    """
    company = Company.objects.select_for_update().get(pk=company.pk)
    changed = {
        name: {"before": _plain(getattr(company, name)), "after": _plain(values[name])}
        for name in SETTINGS
        if name in values and getattr(company, name) != values[name]
    }
    if not changed:
        return company
    if "locked_through" in changed and (why := not_come(values["locked_through"])):
        raise CompanyRefused(why, field="locked_through")
    for name in changed:
        setattr(company, name, values[name])
    company.save(update_fields=list(changed))
    words = ", ".join(SETTINGS[name] for name in changed)
    audit.record(
        company=company, verb="company.changed", target=company, by=by, summary=f"Settings changed: {words}.", **changed
    )
    return company


class PolicyChanged(CompanyRefused):
    """Someone else changed what is to be approved since the form was drawn."""


@transaction.atomic
def change_approval(*, company: Company, policy: Policy, seen: str, by: User) -> Policy:
    """
    Say who must approve what from now on; what has been submitted keeps what was asked for then.

    :param policy: limits with the smallest amount first.
    :param seen: the digest of the policy that the form was drawn from.
    :raises PolicyChanged: another policy is in force meanwhile.
    :raises CompanyRefused: limits of one subject contradict each other.
    """
    company = _locked(company)
    before = policy_of(company)
    if before == policy:
        return policy
    if before.digest != seen:
        raise PolicyChanged("Someone else changed these settings since you opened the page. Nothing of yours is saved.")
    for limits in policy.limits.values():
        if wrong := contradiction(limits, company.base_currency):
            raise CompanyRefused(wrong)
    _store_policy(company, policy)
    old, new = before.words(company.base_currency), policy.words(company.base_currency)
    changed = {name: {"before": old[name], "after": new[name]} for name in APPROVAL_LABELS if old[name] != new[name]}
    words = "; ".join(f"{APPROVAL_LABELS[name]}: {one['after']}, was {one['before']}" for name, one in changed.items())
    less = loosened(before, policy)
    audit.record(
        company=company,
        verb="company.approval_changed",
        target=company,
        by=by,
        summary=f"Approval. {words}",
        **changed,
        **({"loosened": less} if less else {}),
    )
    return policy


def _store_policy(company: Company, policy: Policy) -> None:
    company.approval_limits.all().delete()
    ApprovalLimit.objects.bulk_create(
        ApprovalLimit(company=company, subject=subject, above_minor=minor, approvers=people)
        for subject, limits in policy.limits.items()
        for minor, people in limits
    )
    names = ("split_window_days", "checks_bank_details", "write_off_limit_minor")
    for name in names:
        setattr(company, name, getattr(policy, name))
    company.save(update_fields=names)


def _locked(company: Company) -> Company:
    return Company.objects.select_for_update(no_key=True).get(pk=company.pk)


def _person(email: str, name: str = "") -> tuple[User, bool]:
    found = User.objects.filter(email__iexact=email.strip()).first()
    if found:
        return found, False
    return User.objects.create_user(email.strip(), None, name=name), True


def _keep_an_owner(company: Company, membership: Membership, why: str) -> None:
    if not company.memberships.filter(role=Role.OWNER).exclude(pk=membership.pk).exists():
        raise MemberRefused(f"{why}. Make someone else an owner first.", field="role")


def _plain(value: Any) -> str:
    return "" if value is None else str(value)
