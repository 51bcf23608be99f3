"""Any mode a picture can be stored in, to luma or RGB as a person sees it.

Palette numbers or amounts of ink hashed as if they were colours are no fingerprints at all, so every mode is converted
first. ICC profiles are left alone: the tools that make lists ignore them, and a
changed profile must not hide a picture.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image

from kindward.signals.picture.rendering import Pixels

_BACKDROPS = {"white": (255, 255, 255), "black": (0, 0, 0), "dropped": None}
_BAND = 512
"""Rows that are composed at once."""
_SIXTEEN_BIT = frozenset({"I;16", "I;16L", "I;16B", "I;16N"})
_OPAQUE = 255
_FULL_12 = 4_095
"""What cameras and medical devices store in sixteen bits often has twelve."""
_FULL_16 = 65_535
_OUTLIERS = (0.1, 99.9)
"""Percentiles between which numbers of unknown range lie; a single pixel outside would make the rest black."""


def seen(image: Image.Image) -> Iterator[tuple[str, Pixels]]:
    """Give (backdrop, pixels): the picture once, or on white, on black and without alpha if it is transparent.

    Whether a transparent picture is shown on white or black depends on the messenger, and list tools drop the alpha
    channel; so all three are looked up, but only where a pixel really is transparent.
    """
    image = eight_bit(image)
    if image.has_transparency_data:
        image = image if image.mode == "RGBA" else image.convert("RGBA")
        low, _ = image.getchannel("A").getextrema()
        if isinstance(low, int | float) and low < _OPAQUE:
            for name, colour in _BACKDROPS.items():
                yield name, _on(image, colour)
            return
    yield "", opaque(image)


def opaque(image: Image.Image) -> Pixels:
    """Give luma for a grey picture and RGB for every other, without regard to transparency."""
    image = eight_bit(image)
    if image.mode in ("L", "RGB"):
        return np.asarray(image)
    if image.mode == "LAB":
        return np.asarray(image.getchannel("L"))
    return np.asarray(image.convert("L" if image.mode == "1" else "RGB"))


def _on(image: Image.Image, colour: tuple[int, int, int] | None) -> Pixels:
    """Lay an RGBA picture on a ground, or drop its alpha without one; in bands, so that a large one needs no copies."""
    width, height = image.size
    seen = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, _BAND):
        band = image.crop((0, top, width, min(top + _BAND, height)))
        plain = band.convert("RGB")
        if colour is not None:
            ground = Image.new("RGB", band.size, colour)
            ground.paste(plain, mask=band.getchannel("A"))
            plain = ground
        seen[top : top + _BAND] = np.asarray(plain)
    return seen


def eight_bit(image: Image.Image) -> Image.Image:
    """Scale deep grey to eight bits, as viewers do, instead of clipping it at 255."""
    if image.mode in _SIXTEEN_BIT:
        values = np.asarray(image).astype(np.uint32)
        full = _FULL_12 if int(values.max(initial=0)) <= _FULL_12 else _FULL_16
        grey = Image.fromarray(((values * _OPAQUE + full // 2) // full).astype(np.uint8))
        clear = image.info.get("transparency")
        if isinstance(clear, int):
            grey.putalpha(Image.fromarray(np.where(values == clear, 0, _OPAQUE).astype(np.uint8)))
        return grey
    if image.mode in ("I", "F"):
        return Image.fromarray(_stretched(np.asarray(image, dtype=np.float64)))
    return image


def _stretched(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Pixels:
    """Scale numbers of unknown range: by the narrowest of 0–1, 0–255, 0–65535 that holds them, else to their own."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return np.zeros(values.shape, np.uint8)
    low, high = (float(end) for end in np.percentile(finite, _OUTLIERS))
    top = next((top for top in (1.0, 255.0, 65_535.0) if low >= 0 and high <= top), None)
    if top is not None:
        low, high = 0.0, top
    held = np.clip(np.nan_to_num(values, nan=low, posinf=high, neginf=low), low, high)
    return np.rint((held - low) * (_OPAQUE / ((high - low) or 1.0))).astype(np.uint8)
