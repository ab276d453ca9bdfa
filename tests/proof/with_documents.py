"""With bills and credit notes, one thing at a time."""

from __future__ import annotations

from tests.proof.tampering import of

BILLS = (
    of(
        "a bill is said to be settled for less",
        lambda world: world.paid_bill,
        "UPDATE bills_bill SET settled_minor = settled_minor - 1 WHERE id = %s",
        "bills.settled_moves",
        "bills.settled_allocations",
    ),
    of(
        "a bill weighs less in the base currency than what settled it",
        lambda world: world.euro_bill,
        "UPDATE bills_bill SET settled_base_minor = settled_base_minor - 1 WHERE id = %s",
        "bills.settled_base_moves",
        "bills.settled_base_allocations",
        "bills.no_residue",
    ),
    of(
        "a reservation is forgotten",
        lambda world: world.draft.allocations.get().bill,
        "UPDATE bills_bill SET reserved_minor = 0 WHERE id = %s",
        "bills.reserved_moves",
        "bills.reserved_allocations",
    ),
    of(
        "a settlement is made smaller",
        lambda world: world.paid.allocations.get().settlement,
        "UPDATE bills_settlement SET amount_minor = amount_minor - 1 WHERE id = %s",
        "bills.settled_moves",
        "payments.allocations_fit",
        tells=lambda world: world.paid_bill,
    ),
    of(
        "an allocation forgets what it settled",
        lambda world: world.half.allocations.exclude(pk=world.undone.pk).get(),
        "UPDATE payments_allocation SET settlement_id = NULL WHERE id = %s",
        "bills.settled_allocations",
        "bills.settled_base_allocations",
        "bills.reserved_allocations",
        "payments.allocated",
        "payments.allocated_base",
        "payments.allocations_fit",
    ),
    of(
        "a line is made dearer",
        lambda world: world.paid_bill.lines.get(),
        "UPDATE bills_billline SET subtotal_minor = subtotal_minor + 5, total_minor = total_minor + 5 WHERE id = %s",
        "bills.subtotal",
        tells=lambda world: world.paid_bill,
    ),
    of(
        "tax is moved to the net amount of a line",
        lambda world: world.paid_bill.lines.get(),
        "UPDATE bills_billline SET subtotal_minor = subtotal_minor + 5, tax_minor = tax_minor - 5 WHERE id = %s",
        "bills.subtotal",
        "bills.tax",
        tells=lambda world: world.paid_bill,
    ),
    of(
        "the paper says something else",
        lambda world: world.paid_bill,
        "UPDATE bills_bill SET stated_total_minor = total_minor - 9 WHERE id = %s",
        "bills.adds_up",
    ),
    of(
        "a bill lies open that nobody approved",
        lambda world: world.draft_bill,
        "UPDATE bills_bill SET status = 'open' WHERE id = %s",
        "bills.stages",
        "bills.converted",
    ),
    of(
        "a rate is changed afterwards",
        lambda world: world.euro_bill,
        "UPDATE bills_bill SET rate = 0.9 WHERE id = %s",
        "bills.converted",
    ),
    of(
        "a discount ran out before it was taken",
        lambda world: world.discounted,
        "UPDATE bills_bill SET discount_until = issued_on WHERE id = %s",
        "bills.discounts",
        tells=lambda world: world.with_discount.allocations.get(source="discount"),
    ),
    of(
        "less discount was agreed than was taken",
        lambda world: world.discounted,
        "UPDATE bills_bill SET discount_percent = 1.9 WHERE id = %s",
        "bills.discounts",
    ),
    of(
        "something was settled of a bill on hold",
        lambda world: world.half.allocations.exclude(pk=world.undone.pk).get().bill,
        "UPDATE bills_bill SET held_at = approved_at, held_by_id = created_by_id, hold_reason = 'Why' WHERE id = %s",
        "bills.held",
    ),
    of(
        "a maker becomes the approver",
        lambda world: world.approved_bill.approvals.get(),
        "UPDATE bills_billapproval SET by_id = (SELECT submitted_by_id FROM bills_bill b WHERE b.id = bill_id),"
        " maker_id = NULL WHERE id = %s",
        "bills.approvals",
    ),
)

CREDIT_NOTES = (
    of(
        "credit is used twice",
        lambda world: world.note,
        "UPDATE credit_notes_creditnote SET used_minor = used_minor - 500 WHERE id = %s",
        "credit_notes.used_moves",
        "credit_notes.used_allocations",
    ),
    of(
        "credit weighs less",
        lambda world: world.note,
        "UPDATE credit_notes_creditnote SET used_base_minor = used_base_minor - 500 WHERE id = %s",
        "credit_notes.used_base_moves",
        "credit_notes.used_base_allocations",
    ),
    of(
        "reserved credit is let go",
        lambda world: world.note,
        "UPDATE credit_notes_creditnote SET reserved_minor = 0 WHERE id = %s",
        "credit_notes.reserved_moves",
        "credit_notes.reserved_allocations",
    ),
    of(
        "a use of credit is made smaller",
        lambda world: world.mixed.allocations.get(source="credit_note").credit_use,
        "UPDATE credit_notes_credituse SET amount_minor = amount_minor - 1 WHERE id = %s",
        "credit_notes.used_moves",
        "payments.allocations_fit",
        tells=lambda world: world.note,
    ),
    of(
        "a credit note gains by a line",
        lambda world: world.note.lines.get(),
        "UPDATE credit_notes_creditnoteline SET subtotal_minor = subtotal_minor - 5, total_minor = total_minor - 5"
        " WHERE id = %s",
        "credit_notes.subtotal",
        tells=lambda world: world.note,
    ),
    of(
        "a void credit note comes back",
        lambda world: world.void_note,
        "UPDATE credit_notes_creditnote SET status = 'open' WHERE id = %s",
        "credit_notes.stages",
        "books.payables_of_documents",
        "books.reversed",
    ),
    of(
        "a credit note's tax is moved to its net amount",
        lambda world: world.note.lines.get(),
        "UPDATE credit_notes_creditnoteline SET subtotal_minor = subtotal_minor + 5, tax_minor = tax_minor - 5"
        " WHERE id = %s",
        "credit_notes.subtotal",
        "credit_notes.tax",
        tells=lambda world: world.note,
    ),
    of(
        "the paper of a credit note says something else",
        lambda world: world.note,
        "UPDATE credit_notes_creditnote SET stated_total_minor = 1 WHERE id = %s",
        "credit_notes.adds_up",
    ),
    of(
        "a credit note gets a rate",
        lambda world: world.note,
        "UPDATE credit_notes_creditnote SET rate = 2 WHERE id = %s",
        "credit_notes.converted",
    ),
    of(
        "a credit note that nobody used weighs less",
        lambda world: world.void_note,
        "UPDATE credit_notes_creditnote SET used_base_minor = 1 WHERE id = %s",
        "credit_notes.no_residue",
        "credit_notes.used_base_moves",
        "credit_notes.used_base_allocations",
    ),
)
