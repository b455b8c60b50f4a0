"""Uploaded logos: what of a PNG or JPEG is kept, and what isn't one. Pure.

Only what it takes to draw the picture is kept: no place where it was taken, no text, no second file behind the first.
SVG isn't taken, for it can hold scripts and requests.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

MOST_BYTES = 300_000
MOST_PIXELS = 2000
"""On each side."""
WIDEST = 20
"""How many times wider than high, or higher than wide, a logo may be."""
PNG_START = b"\x89PNG\r\n\x1a\n"
PNG_KEPT = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
JPEG_FRAMES = {0xC0, 0xC1, 0xC2}
JPEG_KEPT = {0xC0, 0xC1, 0xC2, 0xC4, 0xDB, 0xDD, 0xE0, 0xEE}
PNG, JPEG = "image/png", "image/jpeg"


class NotAPicture(ValueError):
    """The upload can't be a logo: `reason` is one of too_large, kind, damaged, size."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Picture:
    """What is kept of an upload; `width` and `height` in pixels."""

    content: bytes
    media_type: str
    width: int
    height: int


def cleaned(upload: bytes) -> Picture:
    """The picture in an upload, without anything beside it. Raises NotAPicture."""
    if len(upload) > MOST_BYTES:
        raise NotAPicture("too_large")
    if upload.startswith(PNG_START):
        picture = _png(upload)
    elif upload.startswith(b"\xff\xd8\xff"):
        picture = _jpeg(upload)
    else:
        raise NotAPicture("kind")
    return picture


def _check_size(width: int, height: int) -> None:
    if not (0 < width <= MOST_PIXELS and 0 < height <= MOST_PIXELS):
        raise NotAPicture("size")
    if max(width, height) > WIDEST * min(width, height):
        raise NotAPicture("size")


# PNG ------------------------------------------------------------------------------------------------------------------


def _png(upload: bytes) -> Picture:
    chunks = list(_chunks(upload))
    if not chunks or chunks[0][0] != b"IHDR" or len(chunks[0][1]) != 13 or chunks[-1][0] != b"IEND":
        raise NotAPicture("damaged")
    width, height, depth, colour, _method, _filter, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    _check_size(width, height)
    if colour not in CHANNELS or depth not in (1, 2, 4, 8, 16):
        raise NotAPicture("damaged")
    row = (width * depth * CHANNELS[colour] + 7) // 8 + 1
    _check_pixels(b"".join(body for name, body in chunks if name == b"IDAT"), row * height, bool(interlaced))
    kept = b"".join(_chunk(name, body) for name, body in chunks if name in PNG_KEPT)
    return Picture(PNG_START + kept, PNG, width, height)


def _chunks(upload: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and body of each chunk up to the last one; what stands behind it is left out."""
    place = len(PNG_START)
    while place + 12 <= len(upload):
        (length,) = struct.unpack_from(">I", upload, place)
        name, body = upload[place + 4 : place + 8], upload[place + 8 : place + 8 + length]
        told = upload[place + 8 + length : place + 12 + length]
        if len(body) != length or told != struct.pack(">I", zlib.crc32(name + body)):
            raise NotAPicture("damaged")
        yield name, body
        if name == b"IEND":
            return
        place += 12 + length


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _check_pixels(packed: bytes, expected: int, interlaced: bool) -> None:
    """Unpack the pixels, never more than there should be. Interlaced rows take a few bytes more."""
    most = expected * 2 + 4096 if interlaced else expected
    unpacker = zlib.decompressobj()
    try:
        pixels = unpacker.decompress(packed, most + 1)
    except zlib.error:
        raise NotAPicture("damaged") from None
    if len(pixels) > most or (not interlaced and len(pixels) < expected):
        raise NotAPicture("damaged")


# JPEG -----------------------------------------------------------------------------------------------------------------


def _jpeg(upload: bytes) -> Picture:
    """Segments that the picture needs, then the compressed data up to the end mark."""
    kept, size, place = [upload[:2]], None, 2
    while True:
        if place + 4 > len(upload) or upload[place] != 0xFF:
            raise NotAPicture("damaged")
        mark = upload[place + 1]
        (length,) = struct.unpack_from(">H", upload, place + 2)
        segment = upload[place : place + 2 + length]
        if length < 2 or len(segment) != 2 + length:
            raise NotAPicture("damaged")
        if mark in JPEG_FRAMES:
            size = _frame(segment)
        if mark == 0xDA:
            break
        if mark in JPEG_KEPT:
            kept.append(segment)
        elif mark < 0xE0 or mark == 0xFF:
            raise NotAPicture("damaged")
        place += 2 + length
    end = upload.rfind(b"\xff\xd9")
    if size is None or end < place:
        raise NotAPicture("damaged")
    return Picture(b"".join([*kept, upload[place : end + 2]]), JPEG, *size)


def _frame(segment: bytes) -> tuple[int, int]:
    if len(segment) < 10:
        raise NotAPicture("damaged")
    height, width, components = struct.unpack_from(">HHB", segment, 5)
    _check_size(width, height)
    if components not in (1, 3):
        raise NotAPicture("kind")
    return width, height
