"""What the benchmarks wrote, brought into rows and columns."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parents[3] / "benchmarks" / "results"
Rows = dict[str, dict[str, Any]]
"""Row → column → value."""
_TIMING = {"median", "fastest", "p99", "calls"}


@dataclass(frozen=True, slots=True)
class Result:
    """One benchmark as it was written."""

    name: str
    file: Path
    environment: Mapping[str, Any]
    results: Mapping[str, Any]

    @property
    def tables(self) -> list[tuple[str, Rows]]:
        """Give its tables with their names, and last those of its numbers that stand alone."""
        return list(_tables("", self.results))


def every() -> list[Result]:
    """Read all results, by name."""
    return [
        Result(record["name"], file, record["environment"], record["results"])
        for file in sorted(RESULTS.glob("*.json"))
        if {"name", "environment", "results"} <= set(record := json.loads(file.read_text(encoding="utf-8")))
    ]


def _tables(title: str, values: Mapping[str, Any]) -> Iterator[tuple[str, Rows]]:
    """Find what can stand side by side: lists of records, and cases that were measured alike."""
    for name, value in values.items():
        if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
            yield name, {_title(row): dict(_flat(_rest(row))) for row in value}
    cases = {name: value for name, value in values.items() if isinstance(value, dict) and not _timing(value)}
    alike = len(cases) > 1 and set.intersection(*(set(case) for case in cases.values()))
    if alike:
        yield title, _side_by_side({name: dict(_flat(case)) for name, case in cases.items()})
    else:
        for name, case in cases.items():
            yield from _tables(name, case)
    alone = {name: {"": value} for name, value in values.items() if not isinstance(value, dict | list)}
    alone |= {
        name: {"": Seconds(value["median"])}
        for name, value in values.items()
        if isinstance(value, dict) and _timing(value)
    }
    if alone:
        yield title, alone


def _side_by_side(cases: Rows) -> Rows:
    """Let the longer side become the rows."""
    rows = dict.fromkeys(row for case in cases.values() for row in case)
    if len(cases) >= len(rows):
        return cases
    return {row: {case: values[row] for case, values in cases.items() if row in values} for row in rows}


def _title(row: Mapping[str, Any]) -> str:
    return str(next((value for value in row.values() if isinstance(value, str)), next(iter(row.values()))))


def _rest(row: Mapping[str, Any]) -> dict[str, Any]:
    title = _title(row)
    return {key: value for key, value in row.items() if str(value) != title}


def _flat(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        name = f"{before} · {key}" if before else str(key)
        if isinstance(value, Mapping) and _timing(value):
            yield name, Seconds(value["median"])
        elif isinstance(value, Mapping):
            yield from _flat(value, name)
        elif not isinstance(value, list):
            yield name, value


def _timing(value: Mapping[str, Any]) -> bool:
    return set(value) >= _TIMING


class Seconds(float):
    """A time, to be shown in a unit that suits it."""


def shown(name: str, value: object, language: str = "en") -> str:
    """Write a value as a reader expects it."""
    if isinstance(value, bool):
        words = {"en": ("no", "yes"), "de": ("nein", "ja")}[language]
        return words[value]
    if isinstance(value, Seconds) or name.endswith("seconds"):
        return _seconds(float(value), language)  # type: ignore[arg-type] # a number, by its name
    if isinstance(value, int):
        return f"{value:,}".replace(",", " ")
    return number(value, language) if isinstance(value, float) else str(value)


def number(value: float, language: str = "en") -> str:
    """Write a number with three digits that count."""
    text = f"{value:,.0f}".replace(",", " ") if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004 - three digits
    return text.replace(".", ",") if language == "de" else text


def _seconds(value: float, language: str) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9)):
        if value >= size:
            return f"{number(value / size, language)} {unit}"
    return f"{number(value, language)} s"
