"""Small pictures made by hand."""

from __future__ import annotations

import struct
import zlib

START = b"\x89PNG\r\n\x1a\n"


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(
    width: int = 30, height: int = 10, *, pixels: bytes | None = None, beside: bytes = b"", after: bytes = b""
) -> bytes:
    """A PNG in one colour; `beside` are further chunks, `after` what follows the picture."""
    rows = b"".join(b"\x00" + b"\x0b\x6e\x99" * width for _ in range(height)) if pixels is None else pixels
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return START + head + beside + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"") + after
