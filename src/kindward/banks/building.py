"""Build a bank from the records of a list, and report what became of each."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from kindward.banks.blocks import Block
from kindward.banks.canaries import refusal
from kindward.banks.doubts import Doubt, doubt_looks
from kindward.banks.entries import printable
from kindward.banks.intake import Intake, intake
from kindward.banks.items import Item
from kindward.banks.kinds import PDQ, kind_of
from kindward.banks.manifest import FILE, timestamp, unwritable, writing
from kindward.banks.parts import may_lie_here, publish
from kindward.banks.rejected import Rejected
from kindward.errors import StateError
from kindward.model import Entry, Trust

Progress = Callable[[int], object]
REJECTED_KEPT = 10_000
"""So many rejected lines are kept with their reasons; all are counted."""
_REPORT_EVERY = 4096
_JUDGED = 4096
"""So many values are looked at to judge what a list is."""


@dataclass(slots=True)
class BuildReport:
    """What became of the lines of a list.

    ``entries`` are in the bank, ``duplicates`` became one with another entry, ``rejected`` (the first 10,000, in order)
    were left out; ``reasons`` counts all of those by their code. ``doubts`` say that the list may be something else.
    """

    entries: int = 0
    duplicates: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    counts: dict[str, int] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)

    @property
    def rejected_total(self) -> int:
        """Give how many lines were left out."""
        return self.reasons.total()

    def reject(self, rejected: Rejected) -> None:
        """Note a line that was left out."""
        self.reasons[rejected.reason_code] += 1
        if len(self.rejected) < REJECTED_KEPT:
            self.rejected.append(rejected)


def build_bank(
    out: Path,
    records: Iterable[Entry | Block | Rejected | Item],
    *,
    name: str = "",
    progress: Progress | None = None,
    replace: bool = False,
    trust: Trust = Trust.IMPORTED,
    mark: Mapping[str, str] = MappingProxyType({}),
    empty: bool = False,
    now: datetime | None = None,
) -> BuildReport:
    """Build a bank in the folder ``out`` and report what became of each record.

    ``name`` is by default that of the folder. ``progress`` gets the number of records taken so far. ``trust``, ``mark``
    and ``empty`` are for banks that follow a source, which may begin with nothing. Raises: StateError
    if there already is a bank and ``replace`` is not set, if the folder holds something else, or if not a single
    record is usable.
    """
    out = Path(out)
    _require_room(out, replace=replace)
    new = not out.exists()
    try:
        out.mkdir(parents=True, exist_ok=True)
        return _build(
            out,
            records,
            name=printable(name) or printable(out.resolve().name) or "bank",
            progress=progress,
            replace=replace,
            now=now or datetime.now(UTC),
            trust=trust,
            mark=mark,
            empty=empty,
        )
    except BaseException as problem:
        if new and not (out / FILE).exists():
            shutil.rmtree(out, ignore_errors=True)
        if isinstance(problem, OSError):
            raise unwritable(out, problem) from problem
        raise


def _build(
    out: Path,
    records: Iterable[Entry | Block | Rejected | Item],
    *,
    name: str,
    progress: Progress | None,
    replace: bool,
    trust: Trust,
    mark: Mapping[str, str],
    empty: bool,
    now: datetime,
) -> BuildReport:
    report = BuildReport()
    with intake(out, 0) as taken:
        _gather(records, taken, report, progress)
        for rejected in taken.settle().rejected:
            report.reject(rejected)
        if not empty and not any(map(len, taken.columns.values())):
            raise _nothing_usable(report)
        doubt = doubt_looks(taken.columns[PDQ].first(_JUDGED))
        report.doubts += [doubt] if doubt else []
        with writing(out):
            _require_room(out, replace=replace)
            taken.judge(None, timestamp(now))
            report.duplicates, report.counts = publish(
                out,
                taken.columns,
                taken.records,
                name=name,
                generation=_last_generation(out) + 1,
                now=now,
                trust=trust,
                mark=mark,
            )
    report.entries = sum(report.counts.values())
    return report


def _last_generation(out: Path) -> int:
    """Give the number of the newest build; found by its journal, because a damaged bank may be replaced too."""
    numbers = [path.name.removeprefix("journal-") for path in out.glob("journal-*")]
    return max((int(number) for number in numbers if number.isdecimal()), default=0)


def _gather(
    records: Iterable[Entry | Block | Rejected | Item],
    taken: Intake,
    report: BuildReport,
    progress: Progress | None,
) -> None:
    number, told, gathered = 0, 0, taken.columns
    for record in records:
        number += len(record) if isinstance(record, Block) else 1
        if isinstance(record, Block):
            gathered[record.kind].add_block(record.values, record.source)
        elif isinstance(record, Rejected):
            report.reject(record)
        elif isinstance(record, Item):
            taken.add([record])
        else:
            kind = kind_of(record.signal, record.value)
            refused = refusal(kind, record.value) if kind else "signal_unsupported"
            if kind and not refused:
                gathered[kind].add(record)
            else:
                report.reject(Rejected(0, refused, {"signal": record.signal}))
        if progress and number - told >= _REPORT_EVERY:
            told = number
            progress(number)


def _require_room(out: Path, *, replace: bool) -> None:
    if (out / FILE).exists():
        if not replace:
            raise StateError(
                "bank_exists",
                "There already is a bank at {path}.",
                "Add --replace to build it anew, or use `kindward bank add` to add to it.",
                path=out,
            )
    elif out.exists() and (not out.is_dir() or not all(map(may_lie_here, out.iterdir()))):
        raise StateError(
            "bank_folder_not_empty",
            "{path} already exists and is not a bank.",
            "Give the path of a new folder.",
            path=out,
        )


def _nothing_usable(report: BuildReport) -> StateError:
    if not report.rejected:
        return StateError(
            "bank_empty",
            "The list is empty; a bank needs at least one fingerprint.",
            "Give one fingerprint in a line, for example `pdq` and 64 hexadecimal digits.",
        )
    first = report.rejected[0]
    return StateError(
        "bank_nothing_usable",
        "None of the {count} lines of the list could be used; line {line}: {reason}",
        "Give one fingerprint in a line, or a CSV with a header that names the columns.",
        count=report.rejected_total,
        line=first.line,
        reason=first,
    )
