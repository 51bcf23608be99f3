"""Files made to hurt a decoder: bombs, endless work, broken structures. All of them are small and drawn here."""

from __future__ import annotations

import functools
import struct
import zlib

from pictures import encoded, noise
from PIL import Image


def png(width, height, *, depth=8, colour=2, rows=None):
    """Write a PNG of any announced size; ``rows`` is what its data really holds (zeros if None)."""
    header = struct.pack(">LLBBBBB", width, height, depth, colour, 0, 0, 0)
    if rows is None:
        packer = zlib.compressobj(9)
        line = bytes(1 + (width * {0: 1, 2: 3, 6: 4}[colour] * depth + 7) // 8)
        rows = b"".join([*(packer.compress(line) for _ in range(height)), packer.flush()])
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def png_with_text_bomb(megabytes):
    """Hide much text behind little data in a chunk that is read before the picture."""
    whole = encoded(Image.new("RGB", (8, 8)), "PNG")
    text = b"note\0\0" + zlib.compress(bytes(megabytes << 20), 9)
    return whole[:33] + _chunk(b"zTXt", text) * 3 + whole[33:]


@functools.cache
def jpeg_of_many_passes(width, height, passes):
    """Repeat the last pass of a progressive JPEG: each costs a walk over the whole picture and few bytes."""
    data = encoded(Image.new("L", (width, height), 77), "JPEG", progressive=True, quality=5)
    start = data.rindex(b"\xff\xda")
    return data[:start] + data[start:-2] * passes + b"\xff\xd9"


def jpeg_announcing(width, height):
    """Announce another size than the data holds."""
    data = bytearray(encoded(noise(64, 64), "JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def gif_of_many_frames(side, frames):
    """Move a large blank canvas for long; each frame costs few bytes."""
    first, second = (Image.new("P", (side, side), colour) for colour in (0, 1))
    return encoded(first, "GIF", save_all=True, append_images=[second, first] * (frames // 2), duration=20)


def webp_announcing(width, height):
    """Announce a canvas that is never filled."""
    flags = struct.pack("<L", 0x02)
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<L", 10) + flags + canvas
    return b"RIFF" + struct.pack("<L", len(body)) + body


def tiff_of_directories_in_a_ring():
    """Let the last page point back to the first."""
    data = bytearray(encoded(noise(32, 32), "TIFF"))
    (start,) = struct.unpack_from("<L", data, 4)
    (count,) = struct.unpack_from("<H", data, start)
    struct.pack_into("<L", data, start + 2 + 12 * count, start)
    return bytes(data)


def tiff_announcing(width, height):
    """Announce a size with tags alone."""
    data = bytearray(encoded(noise(32, 32), "TIFF"))
    (start,) = struct.unpack_from("<L", data, 4)
    (count,) = struct.unpack_from("<H", data, start)
    for at in range(start + 2, start + 2 + 12 * count, 12):
        tag = struct.unpack_from("<H", data, at)[0]
        if tag in (256, 257):
            struct.pack_into("<HHLL", data, at, tag, 4, 1, width if tag == 256 else height)
    return bytes(data)


def bmp_announcing(width, height):
    """Announce a size with a header alone."""
    data = bytearray(encoded(noise(32, 32), "BMP"))
    struct.pack_into("<ll", data, 18, width, height)
    return bytes(data)


def _chunk(kind, payload):
    return struct.pack(">L", len(payload)) + kind + payload + struct.pack(">L", zlib.crc32(kind + payload))
