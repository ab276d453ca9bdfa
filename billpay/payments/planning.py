"""
From what is asked of each bill to what settles it, with every problem found on the way.

Reads nothing by itself: bills, credits and terms are given. What was free when they were read may be gone when the
order is carried out; the actions check again under their locks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from billpay.bills.models import Bill
from billpay.money.value import Money
from billpay.payments.actions import Part, Terms
from billpay.payments.allocating import Fund, Need, cover
from billpay.payments.credits import Credit
from billpay.payments.models import Source

AUTO = "auto"
"""Take whatever credit the supplier has, oldest first."""


class Ask(StrEnum):
    """Whether the early-payment discount is to be taken: no; yes; or only if the amount and the day allow it."""

    NO = ""
    YES = "on"
    IF_IT_FITS = "fits"


@dataclass(frozen=True, slots=True)
class Wish:
    """
    What is asked for one bill: so much cash, credit for the rest, a discount, and a write-off of what remains.

    :param due: what a payment may settle of it.
    :param credit: "", `AUTO`, or a credit's key.
    :param credit_amount: exactly so much credit; without it, as much as cash and discount leave and there is.
    :param terms: what may come off without money; without them, nothing.
    :param on: the day of the payment, which decides whether a discount is in time.
    :param reason: why the rest is written off.
    """

    bill: Bill
    due: Money
    cash: Money
    credit: str = ""
    credit_amount: Money | None = None
    terms: Terms | None = None
    on: date = date.max
    discount: Ask = Ask.NO
    write_off: bool = False
    reason: str = ""

    @property
    def discount_in_time(self) -> Money:
        return self.terms.discount_on(self.on) if self.terms else Money.zero(self.due.currency)


@dataclass(slots=True)
class Outcome:
    """
    What a wish comes to.

    `problems` are (field, words); the field is "pay", "credit", "credit_amount", "discount", "write_off" or "reason".
    `discount_is` says how the bill's discount stands: "" for none, "open" when amount and day allow it, "late",
    "partial" when the payment leaves something, "over" when it needs no discount.
    """

    wish: Wish
    parts: list[tuple[Credit, int]] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    discount: Money = field(init=False)
    discount_is: str = ""
    write_off: Money = field(init=False)
    may_write_off: bool = False

    def __post_init__(self) -> None:
        self.discount = self.write_off = Money.zero(self.wish.due.currency)

    @property
    def bill(self) -> Bill:
        return self.wish.bill

    @property
    def terms(self) -> Terms | None:
        return self.wish.terms

    @property
    def cash(self) -> Money:
        return self.wish.cash

    @property
    def credit(self) -> Money:
        return Money(sum(minor for _, minor in self.parts), self.wish.due.currency)

    @property
    def settles(self) -> Money:
        return self.cash + self.credit + self.discount + self.write_off

    @property
    def left(self) -> Money:
        return self.wish.due - self.settles

    @property
    def rest(self) -> Money:
        """What is left before anything is written off."""
        return self.left + self.write_off

    @property
    def in_full(self) -> Money:
        """The cash that pays the bill without a discount, beside the credit."""
        return self.wish.due - self.credit

    @property
    def in_full_early(self) -> Money:
        """The cash that pays the bill with the discount, beside the credit."""
        return self.in_full - self.terms.discount if self.terms else self.in_full

    @property
    def asks(self) -> Money:
        """The cash that pays the bill on that day, with the discount if it is asked for and in time."""
        early = self.wish.discount_in_time if self.wish.discount else Money.zero(self.wish.due.currency)
        return max(self.in_full - early, Money.zero(self.wish.due.currency))

    @property
    def box(self) -> str:
        """How the tick of the discount is drawn: "on"; "off" where it may be ticked; "shut" where it may not."""
        if self.discount:
            return "on"
        declined = self.discount_is == "over" and self.cash == self.in_full
        return "off" if declined or self.discount_is == "open" else "shut"

    @property
    def credits(self) -> list[tuple[Credit, Money]]:
        return [(credit, Money(minor, self.wish.due.currency)) for credit, minor in self.parts]

    def order_parts(self) -> list[Part]:
        parts = [credit.part(self.bill, amount) for credit, amount in self.credits]
        if self.cash:
            parts.append(Part(self.bill, self.cash))
        if self.discount:
            parts.append(Part(self.bill, self.discount, Source.DISCOUNT))
        if self.write_off:
            parts.append(Part(self.bill, self.write_off, Source.WRITE_OFF, reason=self.wish.reason))
        return parts


def plan(wishes: Sequence[Wish], credits: Mapping[int, Sequence[Credit]]) -> list[Outcome]:
    """Give each wish its credit: named credits first, then oldest first, in the order of the wishes."""
    outcomes = [Outcome(wish) for wish in wishes]
    left = {credit.key: credit.free.minor for rows in credits.values() for credit in rows}
    everything = {credit.key: credit for rows in credits.values() for credit in rows}
    for outcome in sorted(outcomes, key=lambda outcome: outcome.wish.credit == AUTO):
        if outcome.wish.credit:
            own = credits.get(outcome.bill.supplier_id, ())
            chosen = [credit for credit in own if outcome.wish.credit in {AUTO, credit.key}]
            _take(outcome, chosen, left, everything.get(outcome.wish.credit))
        _take_discount(outcome)
        _write_off(outcome)
        _refuse_too_much(outcome)
    return outcomes


def _take(outcome: Outcome, chosen: Sequence[Credit], left: dict[str, int], named: Credit | None) -> None:
    wish, bill = outcome.wish, outcome.bill
    if not chosen:
        words = f"{bill.supplier} has no credit left for bill {bill.number}."
        if named is not None:
            words = (
                f"{named.name} is from {named.row.supplier}; it cannot settle bill {bill.number} of {bill.supplier}."
            )
        outcome.problems.append(("credit", words))
        return
    early = wish.discount_in_time.minor if wish.discount else 0
    wanted = max(wish.due.minor - wish.cash.minor - early, 0)
    if wish.credit_amount is not None:
        wanted = wish.credit_amount.minor
    elif not wanted:
        words = f"Cash pays all of bill {bill.number} that is due. Lower it to use credit, or take the credit off."
        outcome.problems.append(("credit", words))
    covered = cover([Need(bill.pk, wanted)], [Fund(credit.key, left[credit.key]) for credit in chosen])
    if covered.uncovered_minor and wish.credit_amount is not None:
        free = Money(sum(left[credit.key] for credit in chosen), wish.due.currency)
        name = chosen[0].name if wish.credit != AUTO else f"The credit of {bill.supplier}"
        words = f"{name} has {free} remaining; {wish.credit_amount} is too much."
        outcome.problems.append(("credit_amount", words))
    elif wanted and not covered.shares:
        outcome.problems.append(("credit", f"{chosen[0].name} is used up by the other bills here."))
    by_key = {credit.key: credit for credit in chosen}
    for share in covered.shares:
        left[str(share.fund)] -= share.minor
        outcome.parts.append((by_key[str(share.fund)], share.minor))


def _take_discount(outcome: Outcome) -> None:
    """The discount is taken if it is asked for, in time, and settles all that is left (rule 18)."""
    wish, terms = outcome.wish, outcome.terms
    if terms is None or not terms.discount:
        return
    early = wish.discount_in_time
    rest = outcome.left
    rounds = wish.write_off and terms.may_write_off(rest - early) if rest > early else False
    if not early:
        outcome.discount_is = "late"
    elif rest == early or rounds:
        outcome.discount_is = "open"
    else:
        outcome.discount_is = "partial" if rest > early else "over"
    if wish.discount and outcome.discount_is == "open":
        outcome.discount = early
    elif wish.discount == Ask.YES:
        outcome.problems.append(("discount", _no_discount(outcome, terms)))


def _no_discount(outcome: Outcome, terms: Terms) -> str:
    number, on = outcome.bill.number, outcome.wish.on
    if outcome.discount_is == "late":
        return (
            f"The discount on bill {number} ran out on {terms.until:%-d %B %Y}; "
            f"a payment of {on:%-d %B %Y} takes {outcome.in_full} to pay it in full."
        )
    if outcome.discount_is == "partial":
        return (
            f"The discount of {terms.discount} on bill {number} is for paying it in full: that takes "
            f"{outcome.in_full_early} by {terms.until:%-d %B %Y}. Pay that, or take the discount off."
        )
    return (
        f"With the discount of {terms.discount}, {outcome.in_full_early} pays bill {number} in full. "
        "Pay that, or take the discount off."
    )


def _write_off(outcome: Outcome) -> None:
    wish, terms, rest = outcome.wish, outcome.terms, outcome.left
    if terms is None or not rest.is_positive:
        return
    outcome.may_write_off = terms.may_write_off(rest)
    if not wish.write_off:
        return
    if not outcome.may_write_off:
        before = f" beside {terms.written_off} before" if terms.written_off else ""
        words = f"{rest} of bill {outcome.bill.number} is too much to write off{before}: the limit is {terms.limit}."
        outcome.problems.append(("write_off", words))
        return
    if not wish.reason.strip():
        outcome.problems.append(("reason", f"Say why {rest} of bill {outcome.bill.number} is written off."))
    outcome.write_off = rest


def _refuse_too_much(outcome: Outcome) -> None:
    wish, bill = outcome.wish, outcome.bill
    if outcome.left.minor >= 0:
        return
    if not bill.may_be_settled:
        words = f"Bill {bill.number} is {bill.get_status_display().lower()}; it cannot be paid."
    elif outcome.credit:
        over = Money(-outcome.left.minor, wish.due.currency)
        words = (
            f"Bill {bill.number} has {wish.due} outstanding; {outcome.cash} cash and {outcome.credit} credit "
            f"are {over} too much."
        )
    else:
        held = bill.outstanding - wish.due
        reserved = f", of which {held} is reserved by payments not yet completed" if held else ""
        words = f"Bill {bill.number} has {bill.outstanding} outstanding{reserved}; {outcome.cash} is too much."
    outcome.problems.append(("pay", words))
