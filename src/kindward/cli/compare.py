"""``kindward compare``: how near two pictures are, and where their fingerprints differ."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from kindward.cli import exits
from kindward.cli.inputs import Input
from kindward.cli.output import Form, output_option, put_one
from kindward.cli.session import Session, pass_session
from kindward.cli.streams import visible
from kindward.cli.translated import Argument, Command
from kindward.errors import ContentError
from kindward.locale import N_, _

if TYPE_CHECKING:
    from kindward.config import Settings
    from kindward.isolation import DecoderPool
    from kindward.model import Fingerprint

SIDE = 16
"""A PDQ fingerprint is a matrix of 16 by 16 bits."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two things compared: all views of a picture, the plain one first, or a bare fingerprint."""

    name: str
    views: tuple[Fingerprint, ...]


@dataclass(frozen=True, slots=True)
class Nearest:
    """The nearest pair: a view of the first thing and the plain view of the second."""

    first: Fingerprint
    second: Fingerprint
    distance: int


@click.command(
    "compare",
    cls=Command,
    help=N_(
        "Say how near two pictures are and show both fingerprints.\n\n"
        "Each of the two is a file or a PDQ fingerprint of 64 hexadecimal digits. The first is tried in every view "
        "(turned, mirrored, without borders) against the second as it is. Exit status: 1 within the threshold, "
        "0 beyond it, else an error."
    ),
)
@click.argument("first", cls=Argument, metavar="A", help=N_("A file, or 64 hexadecimal digits."))
@click.argument("second", cls=Argument, metavar="B", help=N_("A file, or 64 hexadecimal digits."))
@output_option
@pass_session
def compare(session: Session, first: str, second: str, form: Form) -> int:
    """Compare two things and say with the exit status whether they match."""
    from kindward.isolation.nursery import begin_early

    settings = session.settings()
    begin_early(settings.limits.memory, settings.limits.seconds)
    from kindward.isolation import DecoderPool

    with DecoderPool(settings.limits, workers=1) as pool:
        sides = [_side(name, pool, settings) for name in (first, second)]
    nearest = find_nearest(*sides)
    threshold = settings.matching.pdq_distance
    within = nearest.distance <= threshold
    record = {
        "a": _record(sides[0].name, nearest.first),
        "b": _record(sides[1].name, nearest.second),
        "distance": nearest.distance,
        "threshold": threshold,
        "within": within,
        "view": str(nearest.first.view),
    }
    put_one(form, record, _text(sides, nearest, threshold) if form == "human" else "")
    return exits.FOUND if within else exits.NOTHING_FOUND


def _side(name: str, pool: DecoderPool, settings: Settings) -> Side:
    from kindward.cli.hash import options_of
    from kindward.model import Fingerprint

    if re.fullmatch(r"[0-9A-Fa-f]{64}", name):
        return Side(name, (Fingerprint("pdq/1", bytes.fromhex(name)),))
    try:
        data = Input(name).read(settings.limits.bytes)
        findings = pool.fingerprint(data, options_of(settings, exact=True, views=True))
    except ContentError as error:
        raise ContentError(
            error.code, "{name}: {problem}", error.hint_template, **error.facts | {"name": name, "problem": error}
        ) from error
    return Side(name, findings.fingerprints)


def find_nearest(first: Side, second: Side) -> Nearest:
    """Try every view of the first thing against the plain view of the second; the plainest of equals wins."""
    plain = second.views[0]
    return min(
        (Nearest(view, plain, distance(view.value, plain.value)) for view in first.views),
        key=lambda pair: pair.distance,
    )


def distance(first: bytes, second: bytes) -> int:
    """Count the bits in which two fingerprints differ (Hamming distance)."""
    return (int.from_bytes(first) ^ int.from_bytes(second)).bit_count()


def _record(name: str, fingerprint: Fingerprint) -> dict[str, object]:
    return {"path": name, "value": fingerprint.hex, "quality": fingerprint.quality}


def _text(sides: list[Side], nearest: Nearest, threshold: int) -> str:
    within = nearest.distance <= threshold
    sentence = (
        _("Distance {distance} of 256 bits: within the threshold of {threshold}, view {view}.")
        if within
        else _("Distance {distance} of 256 bits: beyond the threshold of {threshold}, nearest view {view}.")
    ).format(distance=nearest.distance, threshold=threshold, view=nearest.first.view)
    names = [f"{letter}  {side_name}" for letter, side_name in zip("AB", [visible(s.name) for s in sides], strict=True)]
    legend = _("██ one  ·· zero; where the two differ: ▓▓ one  ░░ zero")
    return "\n".join([*names, "", *draw(nearest.first.value, nearest.second.value), "", legend, sentence])


def draw(first: bytes, second: bytes) -> list[str]:
    """Draw both matrices side by side, lowest frequencies at the top left, with differing bits marked.

    Bit ``16 i + j`` stands in row i and column j; the first hexadecimal digit holds the highest bits. Source: the
    definition of PDQ, which prints the highest word first.
    """
    ones, others = int.from_bytes(first), int.from_bytes(second)
    rows = ["   " + "A".center(2 * SIDE) + "    " + "B".center(2 * SIDE)]
    for row in range(SIDE):
        bits = [(ones >> (SIDE * row + column) & 1, others >> (SIDE * row + column) & 1) for column in range(SIDE)]
        left = "".join(_cell(a, differs=a != b) for a, b in bits)
        right = "".join(_cell(b, differs=a != b) for a, b in bits)
        rows.append(f"   {left}    {right}".rstrip())
    return rows


def _cell(bit: int, *, differs: bool) -> str:
    if differs:
        return "▓▓" if bit else "░░"
    return "██" if bit else "··"
