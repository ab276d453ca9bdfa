"""
Which payments or refunds a line of the bank statement may be, and why. Pure: lines and candidates in, offers out.

Amounts are minor units of the bank account's currency. A reference or bank details found in the bank's text weigh
more than the amount, and all other signs together; candidates that weigh the same are all offered, none is picked.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import combinations

from rapidfuzz import fuzz

from billpay.documents.numbers import normalise

_TOKEN = re.compile(r"\d+|[^\W\d_]+")
_IBAN = re.compile(r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_LEGAL_FORMS = frozenset(
    (
        "ltd",
        "limited",
        "plc",
        "llp",
        "gmbh",
        "ag",
        "inc",
        "llc",
        "corp",
        "co",
        "company",
        "bv",
        "sa",
        "srl",
        "the",
        "and",
    )
)
_LONGEST_RUN = 5
_MOST_NUMBERS = 80
NAME_FOUND = 88
"""Out of 100: how alike a supplier's name and a stretch of the bank's text must be."""
NEAR_DAYS = 10
MOST_TOGETHER = 4
MOST_OF_ONE_SUPPLIER = 12


class Kind(StrEnum):
    """What a reason is about."""

    REFERENCE = "reference"
    BANK = "bank"
    AMOUNT = "amount"
    NAME = "name"
    DAY = "day"


WEIGHT = {Kind.REFERENCE: 100, Kind.BANK: 100, Kind.AMOUNT: 50, Kind.NAME: 25, Kind.DAY: NEAR_DAYS}
STRONG = frozenset({Kind.REFERENCE, Kind.BANK})


@dataclass(frozen=True, slots=True)
class Line:
    """What is left of one bank transaction, and all that the bank wrote about it."""

    key: int
    minor: int
    on: date
    text: str
    payee: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A number that may stand in the bank's text: `words` as in "Reference INV-4711"."""

    words: str
    value: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """
    A payment, a batch, or several payments of one supplier, with what is left to match of them; or refunds.

    `parts` are (payment or refund id, minor units). `fee_words` is the fee as people read it, where one is part of
    the amount.
    """

    key: Hashable
    parts: tuple[tuple[int, int], ...]
    on: date
    marks: tuple[Mark, ...] = ()
    bank_numbers: tuple[Mark, ...] = ()
    names: tuple[str, ...] = ()
    fee_words: str = ""
    is_batch: bool = False
    is_refund: bool = False

    @property
    def noun(self) -> str:
        """What people call one of its parts."""
        return "refund" if self.is_refund else "payment"

    @property
    def minor(self) -> int:
        return sum(minor for _, minor in self.parts)


@dataclass(frozen=True, slots=True)
class Reason:
    kind: Kind
    words: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A candidate for one line, with why. `exact`: the amounts are equal. `strong`: its reference or bank details."""

    candidate: Candidate
    reasons: tuple[Reason, ...]
    score: int
    exact: bool
    strong: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """The suggestions for one line, best first. `certain` when there can be no doubt about the first."""

    line: Line
    suggestions: tuple[Suggestion, ...] = ()
    certain: bool = False

    @property
    def leaders(self) -> tuple[Suggestion, ...]:
        """The best, and all that weigh as much."""
        return tuple(one for one in self.suggestions if one.score == self.suggestions[0].score)

    @property
    def best(self) -> Suggestion | None:
        """The one suggestion ahead of all others; nothing when several weigh the same."""
        leaders = self.leaders
        return leaders[0] if len(leaders) == 1 else None


def numbers_in(text: str) -> frozenset[str]:
    """
    Every document number that the text may hold, as `normalise` writes them.

    "PAYMENT INV-0042/7" holds inv42, inv427, 42, 427 and so on: neighbouring words are tried together, since banks
    drop and add spaces and punctuation. Whole words only, so 42 is not found in 4200.
    """
    tokens = [(token.lstrip("0") or "0") if token.isdigit() else token for token in _TOKEN.findall(text.casefold())]
    found: list[str] = []
    for start in range(len(tokens)):
        for length in range(1, _LONGEST_RUN + 1):
            run = tokens[start : start + length]
            if len(run) < length or len(found) >= _MOST_NUMBERS:
                break
            joined = "".join(run)
            if len(joined) >= 3 and any(part.isdigit() for part in run):
                found.append(joined)
    return frozenset(found)


def bank_numbers_in(text: str) -> frozenset[str]:
    """IBANs and account numbers that the text may hold, without spaces."""
    upper = text.upper()
    found = set(re.findall(r"\b[0-9]{6,12}\b", upper))
    for stretch in _IBAN.findall(upper):
        # A word after the IBAN may look like its last group, so that every shorter reading counts too.
        groups = stretch.split(" ")
        found.update(iban for end in range(1, len(groups) + 1) if len(iban := "".join(groups[:end])) >= 15)
    return frozenset(found)


def plain_name(name: str) -> str:
    """A name without case, punctuation and legal form."""
    words = [word for word in re.findall(r"\w+", name.casefold()) if word not in _LEGAL_FORMS]
    return " ".join(words)


def name_found(name: str, line: Line) -> bool:
    """Say whether the bank's text holds the name, allowing for its cuts and slips."""
    needle = plain_name(name)
    text = plain_name(line.text)
    if len(needle) < 4:
        return bool(needle) and needle in text.split()
    if len(text) >= len(needle) and fuzz.partial_ratio(needle, text) >= NAME_FOUND:
        return True
    payee = plain_name(line.payee)
    return 8 <= len(payee) < len(needle) and needle.startswith(payee)


def weigh(line: Line, candidate: Candidate, *, numbers: frozenset[str] | None = None) -> Suggestion:
    """Hold one candidate against one line. The reasons come in the order of their weight."""
    numbers = numbers_in(line.text) if numbers is None else numbers
    reasons = [*_reference(candidate, numbers), *_bank_details(candidate, line)]
    exact = candidate.minor == line.minor
    if exact:
        reasons.append(Reason(Kind.AMOUNT, _amount_words(candidate)))
    if any(name_found(name, line) for name in candidate.names):
        reasons.append(Reason(Kind.NAME, "Supplier name found in the text"))
    days = (line.on - candidate.on).days
    if abs(days) <= NEAR_DAYS:
        reasons.append(Reason(Kind.DAY, day_words(days, candidate.noun)))
    score = sum(WEIGHT[kind] for kind in {reason.kind for reason in reasons} - {Kind.DAY})
    score += max(0, NEAR_DAYS - abs(days))
    strong = any(reason.kind in STRONG for reason in reasons)
    return Suggestion(candidate, tuple(reasons), score, exact, strong)


def day_words(days: int, noun: str = "payment") -> str:
    """How long after the payment or refund (or before, if negative) the bank booked it."""
    if not days:
        return "Same day"
    unit = "day" if abs(days) == 1 else "days"
    return f"{abs(days)} {unit} {'after' if days > 0 else 'before'} the {noun}"


def offer(line: Line, candidates: Iterable[Candidate]) -> Offer:
    """
    The candidates that may be this line: equal amount, or its reference or bank details in the text.

    Certain only if exactly one of them has both, and nothing weighs as much as it does.
    """
    numbers = numbers_in(line.text)
    weighed = (weigh(line, candidate, numbers=numbers) for candidate in candidates)
    suggestions = sorted((one for one in weighed if one.exact or one.strong), key=_rank)
    sure = [one for one in suggestions if one.exact and one.strong]
    made = Offer(line, tuple(suggestions))
    if len(sure) == 1 and made.best is sure[0]:
        return Offer(line, made.suggestions, certain=True)
    return made


def offer_all(lines: Iterable[Line], candidates: Sequence[Candidate]) -> dict[int, Offer]:
    """
    Offers by line. Where two lines are both sure of the same payment, neither is.

    Candidates of one call are all payments or all refunds: their ids are told apart no further.
    """
    by_minor: dict[int, list[Candidate]] = defaultdict(list)
    by_mark: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        by_minor[candidate.minor].append(candidate)
        for mark in candidate.marks:
            by_mark[normalise(mark.value)].append(candidate)
        for mark in candidate.bank_numbers:
            by_mark[mark.value].append(candidate)
    offers = {}
    for line in lines:
        near = list(by_minor.get(line.minor, ()))
        for value in numbers_in(line.text) | bank_numbers_in(line.text):
            near += by_mark.get(value, ())
        offers[line.key] = offer(line, {id(one): one for one in near}.values())
    return _without_rivals(offers)


def together(minors: Iterable[int], payments: Iterable[tuple[int, Hashable, int]]) -> dict[int, list[tuple[int, ...]]]:
    """
    Two to four payments, or refunds, of one supplier that add up to a wanted amount.

    The search is bounded: of each supplier the first twelve count.

    :param payments: (payment id, supplier, minor units), the likeliest first.
    :returns: the payment ids by amount.
    """
    wanted = frozenset(minors)
    of_supplier: dict[Hashable, list[tuple[int, int]]] = defaultdict(list)
    for pk, supplier, minor in payments:
        if len(of_supplier[supplier]) < MOST_OF_ONE_SUPPLIER:
            of_supplier[supplier].append((pk, minor))
    found: dict[int, list[tuple[int, ...]]] = defaultdict(list)
    for rows in of_supplier.values():
        for count in range(2, MOST_TOGETHER + 1):
            for group in combinations(rows, count):
                total = sum(minor for _, minor in group)
                if total in wanted:
                    found[total].append(tuple(pk for pk, _ in group))
    return found


def _rank(suggestion: Suggestion) -> tuple[int, int, str]:
    """Best first; among equals the order is settled but means nothing."""
    return -suggestion.score, len(suggestion.candidate.parts), str(suggestion.candidate.key)


def _reference(candidate: Candidate, numbers: frozenset[str]) -> list[Reason]:
    return [
        Reason(Kind.REFERENCE, f"{mark.words} found in the text")
        for mark in candidate.marks
        if _tells(normalise(mark.value)) and normalise(mark.value) in numbers
    ][:3]


def _tells(value: str) -> bool:
    """Whether a number is long enough that finding it in a text says something."""
    return len(value) >= 3 and any(sign.isdigit() for sign in value)


def _bank_details(candidate: Candidate, line: Line) -> list[Reason]:
    if not candidate.bank_numbers:
        return []
    there = bank_numbers_in(line.text)
    return [Reason(Kind.BANK, f"{mark.words} equal") for mark in candidate.bank_numbers if mark.value in there][:1]


def _amount_words(candidate: Candidate) -> str:
    if candidate.is_batch:
        return f"Sum of the batch's {len(candidate.parts)} payments equal"
    if len(candidate.parts) > 1:
        return f"Sum of {len(candidate.parts)} {candidate.noun}s equal"
    return f"Amount equal, with the fee of {candidate.fee_words}" if candidate.fee_words else "Amount equal"


def _without_rivals(offers: dict[int, Offer]) -> dict[int, Offer]:
    claims = Counter(pk for made in offers.values() if made.certain for pk, _ in made.suggestions[0].candidate.parts)
    return {
        key: Offer(made.line, made.suggestions, certain=False)
        if made.certain and any(claims[pk] > 1 for pk, _ in made.suggestions[0].candidate.parts)
        else made
        for key, made in offers.items()
    }
