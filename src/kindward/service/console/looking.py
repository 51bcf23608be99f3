"""Make of a content what is shown of it: small and grey first, then grey, then as it is. In memory only."""

from __future__ import annotations

import io
from enum import StrEnum

from PIL import Image

from kindward.errors import ContentError
from kindward.locale import N_

SMALL_SIDE, WHOLE_SIDE = 64, 1_200
LARGEST_PIXELS = 100_000_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
"""Few readers, because content is hostile until proven otherwise."""
OPEN_SECONDS = 10
"""How long a content is open before it is covered again."""


class Size(StrEnum):
    """How much of a content is shown."""

    SMALL = "small"
    GREY = "grey"
    FULL = "full"

    @property
    def entire(self) -> bool:
        """Say whether the whole content is shown; small and grey ones are not counted as seen."""
        return self is Size.FULL


def shown(data: bytes, size: Size) -> bytes:
    """Give a PNG of a picture, shrunk and grey as asked, without anything else that was in the file.

    Raises: ContentError ``picture_not_shown`` if it cannot be read; that it cannot be shown says nothing about it.
    """
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            if opened.width * opened.height > LARGEST_PIXELS:
                raise _unshown()
            side = SMALL_SIDE if size is Size.SMALL else WHOLE_SIDE
            opened.draft(None, (side, side))
            picture = opened.convert("RGB" if size is Size.FULL else "L")
            picture.thumbnail((side, side))
            written = io.BytesIO()
            picture.save(written, "PNG")
            return written.getvalue()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as problem:
        raise _unshown() from problem


def _unshown() -> ContentError:
    return ContentError(
        "picture_not_shown",
        N_("This content cannot be shown as a picture here."),
        N_("Decide by what stands beside it, or ask a lead."),
    )
