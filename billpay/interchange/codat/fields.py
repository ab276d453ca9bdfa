"""
Reading single fields of a JSON object: the value in its type, or a refusal that names the place.

Pure: knows nothing of Django. Nothing is guessed: what cannot be read is refused.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from billpay.interchange.codat.shapes import Ref
from billpay.money.value import InvalidAmount, Money, MoneyError, exponent, parse_plain

LONGEST = {"id": 255, "number": 100, "name": 150, "text": 500, "note": 20_000}


class Unreadable(Exception):
    """A document cannot be read; `str()` names it and says why."""


def load(text: str) -> dict[str, Any]:
    """
    The JSON object in a text, its numbers as exact decimals.

    :raises Unreadable: it is no JSON, holds NaN or an infinity, names a key twice, or is no object.
    """

    def refuse(constant: str) -> Any:
        raise Unreadable(f"The file holds {constant}, which is no amount.")

    def unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) != len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise Unreadable(f"The file gives “{twice}” twice in one object.")
        return result

    try:
        value = json.loads(text, parse_float=Decimal, parse_constant=refuse, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        raise Unreadable(f"Line {error.lineno}, column {error.colno}: this is not JSON ({error.msg}).") from error
    except (RecursionError, ValueError) as error:
        raise Unreadable("This is not JSON that can be read: it is nested too deep or holds too large a number.") from (
            error
        )
    if not isinstance(value, dict):
        raise Unreadable("The file has to hold one JSON object, with lists such as “bills” in it.")
    return value


@dataclass(frozen=True, slots=True)
class Fields:
    """One JSON object and the words by which messages name it."""

    where: str
    data: dict[str, Any]

    @classmethod
    def of(cls, where: str, value: Any) -> Fields:
        if not isinstance(value, dict):
            raise Unreadable(f"{where}: expected an object, found {_kind(value)}.")
        return cls(where, value)

    def refuse(self, why: str) -> Unreadable:
        return Unreadable(f"{self.where}: {why}")

    def text(self, name: str, *, limit: str = "text", required: bool = False) -> str:
        value = self.data.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if value is None or value == "":
            if required:
                raise self.refuse(f"{name} is missing.")
            return ""
        if not isinstance(value, str):
            raise self.refuse(f"{name} should be text, found {_kind(value)}.")
        if "\x00" in value:
            raise self.refuse(f"{name} holds a character that cannot be stored.")
        if len(value) > LONGEST[limit]:
            raise self.refuse(f"{name} has {len(value):,} characters; at most {LONGEST[limit]} are kept.")
        return value.strip()

    def day(self, name: str, *, required: bool = False) -> date | None:
        """The date part as written; times and zones do not move it."""
        text = self.text(name, required=required)
        if not text:
            return None
        try:
            found = datetime.fromisoformat(text).date()
        except ValueError as error:
            raise self.refuse(f"{name} “{text}” is not a date such as 2023-04-17T00:00:00.") from error
        if not 1900 <= found.year <= 2200:
            raise self.refuse(f"{name} “{text}” is not a year of business.")
        return found

    def number(self, name: str, *, least: Decimal | None = None, most: Decimal, places: int) -> Decimal | None:
        value = self.data.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise self.refuse(f"{name} should be a number, found {_kind(value)}.")
        number = Decimal(value)
        if not number.is_finite() or abs(number) > most or (least is not None and number < least):
            raise self.refuse(f"{name} {_short(number)} is out of range.")
        exact = number.quantize(Decimal(1).scaleb(-places)) if number.adjusted() < 20 else number
        if exact != number:
            raise self.refuse(f"{name} {_short(number)} has more than {places} decimals.")
        return exact

    def money(self, name: str, currency: str, *, required: bool = False) -> Money | None:
        value = self.data.get(name)
        if value is None:
            if required:
                raise self.refuse(f"{name} is missing.")
            return None
        try:
            return parse_plain(value, currency)
        except (InvalidAmount, TypeError) as error:
            raise self.refuse(f"{name}: {error}") from error

    def currency(self, name: str = "currency") -> str:
        code = self.text(name).upper()
        if code:
            try:
                exponent(code)
            except MoneyError as error:
                raise self.refuse(f"{name}: {error}") from error
        return code

    def flag(self, name: str) -> bool | None:
        value = self.data.get(name)
        if value is not None and not isinstance(value, bool):
            raise self.refuse(f"{name} should be true or false, found {_kind(value)}.")
        return value

    def objects(self, name: str) -> list[Fields]:
        value = self.data.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.refuse(f"{name} should be a list, found {_kind(value)}.")
        noun = {"lineItems": "line", "lines": "line", "links": "link"}.get(name, name)
        return [Fields.of(f"{self.where}, {noun} {number}", item) for number, item in enumerate(value, start=1)]

    def object(self, name: str) -> Fields | None:
        value = self.data.get(name)
        return None if value is None else Fields.of(f"{self.where}, {name}", value)

    def ref(self, name: str, name_field: str = "name") -> Ref | None:
        found = self.object(name)
        if found is None:
            return None
        identifier = found.text("id", limit="id")
        if not identifier:
            return None
        percent = found.number("effectiveTaxRate", least=Decimal(0), most=Decimal(100), places=4)
        return Ref(identifier, found.text(name_field, limit="name"), percent)

    def is_deleted(self) -> bool:
        metadata = self.object("metadata")
        return bool(metadata and metadata.flag("isDeleted"))


def _kind(value: Any) -> str:
    return {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "nothing"}.get(
        type(value), "a number"
    )


def _short(number: Decimal) -> str:
    text = str(number)
    return text if len(text) <= 30 else f"{text[:30]}…"
