"""
Bill payments: read, and checked that they balance. Pure.

In every consistent document `line.amount + Σ link.amount = 0` and `Σ line.amount = totalAmount`: links to bills
are negative, links to credit notes positive. Both shapes of a payment of several bills occur, many lines of one
link and one line of many links. Without a supplier it is a batch.
"""

from __future__ import annotations

from collections.abc import Callable

from billpay.interchange.codat.documents import exchange_rate
from billpay.interchange.codat.fields import Fields
from billpay.interchange.codat.shapes import Link, Payment, PaymentLine
from billpay.money.value import add_up

type Identify = Callable[[Fields], str]

BILL, CREDIT_NOTE, ON_ACCOUNT, REFUND = "bill", "creditnote", "paymentonaccount", "refund"
_NAMES = {BILL: "Bill", CREDIT_NOTE: "CreditNote", ON_ACCOUNT: "PaymentOnAccount", REFUND: "Refund"}


def payment(fields: Fields, base_currency: str, identify: Identify) -> Payment:
    """
    Read one bill payment. Its currency is "" where the document names none: then it is that of its bills.

    :raises Unreadable: naming the payment, the line and the difference.
    """
    identifier = identify(fields)
    fields = Fields(_label(fields), fields.data)
    named = fields.currency()
    currency = named or base_currency
    total = fields.money("totalAmount", currency, required=True)
    paid_on = fields.day("date", required=True)
    assert total is not None  # noqa: S101  It is required.
    assert paid_on is not None  # noqa: S101  It is required.
    lines = tuple(_line(item, currency) for item in fields.objects("lines"))
    if not lines:
        raise fields.refuse("it has no lines; nothing says what it pays.")
    lines_total = add_up((line.amount for line in lines), currency)
    deleted = fields.is_deleted()
    if lines_total != total:
        raise fields.refuse(f"its lines add up to {lines_total}, totalAmount is {total}: off by {total - lines_total}.")
    if total.minor < 0 and not deleted:
        raise fields.refuse(f"totalAmount is {total}; money coming back from a supplier is not a payment.")
    supplemental = fields.object("supplementalData")
    return Payment(
        label=fields.where,
        id=identifier,
        supplier=fields.ref("supplierRef", "supplierName"),
        account=fields.ref("accountRef"),
        method=fields.ref("paymentMethodRef"),
        currency=named,
        rate=exchange_rate(fields),
        paid_on=paid_on,
        total=total,
        reference=fields.text("reference")[:100],
        note=fields.text("note", limit="note"),
        lines=lines,
        supplemental=_plain(supplemental.data) if supplemental else {},
        deleted=deleted,
    )


def _label(fields: Fields) -> str:
    """How messages name it: by id, else by its place in the file with reference, if any."""
    if identifier := fields.text("id", limit="id"):
        return f"payment {identifier}"
    reference = fields.text("reference")
    return f"{fields.where} (reference {reference[:40]})" if reference else fields.where


def _line(fields: Fields, currency: str) -> PaymentLine:
    amount = fields.money("amount", currency, required=True)
    assert amount is not None  # noqa: S101  It is required.
    links = tuple(_link(item, currency) for item in fields.objects("links"))
    linked = add_up((link.amount for link in links), currency)
    if amount + linked:
        raise fields.refuse(
            f"amount {amount} and links {_listed(links)} should add up to 0, they come to {amount + linked}."
        )
    return PaymentLine(amount, links)


def _listed(links: tuple[Link, ...]) -> str:
    return " and ".join(f"{link.amount}" for link in links) or "(none)"


def _link(fields: Fields, currency: str) -> Link:
    kind = fields.text("type", required=True).replace(" ", "").casefold()
    amount = fields.money("amount", currency, required=True)
    assert amount is not None  # noqa: S101  It is required.
    if kind not in _NAMES:
        raise fields.refuse(f"type “{fields.text('type')}” is not one of {', '.join(_NAMES.values())}.")
    if kind == REFUND:
        raise fields.refuse("it links a refund; money coming back from a supplier is not a payment.")
    identifier = fields.text("id", limit="id", required=kind in {BILL, CREDIT_NOTE})
    if kind == BILL and amount.minor > 0:
        raise fields.refuse(f"a link to a bill is negative; this one is {amount}.")
    if kind == CREDIT_NOTE and amount.minor < 0:
        raise fields.refuse(f"a link to a credit note is positive; this one is {amount}.")
    if kind == ON_ACCOUNT and amount.minor > 0 and not identifier:
        raise fields.refuse(f"it draws {amount} on account without saying from which payment (id).")
    return Link(kind, identifier, amount)


def _plain(value: object) -> dict[str, object]:
    """Supplemental data as JSON values that any database keeps: exact numbers become text."""

    def walk(item: object) -> object:
        if isinstance(item, dict):
            return {str(key): walk(inner) for key, inner in item.items()}
        if isinstance(item, list):
            return [walk(inner) for inner in item]
        if item is None or isinstance(item, bool | int):
            return item
        return str(item).replace("\x00", "")

    result = walk(value)
    return result if isinstance(result, dict) else {}
