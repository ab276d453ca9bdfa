"""Lists as CSV files: UTF-8, ISO dates, dots for decimals, and nothing a spreadsheet would run as a formula."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.text import get_valid_filename

from billpay.money.value import Money

_RISKY = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_BOM = "\ufeff"


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """
    A CSV file to download, written as it is read.

    :param name: the file's name without `.csv`.
    :param rows: cells may be text, numbers, dates, `Money` (written as a plain number) or None.
    """
    response = StreamingHttpResponse(_written(header, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{get_valid_filename(name)}.csv"'
    return response


def cell(value: Any) -> str:
    """
    One cell as text. Text that a spreadsheet would take for a formula gets an apostrophe before it; numbers do not,
    so that −5.00 stays one.
    """
    if value is None:
        return ""
    if isinstance(value, Money):
        return f"{value.decimal():f}"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime | date):
        return value.isoformat()
    text = str(value)
    if text.startswith(_RISKY) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def _written(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield _BOM + writer.writerow(header)
    for row in rows:
        yield writer.writerow([cell(value) for value in row])
