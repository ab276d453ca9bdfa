"""Everything that changes a supplier or where its money is sent."""

from billpay.suppliers.actions.bank_details import (
    BankDetails,
    CheckRefused,
    OwnDetails,
    check_bank_details,
    reject_bank_details,
    remove_bank_details,
    set_bank_details,
)
from billpay.suppliers.actions.keeping import (
    DETAILS,
    Stale,
    SupplierError,
    archive,
    create,
    edit,
    in_words,
    restore,
)

__all__ = [
    "DETAILS",
    "BankDetails",
    "CheckRefused",
    "OwnDetails",
    "Stale",
    "SupplierError",
    "archive",
    "check_bank_details",
    "create",
    "edit",
    "in_words",
    "reject_bank_details",
    "remove_bank_details",
    "restore",
    "set_bank_details",
]
