"""Write the measured figures into README.md and README.de.md: ``python tools/readme_figures.py [--check]``.

The figures come from ``benchmarks/results`` and stand between two marks. With ``--check`` nothing is written; the exit
status is 1 if a README does not hold the figures that were measured.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "docs" / "_ext"))

from kindward_docs import results  # noqa: E402 - it lies beside the pages

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
READMES = {"README.md": "en", "README.de.md": "de"}
HEADS = {"en": ("Measured", "Result"), "de": ("Gemessen", "Ergebnis")}
SOURCES = {
    "en": "Measured on {date} on {processor}, {cores} cores; ratios within one run. "
    "Every figure has its script in `benchmarks/`; all of them are in the documentation.",
    "de": "Gemessen am {date} auf {processor}, {cores} Kerne; Verhältnisse innerhalb eines Laufs. "
    "Zu jeder Zahl gehört ein Skript in `benchmarks/`; alle stehen in der Dokumentation.",
}


class Figure(NamedTuple):
    """One line of the table: where the number is found and what it says; ``{}`` stands for it."""

    benchmark: str
    path: tuple[str | int, ...]
    said: dict[str, tuple[str, str]]


FIGURES = (
    Figure(
        "pdq_pixels",
        ("1080p", "times_pdqhash"),
        {
            "en": ("PDQ of 1080p pixels, all eight views, against `pdqhash`", "{} times as fast"),
            "de": ("PDQ aus 1080p-Bildpunkten, alle acht Ansichten, gegen `pdqhash`", "{}-mal so schnell"),
        },
    ),
    Figure(
        "fingerprint",
        ("jpeg", "1080p", "fast_times"),
        {
            "en": ("1080p JPEG to PDQ, fast path, against `threatexchange`", "{} times as fast"),
            "de": ("1080p-JPEG zu PDQ, schneller Weg, gegen `threatexchange`", "{}-mal so schnell"),
        },
    ),
    Figure(
        "index_1M",
        ("lists", 0, "latency_us", "p50"),
        {
            "en": ("One exact look-up among 1,000,000 entries, from Python", "{} µs"),
            "de": ("Ein genaues Nachschlagen unter 1.000.000 Einträgen, aus Python", "{} µs"),
        },
    ),
    Figure(
        "over_http",
        ("rows", 0, "per_core_second"),
        {
            "en": ("Pictures over HTTP, 1080p JPEG, bytes in, decision out", "{} a second and core"),
            "de": (
                "Bilder über HTTP, 1080p-JPEG, Bytes hinein, Entscheidung heraus",
                "{} je Sekunde und Kern",
            ),
        },
    ),
)


def table(language: str) -> str:
    """Write the table with its source in one language."""
    measured = {result.name: result for result in results.every()}
    lines = [f"| {HEADS[language][0]} | {HEADS[language][1]} |", "|---|---|"]
    for figure in FIGURES:
        value = _found(measured[figure.benchmark].results, figure.path) if figure.benchmark in measured else None
        if value is not None:
            what, result = figure.said[language]
            lines.append(f"| {what} | {result.format(results.number(float(value), language))} |")
    used = [measured[figure.benchmark].environment for figure in FIGURES if figure.benchmark in measured]
    newest = max(used, key=lambda one: (one["date"], one["cores"]))
    return "\n".join([BEGIN, "", *lines, "", SOURCES[language].format(**newest), "", END])


def _found(values: Any, path: tuple[str | int, ...]) -> float | None:  # noqa: ANN401 - JSON
    for step in path:
        try:
            values = values[step]
        except (KeyError, IndexError, TypeError):
            return None
    return values if isinstance(values, (int, float)) else None


def with_figures(text: str, language: str) -> str:
    """Put the table between the marks."""
    before, _, rest = text.partition(BEGIN)
    return before + table(language) + rest.partition(END)[2]


def main() -> int:
    """Write or check, and give the exit status."""
    status = 0
    for name, language in READMES.items():
        file = ROOT / name
        old = file.read_text(encoding="utf-8")
        new = with_figures(old, language)
        if new != old and "--check" in sys.argv[1:]:
            print(f"{name} does not hold the measured figures; run python tools/readme_figures.py")
            status = 1
        elif new != old:
            file.write_text(new, encoding="utf-8")
            print(f"written: {name}")
    return status


if __name__ == "__main__":
    sys.exit(main())
