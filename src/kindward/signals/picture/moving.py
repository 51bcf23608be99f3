"""Which frames of a moving picture or pages of a document are looked up, in one pass.

The first, the last, the longest shown and the one farthest from the first, and besides every frame that differs
clearly from all that were taken before it, because a harmless beginning and end are the cheapest way to hide a picture.
The more are taken, the more a further one must differ, so that the longest film costs a bounded number of look-ups.
Never more than four frames are in memory: those that differ are rendered while they pass by, and leave only a glance.
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
_CLEARLY = (4, 4, 4, 4, 12, 12, 12, 12, 24, 24, 24, 24)
"""By how much the next frame must differ from all taken ones: of 255, averaged over a glance. The length is how many
are taken; a frame that differs by more than the last number and finds no room is noted."""


class Chosen:
    """Choose frames while they pass by.

    After ``renderings`` is used up, ``seen`` counts the frames that were read and ``more`` says that the picture has
    more of them, or more that differ clearly, than are looked up.
    """

    def __init__(self, decoded: Iterator[formats.Frame], most: int) -> None:
        self._decoded = decoded
        self._most = max(1, most)
        self.seen = 1
        self.more = False

    def renderings(self) -> Iterator[Rendering]:
        """Render the chosen frames, one rendering at a time: the first, those that differ, then the others."""
        first = next(self._decoded)
        # Rendered first, because the decoder draws the next frame over this one.
        yield from _render(first, 0 if first.moving else None)
        if first.moving:
            yield from self._others(_glance(first.image), first.seconds)

    def _others(self, first: NDArray[np.int16], longest_shown: float) -> Iterator[Rendering]:
        """Render what differs as it passes by; keep the last, the longest shown and the farthest from the first."""
        kept: dict[str, tuple[int, formats.Frame | None]] = {}
        taken = [first]
        farthest = 0.0
        for frame in self._decoded:
            if self.seen == self._most:
                self.more = True
                break
            glance = _glance(frame.image)
            differs = self._differs(glance, taken)
            if differs:
                taken.append(glance)
                yield from _render(frame, self.seen)
            held = self.seen, None if differs else _held(frame)
            kept["last"] = held
            if frame.seconds > longest_shown:
                longest_shown, kept["longest"] = frame.seconds, held
            if (distance := _distance(glance, first)) > farthest:
                farthest, kept["farthest"] = distance, held
            self.seen += 1
        for number, left in sorted(dict(kept.values()).items(), key=lambda item: item[0]):
            if left is not None:
                yield from _render(left, number)

    def _differs(self, glance: NDArray[np.int16], taken: list[NDArray[np.int16]]) -> bool:
        """Say whether a frame is to be taken besides the ``taken`` ones; note one for which there is no room."""
        nearest = min(_distance(glance, each) for each in taken)
        if len(taken) <= len(_CLEARLY):
            return nearest > _CLEARLY[len(taken) - 1]
        self.more = self.more or nearest > _CLEARLY[-1]
        return False


def _distance(one: NDArray[np.int16], other: NDArray[np.int16]) -> float:
    return float(np.abs(one - other).mean())


def _held(frame: formats.Frame) -> formats.Frame:
    """Copy a frame, because the decoder draws the next one over it."""
    return replace(frame, image=frame.image.copy())


def _glance(image: Image.Image) -> NDArray[np.int16]:
    """Shrink a frame to what is compared between frames: colour and transparency in 16 by 16 fields.

    They are shrunk apart, because otherwise what lies under full transparency would not be seen.
    """
    image = colour.eight_bit(image)
    whole = (image.getchannel("L") if image.mode == "LAB" else image).convert("RGBA")
    parts = (part.resize(_GLANCE, Image.Resampling.BOX) for part in whole.split())
    return np.stack([np.asarray(part, dtype=np.int16) for part in parts])


def _render(frame: formats.Frame, number: int | None) -> Iterator[Rendering]:
    for backdrop, seen in colour.seen(frame.image):
        turned = frame.upright and frame.orientation != UPRIGHT
        pixels = unturn(seen, frame.orientation) if turned else seen
        yield Rendering(pixels, frame.orientation, None, number, backdrop)
