"""How many people must approve: the company's limits by amount (rule 13)."""

from __future__ import annotations

from collections.abc import Iterable

from billpay.companies.models import ApprovalLimit, ApprovalSubject, Company


def approvers_needed(company: Company, subject: ApprovalSubject, base_minor: int) -> int:
    """
    0, 1 or 2: what the greatest limit that the amount exceeds asks for.

    :param base_minor: minor units of the company's base currency.
    """
    limit = exceeded(limits_of(company, subject), base_minor)
    return limit.approvers if limit else 0


def limits_of(company: Company, subject: ApprovalSubject) -> list[ApprovalLimit]:
    """What a company has set, the greatest amount first."""
    return list(company.approval_limits.filter(subject=subject).order_by("-above_minor"))


def exceeded(limits: Iterable[ApprovalLimit], base_minor: int) -> ApprovalLimit | None:
    """
    The greatest limit that the amount exceeds: the one that counts.

    :param limits: of one subject, the greatest first.
    """
    return next((limit for limit in limits if limit.above_minor < base_minor), None)
