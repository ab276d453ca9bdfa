"""Which column of a CSV file is what, and how its dates and amounts are written: told by a person, once an account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

from billpay.banking.statements.dates import DateOrder


class OutSign(StrEnum):
    """How money out is written."""

    MINUS = "minus"
    PLAIN = "plain"


class InvalidProfile(ValueError):
    """Columns that cannot be read by; `role` is the one to change."""

    def __init__(self, message: str, *, role: str = "") -> None:
        super().__init__(message)
        self.role = role


@dataclass(frozen=True, slots=True)
class CsvProfile:
    """
    Columns by their name in the header, or `Column 3` where there is none; "" where the file has no such column.

    Either `amount` is given, or `money_out` and `money_in`. `out_sign` says whether money out is written with a minus
    or without a sign, in whichever column holds it.
    """

    date: str
    amount: str = ""
    money_out: str = ""
    money_in: str = ""
    payee: str = ""
    reference: str = ""
    description: str = ""
    bank_id: str = ""
    balance: str = ""
    value_date: str = ""
    header: bool = True
    date_order: DateOrder = DateOrder.YMD
    decimal_mark: str = "."
    out_sign: OutSign = OutSign.MINUS

    def __post_init__(self) -> None:
        if not self.date:
            raise InvalidProfile("Choose the column that holds the date.", role="date")
        if self.amount and (self.money_out or self.money_in):
            raise InvalidProfile("Choose either one amount column, or money out and money in, not both.", role="amount")
        if not self.amount and not (self.money_out and self.money_in):
            raise InvalidProfile(
                "Choose the column that holds the amount, or both money out and money in.",
                role="money_in" if self.money_out else "money_out" if self.money_in else "amount",
            )
        used: set[str] = set()
        for role, column in self.columns.items():
            if column in used:
                raise InvalidProfile(f"The column {column} is chosen twice.", role=role)
            used.add(column)

    @property
    def columns(self) -> dict[str, str]:
        """The columns in use, by role."""
        return {role: column for role in ROLES if (column := getattr(self, role))}

    def as_json(self) -> dict[str, Any]:
        """Plain values, for keeping."""
        return {name: value for name, value in asdict(self).items() if value != ""}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> CsvProfile:
        """
        Read back what `as_json` wrote, or a person did.

        :raises InvalidProfile: naming what is not as it should be.
        """
        if not isinstance(values, Mapping):
            raise InvalidProfile('The columns are to be a JSON object, as in {"date": "Date", "amount": "Amount"}.')
        known = {field.name for field in fields(cls)}
        if strangers := sorted(set(values) - known):
            raise InvalidProfile(f"There is no setting {strangers[0]!r}; there are {', '.join(sorted(known))}.")
        for role in ROLES:
            if not isinstance(values.get(role, ""), str):
                raise InvalidProfile(f"{role} is to be the name of a column.", role=role)
        if not isinstance(values.get("header", True), bool):
            raise InvalidProfile("header is to be true or false.", role="header")
        if values.get("decimal_mark", ".") not in (".", ","):
            raise InvalidProfile("decimal_mark is to be . or ,", role="decimal_mark")
        kinds = {"date_order": DateOrder.YMD, "out_sign": OutSign.MINUS}
        chosen = dict(values)
        for role, default in kinds.items():
            kind = type(default)
            try:
                chosen[role] = kind(values.get(role, default))
            except ValueError:
                raise InvalidProfile(f"{role} is to be one of {', '.join(kind)}.", role=role) from None
        if "date" not in chosen:
            chosen["date"] = ""
        return cls(**chosen)


ROLES = (
    "date",
    "amount",
    "money_out",
    "money_in",
    "payee",
    "reference",
    "description",
    "bank_id",
    "balance",
    "value_date",
)
