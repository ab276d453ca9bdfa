"""What the columns of an unknown CSV file seem to be: proposed to a person, never used unseen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from billpay.banking.statements.dates import DateOrder, read_date
from billpay.banking.statements.profile import ROLES, CsvProfile, OutSign
from billpay.banking.statements.table import Table

_WORDS: dict[str, tuple[str, ...]] = {
    "value_date": ("value date", "valuta", "wertstellung", "valutadatum", "date de valeur", "fecha valor"),
    "date": (
        "booking date", "posting date", "transaction date", "completed date", "posted", "date", "buchungstag",
        "buchungsdatum", "datum", "fecha", "data",
    ),
    "money_out": (
        "money out", "paid out", "debit amount", "debit", "withdrawal", "withdrawals", "payments", "out", "soll",
        "débit", "cargo",
    ),
    "money_in": (
        "money in", "paid in", "credit amount", "credit", "deposit", "deposits", "receipts", "in", "haben", "crédit",
        "abono",
    ),
    "amount": ("amount", "betrag", "umsatz", "value", "montant", "importe", "bedrag"),
    "balance": ("running balance", "balance", "saldo", "solde", "kontostand"),
    "bank_id": ("transaction id", "fitid", "bank id", "unique id", "id", "transaktions-id"),
    "payee": (
        "payee", "counterparty", "counter party", "beneficiary", "merchant", "name", "empfänger",
        "auftraggeber/empfänger", "begünstigter", "merchant name", "to/from",
    ),
    "reference": (
        "reference", "payment reference", "ref", "referenz", "kundenreferenz", "check number", "cheque number",
    ),
    "description": (
        "description", "transaction description", "narrative", "details", "memo", "particulars", "text",
        "verwendungszweck", "libellé", "concepto", "omschrijving",
    ),
}  # fmt: skip


def propose(table: Table) -> dict[str, Any]:
    """
    What the columns seem to be, from their names and first cells: a start for a person to check, never used unseen.

    :returns: values as `CsvProfile.from_json` takes them, possibly too few for it.
    """
    first = table.lines[0]
    header = not any(_looks_like_value(cell) for cell in first.cells)
    labels, body = table.labels(header=header), table.body(header=header)[:200]
    found: dict[str, Any] = _by_name(labels) if header else {}
    samples = {label: [line.cells[i].strip() for line in body if i < len(line.cells)] for i, label in enumerate(labels)}
    if "date" not in found:
        found["date"] = next((label for label in labels if _orders(samples[label])), "")
    if {"money_out", "money_in"} <= found.keys():
        found.pop("amount", None)
    else:
        found.pop("money_out", None)
        found.pop("money_in", None)
        if "amount" not in found:
            taken = set(found.values())
            found["amount"] = next(
                (label for label in labels if label not in taken and _all_amounts(samples[label])), ""
            )
    orders = _orders(samples.get(found["date"], []))
    amounts = [
        text for role in ("amount", "money_out", "money_in", "balance") for text in samples.get(found.get(role, ""), [])
    ]
    signed = any(text.startswith(("-", "\u2212", "(")) or text.endswith("-") for text in amounts)
    return {
        **{role: column for role, column in found.items() if column},
        "header": header,
        "date_order": (orders or [DateOrder.DMY])[0],
        "decimal_mark": "," if _votes(amounts, ",") > _votes(amounts, ".") else ".",
        "out_sign": OutSign.MINUS if found.get("amount") or signed else OutSign.PLAIN,
    }


def fits(profile: CsvProfile, table: Table) -> bool:
    """Whether every column the profile names is in the file: the remembered columns can be used for it."""
    return set(profile.columns.values()) <= set(table.labels(header=profile.header))


def without_missing(profile: CsvProfile, table: Table) -> dict[str, Any]:
    """The remembered settings less the columns that this file lacks, as a start for mapping it anew."""
    labels = set(table.labels(header=profile.header))
    kept = profile.as_json()
    return {name: value for name, value in kept.items() if name not in ROLES or value in labels}


def _by_name(labels: Sequence[str]) -> dict[str, str]:
    plain = {label: re.sub(r"[^\w/ -]+", " ", label.casefold()).strip() for label in labels}
    plain = {
        label: re.sub(r" (gbp|eur|usd|aud|nzd|cad|chf)$", "", " ".join(name.split())) for label, name in plain.items()
    }
    found: dict[str, str] = {}
    for exact in (True, False):
        for role, words in _WORDS.items():
            if role in found:
                continue
            for word in words:
                label = next(
                    (
                        label
                        for label, name in plain.items()
                        if label not in found.values()
                        and (name == word if exact else len(word) > 3 and re.search(rf"\b{re.escape(word)}\b", name))
                    ),
                    None,
                )
                if label:
                    found[role] = label
                    break
    return found


def _looks_like_value(cell: str) -> bool:
    cell = cell.strip()
    return bool(_orders([cell])) or bool(_AMOUNT.fullmatch(cell))


_AMOUNT = re.compile(r"[(+\-\u2212]?[^\w(+\-\u2212]?[0-9][0-9.,'\u2019 \u00a0]*[)\-]?")


def _all_amounts(texts: Sequence[str]) -> bool:
    filled = [text for text in texts if text]
    return bool(filled) and all(_AMOUNT.fullmatch(text) and re.search(r"[.,][0-9]{2}\D?$", text) for text in filled)


def _votes(texts: Sequence[str], mark: str) -> int:
    return sum(bool(re.search(rf"{re.escape(mark)}[0-9]{{1,2}}\D?$", text)) for text in texts)


def _orders(texts: Sequence[str]) -> list[DateOrder]:
    """The orders by which every one of the texts is a day."""
    filled = [text for text in texts if text]
    return [order for order in (DateOrder.YMD, DateOrder.DMY, DateOrder.MDY) if filled and _all_read(filled, order)]


def _all_read(texts: Sequence[str], order: DateOrder) -> bool:
    try:
        for text in texts:
            read_date(text, order)
    except ValueError:
        return False
    return True
