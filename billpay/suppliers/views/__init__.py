"""Pages about suppliers."""

from billpay.suppliers.views.bank import bank_details, bank_details_check, bank_details_rejection, bank_details_removal
from billpay.suppliers.views.entry import archive, edit, new, restore, similar
from billpay.suppliers.views.listing import export, suppliers
from billpay.suppliers.views.page import detail
from billpay.suppliers.views.statements import statement, statement_export

__all__ = [
    "archive",
    "bank_details",
    "bank_details_check",
    "bank_details_rejection",
    "bank_details_removal",
    "detail",
    "edit",
    "export",
    "new",
    "restore",
    "similar",
    "statement",
    "statement_export",
    "suppliers",
]
