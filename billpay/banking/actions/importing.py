"""Bringing a statement in, and taking it back while nothing leans on it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.db.models.fields.reverse_related import ForeignObjectRel
from django.db.transaction import atomic

from billpay.banking.actions.known import Fresh, sort_out
from billpay.banking.models import BankAccount, BankTransaction, Direction, Statement
from billpay.banking.statements import ParsedStatement
from billpay.companies import audit
from billpay.companies.models import User
from billpay.companies.refusals import Refused
from billpay.money.value import Money

BATCH = 1_000


class ImportRefused(Refused):
    """A statement was not imported, or an import not undone."""


class DoesNotAddUp(ImportRefused):
    """Opening balance and lines do not make the closing balance, and nobody said to import it all the same."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. `statement` is None when every line was here already, and so nothing was added."""

    statement: Statement | None
    new_count: int
    known_count: int


@dataclass(frozen=True, slots=True)
class Source:
    """Where a statement came from: the file's name, the SHA-256 of its bytes, and its format ("csv")."""

    file_name: str
    digest: str
    format: str = "csv"


@atomic
def import_statement(
    *,
    account: BankAccount,
    parsed: ParsedStatement,
    source: Source,
    by: User | None,
    accept_difference: bool = False,
) -> Imported:
    """
    Add those lines of a statement that the account does not hold yet (rule 20).

    The account is locked first, so that two imports come one after the other and the second finds its lines known.

    :raises DoesNotAddUp: the balances and the lines disagree, and `accept_difference` is not set.
    :raises ImportRefused: the account is archived, or in another currency than the statement was read in.
    """
    locked = BankAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
    if locked.archived_at is not None:
        raise ImportRefused(f"{locked.name} is archived. Restore it before you import a statement.")
    if parsed.currency != locked.currency:
        raise ImportRefused(f"{locked.name} is in {locked.currency}, the statement was read in {parsed.currency}.")
    if parsed.off_by_minor and not accept_difference:
        raise DoesNotAddUp(difference_in_words(parsed), field="accept_difference")
    sorted_out = sort_out(account=locked, rows=parsed.rows)
    if not sorted_out.fresh:
        return Imported(None, 0, sorted_out.known_count)
    statement = Statement.objects.create(
        company=locked.company,
        bank_account=locked,
        file_name=source.file_name[:200],
        file_digest=source.digest,
        format=source.format,
        starts_on=parsed.starts_on,
        ends_on=parsed.ends_on,
        opening_minor=parsed.opening_minor,
        closing_minor=parsed.closing_minor,
        off_by_minor=parsed.off_by_minor,
        new_count=len(sorted_out.fresh),
        known_count=sorted_out.known_count,
        imported_by=by,
    )
    BankTransaction.objects.bulk_create((_line(statement, fresh) for fresh in sorted_out.fresh), batch_size=BATCH)
    audit.record(
        company=locked.company,
        verb="statement.imported",
        target=statement,
        by=by,
        summary=_summary(statement),
        file_digest=source.digest,
        off_by_minor=parsed.off_by_minor,
    )
    return Imported(statement, statement.new_count, statement.known_count)


def difference_in_words(parsed: ParsedStatement) -> str:
    """Say by how much a statement is off, in its own numbers."""
    opening, lines, closing, off = (
        Money(minor, parsed.currency)
        for minor in (parsed.opening_minor or 0, parsed.total_minor, parsed.closing_minor or 0, parsed.off_by_minor)
    )
    return f"The statement opens at {opening}, its lines make {lines}, and it closes at {closing}: off by {off}."


@atomic
def undo_import(*, statement: Statement, by: User) -> BankAccount:
    """
    Take the lines of an import away again, while none of them is matched or excluded, and nothing leans on them.

    :raises ImportRefused: saying which lines, or which later import, stand in the way.
    """
    account = BankAccount.objects.select_for_update(no_key=True).get(pk=statement.bank_account_id)
    current = Statement.objects.filter(pk=statement.pk).first()
    if current is None:
        raise ImportRefused("This import was undone already.")
    lines = current.transactions.select_for_update(of=("self",)).order_by("pk")
    touched = [line for line in lines if line.matched_minor or line.excluded_at]
    if touched:
        raise ImportRefused(
            f"{len(touched)} of its {current.new_count} transactions "
            f"{'is' if len(touched) == 1 else 'are'} matched or excluded. Undo that first."
        )
    if later := _leaning_on(current):
        raise ImportRefused(
            f"The later import {later.file_name} held the same transactions and left them out. Undo that one first."
        )
    # What a match once referred to stays, though the match is undone: only reconciliation knows, by PROTECT.
    if _is_referred_to(current):
        raise ImportRefused("Its transactions have been matched before; that history stays. Exclude them instead.")
    current.transactions.all().delete()
    # By a query, so that the object keeps its id for the trail, whose lock comes last.
    Statement.objects.filter(pk=current.pk).delete()
    audit.record(
        company=account.company,
        verb="statement.undone",
        target=account,
        by=by,
        summary=f"Import of {current.file_name} undone: {current.new_count} transactions removed",
        statement=current.pk,
        file_digest=current.file_digest,
        starts_on=str(current.starts_on),
        ends_on=str(current.ends_on),
    )
    return account


def may_be_undone(statement: Statement) -> bool:
    """Whether `undo_import` would do it, as far as can be seen without its locks."""
    lines = statement.transactions
    return (
        not lines.filter(Q(matched_minor__gt=0) | Q(excluded_at__isnull=False)).exists()
        and _leaning_on(statement) is None
        and not _is_referred_to(statement)
    )


def _is_referred_to(statement: Statement) -> bool:
    """Whether rows of other apps point at its lines, as a match that was undone still does."""
    relations = [
        relation
        for relation in BankTransaction._meta.get_fields(include_hidden=True)
        if isinstance(relation, ForeignObjectRel)
    ]
    return any(
        relation.related_model._default_manager.filter(**{f"{relation.field.name}__statement": statement}).exists()
        for relation in relations
    )


def _leaning_on(statement: Statement) -> Statement | None:
    """A later import that found lines known on days this one covers: without them its own account would be short."""
    return (
        Statement.objects.filter(
            bank_account=statement.bank_account_id,
            pk__gt=statement.pk,
            known_count__gt=0,
            starts_on__lte=statement.ends_on,
            ends_on__gte=statement.starts_on,
        )
        .order_by("-pk")
        .first()
    )


def _line(statement: Statement, fresh: Fresh) -> BankTransaction:
    row = fresh.row
    return BankTransaction(
        company_id=statement.company_id,
        bank_account_id=statement.bank_account_id,
        statement=statement,
        booked_on=row.booked_on,
        value_on=row.value_on,
        direction=Direction.OUT if row.minor < 0 else Direction.IN,
        amount_minor=abs(row.minor),
        currency=statement.bank_account.currency,
        payee=row.payee,
        reference=row.reference,
        description=row.description,
        bank_id=row.bank_id,
        fingerprint=fresh.fingerprint,
        ordinal=fresh.ordinal,
    )


def _summary(statement: Statement) -> str:
    known = f", {statement.known_count} were here already" if statement.known_count else ""
    off = Money(statement.off_by_minor, statement.bank_account.currency)
    told = f"; imported though off by {off}" if off else ""
    return f"{statement.file_name} imported to {statement.bank_account.name}: {statement.new_count} new{known}{told}"
