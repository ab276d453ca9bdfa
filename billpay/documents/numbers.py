"""Document numbers, compared as people compare them."""

import re

_TOKEN = re.compile(r"\d+|[^\W\d_]+")


def normalise(number: str) -> str:
    """
    A document number without case, spaces, punctuation and leading zeros, for finding duplicates (rule 8).

    "INV-0042", "inv 42" and "Inv/42" are one number. A number of punctuation alone stands for itself.
    """
    tokens = _TOKEN.findall(number.casefold())
    joined = "".join((token.lstrip("0") or "0") if token.isdigit() else token for token in tokens)
    return joined[:100] or number.strip().casefold()[:100]
