"""From a payment that has not gone out back to the form that would make it, so that it can be changed."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import QueryDict

from billpay.money.forms import MoneyField, RateField
from billpay.money.value import Money
from billpay.payments.forms.going import Then
from billpay.payments.models import Allocation, Payment, Source
from billpay.payments.planning import AUTO, Ask
from billpay.payments.timing import When


def as_posted(payment: Payment, rows: Sequence[Allocation]) -> QueryDict:
    """
    The allocate form that would make this payment.

    :param rows: its live allocations. What was submitted before is submitted again unless another choice is made.
    """
    box = MoneyField(currency=payment.currency)
    beyond = payment.beyond_bills(rows)
    data = QueryDict(mutable=True)
    data["bank_account"] = str(payment.bank_account_id or "")
    data["paid_on"] = (payment.execute_on or payment.paid_on).isoformat()
    data["then"], data["when"] = (Then.DRAFT if payment.is_draft else Then.SUBMIT).value, When.DATE.value
    data["method"] = str(payment.payment_method_id or "")
    data["reference"], data["cheque_number"] = payment.reference, payment.cheque_number
    data["rate"] = str(RateField().prepare_value(payment.rate))
    data["fee"] = box.prepare_value(payment.fee) if payment.fee else ""
    data["extra"] = box.prepare_value(beyond) if beyond else ""
    for bill_id in dict.fromkeys(row.bill_id for row in rows):
        data.update(_boxes(payment, bill_id, [row for row in rows if row.bill_id == bill_id], box))
    return data


def _boxes(payment: Payment, bill_id: int, rows: Sequence[Allocation], box: MoneyField) -> dict[str, str]:
    def total(*sources: Source) -> Money:
        return Money(sum(row.amount_minor for row in rows if row.source in sources), payment.currency)

    boxes = {f"pay-{bill_id}": box.prepare_value(total(Source.CASH))}
    credit = [row for row in rows if row.source in {Source.CREDIT_NOTE, Source.ON_ACCOUNT}]
    if credit:
        first = credit[0]
        key = f"note-{first.credit_note_id}" if first.credit_note_id else f"payment-{first.from_payment_id}"
        boxes[f"credit-{bill_id}"] = key if len(credit) == 1 else AUTO
        boxes[f"credit_amount-{bill_id}"] = box.prepare_value(total(Source.CREDIT_NOTE, Source.ON_ACCOUNT))
    if total(Source.DISCOUNT):
        boxes[f"discount-{bill_id}"] = Ask.IF_IT_FITS.value
    if written_off := [row for row in rows if row.source == Source.WRITE_OFF]:
        boxes[f"write_off-{bill_id}"], boxes[f"reason-{bill_id}"] = "on", written_off[0].reason
    return boxes
