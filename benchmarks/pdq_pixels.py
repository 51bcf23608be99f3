"""PDQ from pixels against pdqhash (Meta's C++ reference behind Cython), and what eight views cost over one.

    python benchmarks/pdq_pixels.py [--rounds 15]

Aims: at least 48 times pdqhash on every size, eight views under 20 per cent over one. Pictures are a photograph that
scikit-image ships (CC0), enlarged, with sensor noise; hash and quality are compared with pdqhash on the way.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import measure
import numpy as np
import pdqhash
import skimage.data
from numpy.typing import NDArray
from PIL import Image

from kindward.kernel import pdq

SIZES = {"640x480": (640, 480), "1080p": (1920, 1080), "3 MP": (2048, 1536), "12 MP": (4000, 3000)}
AIM_RATIO = 48
AIM_VIEWS = 0.20


def picture(width: int, height: int) -> NDArray[np.uint8]:
    """Give RGB pixels with the detail of a camera's picture."""
    source = Path(skimage.data.__file__).parent / "coffee.png"
    with Image.open(source) as opened:
        enlarged = np.asarray(opened.convert("RGB").resize((width, height), Image.Resampling.BICUBIC), dtype=np.int16)
    noise = np.random.default_rng(width).integers(-9, 10, enlarged.shape)
    return np.clip(enlarged + noise, 0, 255).astype(np.uint8)


def measured(pixels: NDArray[np.uint8], rounds: int) -> dict[str, measure.Timing]:
    """Time the reference, every machine path, one view and grey pixels side by side."""
    grey = np.ascontiguousarray(pixels[:, :, 1])
    ours = {f"{name} path": lambda name=name: pdq.hash_pixels(pixels, machine=name) for name in pdq.machines()}
    competitors = {
        "pdqhash.compute": lambda: pdqhash.compute(pixels),
        "pdqhash.compute_dihedral": lambda: pdqhash.compute_dihedral(pixels),
        "eight views": lambda: pdq.hash_pixels(pixels),
        "one view": lambda: pdq.hash_pixels(pixels, views=1),
        "eight views of grey": lambda: pdq.hash_pixels(grey),
        **ours,
    }
    calls = {name: measure.calls_for(call) for name, call in competitors.items() if "pdqhash" not in name}
    return measure.interleaved(competitors, rounds=rounds, calls=calls)


def same_as_reference(pixels: NDArray[np.uint8]) -> bool:
    """Say whether hash and quality equal the reference's."""
    vector, quality = pdqhash.compute(pixels)
    found = pdq.hash_pixels(pixels)
    return (np.packbits(vector.astype(np.uint8)).tobytes(), quality) == (found.value, found.quality)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    results, rows = {}, []
    for name, (width, height) in SIZES.items():
        pixels = picture(width, height)
        times = measured(pixels, arguments.rounds)
        base, eight, one = (times[key].median for key in ("pdqhash.compute", "eight views", "one view"))
        ratios = {path: base / times[f"{path} path"].median for path in pdq.machines()}
        results[name] = {
            "seconds": times,
            "times_pdqhash": base / eight,
            "times_pdqhash_by_path": ratios,
            "times_pdqhash_dihedral": times["pdqhash.compute_dihedral"].median / eight,
            "eight_views_over_one": eight / one - 1,
            "same_as_reference": same_as_reference(pixels),
            "aim_met": base / eight >= AIM_RATIO and eight / one - 1 < AIM_VIEWS,
        }
        rows.append(
            (
                name,
                f"{base * 1e3:.2f}",
                f"{eight * 1e3:.3f}",
                f"{base / eight:.0f}x",
                f"{times['pdqhash.compute_dihedral'].median / eight:.0f}x",
                " ".join(f"{path} {ratio:.0f}x" for path, ratio in ratios.items()),
                f"{(eight / one - 1) * 100:+.1f} %",
                f"{times['eight views of grey'].median * 1e3:.3f}",
                "yes" if results[name]["same_as_reference"] else "no",
                "yes" if results[name]["aim_met"] else "no",
            )
        )
    columns = ("RGB", "pdqhash ms", "ours ms", "faster", "8 views", "by path", "8 over 1", "grey ms", "same", "aim met")
    measure.table(f"PDQ from pixels, eight views, {pdq.chosen_machine()} path, processor time", columns, rows)
    measure.write_json("pdq_pixels", results, packages=("pdqhash",))


if __name__ == "__main__":
    main()
