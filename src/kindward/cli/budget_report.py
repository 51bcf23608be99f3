"""What ``kindward budget`` says: one record for machines, the same numbers as lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kindward.cli.budget_run import Run
from kindward.cli.streams import visible
from kindward.locale import N_, _, several
from kindward.policy.budget import DAYS_IN_YEAR, Crowd, Measured, Standing, alarms_a_day, pictures_needed

BUSY = 100
"""So many times as many pictures the busy accounts of the second case send."""
SCENARIOS = {
    "as given": N_("as given"),
    "busy": N_("every account sends {busy} times as many"),
    "uneven": N_("{riskier} % of accounts match {factor} times as often"),
    "bursts": N_("false matches come in bursts of {burst}"),
}
STANDINGS = {
    Standing.WITHIN: N_("{bank}: within its budget of {allowed}: at most {bound}."),
    Standing.UNPROVEN: N_(
        "{bank}: not shown to be within its budget of {allowed}: at most {bound}. That would take {needed} distinct "
        "lawful pictures without any match."
    ),
    Standing.OVER: N_("{bank}: over its budget of {allowed}: {rate} measured, at most {bound}."),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """The numbers that a person gave about the service."""

    pictures_a_day: float
    crowd: Crowd
    target: float
    confidence: float
    burst: int
    riskier: float
    factor: float
    threshold: int | None = None
    capacity: float | None = None

    @property
    def crowds(self) -> dict[str, Crowd]:
        """Give the crowd as given, and each way in which it could be worse."""
        return {
            "as given": self.crowd,
            "busy": replace(self.crowd, pictures=self.crowd.pictures * BUSY),
            "uneven": replace(self.crowd, riskier=self.riskier, factor=self.factor),
            "bursts": replace(self.crowd, burst=self.burst),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """All numbers that follow from a run and what was asked; ``standings`` are (bank, measured, allowed, standing)."""

    run: Run
    asked: Asked
    measured: Measured
    standings: Sequence[tuple[str, Measured, float, Standing]] = ()

    @property
    def threshold(self) -> int | None:
        """Give the threshold that was asked about, else the one that the upper bound needs."""
        return self.asked.threshold or self.asked.crowd.threshold(self.measured.high, self.asked.target)

    @property
    def is_over(self) -> bool:
        """Say whether a bank exceeds its budget."""
        return any(standing is Standing.OVER for _bank, _measured, _allowed, standing in self.standings)

    def scenarios(self) -> list[dict[str, Any]]:
        """Give the needed threshold and the accounts a year, each for the measured rate and for its upper bound."""
        measured, target, chosen = self.measured, self.asked.target, self.threshold
        return [
            {
                "case": name,
                "threshold": crowd.threshold(measured.rate, target),
                "threshold_bound": crowd.threshold(measured.high, target),
                "accounts_a_year": None if chosen is None else crowd.concerned(measured.rate, chosen),
                "accounts_a_year_bound": None if chosen is None else crowd.concerned(measured.high, chosen),
            }
            for name, crowd in self.asked.crowds.items()
        ]

    def record(self) -> dict[str, Any]:
        """Write everything as one record."""
        asked, measured = self.asked, self.measured
        return {
            "run": self.run.record(),
            "rate": {
                "measured": measured.rate,
                "low": measured.low,
                "high": measured.high,
                "confidence": measured.confidence,
            },
            "asked": {
                "pictures_a_day": asked.pictures_a_day,
                "accounts": asked.crowd.accounts,
                "pictures_per_account": asked.crowd.pictures,
                "epoch_days": asked.crowd.epoch_days,
                "target": asked.target,
                "burst": asked.burst,
                "riskier": asked.riskier,
                "factor": asked.factor,
                "decisions_a_day": asked.capacity,
            },
            "alarms_a_day": alarms_a_day(measured.rate, asked.pictures_a_day),
            "alarms_a_day_bound": alarms_a_day(measured.high, asked.pictures_a_day),
            "threshold": self.threshold,
            "cases": self.scenarios(),
            "banks": [
                {"bank": bank, "rate": one.rate, "high": one.high, "allowed": allowed, "standing": str(standing)}
                for bank, one, allowed, standing in self.standings
            ],
        }

    def text(self) -> str:
        """Write everything for people, with what the numbers cannot say."""
        return "\n".join([*self._about_run(), "", *self._about_alarms(), "", *self._about_banks(), *_caveats()])

    def _about_run(self) -> Iterable[str]:
        run, measured = self.run, self.measured
        yield several(
            "{count:,} distinct lawful picture, {found:,} of them matched.",
            "{count:,} distinct lawful pictures, {found:,} of them matched.",
            run.pictures,
            found=run.found,
        )
        if run.files > run.pictures:
            yield _("{files:,} files; near-duplicates of one picture counted once.").format(files=run.files)
        if run.unread:
            yield _("{unread:,} files could not be read and do not count.").format(unread=run.unread)
        yield _("Rate of false matches: {rate} measured, at most {bound} ({confidence:g} %).").format(
            rate=short(measured.rate), bound=short(measured.high), confidence=100 * measured.confidence
        )
        for bank, entry, count in run.entries[:5]:
            yield _("  entry {entry} of {bank} matched {count} of them").format(
                entry=visible(entry), bank=visible(bank), count=count
            )

    def _about_alarms(self) -> Iterable[str]:
        asked, rates = self.asked, (self.measured.rate, self.measured.high)
        rows: list[tuple[str, ...]] = [("", _("measured"), _("at most"))]
        daily = [short(alarms_a_day(rate, asked.pictures_a_day)) for rate in rates]
        rows.append((_("false alarms a day, were a single match one"), *daily))
        for case in self.scenarios():
            words = _(SCENARIOS[case["case"]]).format(
                busy=BUSY, riskier=short(100 * asked.riskier), factor=short(asked.factor), burst=asked.burst
            )
            needed = [_threshold(case[key]) for key in ("threshold", "threshold_bound")]
            rows.append((_("threshold needed, {case}").format(case=words), *needed))
            if self.threshold is not None:
                title = _("  accounts a year at {threshold}").format(threshold=self.threshold)
                rows.append((title, short(case["accounts_a_year"]), short(case["accounts_a_year_bound"])))
        yield from _aligned(rows)
        yield from self._about_reviewers()

    def _about_reviewers(self) -> Iterable[str]:
        capacity, asked = self.asked.capacity, self.asked
        if capacity is None:
            return
        single = alarms_a_day(self.measured.high, asked.pictures_a_day)
        alarms = [(_("at a single match"), single)]
        if self.threshold is not None:
            words = _("at {threshold} distinct entries").format(threshold=self.threshold)
            alarms.append((words, asked.crowd.concerned(self.measured.high, self.threshold) / DAYS_IN_YEAR))
        for words, count in alarms:
            sentence = (
                _("{when}: up to {count} false alarms a day; reviewers can decide {capacity}: enough.")
                if count <= capacity
                else _("{when}: up to {count} false alarms a day; reviewers can decide {capacity}: too few.")
            )
            yield sentence.format(when=words, count=short(count), capacity=short(capacity))

    def _about_banks(self) -> Iterable[str]:
        for bank, measured, allowed, standing in self.standings:
            yield _(STANDINGS[standing]).format(
                bank=visible(bank),
                allowed=short(allowed),
                bound=short(measured.high),
                rate=short(measured.rate),
                needed=f"{pictures_needed(allowed, measured.confidence):,}" if allowed else "∞",
            )
        if self.standings:
            yield ""


def short(number: float) -> str:
    """Write a number with three figures: as people read it while it is handy, else with a power of ten."""
    if number == 0:
        return "0"
    if number >= 1e15 or number < 1e-3:  # noqa: PLR2004 - beyond it digits are harder to read than powers
        return f"{number:.2e}".replace("e-0", "e-").replace("e+0", "e+")
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"  # noqa: PLR2004 - three figures


def _threshold(number: int | None) -> str:
    return _("none helps") if number is None else f"{number:,}"


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterable[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for title, *cells in rows:
        told = [cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)]
        yield "  ".join([title.ljust(widths[0]), *told]).rstrip()


def _caveats() -> Iterable[str]:
    yield _("What these numbers cannot say:")
    yield _(
        "- They hold for pictures like those of the run. Screenshots, documents, and series of photographs match more "
        "often; a run without them does not show it."
    )
    yield _(
        "- False matches are taken as independent of each other. They are not where people send the same kind of "
        "picture again and again, or where one wrong entry is a picture that many send; the cases above show how much "
        "worse it may be. Only distinct entries count towards a threshold, near-duplicates and bursts once."
    )
