"""How many people must approve: the company's limits by amount (rule 13)."""

from __future__ import annotations

from billpay.companies.models import ApprovalSubject, Company


def approvers_needed(company: Company, subject: ApprovalSubject, base_minor: int) -> int:
    """
    0, 1 or 2: what the greatest limit that the amount exceeds asks for.

    :param base_minor: minor units of the company's base currency.
    """
    limits = company.approval_limits.filter(subject=subject, above_minor__lt=base_minor).order_by("-above_minor")
    return limits.values_list("approvers", flat=True).first() or 0
