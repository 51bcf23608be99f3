"""Which frames of a moving picture are looked up: first, last, longest shown and most different.

One pass, and never more than four frames in memory, however long the picture moves. The most different frame is the one
farthest from the first, because a harmless first frame is the cheapest way to hide the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kindward.signals.picture import colour, formats
from kindward.signals.picture.rendering import UPRIGHT, Rendering, unturn

_GLANCE = (16, 16)


class Chosen:
    """Choose frames while they pass by.

    After ``renderings`` is used up, ``seen`` counts the frames that were read and ``more`` says that the picture has
    more of them than may be read.
    """

    def __init__(self, decoded: Iterator[formats.Frame], most: int) -> None:
        self._decoded = decoded
        self._most = max(1, most)
        self.seen = 1
        self.more = False

    def renderings(self) -> Iterator[Rendering]:
        """Render the chosen frames in the order in which they are shown, one rendering at a time."""
        first = next(self._decoded)
        yield from _render(first, 0 if first.moving else None)
        if first.moving:
            for number, frame in self._others(_glance(first.image), first.seconds):
                yield from _render(frame, number)

    def _others(self, first: NDArray[np.int16], longest_shown: float) -> list[tuple[int, formats.Frame]]:
        """Keep the last, the longest shown and the most different of all frames after the first."""
        kept: dict[str, tuple[int, formats.Frame]] = {}
        farthest = 0
        for frame in self._decoded:
            if self.seen == self._most:
                self.more = True
                break
            held = self.seen, _held(frame)
            distance = int(np.abs(_glance(frame.image) - first).sum())
            kept["last"] = held
            if frame.seconds > longest_shown:
                longest_shown, kept["longest"] = frame.seconds, held
            if distance > farthest:
                farthest, kept["farthest"] = distance, held
            self.seen += 1
        return sorted(dict(kept.values()).items(), key=lambda item: item[0])


def _held(frame: formats.Frame) -> formats.Frame:
    """Copy a frame, because the decoder draws the next one over it."""
    return replace(frame, image=frame.image.copy())


def _glance(image: Image.Image) -> NDArray[np.int16]:
    """Shrink a frame to what is compared between frames: colour and transparency in 16 by 16 fields."""
    small = image.convert("RGBA").resize(_GLANCE, Image.Resampling.BOX)
    return np.asarray(small, dtype=np.int16)


def _render(frame: formats.Frame, number: int | None) -> Iterator[Rendering]:
    for backdrop, seen in colour.seen(frame.image):
        turned = frame.upright and frame.orientation != UPRIGHT
        pixels = unturn(seen, frame.orientation) if turned else seen
        yield Rendering(pixels, frame.orientation, None, number, backdrop)
