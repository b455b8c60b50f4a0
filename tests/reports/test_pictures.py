"""Uploaded logos: only what draws the picture is kept, and what isn't a picture is refused."""

from __future__ import annotations

import base64
import struct
import zlib

import pytest

from reports.additions import AddedLogo
from reports.document import DocumentError, check_picture
from reports.pictures import JPEG, MOST_BYTES, PNG, NotAPicture, cleaned
from tests.reports.pictures import START, chunk, png

# One grey pixel block of 8 x 8, made once by an encoder.
JPEG_FILE = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0"
    "Hyc5PTgyPC4zNDL/wAALCAAIAAgBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9"
    "AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZn"
    "aGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP0"
    "9fb3+Pn6/9oACAEBAAA/APn+v//Z"
)


def reason(upload: bytes) -> str:
    with pytest.raises(NotAPicture) as fault:
        cleaned(upload)
    return fault.value.reason


def test_a_png_keeps_its_pixels_and_loses_texts_and_what_follows_it():
    text = chunk(b"tEXt", b"Author\x00Mallory")
    place = chunk(b"eXIf", b"GPS 23 S 46 W")
    picture = cleaned(png(beside=text + place, after=b"PK\x03\x04 a second file"))
    assert (picture.media_type, picture.width, picture.height) == (PNG, 30, 10)
    assert picture.content == png()


def test_a_jpeg_loses_its_camera_and_comments():
    camera = b"\xff\xe1" + struct.pack(">H", 2 + 14) + b"Exif\x00\x00GPS 23 S"
    comment = b"\xff\xfe" + struct.pack(">H", 2 + 7) + b"Mallory"
    picture = cleaned(JPEG_FILE[:20] + camera + comment + JPEG_FILE[20:] + b"trailing")
    assert (picture.media_type, picture.width, picture.height) == (JPEG, 8, 8)
    assert picture.content == JPEG_FILE


@pytest.mark.parametrize("media_type", [PNG, JPEG])
def test_what_is_kept_can_be_drawn_in_a_document(media_type):
    check_picture(cleaned(png() if media_type == PNG else JPEG_FILE).content, media_type)


def test_a_picture_that_only_looks_like_one_is_found_out_by_drawing_it():
    hollow = JPEG_FILE[:180] + b"\xff\xd9"
    with pytest.raises((NotAPicture, DocumentError)):
        check_picture(cleaned(hollow).content, JPEG)


def broken_sum() -> bytes:
    content = bytearray(png())
    content[40] ^= 1
    return bytes(content)


def huge() -> bytes:
    """A picture of 2,000 by 2,000 points whose points unpack to a hundred megabytes."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 2000, 2000, 8, 2, 0, 0, 0))
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b"\x00" * 1_000_000) for _ in range(100)) + packer.flush()
    return START + head + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("upload", "why"),
    [
        (b"", "kind"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "kind"),
        (b"GIF89a" + b"\x00" * 50, "kind"),
        (b"%PDF-1.7", "kind"),
        (b"x" * (MOST_BYTES + 1), "too_large"),
        (START, "damaged"),
        (png()[:40], "damaged"),
        (broken_sum(), "damaged"),
        (png(pixels=b"\x00" * 10), "damaged"),
        (png(pixels=b"\x00" * 10_000), "damaged"),
        (png(2001, 1), "size"),
        (png(0, 10), "size"),
        (png(500, 10), "size"),
        (JPEG_FILE[:-2], "damaged"),
        (b"\xff\xd8\xff\xe0\xff\xff", "damaged"),
        (b"\xff\xd8\xff" * 100, "damaged"),
    ],
)
def test_what_isnt_a_logo_is_refused_with_the_reason(upload, why):
    assert reason(upload) == why


def test_a_picture_that_unpacks_to_far_more_than_its_size_is_refused():
    assert reason(huge()) == "damaged"


def test_a_logo_reaches_the_document_as_one_svg_without_addresses_of_others():
    picture = cleaned(png())
    svg = AddedLogo(picture.content, picture.media_type, 'A "quoted" <name>', picture.width, picture.height).svg
    assert svg.startswith('<svg xmlns="http://www.w3.org/2000/svg" width="30" height="10">')
    assert "data:image/png;base64," in svg
    assert "quoted" not in svg
