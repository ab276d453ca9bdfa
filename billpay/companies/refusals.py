"""What every refusal of an action has in common: words for the person who asked."""


class Refused(Exception):
    """An action would not do what was asked; `str()` says why, in the user's own words and numbers."""

    field: str = ""
    """The form field the refusal is about, where it is about one."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field or self.field
