"""What the database refuses of bills and credit notes alike."""

from billpay.documents.models import MOVES
from billpay.guards import Refuse


def legal_moves(table: str) -> Refuse:
    """A document's status changes by the moves there are, and by no other."""
    pairs = ", ".join(f"'{before}>{after}'" for before, after in sorted(MOVES))
    when = f"OLD.status <> NEW.status AND (OLD.status || '>' || NEW.status) NOT IN ({pairs})"
    return Refuse(table, "moves", "UPDATE OF status", when, f"{table}: there is no such move of status")
