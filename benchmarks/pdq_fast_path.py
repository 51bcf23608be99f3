"""How far the fast path's hashes are from the exact ones, and how many matches that costs.

    python benchmarks/pdq_fast_path.py

The exact path hashes the RGB pixels of a JPEG, the fast one its luma, decoded at 1/2, 1/4 or 1/8 while the short side
keeps 256 pixels. Lists are built with the exact path. Recall: altered copies are looked up by either path against the
exact hash of the original, threshold 31. Pictures of a quality below 50 are left out, as look-ups do. Photographs:
those scikit-image ships and those below KINDWARD_TEST_PICTURES.
"""

from __future__ import annotations

import argparse
import io
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import measure
import numpy as np
import skimage.data
from PIL import Image, ImageEnhance, ImageFilter

from kindward.kernel import pdq
from kindward.signals.picture import jpeg

THRESHOLD = 31
LEAST_QUALITY = 50  # below, lists and look-ups discard a hash
MOST_PIXELS = 200_000_000
CROPS = 3
PACKAGE = ("astronaut.png", "chelsea.png", "coffee.png", "hubble_deep_field.jpg", "retina.jpg", "rocket.jpg")


def photographs() -> list[Path]:
    """Give files of photographs and paintings."""
    found = [Path(skimage.data.__file__).parent / name for name in PACKAGE]
    further = os.environ.get("KINDWARD_TEST_PICTURES")
    return found + (sorted(Path(further).glob("*/*.jpg")) if further else [])


def encoded(picture: Image.Image, quality: int = 90) -> bytes:
    """Give a picture as JPEG with halved chroma, as cameras and messengers write it."""
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=quality, subsampling="4:2:0")
    return target.getvalue()


def hashed(data: bytes, *, fast: bool) -> tuple[int, int, int]:
    """Give the hash as a number, its quality, and by how much the decode was reduced."""
    rendering = jpeg.decode(data, fast=fast, pixels=MOST_PIXELS)
    if rendering is None:
        raise ValueError("a picture just encoded cannot be decoded")
    found = pdq.hash_pixels(rendering.pixels, full_size=rendering.full_size, views=1)
    return int.from_bytes(found.value), found.quality, rendering.reduced


def crops(picture: Image.Image, rng: np.random.Generator) -> Iterator[Image.Image]:
    """Give a picture whole and parts of it, so that sizes vary."""
    yield picture
    width, height = picture.size
    for _ in range(CROPS):
        left, top, right, bottom = (int(rng.integers(0, side // 3)) for side in (width, height, width, height))
        yield picture.crop((left, top, width - right, height - bottom))


def altered(picture: Image.Image) -> Iterator[bytes]:
    """Give copies as they are passed on: recompressed, resized, cropped, written on, brightened, softened."""
    width, height = picture.size
    for quality in (20, 50, 75):
        yield encoded(picture, quality)
    for factor in (0.5, 0.8, 1.5):
        yield encoded(picture.resize((round(width * factor), round(height * factor)), Image.Resampling.LANCZOS), 80)
    for part in (0.01, 0.02, 0.03, 0.04, 0.05, 0.06):
        edge = (round(width * part), round(height * part / 2), width - round(width * part / 2), height)
        yield encoded(picture.crop(edge), 85)
    for factor in (0.6, 1.5):
        yield encoded(ImageEnhance.Brightness(picture).enhance(factor), 85)
    yield encoded(picture.filter(ImageFilter.GaussianBlur(max(width, height) / 300)), 85)
    stamped = picture.copy()
    stamped.paste((255, 255, 255), (0, height - height // 14, width // 2, height))
    yield encoded(stamped, 85)


def deviations(files: list[Path]) -> dict[int, list[int]]:
    """Give, by reduction, how many bits the fast hash is from the exact one."""
    rng = np.random.default_rng(26)
    found: dict[int, list[int]] = defaultdict(list)
    for file in files:
        with Image.open(file) as opened:
            picture = opened.convert("RGB")
        for part in crops(picture, rng):
            data = encoded(part)
            exact, quality, _ = hashed(data, fast=False)
            near, _, reduced = hashed(data, fast=True)
            if quality >= LEAST_QUALITY:
                found[reduced].append((exact ^ near).bit_count())
    return found


def recall(files: list[Path]) -> dict[str, float]:
    """Count the altered copies that either path finds within the threshold."""
    pairs: list[tuple[int, ...]] = []
    for file in files:
        with Image.open(file) as opened:
            picture = opened.convert("RGB")
        entry, quality, _ = hashed(encoded(picture, 95), fast=False)
        if quality < LEAST_QUALITY:
            continue
        pairs += [
            tuple((entry ^ hashed(data, fast=fast)[0]).bit_count() for fast in (False, True))
            for data in altered(picture)
        ]
    exact = sum(a <= THRESHOLD for a, _ in pairs)
    fast = sum(b <= THRESHOLD for _, b in pairs)
    return {
        "copies": len(pairs),
        "found_exact": exact,
        "found_fast": fast,
        "lost": sum(a <= THRESHOLD < b for a, b in pairs),
        "gained": sum(b <= THRESHOLD < a for a, b in pairs),
        "near_threshold": sum(abs(a - THRESHOLD) <= 4 for a, _ in pairs),
        "recall_exact": exact / len(pairs),
        "recall_fast": fast / len(pairs),
    }


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    files = photographs()
    found = deviations(files)
    groups = {f"1/{by}" if by > 1 else "full size": np.array(found[by]) for by in sorted(found)}
    groups["all"] = np.concatenate(list(groups.values()))
    results = {
        name: {
            "pictures": len(bits),
            "same": float((bits == 0).mean()),
            "mean": float(bits.mean()),
            "p99": float(np.percentile(bits, 99)),
            "max": int(bits.max()),
        }
        for name, bits in groups.items()
    }
    rows = [
        (name, r["pictures"], f"{r['same'] * 100:.0f} %", f"{r['mean']:.2f}", f"{r['p99']:.0f}", r["max"])
        for name, r in results.items()
    ]
    columns = ("decoded at", "pictures", "same hash", "mean bits", "p99", "max")
    measure.table("Fast path against exact path: bits of 256 that differ", columns, rows)
    counts = recall(files)
    measure.table(f"Copies found at threshold {THRESHOLD}", tuple(counts), [tuple(counts.values())])
    measure.write_json("pdq_fast_path", {"deviation": results, "recall": counts}, packages=("pillow", "simplejpeg"))


if __name__ == "__main__":
    main()
