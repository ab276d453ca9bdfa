"""What may not be written: rows that stay, columns that stay, references that stay within one company."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from billpay.guards.triggers import Refusal, Trigger, changed, quoted, trigger_name


@dataclass(frozen=True, slots=True)
class Refuse:
    """
    Refuse the events on `table` for the rows of which the SQL condition `when` holds.

    :param name: tells it from the other guards of the table; keep it when the rule changes.
    :param events: as in "INSERT|UPDATE OF a, b|DELETE". INSERT has no OLD, DELETE no NEW.
    :param when: written for both databases, as in "OLD.status <> 'draft'"; compare what may be NULL by
        IS [NOT] DISTINCT FROM.
    :param needs: the columns that `when` reads of other tables.
    """

    table: str
    name: str
    events: str
    when: str
    message: str
    needs: Mapping[str, frozenset[str]] | None = None
    only: str = ""

    def triggers(self) -> list[Trigger]:
        found = []
        for text in self.events.split("|"):
            event, _, columns = text.strip().partition(" OF ")
            found.append(
                Trigger(
                    name=trigger_name(self.table, self.name, event),
                    table=self.table,
                    timing="BEFORE",
                    event=event,
                    columns=tuple(column.strip() for column in columns.split(",") if column),
                    steps=(Refusal(self.when, self.message),),
                    needs=self.needs or {},
                    only=self.only,
                )
            )
        return found


@dataclass(frozen=True, slots=True)
class AppendOnly:
    """Rows are added and then stay as they are. `unless` is a condition on OLD under which a row may still change."""

    table: str
    unless: str = ""

    def triggers(self) -> list[Trigger]:
        when = f"NOT ({self.unless})" if self.unless else "TRUE"
        message = f"{self.table} is append-only"
        stays = Refuse(self.table, "append_only", "UPDATE|DELETE", when, message)
        return [*stays.triggers(), *never_replaced(self.table, "never_replaced", self.unless)]


@dataclass(frozen=True, slots=True)
class Frozen:
    """
    Columns that no longer change once `when`, a condition on OLD and NEW, holds; always, if there is none.

    :param name: needed only to tell two of one table apart whose first column is the same.
    """

    table: str
    columns: Sequence[str]
    when: str = ""
    name: str = ""

    def triggers(self) -> list[Trigger]:
        condition = f"({changed(self.columns)})" + (f" AND ({self.when})" if self.when else "")
        name = self.name or f"frozen_{self.columns[0]}"
        message = f"{self.table}: {', '.join(self.columns)} can no longer change"
        return Refuse(self.table, name, f"UPDATE OF {', '.join(self.columns)}", condition, message).triggers()


@dataclass(frozen=True, slots=True)
class SameCompany:
    """
    Rows that `references` (foreign key column → table) point to belong to the company of the row itself.

    :param company: the column that holds the company, or a sub-select on NEW for a table without one, as in
        "(SELECT company_id FROM payments_payment WHERE id = NEW.payment_id)".
    """

    table: str
    references: Mapping[str, str]
    company: str = "company_id"

    def triggers(self) -> list[Trigger]:
        own = f"NEW.{quoted(self.company)}" if self.company.isidentifier() else self.company
        keys = [*self.references, *dict.fromkeys(re.findall(r'NEW\."?(\w+)', own))]
        steps = tuple(self._refusal(key, target, own) for key, target in self.references.items())
        needs = {target: frozenset({"id", "company_id"}) for target in self.references.values()}
        return [
            Trigger(trigger_name(self.table, "company", event), self.table, "BEFORE", event, steps, columns, needs)
            for event, columns in (("INSERT", ()), ("UPDATE", tuple(dict.fromkeys(keys))))
        ]

    def _refusal(self, key: str, target: str, own: str) -> Refusal:
        theirs = f"(SELECT company_id FROM {quoted(target)} WHERE id = NEW.{quoted(key)})"
        return Refusal(
            f"NEW.{quoted(key)} IS NOT NULL AND {theirs} IS DISTINCT FROM {own}",
            f"{self.table}: {key} points to another company",
        )


def never_replaced(table: str, name: str, unless: str = "") -> list[Trigger]:
    """SQLite's INSERT OR REPLACE deletes a row without asking its DELETE triggers: refuse an id that is taken."""
    free = f" AND NOT ({re.sub(r'\bOLD\.', f'{quoted(table)}.', unless)})" if unless else ""
    taken = f"EXISTS (SELECT 1 FROM {quoted(table)} WHERE id = NEW.id{free})"
    return Refuse(table, name, "INSERT", taken, f"{table}: no row takes another's place", only="sqlite").triggers()
