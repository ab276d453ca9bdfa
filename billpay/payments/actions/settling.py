"""
Turning the parts of payments into settled bills, used credit and drawn money on account.

Order of locks: bills, credit notes, payments on account, each ascending by id.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from fractions import Fraction

from django.utils import timezone

from billpay.bills import actions as bills
from billpay.bills.models import Bill
from billpay.companies.models import Company, User
from billpay.credit_notes import actions as credit_notes
from billpay.documents.drafting import DocumentError
from billpay.documents.drawing import Draw, Drawn, Pool, Words, base_part
from billpay.ledger import actions as ledger
from billpay.ledger.actions import Posting
from billpay.ledger.models import AccountRole, EntryKind
from billpay.money.value import Money, convert, round_half_up
from billpay.payments.actions.orders import PaymentError
from billpay.payments.models import Allocation, CashUse, CashUseKind, Payment, PaymentStatus, Source
from billpay.suppliers.models import DiscountTax


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
    movement=CashUse,
    owner="payment",
    words=Words(drawn="used", given_back="given_back"),
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


def reserve(allocations: Sequence[Allocation], *, on: date, by: User | None) -> None:
    """Keep what an unfinished payment means to settle."""
    in_words(lambda: bills.reserve(draws=bill_draws(allocations), on=on, by=by))
    if draws := credit_draws(allocations):
        in_words(lambda: credit_notes.reserve(draws=draws, on=on, by=by))
    if draws := on_account_draws(allocations):
        ON_ACCOUNT.reserve(draws, on=on, by=by)


def release(allocations: Sequence[Allocation], *, on: date, by: User | None) -> None:
    """Let go of what `reserve` kept."""
    if not allocations:
        return
    bills.release(draws=bill_draws(allocations), on=on, by=by)
    if draws := credit_draws(allocations):
        credit_notes.release(draws=draws, on=on, by=by)
    if draws := on_account_draws(allocations):
        ON_ACCOUNT.release(draws, on=on, by=by)


def settle(
    *, company: Company, allocations: Sequence[Allocation], on: date, by: User | None, from_reserved: bool = False
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
        if row.source in {Source.DISCOUNT, Source.WRITE_OFF}:
            row.source_base_minor = settlement.base_minor
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
        draws = on_account_draws(drawn_on)
        base_currency = company.base_currency
        taken, _ = ON_ACCOUNT.draw(draws, base_currency=base_currency, on=on, by=by, from_reserved=from_reserved)
        for row, item in zip(drawn_on, taken, strict=True):
            row.source_base_minor = item.base_minor
    _tax_of_discounts(allocations)


def _tax_of_discounts(allocations: Sequence[Allocation]) -> None:
    """The tax in each discount, where tax falls with it: in the proportion in which the bill bears tax."""
    for row in allocations:
        bill = row.bill
        if row.source == Source.DISCOUNT and bill.discount_tax == DiscountTax.REDUCED and bill.total_minor:
            row.tax_base_minor = round_half_up(Fraction(row.source_base_minor * bill.tax_minor, bill.total_minor))


def share_cash(company: Company, payment: Payment, allocations: Sequence[Allocation]) -> None:
    """Give each cash allocation its part of the payment's base amount; what is left in base goes with the last."""
    payment.amount_base_minor = convert(payment.amount, payment.rate, company.base_currency).minor
    minor = base = 0
    for row in allocations:
        if row.source != Source.CASH:
            continue
        row.source_base_minor = base_part(
            Money(row.amount_minor, payment.currency),
            rate=payment.rate,
            base_currency=company.base_currency,
            left=payment.amount_minor - minor,
            base_left=payment.amount_base_minor - base,
        )
        minor += row.amount_minor
        base += row.source_base_minor


def use_cash(pairs: Sequence[tuple[Payment, Sequence[Allocation]]], *, on: date, by: User | None) -> None:
    """Append what stored payments used of their own cash: one row for each payment, counted by the database."""
    uses = []
    for payment, rows in pairs:
        cash = [row for row in rows if row.source == Source.CASH]
        payment.allocated_minor = sum(row.amount_minor for row in cash)
        payment.allocated_base_minor = sum(row.source_base_minor for row in cash)
        if cash:
            uses.append(
                CashUse(
                    payment=payment,
                    kind=CashUseKind.USED,
                    amount_minor=payment.allocated_minor,
                    base_minor=payment.allocated_base_minor,
                    on=on,
                    created_by=by,
                )
            )
    CashUse.objects.bulk_create(uses)


def exchange_gain(allocations: Sequence[Allocation]) -> int:
    """Base minor units gained: what the bills weighed in the books less what settled them (rule 17)."""
    return sum(row.settlement.base_minor - row.source_base_minor for row in allocations if row.settlement)


def entry_for(company: Company, payment: Payment, allocations: Sequence[Allocation]) -> ledger.Entry:
    """Payables to bank, the fee to charges, what the exchange gained or lost, discounts and write-offs."""
    roles = _roles(company)
    fee = convert(payment.fee, payment.rate, company.base_currency).minor
    postings = [Posting(roles[AccountRole.PAYABLES], payment.amount_base_minor)]
    for row in allocations:
        postings += beyond_cash(company, row)
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


def beyond_cash(company: Company, row: Allocation, *, sign: int = 1) -> list[Posting]:
    """
    What one settled allocation posts besides the cash: an exchange difference, a discount, or a write-off.

    :param sign: −1 takes it back.
    """
    roles = _roles(company)
    if row.source == Source.DISCOUNT:
        net = row.source_base_minor - row.tax_base_minor
        parts = [(AccountRole.PAYABLES, row.source_base_minor), (AccountRole.DISCOUNTS, -net)]
        parts.append((AccountRole.TAX, -row.tax_base_minor))
    elif row.source == Source.WRITE_OFF:
        parts = [(AccountRole.PAYABLES, row.source_base_minor), (AccountRole.WRITE_OFFS, -row.source_base_minor)]
    else:
        gain = exchange_gain([row])
        parts = [(AccountRole.PAYABLES, gain), (AccountRole.EXCHANGE, -gain)]
    return [Posting(roles[role], sign * minor) for role, minor in parts]


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
    """
    Take settled allocations of one payment back.

    Bills are outstanding again; credit and money on account, its own and that of others, are there again.
    """
    settled = [row for row in allocations if row.settlement is not None]
    bills.unsettle(settlements=[row.settlement for row in settled if row.settlement], on=on, by=by)
    if uses := [row.credit_use for row in settled if row.credit_use]:
        credit_notes.give_back(uses=uses, on=on, by=by)
    drawn = [
        Drawn(row.from_payment_id, row.amount_minor, row.source_base_minor) for row in settled if row.from_payment_id
    ]
    if drawn:
        ON_ACCOUNT.give_back(drawn, on=on, by=by)


def give_cash_back(*, payment: Payment, allocations: Sequence[Allocation], on: date, by: User) -> None:
    """Count the cash of allocations taken back as on account again. The payment is locked by who calls."""
    cash = [row for row in allocations if row.source == Source.CASH]
    if not cash:
        return
    use = CashUse(
        payment=payment,
        kind=CashUseKind.GIVEN_BACK,
        amount_minor=sum(row.amount_minor for row in cash),
        base_minor=sum(row.source_base_minor for row in cash),
        on=on,
        created_by=by,
    )
    use.save(force_insert=True)
    payment.allocated_minor -= use.amount_minor
    payment.allocated_base_minor -= use.base_minor


def mark_undone(allocations: Sequence[Allocation], *, on: date, by: User) -> None:
    """Keep allocations as rows that hold no more (rule 25)."""
    Allocation.objects.filter(pk__in=[row.pk for row in allocations]).update(
        undone_at=timezone.now(), undone_by=by, undone_on=on
    )


def refuse_early(allocations: Sequence[Allocation], *, on: date) -> None:
    """
    Refuse credit, or money on account, that is not there yet: as of the days between, more would be used than there is.

    :raises PaymentError: naming the credit, its day, and the bill it was to settle.
    """
    for row in allocations:
        if row.credit_note is not None:
            since, what = row.credit_note.issued_on, f"Credit note {row.credit_note.number} is"
        elif row.from_payment is not None:
            since, what = row.from_payment.paid_on, f"The money on account of {row.from_payment.number} is"
        else:
            continue
        if since > on:
            raise PaymentError(
                f"{what} of {since:%-d %B %Y}; it can't settle bill {row.bill.number} on {on:%-d %B %Y}.",
                bill_id=row.bill_id,
            )


def refuse_held(allocations: Sequence[Allocation]) -> None:
    """
    Refuse what is on hold; `lock` was called before, so that nobody puts a bill on hold meanwhile.

    :raises PaymentError: naming the bill and why it is held.
    """
    held = Bill.objects.filter(pk__in=[row.bill_id for row in allocations], held_at__isnull=False)
    in_words(lambda: bills.refuse_held(held))
