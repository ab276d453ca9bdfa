"""What an invariant is: a name, a sentence, the rule it is of, and a look at the records that says whether it holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from itertools import chain

from django.db.models import Model

from billpay.companies.models import Company
from billpay.ledger.standpoint import Standpoint
from billpay.money.value import Money

MOST = 1_000
"""So many offending rows are named for each invariant; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Scope:
    """
    What is looked at: one company, or with None all of them.

    :param as_of: the control account is compared at the end of this day; None is all there is.
    :param known_on: by what had been written down by the end of this day; None is until now.
    """

    company: Company | None
    as_of: date | None = None
    known_on: date | None = None

    @property
    def of(self) -> Company:
        """The company, for invariants that are always of one."""
        if self.company is None:
            raise ValueError("This is proved for one company at a time.")
        return self.company

    @property
    def standpoint(self) -> Standpoint:
        """From where the control account is looked at."""
        return Standpoint(self.as_of or date.max, self.known_on)


@dataclass(frozen=True, slots=True)
class Figure:
    """
    Two figures that ought to be the same: minor units of a currency, or how many of a thing there are and hold.

    :param of: what the left or the right one is made of, as in "bills 120.00 − credit 20.00".
    """

    left: int
    right: int
    currency: str = ""
    noun: str = ""
    of: str = ""

    @property
    def agrees(self) -> bool:
        return self.left == self.right

    def __str__(self) -> str:
        if not self.currency:
            return f"{self.right:,} of {self.left:,} {self.noun}".rstrip()
        left, right = (f"{Money(minor, self.currency).decimal():,f}" for minor in (self.left, self.right))
        words = f"{left} {'=' if self.agrees else '≠'} {right} {self.currency}"
        return f"{words} ({self.of})" if self.of else words


@dataclass(frozen=True, slots=True)
class Offender:
    """
    A row that breaks an invariant, or a trigger, constraint or the like by its name (then `model` is None).

    :param words: what is wrong with it, where the invariant alone does not say.
    """

    model: type[Model] | None
    id: str
    words: str = ""

    def __str__(self) -> str:
        name = f"{self.model._meta.verbose_name} {self.id}" if self.model else self.id
        return f"{name}: {self.words}" if self.words and name else name or self.words

    @property
    def kind(self) -> str:
        return self.model._meta.label_lower if self.model else ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a look saw: both sides, and who offends. `count` is of all offenders, `offenders` are the first of them."""

    figures: tuple[Figure, ...] = ()
    offenders: tuple[Offender, ...] = ()
    count: int = 0

    @property
    def holds(self) -> bool:
        return not self.count and all(figure.agrees for figure in self.figures)


def together(*findings: Finding) -> Finding:
    """Several looks at one invariant, as of several kinds of records."""
    return Finding(
        tuple(chain.from_iterable(one.figures for one in findings)),
        tuple(chain.from_iterable(one.offenders for one in findings))[:MOST],
        sum(one.count for one in findings),
    )


def summed(finding: Finding, noun: str) -> Finding:
    """The same with one figure for all of its counts, where each by itself would tell nobody anything."""
    every, sound = sum(one.left for one in finding.figures), sum(one.right for one in finding.figures)
    return Finding((Figure(every, sound, noun=noun),), finding.offenders, finding.count)


@dataclass(frozen=True, slots=True)
class Invariant:
    """
    :param name: for commands and files; it stays.
    :param rule: the numbers in docs/rules.md of the rules that it is of, as in "11" or "7, 11"; empty if of none.
    :param says: the invariant in one sentence without a full stop: the figures follow.
    """

    name: str
    rule: str
    says: str
    look: Callable[[Scope], Finding] = field(repr=False)
