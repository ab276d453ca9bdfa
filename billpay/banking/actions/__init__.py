"""Everything that changes bank accounts, statements and their lines."""

from billpay.banking.actions.accounts import BankAccountError, open_account

__all__ = ["BankAccountError", "open_account"]
