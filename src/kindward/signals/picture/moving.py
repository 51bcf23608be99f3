"""Which frames of a moving picture are looked up: first, last, longest shown and most different.

One pass, and never more than four frames in memory, however long the picture moves. The most different frame is the one
farthest from the first, because a harmless first frame is the cheapest way to hide the others.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kindward.signals.picture import colour, formats
from kindward.signals.picture.rendering import UPRIGHT, Rendering, unturn

_GLANCE = (16, 16)


class Chosen:
    """Choose frames while they pass by.

    ``renderings`` decodes; afterwards ``seen`` counts the frames that were read and ``more`` says that the picture has
    more of them than may be read.
    """

    def __init__(self, decoded: Iterator[formats.Frame], most: int) -> None:
        self._decoded = decoded
        self._most = max(1, most)
        self.seen = 0
        self.more = False

    def renderings(self) -> list[Rendering]:
        """Render the chosen frames in the order in which they are shown, the first one first."""
        first = next(self._decoded)
        rendered = _render(first, None)
        glance, longest_shown, farthest = _glance(first.image), first.seconds, 0
        kept: dict[str, tuple[int, formats.Frame]] = {}
        self.seen = 1
        for frame in self._decoded:
            if self.seen == self._most:
                self.more = True
                break
            distance = int(np.abs(_glance(frame.image) - glance).sum())
            held = _held(frame)
            kept["last"] = self.seen, held
            if frame.seconds > longest_shown:
                longest_shown, kept["longest"] = frame.seconds, (self.seen, held)
            if distance > farthest:
                farthest, kept["farthest"] = distance, (self.seen, held)
            self.seen += 1
        if self.seen == 1:
            return rendered
        others = sorted(dict(kept.values()).items(), key=lambda item: item[0])
        return [
            *(Rendering(r.pixels, r.orientation, None, 0, r.backdrop) for r in rendered),
            *(r for index, frame in others for r in _render(frame, index)),
        ]


def _held(frame: formats.Frame) -> formats.Frame:
    """Copy a frame, because the decoder draws the next one over it."""
    return formats.Frame(frame.image.copy(), frame.seconds, frame.orientation, frame.upright)


def _glance(image: Image.Image) -> NDArray[np.int16]:
    """Shrink a frame to what is compared between frames: colour and transparency in 16 by 16 fields."""
    small = image.convert("RGBA").resize(_GLANCE, Image.Resampling.BOX)
    return np.asarray(small, dtype=np.int16)


def _render(frame: formats.Frame, index: int | None) -> list[Rendering]:
    return [
        Rendering(
            unturn(pixels, frame.orientation) if frame.upright and frame.orientation != UPRIGHT else pixels,
            frame.orientation,
            None,
            index,
            backdrop,
        )
        for backdrop, pixels in colour.seen(frame.image)
    ]
