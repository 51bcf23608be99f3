"""How often harmless pictures match a bank of other harmless pictures, and what that can tell about a day.

The corpus is cut in two. A bank is made of one half, and every picture of the other half is asked about, as it is and
changed in the ways people change pictures; then the halves change places. A match is a false alarm, because nothing
in one half is in the other. Bounds are exact (Clopper and Pearson 1934), two-sided, 95 %.
"""

from __future__ import annotations

import io
import json
import os
import re
import socket
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import load
from PIL import Image, ImageOps
from scipy.stats import beta

from kindward.banks import build_bank
from kindward.isolation import DecoderPool
from kindward.model import Entry
from kindward.signals.pdq import PictureOptions

PACKAGE = (
    *("astronaut.png", "brick.png", "camera.png", "cell.png", "chelsea.png", "clock_motion.png", "coffee.png"),
    *("coins.png", "color.png", "grass.png", "gravel.png", "horse.png", "hubble_deep_field.jpg", "ihc.png"),
    *("logo.png", "moon.png", "motorcycle_left.png", "page.png", "phantom.png", "retina.jpg", "rocket.jpg", "text.png"),
)
FURTHER = ("ordinary", "art_clothed_2d_public_domain", "art_nude_2d_public_domain")
SAME_WORK = {"louvre_bather": "ingres_valpincon_bather", "leonardo_vitruvian_head_arms": "leonardo_vitruvian"}
"""Files that show the same work under another name; one of each is kept."""
LEAST_SIDE, LARGEST_SIDE = 96, 1024
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Alarms:
    """What was asked and what was found."""

    distinct: int
    distinct_alarmed: int
    asked: int
    alarms: int
    entries: int
    with_further: bool

    def bounds(self) -> tuple[float, float]:
        """Bound the share of pictures that raise a false alarm, from distinct pictures only.

        The changed copies of one picture stand and fall together, so they do not count as trials of their own.
        """
        return clopper_pearson(self.distinct_alarmed, self.distinct)

    def tell(self, pictures_a_day: int) -> None:
        """Print what was found, and what it cannot say."""
        low, high = self.bounds()
        print(
            f"false alarms: {self.distinct_alarmed} of {self.distinct} distinct harmless pictures "
            f"({self.alarms} of {self.asked} with their changed copies) against banks of about {self.entries} others; "
            f"share of pictures between {low:.2%} and {high:.2%} (95 %), so between {low * pictures_a_day:,.0f} and "
            f"{high * pictures_a_day:,.0f} of {pictures_a_day:,} pictures a day"
        )
        print(
            "  This bounds what a sample of this size can bound, no more: to show fewer than one false alarm a day, "
            f"{3 * pictures_a_day:,} distinct pictures without any would be needed. It says nothing about banks of "
            "millions of entries, nor about pictures unlike these. Every alarm is looked at by a human before anything "
            "follows from it."
        )

    def record(self, pictures_a_day: int) -> dict[str, object]:
        """Give the numbers for the results file."""
        low, high = self.bounds()
        return {
            "distinct_pictures": self.distinct,
            "distinct_alarmed": self.distinct_alarmed,
            "asked_with_variants": self.asked,
            "alarms_with_variants": self.alarms,
            "entries_in_bank": self.entries,
            "share_low": low,
            "share_high": high,
            "per_day_low": low * pictures_a_day,
            "per_day_high": high * pictures_a_day,
            "confidence": CONFIDENCE,
            "corpus": "package and KINDWARD_TEST_PICTURES" if self.with_further else "package",
        }


def clopper_pearson(found: int, trials: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Give the exact two-sided bounds of a share (Clopper and Pearson, Biometrika 26, 1934)."""
    rest = (1 - confidence) / 2
    low = float(beta.ppf(rest, found, trials - found + 1)) if found else 0.0
    high = float(beta.ppf(1 - rest, found + 1, trials - found)) if found < trials else 1.0
    return low, high


def measured() -> Alarms:
    """Ask about both halves of the corpus through real HTTP."""
    works = list(_works())
    halves = works[::2], works[1::2]
    asked, alarms, entries, alarmed, distinct = 0, 0, 0, set[str](), 0
    for known, strange in (halves, halves[::-1]):
        with tempfile.TemporaryDirectory() as folder:
            entries = max(entries, _bank(Path(folder), known))
            with load.service(Path(folder) / "half", cores=os.sched_getaffinity(0), workers=1) as service:
                for name, picture in _pictures(strange):
                    distinct += 1
                    for data in _changed(picture):
                        matched = _matches(service, data)
                        asked += 1
                        alarms += matched
                        if matched:
                            alarmed.add(name)
    return Alarms(distinct, len(alarmed), asked, alarms, entries, "KINDWARD_TEST_PICTURES" in os.environ)


def _works() -> Iterator[Path]:
    files = [load.photograph_folder() / name for name in PACKAGE]
    if further := os.environ.get("KINDWARD_TEST_PICTURES"):
        files += [file for folder in FURTHER for file in sorted((Path(further) / folder).iterdir())]
    seen: set[str] = set()
    for file in files:
        work = re.sub(r"_[ab]$", "", file.stem)
        work = SAME_WORK.get(work, work)
        if work not in seen and file.suffix.lower() in {".png", ".jpg", ".jpeg", ".webp"}:
            seen.add(work)
            yield file


def _pictures(works: list[Path]) -> Iterator[tuple[str, Image.Image]]:
    """Give each picture and its four quarters: different contents that share no point."""
    for file in works:
        with Image.open(file) as opened:
            whole = opened.convert("RGB")
        whole.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
        yield file.stem, whole
        across, down = whole.width // 2, whole.height // 2
        if min(across, down) >= LEAST_SIDE:
            for left in (0, across):
                for top in (0, down):
                    yield f"{file.stem}/{left},{top}", whole.crop((left, top, left + across, top + down))


def _changed(picture: Image.Image) -> list[bytes]:
    """Give a picture as people send it: as it is, recompressed, smaller, mirrored, cropped, on a phone's screen."""
    width, height = picture.size
    cut = picture.crop((width // 20, height // 20, width - width // 20, height - height // 20))
    screen = ImageOps.expand(picture, (0, height // 2), "black")
    save: list[tuple[Callable[[], Image.Image], str, dict[str, int]]] = [
        (lambda: picture, "JPEG", {"quality": 95}),
        (lambda: picture, "JPEG", {"quality": 40}),
        (lambda: picture.resize((max(width // 2, 1), max(height // 2, 1))), "WEBP", {"quality": 80}),
        (lambda: ImageOps.mirror(picture), "JPEG", {"quality": 85}),
        (lambda: cut, "JPEG", {"quality": 85}),
        (lambda: screen, "JPEG", {"quality": 90}),
        (lambda: picture, "GIF", {}),
    ]
    made = []
    for change, form, options in save:
        out = io.BytesIO()
        change().save(out, form, **options)
        made.append(out.getvalue())
    return made


def _bank(folder: Path, works: list[Path]) -> int:
    entries = []
    with DecoderPool(workers=1) as pool:
        for name, picture in _pictures(works):
            out = io.BytesIO()
            picture.save(out, "PNG", compress_level=1)
            found = pool.fingerprint(out.getvalue(), PictureOptions(fast=False)).fingerprints[0]
            if (found.quality or 0) >= 50:
                entries.append(Entry(name, "pdq/1", found.value))
    build_bank(folder / "half", entries, name="half")
    return len(entries)


def _matches(service: load.Service, data: bytes) -> bool:
    with socket.create_connection(service.address) as connection:
        status, body = load.exchange(connection, service.request("/v1/check", data, "application/octet-stream"))
    if status != 200:
        raise RuntimeError(f"a harmless picture got status {status}")
    return bool(json.loads(body)["matches"])
