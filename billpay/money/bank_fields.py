"""
Form fields for the numbers banks know an account by. Spaces, hyphens and dots in them do not count.

Shared by the company's own accounts and its suppliers'. Each is cleaned to the bare characters, as it is stored.
"""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from schwifty import BIC, IBAN
from schwifty.exceptions import InvalidChecksumDigits, InvalidCountryCode, InvalidLength, SchwiftyException
from stdnum.us import rtn

_FILLERS = re.compile(r"[\s\-.\u2010-\u2015]+")


class BareField(forms.CharField):
    """Text whose spaces and hyphens do not count, in capitals; `check` refuses what is no such number."""

    attributes: dict[str, str] = {}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 60, **kwargs})

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"autocomplete": "off", "spellcheck": "false", **super().widget_attrs(widget), **self.attributes}

    def to_python(self, value: Any) -> str:
        bare = _FILLERS.sub("", super().to_python(value) or "").upper()
        return self.check(bare) if bare else ""

    def check(self, bare: str) -> str:
        """Give the number back, or raise ValidationError."""
        raise NotImplementedError


class IbanField(BareField):
    attributes = {"class": "width-20"}

    def check(self, bare: str) -> str:
        try:
            return str(IBAN(bare))
        except InvalidChecksumDigits:
            why = "its check digits do not fit the rest, so a character is wrong"
        except InvalidCountryCode:
            why = "it does not begin with the code of a country that has IBANs"
        except InvalidLength:
            why = f"it has {len(bare)} characters, which is not right for its country"
        except (SchwiftyException, ValueError):
            why = "it does not have the form of its country"
        raise ValidationError(f"This is not an IBAN: {why}.", code="invalid")

    def prepare_value(self, value: Any) -> Any:
        """Show what is stored in groups of four; leave what was typed as it was."""
        if isinstance(value, str) and re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", value):
            return " ".join(value[start : start + 4] for start in range(0, len(value), 4))
        return value


class BicField(BareField):
    attributes = {"class": "width-10"}

    def check(self, bare: str) -> str:
        try:
            return str(BIC(bare))
        except (SchwiftyException, ValueError):
            raise ValidationError(
                "This is not a BIC: it has 8 or 11 characters, as in BARCGB22 or DEUTDEFF500.", code="invalid"
            ) from None


class SortCodeField(BareField):
    attributes = {"class": "width-10", "inputmode": "numeric"}

    def check(self, bare: str) -> str:
        if not re.fullmatch("[0-9]{6}", bare):
            raise ValidationError("A sort code has 6 digits, as in 20-00-00.", code="invalid")
        return bare

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, str) and re.fullmatch("[0-9]{6}", value):
            return f"{value[:2]}-{value[2:4]}-{value[4:]}"
        return value


class RoutingNumberField(BareField):
    """The American one, of 9 digits with a check digit."""

    attributes = {"class": "width-10", "inputmode": "numeric"}

    def check(self, bare: str) -> str:
        if not re.fullmatch("[0-9]{9}", bare):
            raise ValidationError("A routing number has 9 digits, as in 011000015.", code="invalid")
        if not rtn.is_valid(bare):
            raise ValidationError("This is not a routing number: its check digit does not fit.", code="invalid")
        return bare


class AccountNumberField(BareField):
    attributes = {"class": "width-20"}

    def check(self, bare: str) -> str:
        if not re.fullmatch("[A-Z0-9]{4,34}", bare):
            raise ValidationError("An account number has 4 to 34 digits or letters.", code="invalid")
        return bare
