"""``pdq/1``: a picture's look in 256 bits, from every view a list may have seen it in.

PDQ is Meta's perceptual hash ("PDQ & TMK + PDQF", 2019): two pictures that look alike differ in few bits; 31 or fewer
count as a match, and a quality below 50 says that there is too little to see. The views come from few passes over the
pixels: eight turns from one pass, one more for the picture without borders, one for the orientation in which it is
stored, and the same for each backdrop of a transparent picture and each chosen frame of a moving one.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass, replace
from functools import partial

from PIL import Image

from kindward.errors import ContentError
from kindward.kernel import pdq
from kindward.model import FRAMES_LEFT_OUT, PICTURE_DAMAGED, TURNS, Content, Fingerprint, View
from kindward.signals.picture import borders, formats, jpeg, refusal, sniff
from kindward.signals.picture.moving import Chosen
from kindward.signals.picture.rendering import UPRIGHT, Rendering

NAME = "pdq/1"
_EXAMPLE = "c4ca3955f2ad0f6a7cca81957e2580d56fad301a53f6ac0d13f98c0363fedd40"


@dataclass(frozen=True, slots=True)
class PictureOptions:
    """What decoding one picture may cost and what is taken from it.

    ``pixels`` and ``frames`` are limits; ``fast`` decodes JPEG at a reduced size; ``borders`` adds the picture without
    uniform borders; without ``views`` only the plain view is taken, as a list has it.
    """

    pixels: int = 100_000_000
    frames: int = 2_000
    fast: bool = True
    borders: bool = True
    views: bool = True


@dataclass(frozen=True, slots=True)
class PictureFindings:
    """The fingerprints of one picture, the plain view first, and what was found out about it on the way."""

    fingerprints: tuple[Fingerprint, ...]
    format: str
    width: int
    height: int
    frames_seen: int = 1
    notes: tuple[str, ...] = ()


def fingerprints(data: sniff.Buffer, options: PictureOptions = PictureOptions()) -> PictureFindings:
    """Decode a picture in this process and fingerprint every view of it.

    Hostile bytes belong into ``kindward.isolation.DecoderPool``, which calls this where it can be killed. Fingerprints
    of low quality are kept: to drop them is the look-up's decision.

    Raises:
        ContentError: content_empty, picture_format_unknown, picture_too_large or picture_unreadable.
        MemoryError: if the process may not have as much as decoding needs.
    """
    if not len(data):
        raise refusal.empty()
    kind = sniff.format_of(data)
    if kind is None:
        raise refusal.format_unknown()
    try:
        found = _direct(data, options) if kind == "jpeg" else None
        return found or _careful(data, kind, options)
    except jpeg.DamagedError:
        return _rest(data, kind, options)
    except (ContentError, MemoryError):
        raise
    except Exception as problem:
        raise refusal.unreadable(kind) from problem


def _direct(data: sniff.Buffer, options: PictureOptions) -> PictureFindings | None:
    """Take the short way of an ordinary JPEG; None if the picture is none."""
    rendering = jpeg.decode(data, fast=options.fast, pixels=options.pixels)
    return None if rendering is None else PictureFindings(tuple(_of(rendering, options)), "jpeg", *rendering.seen_size)


def _rest(data: sniff.Buffer, kind: sniff.Format, options: PictureOptions) -> PictureFindings:
    """Take what viewers show of a damaged picture; the note keeps it from passing as wholly checked."""
    try:
        found = _careful(data, kind, options)
    except (ContentError, MemoryError):
        raise
    except Exception as problem:
        raise refusal.unreadable(kind) from problem
    return replace(found, notes=(*found.notes, PICTURE_DAMAGED))


def _careful(data: sniff.Buffer, kind: sniff.Format, options: PictureOptions) -> PictureFindings:
    """Let the imaging library decode; its warnings are silenced, because they may quote the content."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        chosen = Chosen(formats.frames(data, kind, options.pixels), options.frames)
        found: list[Fingerprint] = []
        size = 0, 0
        for rendering in chosen.renderings():
            found += _of(rendering, options)
            size = size if any(size) else rendering.seen_size
            if not options.views:
                break
    notes = (FRAMES_LEFT_OUT,) if chosen.more else ()
    return PictureFindings(tuple(found), kind, *size, chosen.seen, notes)


def _of(rendering: Rendering, options: PictureOptions) -> list[Fingerprint]:
    seen = rendering.upright()
    view = partial(View, backdrop=rendering.backdrop, frame=rendering.frame)
    turns = TURNS if options.views else TURNS[:1]
    taken = pdq.hash_pixels(seen.pixels, full_size=seen.full_size, views=len(turns))
    found = [_one(value, taken.quality, view(turn=turn)) for turn, value in zip(turns, taken.views, strict=True)]
    if not options.views:
        return found
    if rendering.orientation != UPRIGHT:
        taken = pdq.hash_pixels(rendering.pixels, full_size=rendering.full_size, views=1)
        found.append(_one(taken.value, taken.quality, view(stored=True)))
    if options.borders:
        for inside in borders.insides(seen.pixels, seen.reduced):
            taken = pdq.hash_pixels(inside.of(seen.pixels), full_size=_full_size(seen, inside))
            found += [
                _one(value, taken.quality, view(inside=True, turn=turn))
                for turn, value in zip(TURNS, taken.views, strict=True)
            ]
    return found


def _one(value: bytes, quality: int, view: View) -> Fingerprint:
    return Fingerprint(NAME, value, quality, view)


def _full_size(seen: Rendering, inside: borders.Inside) -> tuple[int, int] | None:
    """Say how large the part is in the full picture when the pixels are a reduced decode of it."""
    if seen.full_size is None:
        return None
    full_high, full_wide = seen.full_size
    by = seen.reduced
    return (
        min(inside.bottom * by, full_high) - inside.top * by,
        min(inside.right * by, full_wide) - inside.left * by,
    )


class PdqSignal:
    """A picture's look as a signal; decodes in the calling process."""

    name = NAME
    kinds = frozenset({"image/*"})

    def examples(self) -> tuple[tuple[Content, Fingerprint], ...]:
        """Give a drawn picture with its fingerprint."""
        side = range(96)
        drawn = Image.frombytes(
            "L", (96, 96), bytes((row * row + 3 * row * column) // 40 % 256 for row in side for column in side)
        )
        into = io.BytesIO()
        drawn.save(into, "PNG")
        return ((Content(into.getvalue()), Fingerprint(NAME, bytes.fromhex(_EXAMPLE), 100)),)

    def fingerprint(self, content: Content) -> tuple[Fingerprint, ...]:
        """Give the fingerprints of every view, exact."""
        return fingerprints(content.data, PictureOptions(fast=False)).fingerprints
