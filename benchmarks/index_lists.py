"""The lists and queries that the index is measured with: independent, of real photographs, and with a flood."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import skimage.data
from numpy.typing import NDArray
from PIL import Image

from kindward.kernel import pdq

LEAST_QUALITY = 50
VIEWS = 8
CROP = 256


@dataclass(frozen=True, slots=True)
class Workload:
    """Hold a list as it comes and queries that mostly match nothing."""

    name: str
    hashes: NDArray[np.uint8]
    queries: NDArray[np.uint8]


def workload(name: str, size: int, *, queries: int = 32_768) -> Workload:
    """Make a list of that many entries.

    "uniform" is independent random bits, with one near-duplicate among a thousand queries. "photographs" are PDQ
    hashes of random crops of real pictures, brightened or darkened, in all eight views; the queries are other crops.
    "flood" is the same with one entry in five a variant of one of a thousand crops.
    """
    rng = np.random.default_rng(size)
    if name == "uniform":
        hashes = rng.integers(0, 256, (size, 32), dtype=np.uint8)
        asked = rng.integers(0, 256, (queries, 32), dtype=np.uint8)
        asked[::1000] = near_duplicates(hashes, len(asked[::1000]), most=31, seed=1)
    else:
        flood = size // 5 if name == "flood" else 0
        crops = _hashes_of(_crops(_pictures(), rng), size - flood + queries)
        variants = _hashes_of(_variants(_pictures(), rng, originals=1000), flood)
        hashes, asked = np.concatenate([crops[queries:], variants]), crops[:queries].copy()
    return Workload(name, hashes, asked)


def near_duplicates(hashes: NDArray[np.uint8], count: int, *, most: int, seed: int) -> NDArray[np.uint8]:
    """Give entries with 0 to ``most`` bits changed, every number of bits in turn."""
    rng = np.random.default_rng(seed)
    bits = np.zeros((count, 256), dtype=np.uint8)
    for number in range(count):
        bits[number, rng.choice(256, number % (most + 1), replace=False)] = 1
    return hashes[rng.integers(0, len(hashes), count)] ^ np.packbits(bits, axis=1)


def _pictures() -> list[NDArray[np.uint8]]:
    names = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "retina.jpg", "hubble_deep_field.jpg")
    files = [Path(skimage.data.__file__).parent / name for name in names]
    further = os.environ.get("KINDWARD_TEST_PICTURES", "")
    if further:
        files += sorted(
            each for folder in sorted(Path(further).iterdir()) if folder.is_dir() for each in folder.iterdir()
        )
    pictures = []
    for file in files:
        with Image.open(file) as opened:
            grey = np.asarray(opened.convert("L"))
        if min(grey.shape) > CROP * 5 // 4:
            pictures.append(grey)
    return pictures


def _crops(pictures: list[NDArray[np.uint8]], rng: np.random.Generator) -> Iterator[NDArray[np.uint8]]:
    while True:
        picture = pictures[rng.integers(len(pictures))]
        height, width = (int(rng.integers(CROP * 3 // 4, CROP * 5 // 4)) for _ in range(2))
        top, left = (int(rng.integers(side - size)) for side, size in zip(picture.shape, (height, width), strict=True))
        yield _exposed(picture[top : top + height, left : left + width], rng)


def _variants(
    pictures: list[NDArray[np.uint8]], rng: np.random.Generator, *, originals: int
) -> Iterator[NDArray[np.uint8]]:
    chosen = list(zip(range(originals), _crops(pictures, rng), strict=False))
    while True:
        _, original = chosen[rng.integers(originals)]
        top, left, bottom, right = (int(each) for each in rng.integers(0, 4, 4))
        yield _exposed(original[top : original.shape[0] - bottom, left : original.shape[1] - right], rng)


def _exposed(pixels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    table = np.clip(np.arange(256) * rng.uniform(0.7, 1.3) + rng.uniform(-20, 20), 0, 255).astype(np.uint8)
    return table[pixels]


def _hashes_of(pictures: Iterator[NDArray[np.uint8]], count: int) -> NDArray[np.uint8]:
    values: list[bytes] = []
    while len(values) < count:
        found = pdq.hash_pixels(next(pictures), views=VIEWS)
        if found.quality >= LEAST_QUALITY:
            values += found.views
    return np.frombuffer(b"".join(values[:count]), dtype=np.uint8).reshape(-1, 32)
