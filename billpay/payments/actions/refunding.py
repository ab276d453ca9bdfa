"""Money that a supplier sends back: it uses up credit notes or money on account, and is posted to the bank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone

from billpay.banking.models import BankAccount
from billpay.companies import audit, numbers
from billpay.companies.models import Company, User
from billpay.credit_notes import actions as credit_notes
from billpay.credit_notes.models import CreditNote
from billpay.documents.drawing import Draw, Drawn
from billpay.ledger import actions as ledger
from billpay.ledger.actions import Posting
from billpay.ledger.models import AccountRole, EntryKind
from billpay.money.value import Money, convert
from billpay.payments.actions import settling
from billpay.payments.actions.orders import PaymentError
from billpay.payments.models import Payment, Refund, RefundPart, RefundStatus
from billpay.suppliers.models import Supplier


@dataclass(frozen=True, slots=True)
class Returned:
    """So much of a credit note, or of a payment's money on account; one of the two is given."""

    amount: Money
    credit_note: CreditNote | None = None
    from_payment: Payment | None = None


def refund(
    *,
    company: Company,
    supplier: Supplier,
    bank_account: BankAccount,
    received_on: date,
    parts: Sequence[Returned],
    by: User,
    rate: Decimal = Decimal(1),
    reference: str = "",
    note: str = "",
    external_id: str = "",
) -> Refund:
    """
    Record money back from a supplier. Its amount is the sum of its parts.

    :param rate: base units per unit of the parts' currency.
    :raises PaymentError: in words: more than remains, another supplier's, an account that cannot take the currency, …
    :raises PeriodLocked: the day is in a locked period.
    """
    _check(company, supplier, bank_account, parts, rate)
    currency = parts[0].amount.currency
    amount = Money(sum(part.amount.minor for part in parts), currency)
    base = convert(amount, rate, company.base_currency)
    row = Refund(
        company=company,
        external_id=external_id,
        supplier=supplier,
        bank_account=bank_account,
        currency=currency,
        rate=rate,
        amount_minor=amount.minor,
        amount_base_minor=base.minor,
        bank_minor=amount.minor if bank_account.currency == currency else base.minor,
        received_on=received_on,
        reference=reference,
        note=note,
        created_by=by,
    )
    try:
        with transaction.atomic():
            return _store(row, parts, by)
    except IntegrityError as error:
        if "external_id" in str(error):
            raise PaymentError("A refund with that external id exists already.") from error
        raise


def _check(
    company: Company, supplier: Supplier, account: BankAccount, parts: Sequence[Returned], rate: Decimal
) -> None:
    if not parts:
        raise PaymentError("Choose what is refunded: a credit note, or money on account.")
    if supplier.company_id != company.pk or account.company_id != company.pk:
        raise PaymentError("That supplier or bank account belongs to another company.")
    currency = parts[0].amount.currency
    if account.archived_at:
        raise PaymentError(f"{account.name} is archived.", field="bank_account")
    if account.currency not in {currency, company.base_currency}:
        raise PaymentError(f"{account.name} is kept in {account.currency}; it cannot take {currency}.")
    if currency == company.base_currency and rate != 1:
        raise PaymentError(f"The rate of {currency}, the company's own currency, is 1.", field="rate")
    for part in parts:
        _check_part(supplier, part, currency)


def _check_part(supplier: Supplier, part: Returned, currency: str) -> None:
    source = part.credit_note or part.from_payment
    if source is None or (part.credit_note and part.from_payment):
        raise PaymentError("Say which credit note or which payment the money comes back from.")
    if part.amount.minor <= 0:
        raise PaymentError(f"Enter an amount above zero for {source}.")
    if source.supplier_id != supplier.pk:
        raise PaymentError(f"{source} is {source.supplier}'s, not {supplier}'s.")
    if source.currency != currency or part.amount.currency != currency:
        raise PaymentError(f"{source} is in {source.currency}; this refund is in {currency}.")


def _store(row: Refund, parts: Sequence[Returned], by: User) -> Refund:
    company, on = row.company, row.received_on
    by_credit = [part for part in parts if part.credit_note]
    by_cash = [part for part in parts if part.from_payment]
    made: list[RefundPart] = []
    if by_credit:
        draws = [Draw(part.credit_note.pk, part.amount.minor) for part in by_credit if part.credit_note]
        uses = settling.in_words(lambda: credit_notes.use(company=company, draws=draws, on=on, by=by))
        made += [
            RefundPart(
                credit_note=part.credit_note, amount_minor=use.amount_minor, base_minor=use.base_minor, credit_use=use
            )
            for part, use in zip(by_credit, uses, strict=True)
        ]
    if by_cash:
        draws = [Draw(part.from_payment.pk, part.amount.minor) for part in by_cash if part.from_payment]
        _, cash = settling.ON_ACCOUNT.draw(draws, base_currency=company.base_currency, on=on, by=by)
        made += [
            RefundPart(
                from_payment=part.from_payment, amount_minor=use.amount_minor, base_minor=use.base_minor, cash_use=use
            )
            for part, use in zip(by_cash, cash, strict=True)
        ]
    row.number = f"REF-{numbers.take(company, refund=1)['refund']:05d}"
    row.save(force_insert=True)
    for part in made:
        part.refund = row
    RefundPart.objects.bulk_create(made)
    ledger.post(company=company, entry=_entry(row, sum(part.base_minor for part in made)), by=by)
    audit.record(
        company=company,
        verb="refund.received",
        target=row,
        by=by,
        summary=f"Refund {row.number} from {row.supplier}: {row.amount}",
        amount_minor=row.amount_minor,
        currency=row.currency,
        of=[str(part.credit_note or part.from_payment) for part in made],
    )
    return row


def _entry(row: Refund, weighed: int) -> ledger.Entry:
    """Bank to payables by what the credit weighed there; what the exchange gained or lost since goes to exchange."""
    company = row.company
    return ledger.Entry(
        on=row.received_on,
        kind=EntryKind.REFUND,
        source=row,
        description=f"Refund {row.number}, {row.supplier}",
        postings=[
            Posting(row.bank_account.nominal_account_id, row.amount_base_minor),
            Posting(settling.role_account_id(company, AccountRole.PAYABLES), -weighed),
            Posting(settling.role_account_id(company, AccountRole.EXCHANGE), weighed - row.amount_base_minor),
        ],
    )


@transaction.atomic
def void_refund(*, refund: Refund, on: date, reason: str, by: User) -> Refund:
    """
    Take a refund back from day `on`: the credit remains again, the reverse is posted.

    :raises PaymentError: it is void already, matched with the bank statement, `on` is before it, or no reason.
    :raises PeriodLocked: that day is closed.
    """
    if not reason.strip():
        raise PaymentError("Say why the refund is void.", field="reason")
    parts = lock_sources(refund)
    row = lock_refund(refund)
    if row.status != RefundStatus.COMPLETED:
        raise PaymentError(f"{row.number} is void already.")
    if row.matched_minor:
        raise PaymentError(f"{row.number} is matched with the bank statement. Undo the match first.")
    if on < row.received_on:
        raise PaymentError(
            f"{on:%-d %B %Y} is before the refund itself, {row.received_on:%-d %B %Y}. Choose a later date.", field="on"
        )
    if uses := [part.credit_use for part in parts if part.credit_use]:
        credit_notes.give_back(uses=uses, on=on, by=by)
    cash = [Drawn(part.from_payment_id, part.amount_minor, part.base_minor) for part in parts if part.from_payment_id]
    if cash:
        settling.ON_ACCOUNT.give_back(cash, on=on, by=by)
    row.status, row.void_reason = RefundStatus.VOID, reason.strip()[:200]
    row.voided_at, row.voided_by, row.voided_on = timezone.now(), by, on
    row.save(update_fields=["status", "void_reason", "voided_at", "voided_by", "voided_on"])
    ledger.reverse(company=row.company, source=row, on=on, by=by, reason=row.void_reason)
    audit.record(
        company=row.company,
        verb="refund.voided",
        target=row,
        by=by,
        summary=f"Refund {row.number} void: {row.void_reason}",
        on=on.isoformat(),
    )
    return row


def lock_sources(refund: Refund) -> list[RefundPart]:
    """Lock the credit notes and payments that the refund's money comes back from, before the refund itself."""
    parts = list(refund.parts.select_related("credit_use", "cash_use").order_by("pk"))
    credit_notes.POOL.lock(part.credit_note_id for part in parts if part.credit_note_id)
    settling.ON_ACCOUNT.lock(part.from_payment_id for part in parts if part.from_payment_id)
    return parts


def lock_refund(refund: Refund) -> Refund:
    """The refund as it is now, locked until the transaction ends."""
    return (
        Refund.objects.select_for_update(of=("self",), no_key=True)
        .select_related("company", "supplier", "bank_account")
        .get(pk=refund.pk)
    )
