"""
Turning the parts of payments into settled bills, used credit and drawn money on account.

Order of locks: bills, credit notes, payments on account, each ascending by id.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from billpay.bills import actions as bills
from billpay.companies.models import Company, User
from billpay.credit_notes import actions as credit_notes
from billpay.documents.drafting import DocumentError
from billpay.documents.drawing import Draw, Drawn, Pool, base_part
from billpay.ledger import actions as ledger
from billpay.ledger.actions import Posting
from billpay.ledger.models import AccountRole, EntryKind
from billpay.money.value import Money, convert
from billpay.payments.actions.orders import PaymentError
from billpay.payments.models import Allocation, Payment, PaymentStatus, Source


def _refuse(payment: Payment, minor: int) -> None:
    if payment.status != PaymentStatus.COMPLETED:
        raise PaymentError(f"{payment.number} is {payment.get_status_display().lower()}; it has no money on account.")
    if minor > payment.available_on_account.minor:
        raise PaymentError(
            f"{payment.number} has {payment.available_on_account} on account; "
            f"{Money(minor, payment.currency)} is too much."
        )


ON_ACCOUNT = Pool(
    model=Payment,
    total="amount_minor",
    total_base="amount_base_minor",
    drawn="allocated_minor",
    drawn_base="allocated_base_minor",
    refuse=_refuse,
)


def bill_draws(allocations: Sequence[Allocation]) -> list[Draw]:
    return [Draw(row.bill_id, row.amount_minor) for row in allocations]


def credit_draws(allocations: Sequence[Allocation]) -> list[Draw]:
    return [Draw(row.credit_note_id, row.amount_minor) for row in allocations if row.credit_note_id]


def on_account_draws(allocations: Sequence[Allocation]) -> list[Draw]:
    return [Draw(row.from_payment_id, row.amount_minor) for row in allocations if row.from_payment_id]


def in_words[T](call: Callable[[], T]) -> T:
    """Run a limit check of a lower room; its refusal becomes a payment's, naming the bill."""
    try:
        return call()
    except (bills.NotPayable, bills.AmountTooLarge) as refusal:
        raise PaymentError(str(refusal), bill_id=refusal.pk) from refusal
    except DocumentError as refusal:
        raise PaymentError(str(refusal)) from refusal


def lock(allocations: Sequence[Allocation]) -> None:
    """Lock all that these allocations touch, before any of it is written: for changes that let go and take anew."""
    bills.POOL.lock(draw.pk for draw in bill_draws(allocations))
    credit_notes.POOL.lock(draw.pk for draw in credit_draws(allocations))
    ON_ACCOUNT.lock(draw.pk for draw in on_account_draws(allocations))


def reserve(allocations: Sequence[Allocation]) -> None:
    """Keep what an unfinished payment means to settle."""
    in_words(lambda: bills.reserve(draws=bill_draws(allocations)))
    if draws := credit_draws(allocations):
        in_words(lambda: credit_notes.reserve(draws=draws))
    if draws := on_account_draws(allocations):
        ON_ACCOUNT.reserve(draws)


def release(allocations: Sequence[Allocation]) -> None:
    """Let go of what `reserve` kept."""
    bills.release(draws=bill_draws(allocations))
    if draws := credit_draws(allocations):
        credit_notes.release(draws=draws)
    if draws := on_account_draws(allocations):
        ON_ACCOUNT.release(draws)


def settle(
    *, company: Company, allocations: Sequence[Allocation], on: date, by: User, from_reserved: bool = False
) -> None:
    """
    Settle bills by unsaved or reserving allocations, setting each one's settlement, use and base part.

    The cash part of `source_base_minor` is left to `share_cash`, which knows the payment.
    """
    settlements = in_words(
        lambda: bills.settle(company=company, draws=bill_draws(allocations), on=on, by=by, from_reserved=from_reserved)
    )
    for row, settlement in zip(allocations, settlements, strict=True):
        row.settlement = settlement
    by_credit = [row for row in allocations if row.source == Source.CREDIT_NOTE]
    if by_credit:
        draws = credit_draws(by_credit)
        uses = in_words(
            lambda: credit_notes.use(company=company, draws=draws, on=on, by=by, from_reserved=from_reserved)
        )
        for row, use in zip(by_credit, uses, strict=True):
            row.credit_use, row.source_base_minor = use, use.base_minor
    drawn_on = [row for row in allocations if row.source == Source.ON_ACCOUNT]
    if drawn_on:
        _, taken = ON_ACCOUNT.draw(
            on_account_draws(drawn_on), base_currency=company.base_currency, from_reserved=from_reserved
        )
        for row, item in zip(drawn_on, taken, strict=True):
            row.source_base_minor = item.base_minor


def share_cash(company: Company, payment: Payment, allocations: Sequence[Allocation]) -> None:
    """Give each cash allocation its part of the payment's base amount; what is left in base goes with the last."""
    payment.amount_base_minor = convert(payment.amount, payment.rate, company.base_currency).minor
    payment.allocated_minor = payment.allocated_base_minor = 0
    for row in allocations:
        if row.source != Source.CASH:
            continue
        base = base_part(
            Money(row.amount_minor, payment.currency),
            rate=payment.rate,
            base_currency=company.base_currency,
            left=payment.amount_minor - payment.allocated_minor,
            base_left=payment.amount_base_minor - payment.allocated_base_minor,
        )
        row.source_base_minor = base
        payment.allocated_minor += row.amount_minor
        payment.allocated_base_minor += base


def exchange_gain(allocations: Sequence[Allocation]) -> int:
    """Base minor units gained: what the bills weighed in the books less what settled them (rule 17)."""
    return sum(row.settlement.base_minor - row.source_base_minor for row in allocations if row.settlement)


def entry_for(company: Company, payment: Payment, allocations: Sequence[Allocation]) -> ledger.Entry:
    """Payables to bank, the fee to charges, and what the exchange gained or lost."""
    roles = _roles(company)
    gain = exchange_gain(allocations)
    fee = convert(payment.fee, payment.rate, company.base_currency).minor
    postings = [Posting(roles[AccountRole.PAYABLES], payment.amount_base_minor + gain)]
    postings.append(Posting(roles[AccountRole.EXCHANGE], -gain))
    if payment.bank_account is not None:
        postings.append(Posting(roles[AccountRole.CHARGES], fee))
        postings.append(Posting(payment.bank_account.nominal_account_id, -(payment.amount_base_minor + fee)))
    return ledger.Entry(
        on=payment.paid_on,
        kind=EntryKind.PAYMENT,
        source=payment,
        description=f"Payment {payment.number}, {payment.supplier}",
        postings=postings,
    )


def _roles(company: Company) -> dict[AccountRole, int]:
    """Account ids by role; read once per company object, since charts of accounts keep their roles."""
    cached: dict[AccountRole, int] | None = getattr(company, "_role_account_ids", None)
    if cached is None:
        cached = {role: account.pk for role, account in ledger.accounts_by_role(company).items()}
        company._role_account_ids = cached  # type: ignore[attr-defined]
    return cached


def role_account_id(company: Company, role: AccountRole) -> int:
    return _roles(company)[role]


def give_back(*, allocations: Sequence[Allocation], on: date, by: User) -> None:
    """Take settled allocations back: bills are outstanding again, credit and money on account there again."""
    settled = [row for row in allocations if row.settlement is not None]
    bills.unsettle(settlements=[row.settlement for row in settled if row.settlement], on=on, by=by)
    if uses := [row.credit_use for row in settled if row.credit_use]:
        credit_notes.give_back(uses=uses, on=on, by=by)
    drawn = [
        Drawn(row.from_payment_id, row.amount_minor, row.source_base_minor) for row in settled if row.from_payment_id
    ]
    if drawn:
        ON_ACCOUNT.give_back(drawn)
