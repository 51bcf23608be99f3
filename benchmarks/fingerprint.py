"""From the bytes of a picture to its PDQ, against threatexchange's PdqSignal.hash_from_bytes, by format and size.

    python benchmarks/fingerprint.py [--rounds 5] [--quick]

Aims for JPEG: the exact way bit-identical and at least 9 times threatexchange from 1080p up; the fast way at least
18 times at 1080p and 12 MP. Ours is measured with everything a check takes: eight turns, and the search for borders.
threatexchange takes one hash. Pictures are photographs that scikit-image ships, enlarged, with sensor noise and halved
chroma, as large in bytes as a phone makes them. The last table is the wall around decoding: the same call here and in a
process that can be killed, in waiting time.
"""

from __future__ import annotations

import argparse
import io
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import measure
import numpy as np
import pdqhash
import skimage.data
from PIL import Image
from threatexchange.signal_type.pdq.signal import PdqSignal

from kindward.isolation import DecoderPool
from kindward.kernel import pdq
from kindward.signals.pdq import PictureOptions, fingerprints
from kindward.signals.picture import borders, formats, jpeg

sys.path.append(str(Path(__file__).parent.parent / "tests" / "support"))
from heic import heic

PHOTOGRAPHS = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg")
SIZES = {"640x480": (640, 480), "1080p": (1920, 1080), "3 MP": (2048, 1536), "12 MP": (4000, 3000)}
NOISE = {640: 4, 1920: 4, 2048: 5, 4000: 6}
"""Grey levels of noise by width: with them a file is as large as phones and messengers make it."""
JPEG = {"quality": 85, "subsampling": "4:2:0"}
OTHERS: dict[str, Callable[[Image.Image], bytes]] = {
    "PNG": lambda i: encoded(i, "PNG"),
    "WebP": lambda i: encoded(i, "WEBP", quality=80),
    "GIF": lambda i: encoded(i, "GIF"),
    "AVIF": lambda i: encoded(i, "AVIF", quality=60, speed=9),
    "HEIC (uncompressed blocks)": heic,
    "TIFF (LZW)": lambda i: encoded(i, "TIFF", compression="tiff_lzw"),
    "BMP": lambda i: encoded(i, "BMP"),
    "progressive JPEG": lambda i: encoded(i, "JPEG", progressive=True, **JPEG),
    "CMYK JPEG": lambda i: encoded(i.convert("CMYK"), "JPEG", quality=85),
}
AIM_EXACT, AIM_FAST = 9, 18
MOST = 200_000_000
EXACT, FAST = PictureOptions(fast=False), PictureOptions(fast=True)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    into = io.BytesIO()
    image.save(into, kind, **options)
    return into.getvalue()


def pictures(width: int, height: int) -> list[Image.Image]:
    """Give photographs of this size with the noise of a sensor."""
    home, random = Path(skimage.data.__file__).parent, np.random.default_rng(width)
    made = []
    for name in PHOTOGRAPHS:
        with Image.open(home / name) as opened:
            whole = opened.convert("RGB")
        high = round(whole.width * height / width)
        crop = whole.crop((0, 0, whole.width, min(high, whole.height))).resize(
            (width, height), Image.Resampling.BICUBIC
        )
        noise = random.normal(0, NOISE[width], (height, width, 1)).astype(np.int16)
        made.append(Image.fromarray(np.clip(np.asarray(crop, dtype=np.int16) + noise, 0, 255).astype(np.uint8)))
    return made


def reference(data: bytes) -> str:
    """Give what threatexchange gives; nothing for a format it cannot read."""
    try:
        return PdqSignal.hash_from_bytes(data)
    except Exception as problem:  # noqa: BLE001 - whatever it raises is the result
        return type(problem).__name__


def compared(
    files: list[bytes], rounds: int, competitors: dict[str, Callable[[bytes], object]]
) -> dict[str, list[float]]:
    """Give seconds of processor time per picture for each competitor, one number a round, in turn."""
    taken: dict[str, list[float]] = {name: [] for name in competitors}
    for turn in range(rounds + 1):
        for name, call in competitors.items():
            start = time.process_time()
            for data in files:
                call(data)
            if turn:
                taken[name].append((time.process_time() - start) / len(files))
    return taken


def ratio(taken: dict[str, list[float]], ours: str) -> float:
    """Give the median over rounds of how many times faster than threatexchange ours is."""
    return statistics.median(a / b for a, b in zip(taken["threatexchange"], taken[ours], strict=True))


def jpegs(sizes: dict[str, tuple[int, int]], rounds: int) -> dict[str, object]:
    competitors = {
        "threatexchange": PdqSignal.hash_from_bytes,
        "exact": lambda data: fingerprints(data, EXACT),
        "fast": lambda data: fingerprints(data, FAST),
    }
    results, rows = {}, []
    for name, size in sizes.items():
        files = [encoded(image, "JPEG", **JPEG) for image in pictures(*size)]
        taken = compared(files, rounds if size[0] < 4000 else max(3, rounds // 2), competitors)
        exact = [fingerprints(data, EXACT).fingerprints[0] for data in files]
        fast = [fingerprints(data, FAST).fingerprints[0] for data in files]
        bits = [(int(a.hex, 16) ^ int(b.hex, 16)).bit_count() for a, b in zip(exact, fast, strict=True)]
        same = [e.hex for e in exact] == [PdqSignal.hash_from_bytes(data) for data in files]
        milliseconds = {key: 1000 * statistics.median(value) for key, value in taken.items()}
        results[name] = {
            "bytes": round(statistics.mean(map(len, files))),
            "milliseconds": milliseconds,
            "exact_times": ratio(taken, "exact"),
            "fast_times": ratio(taken, "fast"),
            "exact_is_identical": same,
            "fast_bits_away": bits,
        }
        rows.append(
            (
                name,
                f"{results[name]['bytes'] / 1000:.0f} kB",
                *(f"{milliseconds[key]:.2f}" for key in competitors),
                f"{results[name]['exact_times']:.1f}",
                f"{results[name]['fast_times']:.1f}",
                "yes" if same else "NO",
                max(bits),
            )
        )
    columns = (
        "JPEG",
        "bytes",
        "threatexchange ms",
        "exact ms",
        "fast ms",
        "exact times",
        "fast times",
        "identical",
        "bits",
    )
    measure.table(f"JPEG to PDQ; aims: exact {AIM_EXACT} times from 1080p, fast {AIM_FAST} times", columns, rows)
    return results


def stages(sizes: dict[str, tuple[int, int]], rounds: int) -> dict[str, object]:
    """Say where the time of a JPEG goes: nearly all of it into libjpeg-turbo's decoding, the limit of both ways."""
    results, rows = {}, []
    for name, size in sizes.items():
        data = encoded(pictures(*size)[0], "JPEG", **JPEG)
        exact, fast = (jpeg.decode(data, fast=way, pixels=MOST) for way in (False, True))
        if exact is None or fast is None:
            raise ValueError("a picture just encoded cannot be decoded")
        timings = measure.interleaved(
            {
                "decode exact": lambda d=data: jpeg.decode(d, fast=False, pixels=MOST),
                "hash exact": lambda r=exact: pdq.hash_pixels(r.pixels),
                "decode fast": lambda d=data: jpeg.decode(d, fast=True, pixels=MOST),
                "hash fast": lambda r=fast: pdq.hash_pixels(r.pixels, full_size=r.full_size),
                "look for borders": lambda r=fast: borders.insides(r.pixels, r.reduced),
                "threatexchange: decode": lambda d=data: np.asarray(Image.open(io.BytesIO(d)).convert("RGB")),
                "threatexchange: hash": lambda r=exact: pdqhash.compute(r.pixels),
            },
            rounds=rounds,
        )
        results[name] = {key: timing.median * 1000 for key, timing in timings.items()}
        rows.append((name, *(f"{value:.2f}" for value in results[name].values())))
    measure.table("Where the time goes, ms", ("JPEG", *next(iter(results.values()))), rows)
    return results


def other_formats(size: tuple[int, int], rounds: int) -> dict[str, object]:
    results, rows = {}, []
    images = pictures(*size)[:2]
    for name, make in OTHERS.items():
        files = [make(image) for image in images]
        readable = len(reference(files[0])) == 64
        competitors = {"ours": lambda data: fingerprints(data, EXACT)}
        if readable:
            competitors = {"threatexchange": reference, **competitors}
        taken = compared(files, rounds, competitors)
        same = sum(reference(data) == fingerprints(data, EXACT).fingerprints[0].hex for data in files)
        results[name] = {
            "bytes": round(statistics.mean(map(len, files))),
            "milliseconds": {key: 1000 * statistics.median(value) for key, value in taken.items()},
            "times": ratio(taken, "ours") if readable else None,
            "identical": f"{same} of {len(files)}",
        }
        ms = results[name]["milliseconds"]
        rows.append(
            (
                name,
                f"{results[name]['bytes'] / 1000:.0f} kB",
                f"{ms['threatexchange']:.1f}" if readable else f"cannot read it ({reference(files[0])})",
                f"{ms['ours']:.1f}",
                f"{results[name]['times']:.1f}" if readable else "",
                results[name]["identical"] if readable else "",
            )
        )
    measure.table(
        f"Other formats, {size[0]} by {size[1]}, exact",
        ("format", "bytes", "threatexchange ms", "ours ms", "times", "same"),
        rows,
    )
    return results


def wall(sizes: dict[str, tuple[int, int]], rounds: int) -> dict[str, object]:
    """Measure waiting time here and behind the wall, in turn."""
    results, rows = {}, []
    with DecoderPool(workers=1) as pool:
        for name, size in sizes.items():
            data = encoded(pictures(*size)[0], "JPEG", **JPEG)
            times = measure.interleaved(
                {
                    "here": lambda d=data: fingerprints(d, FAST),
                    "behind the wall": lambda d=data: pool.fingerprint(d, FAST),
                },
                rounds=rounds * 4,
                calls={"here": 5, "behind the wall": 5},
                clock=time.perf_counter,
            )
            here, behind = times["here"].median * 1000, times["behind the wall"].median * 1000
            results[name] = {"bytes": len(data), "here_ms": here, "behind_ms": behind}
            rows.append((name, f"{len(data) / 1000:.0f} kB", f"{here:.3f}", f"{behind:.3f}", f"{behind - here:+.3f}"))
    measure.table("The wall, fast, one at a time", ("JPEG", "bytes", "here ms", "behind ms", "difference ms"), rows)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="two sizes, two rounds")
    arguments = parser.parse_args()
    formats.settle_libraries()
    rounds = 2 if arguments.quick else arguments.rounds
    sizes = dict(list(SIZES.items())[:2]) if arguments.quick else SIZES
    results = {
        "jpeg": jpegs(sizes, rounds),
        "stages_ms": stages(sizes, rounds),
        "other_formats_1080p": other_formats(SIZES["640x480" if arguments.quick else "1080p"], rounds),
        "wall": wall(sizes, rounds),
    }
    measure.write_json(
        "fingerprint", results, packages=("pillow", "simplejpeg", "pi_heif", "threatexchange", "pdqhash")
    )


if __name__ == "__main__":
    main()
