"""One rendering of a picture as an array, and how it is held upright."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""Luma (height, width) or RGB (height, width, 3), unsigned bytes."""

UPRIGHT = 1


@dataclass(frozen=True, slots=True)
class Rendering:
    """Hold pixels as they are stored, and what is needed to see them as a person does.

    ``full_size`` is (height, width) of the picture when ``pixels`` are a reduced decode of it, else None. ``frame`` and
    ``backdrop`` are those of ``kindward.model.View``. ``orientation`` is the Exif value, 1 to 8.
    """

    pixels: Pixels
    orientation: int = UPRIGHT
    full_size: tuple[int, int] | None = None
    frame: int | None = None
    backdrop: str = ""

    @property
    def reduced(self) -> int:
        """Say how many pixels of the full picture lie along one of these: 1, 2, 4 or 8."""
        return 1 if self.full_size is None else -(-self.full_size[0] // len(self.pixels))

    @property
    def seen_size(self) -> tuple[int, int]:
        """Give width and height of the full picture as it is seen."""
        height, width = self.full_size or self.pixels.shape[:2]
        return (height, width) if self.orientation in _SIDEWAYS else (width, height)

    def upright(self) -> Rendering:
        """Turn the pixels so that the picture is seen as meant; nothing is copied if it already is."""
        if self.orientation == UPRIGHT:
            return self
        size = self.full_size
        if size is not None and self.orientation in _SIDEWAYS:
            size = size[1], size[0]
        return Rendering(turn(self.pixels, self.orientation), UPRIGHT, size, self.frame, self.backdrop)


_SIDEWAYS = frozenset({5, 6, 7, 8})
_STORED_FROM_UPRIGHT = {6: 8, 8: 6}
_TURNS: dict[int, Callable[[Pixels], Pixels]] = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: a[::-1].swapaxes(0, 1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: a[:, ::-1].swapaxes(0, 1),
}
"""What a viewer does for each orientation. Source: Exif 2.32, section 4.6.4 A, tag 274."""


def turn(pixels: Pixels, orientation: int) -> Pixels:
    """Show stored pixels as the Exif orientation says."""
    return np.ascontiguousarray(_TURNS[orientation](pixels))


def unturn(pixels: Pixels, orientation: int) -> Pixels:
    """Give back the stored pixels of a picture that was already turned upright."""
    return turn(pixels, _STORED_FROM_UPRIGHT.get(orientation, orientation))
