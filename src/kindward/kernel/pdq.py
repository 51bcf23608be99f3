"""PDQ from pixels: 256 bits, a quality and all eight views of a picture in one pass.

Source: Meta, "PDQ & TMK + PDQF" (2019), and the C++ reference in ``facebook/threatexchange`` (``pdq/cpp``). The C core
sums the reference's blur in exact integers, so every machine path gives the same bits, and so does WebAssembly. Against
the reference, which sums in single precision, hash and quality agree on photographs, and a bit of any picture differs
only within ``REFERENCE_EPSILON``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kindward.kernel import _pdq

VIEW_NAMES: tuple[str, ...] = (
    "original",
    "rotate90",
    "rotate180",
    "rotate270",
    "flip",
    "mirror",
    "rotate90+flip",
    "rotate90+mirror",
)

REFERENCE_EPSILON = 0.005
"""How near its median a coefficient must be for its bit to differ from the reference implementation.

The reference sums in single precision. Its coefficients, up to several thousand large, were measured at most 0.001 away
from these (noise, gradients and checkerboards, 15 by 8 to 4000 by 3000 pixels), and the median as much again.
"""

_PLANES, _CHANNELS = 3, 3  # a picture in colour: height, width, three channels
_MAX_SIDE = 65535

_MACHINES = {_pdq.machine_name(number): number for number in range(_pdq.MACHINES) if _pdq.machine_available(number)}
_BEST = _pdq.machine_name(_pdq.machine_best())


@dataclass(frozen=True, slots=True)
class Pdq:
    """Hold the fingerprints of one picture.

    ``views`` are 32 bytes each in the order of ``VIEW_NAMES``; ``.hex()`` of one is the standard form. ``quality`` is
    0 to 100; Meta advises to discard up to 49.
    """

    views: tuple[bytes, ...]
    quality: int

    @property
    def value(self) -> bytes:
        """Give the hash of the picture as it stands."""
        return self.views[0]


def machines() -> tuple[str, ...]:
    """Name the machine paths that this build has and this processor can run, plain C first."""
    return tuple(_MACHINES)


def chosen_machine() -> str:
    """Name the path that is taken when none is asked for: the fastest."""
    return _BEST


def hash_pixels(
    pixels: NDArray[np.uint8],
    *,
    full_size: tuple[int, int] | None = None,
    machine: str | None = None,
    views: int = 8,
) -> Pdq:
    """Hash a picture in all eight views.

    ``pixels`` is luma (H, W) or RGB (H, W, 3), unsigned bytes, each row contiguous, rows any positive distance apart,
    so that a crop needs no copy. ``full_size`` (H0, W0) says that the pixels are a reduced decode, k/8 of a picture of
    that size, rounded up; the weights of the full size are then summed over the larger pixels, which moves the hash far
    less than hashing a small picture would. ``views`` asks for only the first so many. A picture with a side under
    5 pixels gets zero hashes and quality 0, as in the reference. The interpreter's lock is released.

    Raises:
        ValueError: for another type, shape or stride, a full size that does not fit, or an unknown machine path.
    """
    if not 1 <= views <= len(VIEW_NAMES):
        raise ValueError(f"views must be 1 to {len(VIEW_NAMES)}, not {views}")
    height, width = _full_size(pixels, full_size)
    return Pdq(*_pdq.hash_views(pixels, height, width, _machine(machine), views))


def coefficients(
    pixels: NDArray[np.uint8], *, full_size: tuple[int, int] | None = None, machine: str | None = None
) -> tuple[NDArray[np.float64], int]:
    """Give the 16 by 16 DCT coefficients, vertical frequency first, and the quality.

    Bit 255 - k of the hash says whether coefficient k, counted by rows, is above their lower median. Arguments and
    errors are those of ``hash_pixels``.
    """
    height, width = _full_size(pixels, full_size)
    into = np.empty((16, 16))
    quality = _pdq.coefficients(pixels, height, width, _machine(machine), into)
    return into, quality


def luma64(
    pixels: NDArray[np.uint8], *, full_size: tuple[int, int] | None = None, machine: str | None = None
) -> NDArray[np.float64]:
    """Give the blurred and sampled 64 by 64 luma, 0.0 to 255.0, that quality and coefficients come from.

    All zero if a side is under 5 pixels. Arguments and errors are those of ``hash_pixels``.
    """
    height, width = _full_size(pixels, full_size)
    into = np.empty((64, 64))
    _pdq.luma64(pixels, height, width, _machine(machine), into)
    return into


def _machine(name: str | None) -> int:
    try:
        return _MACHINES[_BEST if name is None else name]
    except KeyError:
        raise ValueError(f"machine path {name!r} is not one of {', '.join(_MACHINES)}") from None


def _full_size(pixels: NDArray[np.uint8], full_size: tuple[int, int] | None) -> tuple[int, int]:
    """Check the array, because the core trusts it, and give the full height and width."""
    if getattr(pixels, "dtype", None) != np.uint8:
        raise ValueError("pixels must be a NumPy array of unsigned bytes (uint8)")
    shape = pixels.shape
    colour = len(shape) == _PLANES
    if not (colour and shape[2] == _CHANNELS) and len(shape) != _PLANES - 1:
        raise ValueError(f"pixels must have the shape (height, width) or (height, width, 3), not {shape}")
    if not (0 < shape[0] <= _MAX_SIDE and 0 < shape[1] <= _MAX_SIDE):
        raise ValueError(f"each side of a picture must have 1 to {_MAX_SIDE} pixels, not {shape[0]} by {shape[1]}")
    cells, row = ((_CHANNELS, 1), shape[1] * _CHANNELS) if colour else ((1,), shape[1])
    if pixels.strides[1:] != cells or pixels.strides[0] < row:
        raise ValueError("each row of pixels must be contiguous and rows must follow each other; copy the array first")
    if full_size is None:
        return shape[0], shape[1]
    height, width = full_size
    if not (shape[0] <= height <= _MAX_SIDE and shape[1] <= width <= _MAX_SIDE):
        raise ValueError(f"full_size {height} by {width} is not the full size of {shape[0]} by {shape[1]} pixels")
    return height, width
