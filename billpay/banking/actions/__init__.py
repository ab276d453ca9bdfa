"""Everything that changes bank accounts, statements and their lines."""

from billpay.banking.actions.accounts import BankAccountError, open_account
from billpay.banking.actions.lines import (
    AmountTooLarge,
    TransactionError,
    TransactionExcluded,
    exclude,
    include,
    mark_matched,
    mark_unmatched,
)

__all__ = [
    "AmountTooLarge",
    "BankAccountError",
    "TransactionError",
    "TransactionExcluded",
    "exclude",
    "include",
    "mark_matched",
    "mark_unmatched",
    "open_account",
]
