"""The words of kindward as frozen values; standard library only.

They stand in the order in which data flows: content, fingerprint, entry, match, risk, verdict. What is known (a match
with an entry) and what is estimated (a risk) are different types and never mixed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

TURNS = (
    "original",
    "rotate90",
    "rotate180",
    "rotate270",
    "flip",
    "mirror",
    "rotate90+flip",
    "rotate90+mirror",
)
"""The eight rotations and mirrors, in the order the kernel gives them (flip: top to bottom; mirror: left to right)."""

QUALITY_LOW = "quality_low"
"""Note: no view of the picture has enough structure for a look-up by its look; digests were looked up."""
FRAMES_LEFT_OUT = "frames_left_out"
"""Note: the moving picture has more frames, or more that differ clearly, than are looked up."""
PICTURE_DAMAGED = "picture_damaged"
"""Note: a part of the picture is missing or damaged, and only the rest was looked up."""
BANK_STALE = "bank_stale"
"""Note: the signature of a subscribed list has run out; it was asked, but may lack newer changes."""
BELOW_THRESHOLD = "below_threshold"
"""Note: fewer distinct entries matched for this account than the policy demands before a decision takes effect."""
BANK_REFUSED = "bank_refused"
"""Note: a bank that cannot be trusted was not asked; the matches come from the others."""
NOTES = (QUALITY_LOW, FRAMES_LEFT_OUT, PICTURE_DAMAGED, BANK_REFUSED, BANK_STALE, BELOW_THRESHOLD)
"""What a verdict can note beside its findings and the codes of content that could not be read."""


class Decision(StrEnum):
    """What should happen with a content, mildest first."""

    PASS = "pass"  # noqa: S105 - a decision, no secret
    HOLD = "hold"
    BLOCK = "block"

    @property
    def rank(self) -> int:
        """Order decisions by gravity; the gravest of several wins."""
        return list(Decision).index(self)


class Trust(StrEnum):
    """Where a bank's authority comes from; every verdict names it."""

    IMPORTED = "imported"
    FEDERATED = "federated"


class EntryState(StrEnum):
    """Whether an entry matches. ``quarantined`` means that the entry itself is doubted and waits for a human."""

    ACTIVE = "active"
    QUARANTINED = "quarantined"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Content:
    """One thing about to be sent or just received.

    ``data`` is never stored, logged or cached by kindward. ``name`` is shown only to the caller who gave it.
    """

    data: bytes = field(repr=False)
    name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class View:
    """Say from which rendering of the content a fingerprint was taken.

    Lists are made by many tools, so a picture is looked up as a person sees it, turned, mirrored, without uniform
    borders, in the orientation in which it is stored, and on either background where it is transparent.
    """

    turn: str = "original"
    inside: bool = False
    """True if uniform borders (letterbox, screenshot bars) were cut off first."""
    stored: bool = False
    """True if the EXIF orientation was ignored, as older list tools do."""
    backdrop: str = ""
    """``white``, ``black`` or ``dropped`` for a transparent picture, else empty."""
    frame: int | None = None
    """Number of the frame, counted from 0, of a moving picture."""

    def __str__(self) -> str:
        """Write the view as it stands in every output: parts joined by ``/``, the plain view as ``original``."""
        parts = [
            *([f"frame{self.frame}"] if self.frame is not None else []),
            *([f"on-{self.backdrop}" if self.backdrop != "dropped" else "alpha-dropped"] if self.backdrop else []),
            *(["stored"] if self.stored else []),
            *(["inside"] if self.inside else []),
            *([self.turn] if self.turn != "original" else []),
        ]
        return "/".join(parts) or "original"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A content's value under one signal, from one view.

    ``signal`` is a name with a version: ``pdq/1`` (32 bytes) or ``digest/1`` (16 bytes for MD5, 20 for SHA-1, 32 for
    SHA-256: the length tells). ``quality`` is 0–100 for signals that know one, else None.
    """

    signal: str
    value: bytes
    quality: int | None = None
    view: View = View()

    @property
    def hex(self) -> str:
        """Give the value as lower-case hexadecimal digits, the form every output uses."""
        return self.value.hex()


@dataclass(frozen=True, slots=True)
class Entry:
    """One known item in a bank.

    ``id`` is unique within its bank. ``source`` says who gave it, ``severity`` is in the source's own scheme
    (``scheme:value``), both may be empty for plain lists. ``jurisdiction`` is where it is illegal as ISO 3166 code or
    ``baseline``; ``added`` and ``expires`` are days (``2026-11-24``), and an entry does not match from the day on which
    it expires; ``confirmed_by`` names authorities. ``positive`` and ``negative`` count the votes of the source's
    members. Only an active entry matches.
    """

    id: str
    signal: str
    value: bytes
    source: str = ""
    severity: str = ""
    note: str = ""
    jurisdiction: str = ""
    added: str = ""
    confirmed_by: tuple[str, ...] = ()
    expires: str = ""
    positive: int = 0
    negative: int = 0
    state: EntryState = EntryState.ACTIVE


@dataclass(frozen=True, slots=True)
class Match:
    """A fingerprint within a threshold of an entry of a bank."""

    bank: str
    entry: str
    signal: str
    distance: int
    threshold: int
    view: View
    trust: Trust = Trust.IMPORTED
    source: str = ""
    severity: str = ""


@dataclass(frozen=True, slots=True)
class Risk:
    """An estimate with reasons; never mixed with what is known, and never told to anybody by itself."""

    signal: str
    level: str
    score: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BankVersion:
    """Which state of which bank made a verdict."""

    name: str
    version: str
    trust: Trust
    simulated: bool = False
    """True if the matches of this bank are counted but decide nothing, because no operator signed it or its rate of
    matches exceeds its budget."""


@dataclass(frozen=True, slots=True)
class Versions:
    """Everything that made a verdict: same in, same out."""

    signals: tuple[str, ...]
    banks: tuple[BankVersion, ...]
    policy: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Decision, findings, and the versions of everything that made it.

    ``matches`` stand best first. ``simulated`` means that the decision is counted but no door acts on it. ``notes``
    are codes for what a reader must know beside the findings, such as ``quality_low`` (too little structure for a
    perceptual look-up).
    """

    decision: Decision
    simulated: bool
    matches: tuple[Match, ...]
    risks: tuple[Risk, ...]
    versions: Versions
    notes: tuple[str, ...] = ()
