"""
Every address of Billpay: the least role that may use it, by which method, and the things its URL names.

Written by hand, apart from the views' own permissions, so that a view that asks for too little fails.
"""

from __future__ import annotations

from dataclasses import dataclass, field

RANKS = {"viewer": 0, "bookkeeper": 1, "approver": 2, "owner": 3}


@dataclass(frozen=True)
class Address:
    """`role` may use it, and POST to it unless `post` names a higher one. `things` fill in its URL."""

    role: str
    things: dict[str, str] = field(default_factory=dict)
    post: str = ""
    methods: frozenset[str] = frozenset({"get", "post"})


def _of(role: str, *, post: str = "", only: str = "", **things: str) -> Address:
    return Address(role, things, post, frozenset({only}) if only else frozenset({"get", "post"}))


VIEWER, BOOKKEEPER, APPROVER, OWNER = RANKS
GET, POST = "get", "post"

_COMPANIES = {
    "home:dashboard": _of(VIEWER, only=GET),
    "home:search": _of(VIEWER, only=GET),
    "companies:members": _of(VIEWER, only=GET),
    "companies:add_member": _of(OWNER, only=POST),
    "companies:member_role": _of(OWNER, only=POST, pk="membership"),
    "companies:member_removal": _of(OWNER, pk="membership"),
    "companies:settings": _of(OWNER),
    "companies:approval": _of(OWNER),
    "companies:activity": _of(VIEWER, only=GET),
    "companies:activity_export": _of(VIEWER, only=GET),
    "companies:audit_head": _of(OWNER, only=GET),
}
_BILLS = {
    "bills:list": _of(VIEWER, only=GET),
    "bills:export": _of(VIEWER, only=GET),
    "bills:selection": _of(VIEWER, only=POST),
    "bills:bulk": _of(VIEWER, only=POST),
    "bills:new": _of(BOOKKEEPER),
    "bills:totals": _of(BOOKKEEPER, only=POST),
    "bills:duplicates": _of(BOOKKEEPER, only=POST),
    "bills:detail": _of(VIEWER, only=GET, pk="bill"),
    "bills:edit": _of(BOOKKEEPER, pk="draft_bill"),
    "bills:dates": _of(BOOKKEEPER, pk="bill"),
    "bills:submission": _of(BOOKKEEPER, only=POST, pk="draft_bill"),
    "bills:approval": _of(APPROVER, only=POST, pk="draft_bill"),
    "bills:return": _of(APPROVER, pk="draft_bill"),
    "bills:hold": _of(BOOKKEEPER, pk="bill"),
    "bills:lift_hold": _of(BOOKKEEPER, only=POST, pk="bill"),
    "bills:void": _of(APPROVER, pk="bill"),
    "bills:delete": _of(BOOKKEEPER, pk="draft_bill"),
    "bills:attachments": _of(BOOKKEEPER, only=POST, pk="bill"),
    "bills:attachment": _of(VIEWER, only=GET, pk="bill", attachment="attachment"),
    "bills:attachment_removal": _of(BOOKKEEPER, only=POST, pk="bill", attachment="attachment"),
}
_CREDIT_NOTES = {
    "credit_notes:list": _of(VIEWER, only=GET),
    "credit_notes:export": _of(VIEWER, only=GET),
    "credit_notes:new": _of(BOOKKEEPER),
    "credit_notes:totals": _of(BOOKKEEPER, only=POST),
    "credit_notes:duplicates": _of(BOOKKEEPER, only=POST),
    "credit_notes:detail": _of(VIEWER, only=GET, pk="credit"),
    "credit_notes:edit": _of(BOOKKEEPER, pk="draft_credit"),
    "credit_notes:submission": _of(BOOKKEEPER, only=POST, pk="draft_credit"),
    "credit_notes:approval": _of(APPROVER, only=POST, pk="draft_credit"),
    "credit_notes:return": _of(APPROVER, pk="draft_credit"),
    "credit_notes:void": _of(APPROVER, pk="credit"),
    "credit_notes:delete": _of(BOOKKEEPER, pk="draft_credit"),
}
_PAYMENTS = {
    "payments:pick": _of(BOOKKEEPER),
    "payments:ordered": _of(VIEWER, only=GET),
    "payments:allocate": _of(BOOKKEEPER, key="token"),
    "payments:review": _of(BOOKKEEPER, key="token"),
    "payments:pay_bill": _of(BOOKKEEPER, pk="bill"),
    "payments:cover_bill": _of(BOOKKEEPER, pk="bill"),
    "payments:write_off": _of(BOOKKEEPER, pk="bill"),
    "payments:allocate_credit": _of(BOOKKEEPER, pk="credit"),
    "payments:schedule": _of(VIEWER, only=GET),
    "payments:reschedule": _of(BOOKKEEPER, only=POST, pk="scheduled_payment"),
    "payments:schedule_resumption": _of(BOOKKEEPER, only=POST),
    "payments:schedule_plan": _of(BOOKKEEPER, only=POST),
    "payments:schedule_undo": _of(BOOKKEEPER, only=POST, key="token"),
    "payments:list": _of(VIEWER, only=GET),
    "payments:export": _of(VIEWER, only=GET),
    "payments:batches": _of(VIEWER, only=GET),
    "payments:batch": _of(VIEWER, only=GET, pk="batch"),
    "payments:batch_done": _of(VIEWER, only=GET, pk="batch"),
    "payments:batch_submission": _of(BOOKKEEPER, only=POST, pk="batch"),
    "payments:batch_processing": _of(BOOKKEEPER, only=POST, pk="batch"),
    "payments:batch_completion": _of(BOOKKEEPER, only=POST, pk="batch"),
    "payments:batch_outcome": _of(BOOKKEEPER, pk="batch"),
    "payments:batch_remittance": _of(VIEWER, only=GET, pk="batch"),
    "payments:methods": _of(VIEWER, only=GET),
    "payments:add_method": _of(OWNER, only=POST),
    "payments:rename_method": _of(OWNER, only=POST, pk="method"),
    "payments:archive_method": _of(OWNER, only=POST, pk="method"),
    "payments:detail": _of(VIEWER, only=GET, pk="payment"),
    "payments:done": _of(VIEWER, only=GET, pk="payment"),
    "payments:remittance": _of(VIEWER, only=GET, pk="payment"),
    "payments:draft_edit": _of(BOOKKEEPER, pk="draft_payment"),
    "payments:submission": _of(BOOKKEEPER, pk="draft_payment"),
    "payments:approval": _of(APPROVER, pk="waiting_payment"),
    "payments:rejection": _of(APPROVER, pk="waiting_payment"),
    "payments:back_to_draft": _of(BOOKKEEPER, pk="waiting_payment"),
    "payments:scheduling": _of(BOOKKEEPER, pk="scheduled_payment"),
    "payments:unscheduling": _of(BOOKKEEPER, pk="scheduled_payment"),
    "payments:stop": _of(BOOKKEEPER, pk="scheduled_payment"),
    "payments:resumption": _of(BOOKKEEPER, pk="scheduled_payment"),
    "payments:processing": _of(BOOKKEEPER, pk="scheduled_payment"),
    "payments:completion": _of(BOOKKEEPER, pk="draft_payment"),
    "payments:failure": _of(BOOKKEEPER, pk="scheduled_payment"),
    "payments:cancellation": _of(BOOKKEEPER, pk="waiting_payment"),
    "payments:retry": _of(BOOKKEEPER, pk="cancelled_payment"),
    "payments:approvals": _of(VIEWER, only=GET),
    "payments:approve_selected": _of(APPROVER, only=POST),
    "payments:delete": _of(BOOKKEEPER, pk="draft_payment"),
    "payments:allocate_on_account": _of(BOOKKEEPER, pk="on_account"),
    "payments:refunds": _of(VIEWER, only=GET),
    "payments:refunds_export": _of(VIEWER, only=GET),
    "payments:refund_new": _of(BOOKKEEPER),
    "payments:refund": _of(VIEWER, only=GET, pk="refund"),
    "payments:undo_allocation": _of(BOOKKEEPER, pk="allocation"),
}
_SUPPLIERS = {
    "suppliers:list": _of(VIEWER, only=GET),
    "suppliers:export": _of(VIEWER, only=GET),
    "suppliers:new": _of(BOOKKEEPER),
    "suppliers:similar": _of(BOOKKEEPER, only=GET),
    "suppliers:detail": _of(VIEWER, only=GET, pk="supplier"),
    "suppliers:edit": _of(BOOKKEEPER, pk="supplier"),
    "suppliers:archive": _of(BOOKKEEPER, pk="supplier"),
    "suppliers:restore": _of(BOOKKEEPER, only=POST, pk="supplier"),
    "suppliers:bank_details": _of(BOOKKEEPER, pk="supplier"),
    "suppliers:bank_details_removal": _of(BOOKKEEPER, only=POST, pk="supplier", account="supplier_account"),
    "suppliers:bank_details_check": _of(APPROVER, pk="supplier", account="supplier_account"),
    "suppliers:bank_details_rejection": _of(APPROVER, only=POST, pk="supplier", account="supplier_account"),
    "suppliers:statement": _of(VIEWER, only=GET, pk="supplier"),
    "suppliers:statement_export": _of(VIEWER, only=GET, pk="supplier"),
}
_BANKING = {
    "banking:list": _of(VIEWER, only=GET),
    "banking:new": _of(OWNER),
    "banking:import_start": _of(BOOKKEEPER),
    "banking:detail": _of(VIEWER, only=GET, pk="account"),
    "banking:export": _of(VIEWER, only=GET, pk="account"),
    "banking:statements": _of(VIEWER, only=GET, pk="account"),
    "banking:details": _of(VIEWER, only=GET, pk="account"),
    "banking:edit": _of(OWNER, pk="account"),
    "banking:archive": _of(OWNER, only=POST, pk="account"),
    "banking:restore": _of(OWNER, only=POST, pk="account"),
    "banking:import": _of(BOOKKEEPER, pk="account"),
    "banking:import_preview": _of(BOOKKEEPER, pk="account", token="token"),
    "banking:import_columns": _of(BOOKKEEPER, pk="account", token="token"),
    "banking:import_discard": _of(BOOKKEEPER, only=POST, pk="account", token="token"),
    "banking:statement": _of(VIEWER, only=GET, pk="statement"),
    "banking:undo_import": _of(BOOKKEEPER, pk="statement"),
}
_RECONCILIATION = {
    "reconciliation:start": _of(VIEWER, only=GET),
    "reconciliation:account": _of(VIEWER, only=GET, pk="account"),
    "reconciliation:certain": _of(BOOKKEEPER, pk="account"),
    "reconciliation:transaction": _of(VIEWER, only=GET, pk="transaction"),
    "reconciliation:match": _of(BOOKKEEPER, only=POST, pk="transaction"),
    "reconciliation:selection": _of(VIEWER, only=GET, pk="transaction"),
    "reconciliation:exclusion": _of(BOOKKEEPER, only=POST, pk="transaction"),
    "reconciliation:payment": _of(BOOKKEEPER, pk="transaction"),
    "reconciliation:payment_total": _of(BOOKKEEPER, only=GET, pk="transaction"),
    "reconciliation:refund": _of(BOOKKEEPER, pk="money_in"),
    "reconciliation:refund_total": _of(BOOKKEEPER, only=GET, pk="money_in"),
    "reconciliation:undo": _of(BOOKKEEPER, group="group"),
    "reconciliation:void_payment": _of(APPROVER, pk="payment"),
    "reconciliation:void_refund": _of(APPROVER, pk="refund"),
}
_LEDGER = {
    "ledger:accounts": _of(VIEWER, only=GET),
    "ledger:account_new": _of(OWNER),
    "ledger:account_edit": _of(OWNER, pk="nominal"),
    "ledger:account_archive": _of(OWNER, only=POST, pk="nominal"),
    "ledger:account_restore": _of(OWNER, only=POST, pk="nominal"),
    "ledger:tax_rates": _of(VIEWER, only=GET),
    "ledger:tax_rate_new": _of(OWNER),
    "ledger:tax_rate_edit": _of(OWNER, pk="tax_rate"),
    "ledger:tax_rate_archive": _of(OWNER, only=POST, pk="tax_rate"),
    "ledger:tax_rate_restore": _of(OWNER, only=POST, pk="tax_rate"),
    "ledger:tracking": _of(VIEWER, only=GET),
    "ledger:tracking_new": _of(OWNER),
    "ledger:tracking_edit": _of(OWNER, pk="tracking"),
    "ledger:tracking_archive": _of(OWNER, only=POST, pk="tracking"),
    "ledger:tracking_restore": _of(OWNER, only=POST, pk="tracking"),
    "ledger:journal": _of(VIEWER, only=GET),
    "ledger:entry": _of(VIEWER, only=GET, pk="entry"),
    "ledger:journal_export": _of(VIEWER, only=GET),
    "ledger:trial_balance": _of(VIEWER, only=GET),
    "ledger:trial_balance_export": _of(VIEWER, only=GET),
}
_REPORTS = {
    "reports:hub": _of(VIEWER, only=GET),
    "reports:ageing": _of(VIEWER, only=GET),
    "reports:ageing_export": _of(VIEWER, only=GET),
    "reports:ageing_supplier": _of(VIEWER, only=GET, pk="supplier"),
    "reports:ageing_supplier_export": _of(VIEWER, only=GET, pk="supplier"),
    "reports:register": _of(VIEWER, only=GET),
    "reports:register_export": _of(VIEWER, only=GET),
}
ADDRESSES: dict[str, Address] = {
    **_COMPANIES,
    **_BILLS,
    **_CREDIT_NOTES,
    **_PAYMENTS,
    **_SUPPLIERS,
    **_BANKING,
    **_RECONCILIATION,
    **_LEDGER,
    **_REPORTS,
}
"""Addresses under a company's slug, by name."""

GONE = {
    "payments:allocate",
    "payments:review",
    "banking:import_preview",
    "banking:import_columns",
    "banking:import_discard",
}
"""Steps of a run or upload that this world does not have: they send back to the start, or are 404."""

SITE: set[str] = {
    "account_login",
    "account_logout",
    "account_inactive",
    "account_signup",
    "account_reauthenticate",
    "account_change_password",
    "account_set_password",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "mfa_index",
    "mfa_authenticate",
    "mfa_reauthenticate",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
    "healthz",
    "companies:choose",
    "companies:profile",
    "home:start",
    "proof",
}
"""Addresses of no company."""
