"""Write HEIC files without an encoder: HEVC's own uncompressed coding, every block stored as it is (I_PCM).

No free HEVC encoder comes with the packages the tests use, and real files cannot be asked to carry exactly the
rotation, mirror and Exif orientation a test is about. Sources: ITU-T H.265 (7.3 syntax, 9.3 CABAC), ISO/IEC 14496-12
(boxes), 14496-15 (hvcC), 23008-12 (items and their properties).
"""

from __future__ import annotations

import struct

import numpy as np
from PIL import Image

_BLOCK = 16
_VPS, _SPS, _PPS, _IDR = 32, 33, 34, 19
# Column 3 of table 9-46: the only one that is reached, because each block starts with a full range.
_LESS_PROBABLE = [
    *(240, 227, 216, 205, 195, 185, 175, 166, 158, 150, 142, 135, 128, 122, 116, 110, 104, 99, 94, 89, 85),
    *(80, 76, 72, 69, 65, 62, 59, 56, 53, 50, 48, 45, 43, 41, 39, 37, 35, 33, 31, 30, 28, 27, 25, 24, 23, 22, 21),
    *(20, 19, 18, 17, 16, 15, 14, 14, 13, 12, 12, 11, 11, 10, 9),
]


class Bits:
    """Write bits, most significant first, with the exponential Golomb codes of H.265, 9.2."""

    def __init__(self):
        self.text = []

    def u(self, count, value):
        self.text.append(f"{value:0{count}b}")
        return self

    def ue(self, *values):
        for value in values:
            code = f"{value + 1:b}"
            self.text.append("0" * (len(code) - 1) + code)
        return self

    def flags(self, text):
        self.text.append(text.replace(" ", ""))
        return self

    def done(self):
        """Close with a one and zeros up to a whole byte."""
        return self.flags("1").aligned()

    def aligned(self):
        text = "".join(self.text)
        text += "0" * (-len(text) % 8)
        return int(text, 2).to_bytes(len(text) // 8, "big")


def heic(image, *, rotate=0, mirror=None, exif_orientation=None):
    """Give an HEIC of a picture; ``rotate`` quarters anticlockwise (irot), then ``mirror`` axis 0 or 1 (imir)."""
    sets, data = _hevc(image.convert("RGB"))
    properties = [
        _box(b"hvcC", _configuration(sets)),
        _full(b"ispe", struct.pack(">LL", *image.size)),
        _box(b"colr", b"nclx" + struct.pack(">HHHB", 1, 13, 6, 0x80)),
    ]
    if rotate:
        properties.append(_box(b"irot", bytes([rotate])))
    if mirror is not None:
        properties.append(_box(b"imir", bytes([mirror])))
    items = [(1, b"hvc1", struct.pack(">L", len(data)) + data)]
    if exif_orientation:
        tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01" + struct.pack(">HHL", exif_orientation, 0, 0)
        items.append((2, b"Exif", b"\0\0\0\x06Exif\0\0" + tiff))
    return _file(items, properties)


def _hevc(image):
    wide, high = (-(-side // _BLOCK) * _BLOCK for side in image.size)
    profile = Bits().flags("00 0 00011 0111 0000").u(24, 0).flags("1001").u(44, 0).u(8, 180).text
    video = Bits().flags("0000 1 1 000000 000 1").u(16, 0xFFFF)
    video.text += profile
    video.flags("1").ue(0, 0, 0).u(6, 0).ue(0).flags("0 0")
    sequence = Bits().flags("0000 000 1")
    sequence.text += profile
    sequence.ue(0, 1, wide, high)
    cut_right, cut_below = (wide - image.width) // 2, (high - image.height) // 2
    sequence.flags("1").ue(0, cut_right, 0, cut_below).ue(0, 0, 0).flags("1").ue(0, 0, 0)
    sequence.ue(1, 0, 0, 2, 0, 0).flags("0 0 0 1 0111 0111").ue(1, 0).flags("1").ue(0).flags("0 0 0 0 0")
    picture = Bits().ue(0, 0).flags("0 0 000 0 0").ue(0, 0, 0).flags("0 0 0").ue(0, 0).flags("0 0 0 0 0 0 0")
    picture.flags("1 0 1 0 0").ue(0).flags("0 0")
    sets = [(_VPS, _nal(_VPS, video.done())), (_SPS, _nal(_SPS, sequence.done())), (_PPS, _nal(_PPS, picture.done()))]
    header = Bits().flags("1 0").ue(0, 2, 0).done()
    return sets, _nal(_IDR, header + _blocks(image, wide, high))


def _blocks(image, wide, high):
    """Code every block as its samples: one adaptive bin (undivided), one that announces them, 384 plain bytes."""
    padded = np.pad(np.asarray(image), ((0, high - image.height), (0, wide - image.width), (0, 0)), mode="edge")
    y, cb, cr = (np.asarray(plane) for plane in Image.fromarray(padded).convert("YCbCr").split())
    cb, cr = (
        plane.reshape(high // 2, 2, wide // 2, 2).mean(axis=(1, 3)).round().astype(np.uint8) for plane in (cb, cr)
    )
    out, coder, state = [], Coder(), 0
    half = _BLOCK // 2
    for top in range(0, high, _BLOCK):
        for left in range(0, wide, _BLOCK):
            if out:
                coder.terminate(0)
            coder.probable(state)
            coder.terminate(1)
            state = min(62, state + 1)
            row, column = top // 2, left // 2
            out += [coder.flushed(), y[top : top + _BLOCK, left : left + _BLOCK].tobytes()]
            out += [plane[row : row + half, column : column + half].tobytes() for plane in (cb, cr)]
            coder = Coder()
    coder.terminate(1)
    return b"".join([*out, coder.flushed()])


class Coder:
    """Code bins arithmetically (H.265, 9.3.4.6 to 9.3.4.9), as far as plain samples need it."""

    def __init__(self):
        self.low, self.span, self.first, self.outstanding, self.text = 0, 510, True, 0, []

    def probable(self, state):
        """Code the more probable value of a context."""
        self.span -= _LESS_PROBABLE[state]
        self._renew()

    def terminate(self, value):
        self.span -= 2
        if value:
            self.low, self.span = self.low + self.span, 2
        self._renew()

    def flushed(self):
        """Give the bytes up to here; the last bit of the register is the closing one."""
        self._put(self.low >> 9 & 1)
        self.text.append(f"{self.low >> 7 & 3 | 1:02b}")
        return Bits().flags("".join(self.text)).aligned()

    def _renew(self):
        while self.span < 256:
            if self.low < 256:
                self._put(0)
            elif self.low >= 512:
                self.low -= 512
                self._put(1)
            else:
                self.low -= 256
                self.outstanding += 1
            self.low, self.span = self.low << 1, self.span << 1

    def _put(self, bit):
        if self.first:
            self.first = False
        else:
            self.text.append(str(bit))
        self.text.append(str(1 - bit) * self.outstanding)
        self.outstanding = 0


def _nal(kind, payload):
    """Wrap a payload and break every run that looks like a start code (7.4.2)."""
    safe, zeros = bytearray(), 0
    for byte in payload:
        if zeros >= 2 and byte <= 3:
            safe.append(3)
            zeros = 0
        safe.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes([kind << 1, 1]) + bytes(safe)


def _configuration(sets):
    head = bytes([1, 3]) + b"\x70\0\0\0" + b"\x90\0\0\0\0\0" + bytes([180]) + b"\xf0\0\xfc\xfd\xf8\xf8\0\0\x0f"
    arrays = b"".join(bytes([0x80 | kind]) + struct.pack(">HH", 1, len(nal)) + nal for kind, nal in sets)
    return head + bytes([len(sets)]) + arrays


def _file(items, properties):
    """Lay out the file: brands, what is in it, how it is shown, the data. Property numbers are their order."""
    infos = b"".join(
        _full(b"infe", struct.pack(">HH", number, 0) + kind + b"\0", version=2) for number, kind, _ in items
    )
    shown = [number | (0x80 if number in (1, 4, 5) else 0) for number in range(1, len(properties) + 1)]
    association = struct.pack(">LHB", 1, 1, len(shown)) + bytes(shown)
    parts = [
        _full(b"hdlr", b"\0\0\0\0pict" + b"\0" * 13),
        _full(b"pitm", struct.pack(">H", 1)),
        _full(b"iinf", struct.pack(">H", len(items)) + infos),
        _box(b"iprp", _box(b"ipco", b"".join(properties)) + _full(b"ipma", association)),
    ]
    if len(items) > 1:
        parts.append(_full(b"iref", _box(b"cdsc", struct.pack(">HHH", 2, 1, 1))))
    brands = _box(b"ftyp", b"heic\0\0\0\0mif1heic")
    before = len(brands) + len(_meta(parts, _places(items, 0))) + 8
    return brands + _meta(parts, _places(items, before)) + _box(b"mdat", b"".join(data for *_, data in items))


def _meta(parts, places):
    return _full(b"meta", b"".join([*parts, places]))


def _places(items, start):
    rows = b""
    for number, _, data in items:
        rows += struct.pack(">HHHLL", number, 0, 1, start, len(data))
        start += len(data)
    return _full(b"iloc", b"\x44\0" + struct.pack(">H", len(items)) + rows)


def _full(kind, payload, version=0):
    return _box(kind, bytes([version, 0, 0, 0]) + payload)


def _box(kind, payload):
    return struct.pack(">L", len(payload) + 8) + kind + payload
