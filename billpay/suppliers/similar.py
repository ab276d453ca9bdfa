"""Whether a supplier to be added is there already under a slightly different name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rapidfuzz import fuzz

_WORDS = re.compile(r"[^\W_]+")
_FORMS = frozenset(
    (
        "ab", "ag", "and", "as", "bv", "co", "company", "corp", "corporation", "gmbh", "inc", "incorporated", "kg",
        "limited", "llc", "llp", "ltd", "nv", "oy", "plc", "pty", "sa", "sarl", "sas", "spa", "srl", "the", "und",
    )
)  # fmt: skip
ALIKE = 86
"""From this score on (of 100), two names are worth a question. “Acme Paper” and “Acme Papers Ltd” have 95."""


def bare(name: str) -> str:
    """A name without case, punctuation and the words that only say what form of company it is."""
    words = _WORDS.findall(name.casefold().replace("'", "").replace("’", ""))
    return " ".join([word for word in words if word not in _FORMS] or words)


def similar(name: str, others: Iterable[tuple[int, str]], *, most: int = 3) -> list[tuple[int, str]]:
    """
    The names that could be meant, the likest first.

    :param others: id and name of each supplier there is.
    :param most: how many to name at most.
    """
    wanted = bare(name)
    if not wanted:
        return []
    scored = [(fuzz.token_sort_ratio(wanted, bare(other)), pk, other) for pk, other in others]
    found = sorted((one for one in scored if one[0] >= ALIKE), key=lambda one: (-one[0], one[2], one[1]))
    return [(pk, other) for _, pk, other in found[:most]]
