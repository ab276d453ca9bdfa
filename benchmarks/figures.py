"""What is measured. Imported once Django is set up."""

from __future__ import annotations

from django.test import Client

from benchmarks import crowds, data, engine, proof
from benchmarks.bare import create_bare_tables
from benchmarks.timing import Figure, compare
from billpay.companies.models import Company, User


def print_figures(database: str, bills: int) -> None:
    """Build the company and print each figure as soon as it is known."""
    company, user, account = data.company_with(bills=bills)
    create_bare_tables()
    for tab in ("awaiting", "all"):
        print(inbox(database, company, user, tab).line(), flush=True)
    desk = engine.Desk(database, company, user, account)
    for figure in (
        engine.one_payment,
        engine.many_bills,
        engine.batch,
        engine.credit_allocations,
        crowds.on_one_bill,
        crowds.over_many_bills,
        proof.prove,
    ):
        print(figure(desk).line(), flush=True)


def inbox(database: str, company: Company, user: User, tab: str) -> Figure:
    """The bills inbox, fifty to a page, against Django's own list of the same query."""
    client = Client()
    client.force_login(user)

    def fetch(address: str) -> None:
        response = client.get(address)
        assert response.status_code == 200, (address, response.status_code)

    return compare(
        f"inbox of 50, tab {tab}",
        database,
        measured=lambda: fetch(f"/{company.slug}/bills/?tab={tab}&per=50"),
        floor=lambda: fetch(f"/bare/{company.slug}/?tab={tab}"),
        goal=2.0,
    )
