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

_CLEAN, _NOISY = 3, 14
"""Farthest in grey levels from the bar's own: a bar keeps its colour in JPEG blocks that hold nothing else; noise from
the picture reaches about 14 levels at quality 30, and a bar that was photographed or dithered is no cleaner."""
_BLOCK = 8
"""Lines at the end of a clean bar that may be noisy, because they share a JPEG block with the picture."""
_PLAIN = 0.985
"""Share of a line's pixels that must be near for the line to be plain."""
_FURNISHED = 0.45
"""The same for a line with writing or signs on it."""
_WIDEST_GAP = 0.09
"""Most furnished lines in one run, as a share of the side: a phone's title bar is 5 to 8 % high."""
_MOST = 0.87
"""Most of a side that may be cut off: a 16:9 picture upright on a 9:20 phone leaves a quarter, a panorama an eighth."""
_LEAST = 0.01
"""Cuts of less than this share of both sides change no hash enough to matter."""
_ALIKE = 0.004
"""Readings that differ by less than this share of a side give the same hash but for a few bits."""
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


def insides(pixels: Pixels, reduced: int = 1) -> list[Inside]:
    """Give the pictures inside uniform borders: at most three readings, usually none.

    ``reduced`` says how many pixels of the full picture lie along one of these. Only lines near an edge are touched, so
    a picture without borders costs almost nothing.
    """
    grey = pixels if pixels.ndim == 2 else pixels[:, :, 1]  # noqa: PLR2004 - green stands for luma
    edges = (grey, grey[::-1], grey.T, grey.T[::-1])
    if min(grey.shape) < _SMALLEST or not any(_edge(lines, _NOISY) is not None for lines in edges):
        return []
    found: list[Inside] = []
    for reading in (_careful, _generous, _forgiving):
        inside = reading(grey, -(-_BLOCK // reduced))
        if _worthwhile(inside, grey) and not any(_alike(inside, other, grey) for other in found):
            found.append(inside)
    return found


def _careful(grey: Pixels, block: int) -> Inside:
    """Cut rows of the edges' own colours, then columns only if they have one of these, or if no rows were cut."""
    rows = [_Bar(lines, _CLEAN, block) for lines in (grey, grey[::-1])]
    top, bottom = rows[0].end, max(rows[0].end + 1, len(grey) - rows[1].end)
    colours = [bar.colour for bar in rows if bar.end and bar.colour is not None]
    columns = grey[top:bottom].T
    sides = [_Bar(lines, _CLEAN, block) for lines in (columns, columns[::-1])]
    left, right = (bar.end if not colours or bar.has_colour_of(colours) else 0 for bar in sides)
    return Inside(top, bottom, left, max(left + 1, len(columns) - right))


def _generous(grey: Pixels, block: int) -> Inside:
    return _all_round(grey, _CLEAN, block)


def _forgiving(grey: Pixels, block: int) -> Inside:
    return _all_round(grey, _NOISY, block)


def _all_round(grey: Pixels, near: int, block: int) -> Inside:
    """Cut rows, then columns of what remains, then both again, because bars at the sides hide those above."""
    top, bottom, left, right = 0, grey.shape[0], 0, grey.shape[1]
    for _ in range(2):
        rows = grey[top:bottom, left:right]
        above, below = (_Bar(lines, near, block, furnished=True).end for lines in (rows, rows[::-1]))
        if above + below < len(rows):
            top, bottom = top + above, bottom - below
        columns = grey[top:bottom, left:right].T
        before, after = (_Bar(lines, near, block, furnished=True).end for lines in (columns, columns[::-1]))
        if before + after < len(columns):
            left, right = left + before, right - after
    return Inside(top, bottom, left, right)


def _worthwhile(inside: Inside, grey: Pixels) -> bool:
    high, wide = (inside.bottom - inside.top) / grey.shape[0], (inside.right - inside.left) / grey.shape[1]
    return bool(1 - _MOST <= min(high, wide) <= 1 - _LEAST)


def _alike(one: Inside, other: Inside, grey: Pixels) -> bool:
    rows = max(abs(one.top - other.top), abs(one.bottom - other.bottom)) / grey.shape[0]
    columns = max(abs(one.left - other.left), abs(one.right - other.right)) / grey.shape[1]
    return bool(max(rows, columns) <= _ALIKE)


class _Bar:
    """The bar that begins at line 0: where it ends (0 if there is none) and its colour there."""

    def __init__(self, lines: Pixels, near: int, block: int, *, furnished: bool = False) -> None:
        self._lines, self._near, self._furnished = lines, near, furnished
        self.colour = _edge(lines, near)
        self.end = 0
        if self.colour is None:
            return
        most = int(len(lines) * _MOST)
        self.end = min(self._walk(self.colour, most), most)
        if near < _NOISY:
            self.end += self._noisy_lines(self.colour, min(block, most - self.end))

    def has_colour_of(self, colours: list[int]) -> bool:
        """Say whether the bar has one of these colours."""
        return self.colour is not None and any(abs(self.colour - other) <= _CLEAN for other in colours)

    def _walk(self, colour: int, most: int) -> int:
        lines, widest_gap = self._lines, max(2, int(len(self._lines) * _WIDEST_GAP))
        start = end = gap = 0
        size = _FIRST_STRIP
        while start < most:
            strip = _sampled(lines[start : start + size])
            middles = _middle(strip)
            own, same = _share(strip, middles[:, None], self._near), _share(strip, colour, self._near)
            for offset in range(len(strip)):
                if same[offset] >= _PLAIN or (self._furnished and own[offset] >= _PLAIN):
                    colour = self.colour = int(middles[offset]) if self._furnished else colour
                    end, gap = start + offset + 1, 0
                    continue
                gap += 1
                if not self._furnished or gap > widest_gap or own[offset] < _FURNISHED:
                    return end
            start, size = start + size, _STRIP
        return end

    def _noisy_lines(self, colour: int, most: int) -> int:
        strip = _sampled(self._lines[self.end : self.end + most])
        noisy = _share(strip, colour, _NOISY) >= _PLAIN
        return int(np.argmin(np.append(noisy, [False])))


def _edge(lines: Pixels, near: int) -> int | None:
    """Give the colour of the outermost line if it has only one; most pictures answer this with no."""
    line = _sampled(lines[:1])
    middle = _middle(line)
    return int(middle[0]) if _share(line, middle[:, None], near)[0] >= _PLAIN else None


def _sampled(lines: Pixels) -> NDArray[np.int16]:
    step = max(1, lines.shape[1] // _SAMPLES)
    return lines[:, step // 2 :: step].astype(np.int16)


def _middle(lines: NDArray[np.int16]) -> NDArray[np.int16]:
    middle = lines.shape[1] // 2
    return np.partition(lines, middle, axis=1)[:, middle]


def _share(lines: NDArray[np.int16], of: NDArray[np.int16] | int, near: int) -> NDArray[np.float64]:
    """Say for each line which share of it is near a grey level."""
    return np.asarray(np.count_nonzero(np.abs(lines - of) <= near, axis=1) / lines.shape[1])
