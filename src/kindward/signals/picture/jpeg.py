"""JPEG bytes to pixels by the short way: libjpeg-turbo without a detour, and for checking only as large as needed.

Most pictures that are sent are JPEG, and decoding is nearly all of what checking one costs. The exact way gives the
very pixels that Pillow gives. The fast way decodes luma alone, at 1/2, 1/4 or 1/8 where the reduced short side keeps
256 pixels; the kernel then sums the weights of the full size over the larger pixels. Never is a small picture hashed in
place of the large one: that moves the hash by 4 to 20 bits, this by a third of a bit on average.
"""

from __future__ import annotations

import simplejpeg

from kindward.signals.picture import formats, sniff
from kindward.signals.picture.rendering import Pixels, Rendering

_SHORT_SIDE = 256
"""Fewest pixels along the short side of a reduced decode. Deviation on 66 photographs and paintings as they came: mean
0.36 bit, at most 2; on enlarged crops saved anew, where luma and clipped colours disagree: mean 0.9, at most 8
(``tests/signals/test_jpeg.py``)."""
_REDUCTIONS = (8, 4, 2)
_GREY, _COLOUR = 1, 3
_LOSSES = ("premature end", "bad huffman", "corrupt data", "inconsistent progression")
"""Complaints of libjpeg-turbo (jerror.h) about picture data that is missing or wrong; superfluous bytes, which cameras
do leave, are none of them."""


class DamagedError(ValueError):
    """A part of the picture data is missing or wrong, even if viewers show the rest."""


def decode(data: sniff.Buffer, *, fast: bool, pixels: int) -> Rendering | None:
    """Decode an ordinary JPEG; None if it is one that only the careful way reads.

    Any complaint of the strict decoder, even one that viewers forgive, sends the picture to the careful way, which then
    says whether it is shown or broken; so both ways agree about what can be read.

    Raises:
        ContentError: picture_too_large, from the header.
        DamagedError: if the complaint is that picture data is missing or wrong.
    """
    header = sniff.jpeg_header(data)
    if header is None:
        return None
    formats.require_size((header.width, header.height), pixels)
    if not header.ordinary or header.components not in (_GREY, _COLOUR) or not min(header.width, header.height):
        return None
    try:
        if fast:
            return _luma(data, header, reduction(header.height, header.width))
        return _luma(data, header, 1) if header.components == _GREY else _full(data, header)
    except ValueError as complaint:
        if any(loss in str(complaint).lower() for loss in _LOSSES):
            raise DamagedError from None
        return None


def reduction(height: int, width: int) -> int:
    """Say by how much a picture may be reduced while its short side keeps 256 pixels: 1, 2, 4 or 8."""
    short = min(height, width)
    return next((by for by in _REDUCTIONS if -(-short // by) >= _SHORT_SIDE), 1)


def _full(data: sniff.Buffer, header: sniff.JpegHeader) -> Rendering | None:
    if simplejpeg.decode_jpeg_header(data)[2] not in ("YCbCr", "RGB"):
        return None
    return _checked(simplejpeg.decode_jpeg(data, "RGB"), header, 1)


def _luma(data: sniff.Buffer, header: sniff.JpegHeader, by: int) -> Rendering | None:
    if header.components == _COLOUR and simplejpeg.decode_jpeg_header(data)[2] != "YCbCr":
        return None
    height, width = -(-header.height // by), -(-header.width // by)
    grey = simplejpeg.decode_jpeg(data, "GRAY", min_height=height, min_width=width)
    return _checked(grey[:, :, 0], header, by)


def _checked(pixels: Pixels, header: sniff.JpegHeader, by: int) -> Rendering | None:
    """Trust the decoder's size only if it is the announced one: two headers in one file are a trick, not a picture."""
    if pixels.shape[:2] != (-(-header.height // by), -(-header.width // by)):
        return None
    full_size = (header.height, header.width) if by > 1 else None
    return Rendering(pixels, header.orientation, full_size)
