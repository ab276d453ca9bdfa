"""A statement's file between upload and import: kept with us, mapped once per account, imported or forgotten."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.conf import settings
from django.db.transaction import atomic
from django.utils import timezone

from billpay.banking.actions.importing import Imported, ImportRefused, Source, import_statement
from billpay.banking.models import BankAccount, StatementUpload
from billpay.banking.statements import ParsedStatement, UnreadableStatement
from billpay.banking.statements.csv import read_csv
from billpay.banking.statements.profile import CsvProfile, InvalidProfile
from billpay.banking.statements.proposal import fits
from billpay.banking.statements.table import Table, read_table
from billpay.companies import audit
from billpay.companies.models import User

KEPT_FOR = timedelta(days=1)


@atomic
def keep_upload(*, account: BankAccount, file_name: str, content: bytes, by: User) -> StatementUpload:
    """
    Keep a file until it is imported, with the account's remembered columns if the file has them.

    Files left over for a day are forgotten on the way.

    :raises ImportRefused: the account is archived, or the file is not a table of text.
    """
    if account.archived_at is not None:
        raise ImportRefused(f"{account.name} is archived. Restore it before you import a statement.")
    try:
        table = read_table(content, max_bytes=settings.IMPORT_MAX_BYTES)
    except UnreadableStatement as refusal:
        raise ImportRefused(str(refusal), field="file") from refusal
    StatementUpload.objects.filter(uploaded_at__lt=timezone.now() - KEPT_FOR).delete()
    remembered = remembered_profile(account)
    return StatementUpload.objects.create(
        company=account.company,
        bank_account=account,
        file_name=file_name[-200:],
        content=content,
        profile=remembered.as_json() if remembered and fits(remembered, table) else {},
        uploaded_by=by,
    )


@atomic
def map_columns(*, upload: StatementUpload, profile: CsvProfile, by: User) -> StatementUpload:
    """Say which column of the file is what, and remember it for the account's next file."""
    account = BankAccount.objects.select_for_update(no_key=True).get(pk=upload.bank_account_id)
    upload.profile = profile.as_json()
    upload.save(update_fields=["profile"])
    if account.csv_profile != upload.profile:
        account.csv_profile = upload.profile
        account.save(update_fields=["csv_profile"])
        audit.record(
            company=account.company,
            verb="bank_account.columns_mapped",
            target=account,
            by=by,
            summary=f"Columns of CSV statements of {account.name} set",
            profile=upload.profile,
        )
    return upload


def table_of(upload: StatementUpload) -> Table:
    return read_table(bytes(upload.content), max_bytes=settings.IMPORT_MAX_BYTES)


def profile_of(upload: StatementUpload) -> CsvProfile | None:
    """The columns chosen for this file, or None while nobody has."""
    return CsvProfile.from_json(upload.profile) if upload.profile else None


def remembered_profile(account: BankAccount) -> CsvProfile | None:
    """The columns of the account's last file; None if there was none, or they cannot be used any more."""
    try:
        return CsvProfile.from_json(account.csv_profile) if account.csv_profile else None
    except InvalidProfile:
        return None


def read_upload(upload: StatementUpload) -> ParsedStatement:
    """
    Read the whole file by its columns.

    :raises UnreadableStatement: naming lines.
    """
    profile = profile_of(upload)
    if profile is None:
        raise UnreadableStatement.because("Say first which column is what.")
    return read_csv(
        bytes(upload.content),
        profile=profile,
        currency=upload.bank_account.currency,
        max_bytes=settings.IMPORT_MAX_BYTES,
    )


@atomic
def import_upload(*, upload: StatementUpload, by: User, accept_difference: bool = False) -> Imported:
    """
    Import the file and forget it. See `import_statement`.

    :raises ImportRefused: also when lines of it cannot be read.
    """
    try:
        parsed = read_upload(upload)
    except UnreadableStatement as refusal:
        raise ImportRefused(str(refusal)) from refusal
    # Forgotten first: the lock of the trail, which the import writes, comes last. A refusal brings the file back.
    StatementUpload.objects.filter(pk=upload.pk).delete()
    return import_statement(
        account=upload.bank_account,
        parsed=parsed,
        source=Source(upload.file_name, hashlib.sha256(bytes(upload.content)).hexdigest()),
        by=by,
        accept_difference=accept_difference,
    )


@atomic
def discard_upload(*, upload: StatementUpload) -> None:
    """Forget a file that is not to be imported."""
    upload.delete()
