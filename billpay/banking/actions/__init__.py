"""Everything that changes bank accounts, statements and their lines."""

from billpay.banking.actions.accounts import (
    BankAccountError,
    archive_account,
    change_account,
    open_account,
    restore_account,
)
from billpay.banking.actions.importing import (
    DoesNotAddUp,
    Imported,
    ImportRefused,
    Source,
    difference_in_words,
    import_statement,
    may_be_undone,
    undo_import,
)
from billpay.banking.actions.known import SortedOut, sort_out
from billpay.banking.actions.lines import (
    AmountTooLarge,
    TransactionError,
    TransactionExcluded,
    exclude,
    include,
    lock_lines,
    refuse_matching,
)
from billpay.banking.actions.uploads import (
    discard_upload,
    import_upload,
    keep_upload,
    map_columns,
    profile_of,
    read_upload,
    remembered_profile,
    table_of,
)

__all__ = [
    "AmountTooLarge",
    "BankAccountError",
    "DoesNotAddUp",
    "ImportRefused",
    "Imported",
    "SortedOut",
    "Source",
    "TransactionError",
    "TransactionExcluded",
    "archive_account",
    "change_account",
    "difference_in_words",
    "discard_upload",
    "exclude",
    "import_statement",
    "import_upload",
    "include",
    "keep_upload",
    "lock_lines",
    "map_columns",
    "may_be_undone",
    "open_account",
    "profile_of",
    "read_upload",
    "refuse_matching",
    "remembered_profile",
    "restore_account",
    "sort_out",
    "table_of",
    "undo_import",
]
