"""Compute PDQ step by step in double precision, to be read and to be compared with.

Source: Meta, "PDQ & TMK + PDQF" (2019), and the C++ reference in ``facebook/threatexchange`` (``pdq/cpp``:
``downscaling.cpp``, ``pdqhashing.cpp``, ``torben.cpp``). Every step is written out as defined there, nothing is merged:
luma, two passes of a box filter along rows and columns, sampling, quality, DCT, median, bits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Real = NDArray[np.float64]

LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601
SIDE = 64
MIN_SIDE = 5
COLOUR = 3  # dimensions of an array of RGB pixels


def luma_of(pixels: NDArray[np.uint8]) -> Real:
    """Give brightness, 0.0 to 255.0, of luma (H, W) or RGB (H, W, 3) pixels."""
    return pixels @ LUMA if pixels.ndim == COLOUR else pixels.astype(np.float64)


def enlarge(pixels: Real, height: int, width: int) -> Real:
    """Bring a reduced decode back to its full size, each pixel the mean of the cells it lies in.

    A decoder that reduces by k/8 gives ``ceil(side * k / 8)`` cells of 8/k pixels; the last may reach over the edge.
    """
    full = (height, width)
    eighths = next(k for k in range(8, 0, -1) if pixels.shape == tuple(-(-side * k // 8) for side in full))
    for side in full:  # rows, then columns
        wide = np.repeat(pixels, 8, axis=0)  # in units of 1/k of a pixel
        pixels = wide[: side * eighths].reshape(side, eighths, -1).mean(axis=1).T
    return pixels


def box(lines: Real) -> Real:
    """Average along the first axis with the reference's window, cut at the edges.

    The window is ceil(length / 128) lines and reaches one line further ahead than back if it is even.
    """
    length = len(lines)
    window = -(-length // 128)
    ahead = (window + 2) // 2
    back = window - ahead
    return np.stack([lines[max(0, at - back) : at + ahead].mean(axis=0) for at in range(length)])


def sample(lines: Real) -> Real:
    """Take 64 lines along the first axis, each from the middle of its sixty-fourth."""
    return lines[[int((i + 0.5) * len(lines) / SIDE) for i in range(SIDE)]]


def luma64(pixels: NDArray[np.uint8], full_size: tuple[int, int] | None = None) -> Real:
    """Blur and sample to (64, 64) brightness; zeros if a side is under 5 pixels.

    ``full_size`` (H0, W0) says that the pixels are a reduced decode of a picture of that size.
    """
    height, width = full_size or pixels.shape[:2]
    if min(height, width) < MIN_SIDE:
        return np.zeros((SIDE, SIDE))
    picture = enlarge(luma_of(pixels), height, width)
    for _ in range(2):
        picture = box(box(picture.T).T)
    return sample(sample(picture).T).T


def quality_of(luma: Real) -> int:
    """Count steep gradients between neighbours, 0 to 100.

    Each gradient is truncated to whole hundredths of the range in single precision, as the reference does.
    """
    single = luma.astype(np.float32)
    gradients = [np.diff(single, axis=axis) * np.float32(100) / np.float32(255) for axis in (0, 1)]
    return min(100, sum(int(np.abs(np.trunc(g)).sum()) for g in gradients) // 90)


def transform(luma: Real) -> Real:
    """Give the (16, 16) DCT coefficients of frequencies 1 to 16, vertical first; the constant is left out."""
    frequency, place = np.arange(1, 17)[:, None], np.arange(SIDE)
    matrix = np.sqrt(2 / SIDE) * np.cos(np.pi / (2 * SIDE) * frequency * (2 * place + 1))
    result: Real = matrix @ luma @ matrix.T
    return result


def bits(coefficients: Real) -> bytes:
    """Give 32 bytes: one bit for each coefficient above the lower median, the last coefficient first."""
    median = np.sort(coefficients, axis=None)[127]
    return np.packbits((coefficients > median).ravel()[::-1]).tobytes()


def turns(luma: Real) -> tuple[Real, ...]:
    """Give the eight views of a sampled picture in the order of ``kindward.kernel.pdq.VIEW_NAMES``."""
    turned = (luma, np.rot90(luma), np.rot90(luma, 2), np.rot90(luma, 3))
    return (*turned, np.flipud(luma), np.fliplr(luma), np.flipud(turned[1]), np.fliplr(turned[1]))


def hash_pixels(pixels: NDArray[np.uint8], full_size: tuple[int, int] | None = None) -> tuple[tuple[bytes, ...], int]:
    """Give the eight hashes, 32 bytes each, and the quality; zeros if a side is under 5 pixels."""
    luma = luma64(pixels, full_size)
    if min(full_size or pixels.shape[:2]) < MIN_SIDE:
        return (bytes(32),) * 8, 0
    return tuple(bits(transform(view)) for view in turns(luma)), quality_of(luma)
