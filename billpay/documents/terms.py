"""What a supplier's terms put on an entry page: when the bill is due, and its early-payment discount."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError

from billpay.money.forms import BusinessDateField
from billpay.suppliers.models import Supplier

type Head = dict[str, Any]


def of(supplier: Supplier, issued_on: date) -> Head:
    """
    The fields of a bill of that day by the supplier's terms.

    The `…_suggested` ones tell later whether a person has changed what was suggested.
    """
    due_on = supplier.due_date_for(issued_on)
    return {"due_on": due_on, "due_suggested": due_on.isoformat(), **_discount(supplier, issued_on)}


def _discount(supplier: Supplier, issued_on: date) -> Head:
    until = supplier.discount_until(issued_on)
    return {
        "discount_percent": supplier.discount_percent if until else None,
        "discount_until": until,
        "discount_tax": supplier.discount_tax,
        "discount_suggested": until.isoformat() if until else "",
    }


def follow(head: Head, supplier: Supplier, *, chosen: bool) -> None:
    """
    Put the supplier's terms on a typed head, where they are not changed by hand.

    :param chosen: whether the supplier was just chosen, and not only the date changed. Its terms count then anyway.
    """
    issued_on = day(head.get("issued_on"))
    if issued_on is None:
        return
    terms = of(supplier, issued_on)
    if "due_on" in head and (chosen or not _by_hand(head, "due_on", "due_suggested", issued_on)):
        head |= {name: terms[name] for name in ("due_on", "due_suggested")}
    if "discount_until" in head and (chosen or _as_suggested(head, issued_on)):
        head |= {name: terms[name] for name in terms if name.startswith("discount_")}


def _by_hand(head: Head, name: str, suggested: str, issued_on: date) -> bool:
    typed = day(head.get(name), base=issued_on)
    return bool(typed and head.get(suggested) and str(typed) != head[suggested])


def _as_suggested(head: Head, issued_on: date) -> bool:
    """Without a suggestion nothing is put in: the discount of a bill may differ from its supplier's, or be none."""
    suggested = head.get("discount_suggested")
    return bool(suggested) and str(day(head.get("discount_until"), base=issued_on) or "") == suggested


def day(value: Any, *, base: date | None = None) -> date | None:
    """A day as typed, or None if it cannot be read."""
    if isinstance(value, date):
        return value
    try:
        read: date | None = BusinessDateField(required=False, base=base).clean(value or "")
    except ValidationError:
        return None
    return read
