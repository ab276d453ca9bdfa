"""Money that suppliers sent back."""

from __future__ import annotations

from django.db.models import F, Q

from billpay.money.value import Money, convert
from billpay.payments.models import Refund, RefundPart
from billpay.proof.comparing import agree, named, none, side
from billpay.proof.invariant import Finding, Invariant, Scope, together


def _parts(scope: Scope) -> Finding:
    refunds = Refund.objects.filter(company=scope.of)
    parts = RefundPart.objects.filter(refund__company=scope.of)
    return agree(
        Refund,
        [side(refunds, of="pk", minor="amount_minor", currency="currency")],
        [side(parts, of="refund_id", minor="amount_minor", currency="refund__currency")],
    )


def _uses(scope: Scope) -> Finding:
    """Each part names the movement that took it from its source."""
    broken = []
    for source, use, owner in (("credit_note", "credit_use", "credit_note"), ("from_payment", "cash_use", "payment")):
        there = Q(**{f"{source}__isnull": False})
        broken.append(there & ~Q(**{f"{use}__amount_minor": F("amount_minor"), f"{use}__{owner}": F(source)}))
        broken.append(there & ~Q(**{f"{use}__base_minor": F("base_minor"), f"{use}__kind": "used"}))
        broken.append(there & ~Q(**{f"{use}__on": F("refund__received_on")}))
        broken += [there & ~Q(**{f"{source}__{name}": F(f"refund__{name}")}) for name in ("supplier", "currency")]
    return none(RefundPart.objects.filter(refund__company=scope.of), *broken, noun="parts of refunds")


def _bank(scope: Scope) -> Finding:
    base = scope.of.base_currency
    refunds = Refund.objects.filter(company=scope.of)
    kept = refunds.filter(bank_account__currency=F("currency"))
    own = none(kept, ~Q(bank_minor=F("amount_minor")), noun="refunds in their account's currency")
    columns = ("pk", "amount_minor", "currency", "rate", "amount_base_minor", "bank_minor", "bank_account__currency")
    wrong, every = [], 0
    for pk, minor, currency, rate, stored, arrives, kept_in in refunds.order_by("pk").values_list(*columns).iterator():
        every += 1
        weighs = convert(Money(minor, currency), rate, base).minor
        if weighs != stored or (kept_in != currency and (kept_in, arrives) != (base, weighs)):
            wrong.append(pk)
    return together(own, named(Refund, wrong, every=every, noun="refunds converted"))


INVARIANTS = (
    Invariant("refunds.parts", "9", "Refunds = their parts", _parts),
    Invariant("refunds.uses", "7, 9", "Parts of refunds were taken from credit or money on account", _uses),
    Invariant("refunds.converted", "3, 15", "Refunds weigh, and reach the account, by their rate", _bank),
)
