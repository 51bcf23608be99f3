"""Find the picture inside uniform borders: letterbox, pillarbox, the bars of a phone's screenshot.

Bars change every bit of a perceptual hash, and a screenshot is the commonest way to pass a picture on. So the picture
is also looked up without them. Two readings are offered, because a bar and a picture that begins with plain sky cannot
be told apart for certain: the careful one takes only lines of the edge's own colour; the generous one also walks over
lines with writing or small signs on them (clock, battery, buttons) and over a change of colour from one bar to the
next, as long as a plain line follows. What is found is looked up beside the whole picture, never in its place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kindward.signals.picture.rendering import Pixels

_NEAR = 14
"""Farthest in grey levels from the bar's own: JPEG noise in a black bar reaches about 10 at quality 30."""
_PLAIN = 0.985
"""Share of a line's pixels that must be near for the line to be plain."""
_FURNISHED = 0.45
"""The same for a line with writing or signs on it."""
_WIDEST_GAP = 0.09
"""Most furnished lines in one run, as a share of the side: a phone's title bar is 5 to 8 % high."""
_MOST = 0.8
"""Most of a side that may be cut off: a 16:9 picture upright on a 9:20 phone leaves a quarter."""
_LEAST = 0.01
"""Cuts of less than this share of both sides change no hash enough to matter."""
_SAMPLES = 192
"""Pixels looked at in each line."""
_FIRST_STRIP, _STRIP = 8, 64
_SMALLEST = 16
"""Pixels along the short side below which nothing would be left to look up."""


@dataclass(frozen=True, slots=True)
class Inside:
    """The rows top to bottom and columns left to right that remain, ends not included."""

    top: int
    bottom: int
    left: int
    right: int

    def of(self, pixels: Pixels) -> Pixels:
        """Cut the pixels out without copying them."""
        return pixels[self.top : self.bottom, self.left : self.right]


def insides(pixels: Pixels) -> list[Inside]:
    """Give the pictures inside uniform borders, at most two and usually none.

    Only lines near an edge are touched, so a picture without borders costs almost nothing.
    """
    grey = pixels if pixels.ndim == 2 else pixels[:, :, 1]  # noqa: PLR2004 - green stands for luma
    edges = (grey, grey[::-1], grey.T, grey.T[::-1])
    if min(grey.shape) < _SMALLEST or not any(_plain_edge(lines) for lines in edges):
        return []
    found: list[Inside] = []
    for generous in (False, True):
        inside = _inside(grey, generous=generous)
        if inside is not None and inside not in found:
            found.append(inside)
    return found


def _inside(grey: Pixels, *, generous: bool) -> Inside | None:
    """Cut rows, then columns of what remains, then rows again, because bars at the sides hide those above."""
    height, width = grey.shape
    top, bottom, left, right = 0, height, 0, width
    for _ in range(2):
        rows = grey[top:bottom, left:right]
        above, below = _bar(rows, generous=generous), _bar(rows[::-1], generous=generous)
        if above + below < len(rows):
            top, bottom = top + above, bottom - below
        columns = grey[top:bottom, left:right].T
        before, after = _bar(columns, generous=generous), _bar(columns[::-1], generous=generous)
        if before + after < len(columns):
            left, right = left + before, right - after
    remains_high, remains_wide = (bottom - top) / height, (right - left) / width
    if min(remains_high, remains_wide) < 1 - _MOST or min(remains_high, remains_wide) > 1 - _LEAST:
        return None
    return Inside(top, bottom, left, right)


def _bar(lines: Pixels, *, generous: bool) -> int:
    """Count the lines of the bar that begins at line 0; 0 if there is none."""
    if not _plain_edge(lines):
        return 0
    count = len(lines)
    most, widest_gap = int(count * _MOST), max(2, int(count * _WIDEST_GAP))
    colour = float(_middle(_sampled(lines[:1]))[0])
    start = end = gap = 0
    size = _FIRST_STRIP
    while start < most:
        strip = _sampled(lines[start : start + size])
        middles = _middle(strip)
        own, same = _share(strip, middles[:, None]), _share(strip, colour)
        for offset in range(len(strip)):
            if same[offset] >= _PLAIN or (generous and own[offset] >= _PLAIN):
                colour = float(middles[offset]) if generous else colour
                end, gap = start + offset + 1, 0
                continue
            gap += 1
            if not generous or gap > widest_gap or own[offset] < _FURNISHED:
                return min(end, most)
        start, size = start + size, _STRIP
    return min(end, most)


def _plain_edge(lines: Pixels) -> bool:
    """Say whether the outermost line is of one colour; the quick question that most pictures answer with no."""
    line = _sampled(lines[:1])
    return bool(_share(line, _middle(line)[:, None])[0] >= _PLAIN)


def _sampled(lines: Pixels) -> NDArray[np.int16]:
    step = max(1, lines.shape[1] // _SAMPLES)
    return lines[:, step // 2 :: step].astype(np.int16)


def _middle(lines: NDArray[np.int16]) -> NDArray[np.int16]:
    middle = lines.shape[1] // 2
    return np.partition(lines, middle, axis=1)[:, middle]


def _share(lines: NDArray[np.int16], of: NDArray[np.int16] | float) -> NDArray[np.float64]:
    """Say for each line which share of it is near a grey level."""
    return np.asarray(np.count_nonzero(np.abs(lines - of) <= _NEAR, axis=1) / lines.shape[1])
