"""With payments, approvals and refunds, one thing at a time."""

from __future__ import annotations

from tests.proof.tampering import of

PAYMENTS = (
    of(
        "running numbers begin anew",
        lambda world: world.company,
        "UPDATE companies_company SET next_payment_number = 1 WHERE id = %s",
        "numbers.given",
        tells=lambda world: world.company.payments.earliest("pk"),
    ),
    of(
        "money on account appears",
        lambda world: world.paid,
        "UPDATE payments_payment SET allocated_minor = allocated_minor - 1 WHERE id = %s",
        "payments.allocated_moves",
        "payments.allocated",
    ),
    of(
        "what was spent weighs less",
        lambda world: world.euro_payment,
        "UPDATE payments_payment SET allocated_base_minor = allocated_base_minor - 1 WHERE id = %s",
        "payments.allocated_base_moves",
        "payments.allocated_base",
        "payments.no_residue",
    ),
    of(
        "money on account is promised twice",
        lambda world: world.advance,
        "UPDATE payments_payment SET reserved_minor = 0 WHERE id = %s",
        "payments.reserved_moves",
        "payments.reserved",
    ),
    of(
        "a use of cash is made smaller",
        lambda world: world.paid.cash_uses.get(),
        "UPDATE payments_cashuse SET amount_minor = amount_minor - 1 WHERE id = %s",
        "payments.allocated_moves",
        tells=lambda world: world.paid,
    ),
    of(
        "a use of cash weighs less",
        lambda world: world.paid.cash_uses.get(),
        "UPDATE payments_cashuse SET base_minor = base_minor - 1 WHERE id = %s",
        "payments.allocated_base_moves",
        "books.control_account",
        tells=lambda world: world.paid,
    ),
    of(
        "an allocation is made larger",
        lambda world: world.paid.allocations.get(),
        "UPDATE payments_allocation SET amount_minor = amount_minor + 1 WHERE id = %s",
        "bills.settled_allocations",
        "payments.allocated",
        "payments.allocations_fit",
    ),
    of(
        "an allocation goes to another supplier's bill",
        lambda world: world.batch.payments.order_by("pk")[0].allocations.get(),
        "UPDATE payments_payment SET supplier_id = (SELECT b.supplier_id FROM bills_bill b JOIN payments_allocation a"
        " ON a.bill_id = b.id JOIN payments_payment p ON p.id = a.payment_id WHERE p.batch_id IS NOT NULL"
        " ORDER BY p.id DESC LIMIT 1) WHERE id = (SELECT payment_id FROM payments_allocation WHERE id = %s)",
        "payments.allocations_fit",
    ),
    of(
        "a void payment stands again",
        lambda world: world.void,
        "UPDATE payments_payment SET status = 'completed' WHERE id = %s",
        "payments.stages",
        "payments.steps",
        "books.payables_of_payments",
        "books.at_the_bank",
        "books.reversed",
    ),
    of(
        "a failed payment keeps what it held",
        lambda world: world.failed.allocations.get(),
        "UPDATE payments_allocation SET undone_at = NULL, undone_by_id = NULL, undone_on = NULL WHERE id = %s",
        "bills.reserved_allocations",
        "payments.allocations_fit",
        "payments.ended_hold_nothing",
    ),
    of(
        "a bill is settled on another day than it was paid",
        lambda world: world.paid.allocations.get().settlement,
        "UPDATE bills_settlement SET \"on\" = '2026-03-01' WHERE id = %s",
        "payments.days",
        tells=lambda world: world.paid.allocations.get(),
    ),
    of(
        "what was undone came back on another day",
        lambda world: world.undone.settlement.taken_back_by,
        "UPDATE bills_settlement SET \"on\" = '2026-03-18' WHERE id = %s",
        "payments.taken_back",
        tells=lambda world: world.undone.settlement,
    ),
    of(
        "something came back that was never undone",
        lambda world: world.undone,
        "UPDATE payments_allocation SET undone_at = NULL, undone_by_id = NULL, undone_on = NULL WHERE id = %s",
        "bills.settled_allocations",
        "bills.settled_base_allocations",
        "payments.allocated",
        "payments.allocated_base",
        "payments.taken_back",
        tells=lambda world: world.undone.settlement,
    ),
    of(
        "the bank is said to have paid more",
        lambda world: world.mixed,
        "UPDATE payments_payment SET bank_minor = bank_minor + 1 WHERE id = %s",
        "payments.bank",
    ),
    of(
        "the bank is said to have paid more of a foreign amount",
        lambda world: world.euro_payment,
        "UPDATE payments_payment SET bank_minor = bank_minor + 1 WHERE id = %s",
        "payments.bank",
    ),
    of(
        "a payment is paid at another rate",
        lambda world: world.euro_payment,
        "UPDATE payments_payment SET rate = 0.9 WHERE id = %s",
        "payments.bank",
        "payments.converted",
    ),
    of(
        "a batch comes to more",
        lambda world: world.batch,
        "UPDATE payments_batch SET total_minor = total_minor + 1 WHERE id = %s",
        "payments.batches",
    ),
    of(
        "a step of a payment is lost",
        lambda world: world.processing.steps.order_by("pk")[1],
        "DELETE FROM payments_step WHERE id = %s",
        "payments.steps",
        tells=lambda world: world.processing.steps.order_by("pk")[2],
    ),
    of(
        "a payment leaps to where no step leads",
        lambda world: world.waiting,
        "UPDATE payments_payment SET status = 'processing' WHERE id = %s",
        "payments.steps",
        "payments.approved",
    ),
    of(
        "an approval is taken away",
        lambda world: world.scheduled.approvals.get(),
        "DELETE FROM payments_approval WHERE id = %s",
        "payments.approved",
        tells=lambda world: world.scheduled,
    ),
    of(
        "a payment that waits to go out gets a rate in the company's own currency",
        lambda world: world.scheduled,
        "UPDATE payments_payment SET rate = 2 WHERE id = %s",
        "payments.converted",
    ),
    of(
        "the maker approves",
        lambda world: world.scheduled.approvals.get(),
        "UPDATE payments_approval SET by_id = (SELECT created_by_id FROM payments_payment p WHERE p.id = payment_id),"
        " maker_id = by_id WHERE id = %s",
        "payments.not_by_makers",
    ),
    of(
        "the payee's account is changed after the approval",
        lambda world: world.scheduled.payee_account,
        "UPDATE suppliers_supplierbankaccount SET account_number = '87654321' WHERE id = %s",
        "payments.digests",
        tells=lambda world: world.scheduled,
    ),
    of(
        "the amount is changed after the approval",
        lambda world: world.scheduled,
        "UPDATE payments_payment SET fee_minor = 1, bank_minor = bank_minor + 1 WHERE id = %s",
        "payments.digests",
    ),
)

REFUNDS = (
    of(
        "a refund comes to more than its parts",
        lambda world: world.refund,
        "UPDATE payments_refund SET amount_minor = amount_minor + 1, amount_base_minor = amount_base_minor + 1,"
        " bank_minor = bank_minor + 1 WHERE id = %s",
        "refunds.parts",
        "books.at_the_bank",
    ),
    of(
        "a part of a refund is made smaller",
        lambda world: world.refund.parts.get(credit_note__isnull=True),
        "UPDATE payments_refundpart SET amount_minor = amount_minor - 1 WHERE id = %s",
        "payments.allocated",
        "refunds.parts",
        "refunds.uses",
    ),
    of(
        "more arrives than was refunded",
        lambda world: world.refund,
        "UPDATE payments_refund SET bank_minor = bank_minor + 1 WHERE id = %s",
        "refunds.converted",
    ),
)
