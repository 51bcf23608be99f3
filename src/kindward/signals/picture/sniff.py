"""What the first bytes say: the format, and what a JPEG or WebP says about itself before anything is decoded.

The name or media type that came with a content is never believed, and the format is not left to a library's guess,
because that would open the door to formats nobody sends and few have hardened.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Literal

Format = Literal["jpeg", "png", "gif", "webp", "avif", "heic", "tiff", "bmp"]
Buffer = bytes | memoryview

_HEIC_BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1", b"MiHE", b"MiHB"}
)
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEADS: tuple[tuple[bytes, Format], ...] = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"BM", "bmp"),
)
_BASELINE, _EXTENDED, _PROGRESSIVE = 0xC0, 0xC1, 0xC2
_NO_FRAME_HEADER = {0xC4, 0xC8, 0xCC}
_START_OF_SCAN, _END, _APP1 = 0xDA, 0xD9, 0xE1
_ORIENTATION = 0x0112
_SHORT = 3
_UPRIGHT, _LAST_ORIENTATION = 1, 8


def format_of(data: Buffer) -> Format | None:
    """Name the format by its magic number; None if it is none of the eight that are read.

    Sources: ITU-T T.81, RFC 2083, GIF89a, RFC 9649, ISO/IEC 23008-12 (brands), TIFF 6.0 and BigTIFF, Windows BMP.
    """
    head = bytes(data[:16])
    for start, name in _HEADS:
        if head.startswith(start):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    return _by_brand(data) if head[4:8] == b"ftyp" else None


def _by_brand(data: Buffer) -> Format | None:
    """Read the brands: the major one first, then those it is compatible with."""
    size = min(int.from_bytes(bytes(data[:4]), "big"), 256)
    box = bytes(data[8:size])
    brands = {box[:4], *(box[at : at + 4] for at in range(8, len(box) - 3, 4))}
    if brands & _AVIF_BRANDS and box[:4] not in (b"heic", b"heix"):
        return "avif"
    return "heic" if brands & _HEIC_BRANDS else None


@dataclass(frozen=True, slots=True)
class JpegHeader:
    """What a JPEG says before its first scan."""

    width: int
    height: int
    components: int
    ordinary: bool
    """True for eight bits, Huffman coding, baseline or progressive: what every camera writes."""
    orientation: int


def jpeg_header(data: Buffer) -> JpegHeader | None:
    """Walk the markers up to the first scan; None if they do not follow each other as they should.

    Source: ITU-T T.81, annex B; Exif 2.32, section 4.5.4 for where the orientation stands.
    """
    frame: tuple[int, int, int, bool] | None = None
    orientation = 0
    at, end = 2, len(data)
    while at + 4 <= end and data[at] == 0xFF:  # noqa: PLR2004 - every marker begins with this byte
        marker = data[at + 1]
        if marker == 0xFF:  # noqa: PLR2004 - fill byte
            at += 1
            continue
        if marker == _START_OF_SCAN:
            return JpegHeader(*frame, orientation or _UPRIGHT) if frame else None
        length = data[at + 2] << 8 | data[at + 3]
        if marker == _APP1 and not orientation and bytes(data[at + 4 : at + 10]) == b"Exif\0\0":
            orientation = exif_orientation(bytes(data[at + 10 : at + 2 + length]))
        elif 0xC0 <= marker <= 0xCF and marker not in _NO_FRAME_HEADER and at + 10 <= end:  # noqa: PLR2004
            frame = _frame(data, at, marker)
        elif marker == _END:
            return None
        at += 2 + length
    return None


def _frame(data: Buffer, at: int, marker: int) -> tuple[int, int, int, bool]:
    precision, height, width, components = struct.unpack_from(">BHHB", data, at + 4)
    ordinary = marker in (_BASELINE, _EXTENDED, _PROGRESSIVE) and precision == 8  # noqa: PLR2004 - bits a sample
    return width, height, components, ordinary


def exif_orientation(block: bytes) -> int:
    """Read the orientation, 1 to 8, from a TIFF block without its ``Exif`` header; 1 if it has none.

    Source: Exif 2.32, section 4.6.4 A, tag 274.
    """
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None or len(block) < 8:  # noqa: PLR2004 - a TIFF header
        return _UPRIGHT
    (start,) = struct.unpack_from(order + "L", block, 4)
    if start + 2 > len(block):
        return _UPRIGHT
    (count,) = struct.unpack_from(order + "H", block, start)
    for at in range(start + 2, min(start + 2 + 12 * count, len(block) - 11), 12):
        tag, kind, _, value = struct.unpack_from(order + "HHLH", block, at)
        if tag == _ORIENTATION:
            return int(value) if kind == _SHORT and _UPRIGHT <= value <= _LAST_ORIENTATION else _UPRIGHT
    return _UPRIGHT


def webp_canvas(data: Buffer) -> tuple[int, int] | None:
    """Read width and height of a WebP's canvas, because its decoder reserves memory when it is made.

    Source: RFC 9649, sections 2.5 to 2.7; RFC 6386, section 9.1.
    """
    head = bytes(data[12:30])
    if head[:4] == b"VP8X" and len(head) == 18:  # noqa: PLR2004
        return 1 + int.from_bytes(head[12:15], "little"), 1 + int.from_bytes(head[15:18], "little")
    if head[:4] == b"VP8L" and len(head) >= 13:  # noqa: PLR2004
        bits = int.from_bytes(head[9:13], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if head[:4] == b"VP8 " and len(head) == 18:  # noqa: PLR2004
        return int.from_bytes(head[14:16], "little") & 0x3FFF, int.from_bytes(head[16:18], "little") & 0x3FFF
    return None
