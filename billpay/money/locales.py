"""The locale that amounts and dates are read and shown in: the active language's."""

import functools

from babel import Locale, UnknownLocaleError
from django.conf import settings
from django.utils.translation import get_language

from billpay.money.value import locale_marks

FALLBACK = "en_GB"


def active_locale() -> str:
    """
    Return the active language as a locale, such as `en_GB`.

    A language without a territory is read as the installation's own where that is the same language: a browser that
    asks for plain English must not turn 3/11 into the 11th of March on a British desk.
    """
    return _as_locale(get_language() or "", settings.LANGUAGE_CODE)


@functools.cache
def _as_locale(language: str, own: str) -> str:
    if "-" not in language and own.split("-")[0] == language:
        language = own
    try:
        return str(Locale.parse(language, sep="-"))
    except (UnknownLocaleError, ValueError, TypeError):
        return FALLBACK


def active_marks() -> tuple[str, str]:
    """Return the decimal mark and the grouping mark of the active language."""
    return locale_marks(active_locale())
