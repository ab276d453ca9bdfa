"""
What taking something back would change, told before it is done (rule 14). Reads without locks, and writes nothing:
the action itself looks again. Here is what is alike for documents and for what the rooms above them take back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from django.db.models import F, Model, Sum

from billpay.companies.models import Company
from billpay.documents.foreseen import Balance, Change, Foreseen, Side
from billpay.documents.models import Document, Status
from billpay.ledger import actions as ledger
from billpay.ledger.models import JournalLine
from billpay.money.value import Money
from billpay.suppliers.models import Supplier


def of_void(document: Document, change: Change, *, on: date, last: date | None, held: str) -> Foreseen:
    """
    What voiding a bill or credit note on that day would change.

    :param change: of its own balance.
    :param last: the last day that may be chosen, if that is known.
    :param held: what keeps an approved one from being voided, in words, if something does.
    """
    company = document.company
    return Foreseen(
        on=on,
        changes=with_owed(company, document.supplier, [change]),
        journal=sides(company, reversed_nets(document)),
        base_currency=company.base_currency,
        obstacle=held if document.status == Status.OPEN else _not_open(document),
        closed=closed_words(company, on, since=document.issued_on, last=last),
        earlier_period=earlier_period(company, document.issued_on),
    )


def _not_open(document: Document) -> str:
    noun = str(document._meta.verbose_name).capitalize()
    return f"{noun} {document.number} is {document.get_status_display().lower()}; it cannot be voided."


def earlier_period(company: Company, since: date) -> date | None:
    """The day of what is taken back, if the books are closed there."""
    locked = company.locked_through
    return since if locked and since <= locked else None


def closed_words(company: Company, on: date, *, since: date, last: date | None) -> str:
    """Why a day cannot be chosen: it is too early, too late or closed. Empty if it can."""
    if on < since:
        return f"{on:%-d %B %Y} is before {since:%-d %B %Y}, when it was made. Choose a later date."
    if last and on > last:
        return f"{on:%-d %B %Y} is in the future. Choose {last:%-d %B %Y} or an earlier day."
    try:
        ledger.refuse_locked_day(company, on)
    except ledger.PeriodLocked as refusal:
        return str(refusal)
    return ""


def with_owed(company: Company, supplier: Supplier, changes: Sequence[Change]) -> list[Change]:
    """The changes, and last what they make of all that is owed to the supplier, if that is another amount then."""
    currency = changes[0].before.amount.currency if changes else company.base_currency
    owed = _owed(company, supplier, currency, changes)
    return [*changes, owed] if owed.before != owed.after else list(changes)


def _owed(company: Company, supplier: Supplier, currency: str, changes: Iterable[Change]) -> Change:
    """Bills less credit and money on account. What is above this room is read through its reverse relations."""
    bills = company.bills.outstanding().filter(supplier=supplier, currency=currency)
    notes = company.credit_notes.filter(supplier=supplier, currency=currency, status=Status.OPEN)
    paid = company.payments.completed().filter(supplier=supplier, currency=currency)
    minor = base = 0
    for sign, rows, total, weight in (
        (1, bills, F("outstanding_minor"), F("total_base_minor") - F("settled_base_minor")),
        (-1, notes, F("remaining_minor"), F("total_base_minor") - F("used_base_minor")),
        (-1, paid, F("on_account_minor"), F("amount_base_minor") - F("allocated_base_minor")),
    ):
        sums = rows.order_by().aggregate(minor=Sum(total, default=0), base=Sum(weight, default=0))
        minor, base = minor + sign * sums["minor"], base + sign * sums["base"]
    before = Balance(Money(minor, currency), Money(base, company.base_currency))
    more = less = 0
    for change in changes:
        sign = {"Outstanding": 1, "Remaining credit": -1, "On account": -1}.get(change.what, 0)
        more += sign * (change.after.amount.minor - change.before.amount.minor)
        less += sign * (change.after.base.minor - change.before.base.minor)
    return Change(supplier, "Owed in all", before, before.plus(more, less))


def reversed_nets(source: Model) -> dict[int, int]:
    """What reversing every entry not reversed yet posts, by account."""
    nets: dict[int, int] = {}
    for entry in ledger.entries_of(source).filter(reverses=None, reversed_by=None):
        for line in entry.lines.all():
            nets[line.account_id] = nets.get(line.account_id, 0) + line.credit_minor - line.debit_minor
    return nets


def sides(company: Company, nets: dict[int, int]) -> list[Side]:
    """What is posted, account by account, with each account's balance."""
    wanted = {pk: net for pk, net in nets.items() if net}
    accounts = company.nominal_accounts.filter(pk__in=wanted).order_by("code")
    lines = JournalLine.objects.filter(account__in=wanted).order_by().values_list("account")
    balances = dict(lines.annotate(balance=Sum(F("debit_minor") - F("credit_minor"))))
    base = company.base_currency
    return [
        Side(account, Money(wanted[account.pk], base), Money(balances.get(account.pk, 0), base)) for account in accounts
    ]
