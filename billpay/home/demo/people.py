"""Who signs in to the demo, and the two companies they sign in to."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.contrib.auth.hashers import make_password

from billpay.companies import actions as companies
from billpay.companies.approval import policy_of
from billpay.companies.models import Company, Role, User
from billpay.home.founding import found_company

PASSWORD = "billpay-demo"  # noqa: S105  Printed by `make demo`: these logins are for looking around.
OPERATOR = "admin@demo.test"
MEMBERS = {
    Role.OWNER: ("owner@demo.test", "Tamsin Rowe"),
    Role.APPROVER: ("approver@demo.test", "Daniel Okafor"),
    Role.BOOKKEEPER: ("bookkeeper@demo.test", "Priya Shah"),
    Role.VIEWER: ("viewer@demo.test", "Grace Lindqvist"),
}
TIDEWAY_OWNER = ("owner@tideway.test", "Robert Hale")


@dataclass(frozen=True, slots=True)
class Staff:
    """The people of the demo company who do things."""

    owner: User
    approver: User
    bookkeeper: User


def open_harbour_lane(slug: str) -> tuple[Company, Staff]:
    """
    Found Harbour Lane Trading with its members, and the operator.

    :raises CompanyRefused: the slug is taken.
    """
    email, _ = MEMBERS[Role.OWNER]
    company = found_company(slug=slug, name="Harbour Lane Trading", currency="GBP", owner_email=email)
    owner = User.objects.get(email=email)
    for role, (email, _) in MEMBERS.items():
        if role != Role.OWNER:
            companies.add_member(company=company, email=email, role=role, by=owner)
    companies.change_settings(
        company=company,
        values={"address": "31 Harbour Lane\nPorthaven\nPH1 3HL", "tax_number": "GB999000341"},
        by=owner,
    )
    people = {role: User.objects.get(email=email) for role, (email, _) in MEMBERS.items()}
    _let_in(dict(MEMBERS.values()))
    _let_operator_in()
    before = policy_of(company)
    limits = ((1_000_00, 1), (10_000_00, 2))
    companies.change_approval(
        company=company, policy=replace(before, payment_limits=limits), seen=before.digest, by=owner
    )
    company.refresh_from_db()
    return company, Staff(owner, people[Role.APPROVER], people[Role.BOOKKEEPER])


def open_tideway(slug: str) -> tuple[Company, User]:
    """Found the second company, which only the operator and its owner can see."""
    email, name = TIDEWAY_OWNER
    company = found_company(slug=slug, name="Tideway Chandlery", currency="GBP", owner_email=email)
    _let_in({email: name})
    return company, User.objects.get(email=email)


def _let_in(names: dict[str, str]) -> None:
    """Give those who are new their name and the password; who was here before keeps their own."""
    encoded = make_password(PASSWORD)
    for user in User.objects.filter(email__in=names):
        if not user.has_usable_password():
            user.name, user.password = names[user.email], encoded
            user.save(update_fields=["name", "password"])


def _let_operator_in() -> None:
    if not User.objects.filter(email=OPERATOR).exists():
        User.objects.create_superuser(OPERATOR, PASSWORD, name="Site operator")
