"""Readers of bank statements: bytes in, rows out. They know no database and guess nothing."""

from billpay.banking.statements.rows import ParsedStatement, Problem, StatementRow, UnreadableStatement

__all__ = ["ParsedStatement", "Problem", "StatementRow", "UnreadableStatement"]
