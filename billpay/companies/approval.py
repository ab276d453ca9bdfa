"""How many people must approve: the company's limits by amount, and what else its owners say of it (rule 13)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from billpay.companies import audit
from billpay.companies.access import PERMISSIONS, Permission
from billpay.companies.models import ApprovalLimit, ApprovalSubject, AuditEvent, Company, User
from billpay.money.value import Money


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


PEOPLE = {1: "one person", 2: "two people"}
type Limits = tuple[tuple[int, int], ...]
"""(minor units of the base currency, people) of one subject, the smallest amount first."""


@dataclass(frozen=True, slots=True)
class Policy:
    """All that a company's owners say about approval, as plain values. Amounts in minor units of the base currency."""

    bill_limits: Limits
    payment_limits: Limits
    split_window_days: int
    checks_bank_details: bool
    write_off_limit_minor: int

    @property
    def limits(self) -> dict[ApprovalSubject, Limits]:
        return {ApprovalSubject.BILL: self.bill_limits, ApprovalSubject.PAYMENT: self.payment_limits}

    @property
    def digest(self) -> str:
        """Tells one policy from another: what a form was drawn from."""
        return hashlib.sha256(repr(self).encode()).hexdigest()

    def words(self, currency: str) -> dict[str, str]:
        """Each part of it as people read it, by the name of its field."""
        return {
            "bill_limits": _limits_in_words(self.bill_limits, currency),
            "payment_limits": _limits_in_words(self.payment_limits, currency),
            "split_window_days": f"{self.split_window_days} {'day' if self.split_window_days == 1 else 'days'}",
            "checks_bank_details": "by a second person" if self.checks_bank_details else "by nobody",
            "write_off_limit_minor": str(Money(self.write_off_limit_minor, currency)),
        }


LABELS = {
    "bill_limits": "Bills",
    "payment_limits": "Payments",
    "split_window_days": "Split payments looked back for",
    "checks_bank_details": "New bank details checked",
    "write_off_limit_minor": "Largest write-off",
}
"""What people call the parts of a policy."""


LOOSENED_DAYS = 30
"""For so long it is pointed out that the owners ask for less than before."""


def loosened(before: Policy, after: Policy) -> list[str]:
    """The parts of a policy, by name, by which something needs fewer people, or is looked at less, than before."""
    found = [
        name
        for name in ("bill_limits", "payment_limits")
        if _asks_for_less(getattr(before, name), getattr(after, name))
    ]
    if after.split_window_days < before.split_window_days:
        found.append("split_window_days")
    if before.checks_bank_details and not after.checks_bank_details:
        found.append("checks_bank_details")
    return found


def _asks_for_less(before: Limits, after: Limits) -> bool:
    """Whether there is an amount that takes fewer people: one just above a limit, if there is any."""
    return any(_people(after, minor) < _people(before, minor) for minor, _ in (*before, *after))


def _people(limits: Limits, minor: int) -> int:
    """How many approve what is just above an amount."""
    return max((people for above, people in limits if above <= minor), default=0)


@dataclass(frozen=True, slots=True)
class Loosening:
    """Who asked for less and when, and in `words` the parts of the policy that do, as they became and as they were."""

    event: AuditEvent
    words: str


def lately_loosened(company: Company, *, today: date) -> list[Loosening]:
    """What was loosened in the last days, newest first; one query."""
    since = today - timedelta(days=LOOSENED_DAYS)
    changes = audit.trail(company).filter(verb="company.approval_changed", at__date__gte=since)
    return [
        Loosening(event, "; ".join(_as_it_was(event, name) for name in event.detail["loosened"]))
        for event in changes.filter(detail__has_key="loosened")
    ]


def _as_it_was(event: AuditEvent, name: str) -> str:
    return f"{LABELS[name]}: {event.detail[name]['after']}, was {event.detail[name]['before']}"


def policy_of(company: Company) -> Policy:
    """What is in force now."""
    rows = list(company.approval_limits.order_by("above_minor"))
    of = {
        subject: tuple((row.above_minor, row.approvers) for row in rows if row.subject == subject)
        for subject in ApprovalSubject
    }
    return Policy(
        bill_limits=of[ApprovalSubject.BILL],
        payment_limits=of[ApprovalSubject.PAYMENT],
        split_window_days=company.split_window_days,
        checks_bank_details=company.checks_bank_details,
        write_off_limit_minor=company.write_off_limit_minor,
    )


def contradiction(limits: Limits, currency: str) -> str:
    """What is wrong with the limits of one subject, in words; "" if nothing is."""
    for (smaller, few), (greater, fewer) in pairwise(limits):
        if smaller == greater:
            return f"{Money(smaller, currency)} is there twice. Say once how many people it takes."
        if fewer < few:
            return (
                f"Over {Money(smaller, currency)} it takes {PEOPLE[few]}, over {Money(greater, currency)} only "
                f"{PEOPLE[fewer]}. A greater amount never takes fewer."
            )
    return ""


def shortages(company: Company, policy: Policy) -> list[str]:
    """Where the company has too few members for what its policy asks, in words. The maker never counts (rule 13)."""
    found = []
    permissions = {ApprovalSubject.BILL: Permission.BILL_APPROVE, ApprovalSubject.PAYMENT: Permission.PAYMENT_APPROVE}
    for subject, limits in policy.limits.items():
        if not limits:
            continue
        # Enough for what takes the most people is enough for the rest.
        needed = max(people for _, people in limits)
        above = Money(min(minor for minor, people in limits if people == needed), company.base_currency)
        what = f"{subject.label} over {above} take {PEOPLE[needed]}"
        found.append(_shortage(what, "approve", needed, _holders(company, permissions[subject])))
    if policy.checks_bank_details:
        what = "New bank details of suppliers take a second person"
        found.append(_shortage(what, "check them", 1, _holders(company, Permission.BANK_DETAILS_CHECK)))
    return [words for words in found if words]


def _shortage(what: str, do: str, needed: int, able: list[User]) -> str:
    if len(able) > needed:
        return ""
    names = " and ".join(map(str, able)) or "nobody"
    may = f"only {names} may {do}" if able else f"nobody may {do}"
    if len(able) < needed:
        return f"{what}, but {may}. They would wait for ever: add a member who is approver or owner."
    maker = str(able[0]) if len(able) == 1 else "one of them"
    return f"{what}, and {may}. What {maker} enters would wait for ever: add a member who is approver or owner."


def _holders(company: Company, permission: Permission) -> list[User]:
    roles = [role for role, held in PERMISSIONS.items() if permission in held]
    members = company.memberships.filter(role__in=roles, user__is_active=True).select_related("user").order_by("pk")
    return [membership.user for membership in members]


def _limits_in_words(limits: Limits, currency: str) -> str:
    if not limits:
        return "no limit"
    return ", ".join(f"over {Money(minor, currency)} {PEOPLE[people]}" for minor, people in limits)
