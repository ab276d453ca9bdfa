"""Small files to attach: an invoice as a PDF, a receipt as a PNG, written by hand so that no library is needed."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from random import Random

from django.core.files.uploadedfile import SimpleUploadedFile


def pdf(name: str, lines: Sequence[str]) -> SimpleUploadedFile:
    """One A4 page of text; the first line is the heading."""
    commands = [b"BT /F1 18 Tf 56 770 Td 24 TL"]
    for at, line in enumerate(lines):
        text = line.encode("cp1252", "replace").replace(b"\\", rb"\\").replace(b"(", rb"\(").replace(b")", rb"\)")
        commands.append(b"(" + text + b") Tj T*")
        if at == 0:
            commands.append(b"/F1 10 Tf 15 TL")
    commands.append(b"ET")
    stream = b"\n".join(commands)
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
            b"/Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )
    out = bytearray(b"%PDF-1.4\n")
    starts = []
    for number, content in enumerate(objects, start=1):
        starts.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % start for start in starts)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return SimpleUploadedFile(name, bytes(out), content_type="application/pdf")


def png(name: str, rng: Random, *, width: int = 260, height: int = 420) -> SimpleUploadedFile:
    """A till receipt seen from too far away to read: grey lines on white."""
    rows = [bytearray(b"\xfa" * width) for _ in range(height)]
    for top in range(24, height - 40, 14):
        for left, right in ((20, 20 + rng.randrange(60, 150)), (width - 20 - rng.randrange(24, 44), width - 20)):
            for row in rows[top : top + 5]:
                row[left:right] = b"\x60" * (right - left)
    pixels = b"".join(b"\x00" + bytes(row) for row in rows)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    content = b"".join((_chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(pixels, 9)), _chunk(b"IEND", b"")))
    return SimpleUploadedFile(name, b"\x89PNG\r\n\x1a\n" + content, content_type="image/png")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
