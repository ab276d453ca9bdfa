"""Bytes to a table of text: the encoding, what parts the cells, and which lines belong to the table."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from billpay.banking.statements.rows import UnreadableStatement

DELIMITERS = (",", ";", "\t", "|")
MAX_ROWS = 100_000
MAX_COLUMNS = 200
SAMPLE_LINES = 40
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_OTHER_FILES = (
    (b"PK\x03\x04", "an Excel workbook or a ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a text document"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table: the number of the line it begins on, counted from 1, and its cells."""

    line_no: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """
    A file as rows of cells, blank lines left out.

    `width` is how many cells most rows have. `lines` begins with the first row of that width; how many lines of
    other text stood before it is `preamble`.
    """

    delimiter: str
    width: int
    lines: tuple[Line, ...]
    preamble: int = 0

    def labels(self, *, header: bool) -> tuple[str, ...]:
        """The columns' names: from the header, told apart where two are equal, else Column 1, Column 2 …"""
        named = [" ".join(cell.split())[:80] for cell in self.lines[0].cells[: self.width]] if header else []
        named += [""] * (self.width - len(named))
        labels: list[str] = []
        for index, name in enumerate(named, start=1):
            label, again = name or f"Column {index}", 2
            while label in labels:
                label, again = f"{name or 'Column'} ({again})", again + 1
            labels.append(label)
        return tuple(labels)

    def body(self, *, header: bool) -> tuple[Line, ...]:
        return self.lines[1:] if header else self.lines


def read_table(data: bytes, *, max_bytes: int) -> Table:
    """
    Read a file of separated values.

    :raises UnreadableStatement: it is empty, too large, no text, or not a table.
    """
    text = decode(data, max_bytes=max_bytes)
    delimiter = _delimiter_of(text)
    lines = tuple(_lines(text, delimiter))
    if not lines:
        raise UnreadableStatement.because("The file is empty.")
    width = _usual_width(lines)
    start = next((index for index, line in enumerate(lines) if len(line.cells) >= width), 0)
    if width < 2:
        raise UnreadableStatement.because(
            "No columns were found: cells are to be parted by commas, semicolons, tabs or upright bars."
        )
    return Table(delimiter, width, lines[start:], preamble=start)


def decode(data: bytes, *, max_bytes: int) -> str:
    """
    Bytes to text: by the byte-order mark if there is one, else UTF-8, else Windows-1252.

    Windows-1252 is the fallback because it is what spreadsheets of western Europe and America save; the five bytes
    it does not know are refused.
    """
    if len(data) > max_bytes:
        raise UnreadableStatement.because(f"The file is larger than {max_bytes // (1024 * 1024)} MB.")
    for start, kind in _OTHER_FILES:
        if data.startswith(start):
            raise UnreadableStatement.because(f"The file is {kind}, not CSV. Save or export it as CSV first.")
    marked = next((encoding for mark, encoding in _BOMS if data.startswith(mark)), None)
    text = None
    for encoding in (marked,) if marked else ("utf-8", "cp1252"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    if text is None:
        raise UnreadableStatement.because("The file is not text in UTF-8 or Windows-1252.")
    if "\0" in text:
        line_no = text[: text.index("\0")].count("\n") + 1
        raise UnreadableStatement.because("A NUL byte: the file is damaged, or not text.", line_no=line_no)
    return text


def _delimiter_of(text: str) -> str:
    """The mark that parts most lines of the beginning into the same number of cells, and into most."""
    best, best_score = ",", (0.0, 0)
    sample = "".join(_first_lines(text))
    for delimiter in DELIMITERS:
        try:
            rows = [row for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if any(row)]
        except csv.Error:
            continue
        if not rows:
            continue
        width, times = max(Counter(len(row) for row in rows).items(), key=lambda item: (item[1], item[0]))
        score = (times / len(rows) if width > 1 else 0.0, width)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _first_lines(text: str) -> Iterator[str]:
    stream = io.StringIO(text, newline="")
    for _, line in zip(range(SAMPLE_LINES), stream, strict=False):
        yield line[:20_000]


def _lines(text: str, delimiter: str) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    count, before = 0, 0
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UnreadableStatement.because(
                f"The quotation marks do not pair up, or a cell is too long ({error}).", line_no=before + 1
            ) from error
        starts_at, before = before + 1, reader.line_num
        if not any(cell.strip() for cell in row):
            continue
        count += 1
        if count > MAX_ROWS + 1:
            raise UnreadableStatement.because(f"The file has more than {MAX_ROWS:,} lines. Import it in parts.")
        if len(row) > MAX_COLUMNS:
            raise UnreadableStatement.because(f"More than {MAX_COLUMNS} columns.", line_no=starts_at)
        yield Line(starts_at, tuple(row))


def _usual_width(lines: tuple[Line, ...]) -> int:
    """How many cells most rows have, trailing blanks not counted against them; the wider of two that are as common."""
    widths = Counter(len(line.cells) for line in lines)
    return max(widths.items(), key=lambda item: (item[1], item[0]))[0]
