"""Why a picture could not be checked; such a picture is not thereby harmless.

The sentences are made here from a code and plain facts, so that a decoding process never hands over text of its own.
"""

from __future__ import annotations

from collections.abc import Callable

from kindward.errors import ContentError

SHOWN_FORMATS = "JPEG, PNG, GIF, WebP, AVIF, HEIC, TIFF, BMP"
LONGEST_SIDE = 65_535
"""Most pixels along one side: what the kernel can address, and what JPEG can hold."""


def empty() -> ContentError:
    """Refuse a content without a single byte."""
    return ContentError("content_empty", "The content is empty: zero bytes.", "Check that the file was written fully.")


def too_many_bytes(size: int, limit: int) -> ContentError:
    """Refuse a content above ``limits.bytes``."""
    return ContentError(
        "content_too_large",
        "The content has {size} bytes; the limit is {limit}.",
        "Raise limits.bytes if contents of this size are usual.",
        size=size,
        limit=limit,
    )


def too_large(width: int, height: int, limit: int) -> ContentError:
    """Refuse a picture above ``limits.pixels`` before it is decoded."""
    if max(width, height) > LONGEST_SIDE and width * height <= limit:
        return ContentError(
            "picture_too_large",
            "The picture is {width} by {height} pixels; no side may have more than {side}.",
            "Such a picture cannot be looked up by its look.",
            width=width,
            height=height,
            side=LONGEST_SIDE,
        )
    return ContentError(
        "picture_too_large",
        "The picture is {width} by {height} pixels, {pixels} in all; the limit is {limit}.",
        "Raise limits.pixels, and limits.memory with it, if pictures of this size are usual.",
        width=width,
        height=height,
        pixels=width * height,
        limit=limit,
    )


def unreadable(format_name: str) -> ContentError:
    """Refuse a picture that is damaged, incomplete or not what it says it is."""
    return ContentError(
        "picture_unreadable",
        "The {format} picture is damaged or incomplete.",
        "Have it sent again; if other programs show it, report which program made it.",
        format="WebP" if format_name == "webp" else format_name.upper(),
    )


def format_unknown() -> ContentError:
    """Refuse what is no picture of a format that is read."""
    return ContentError(
        "picture_format_unknown",
        "The content is no picture of a known format.",
        "Known are {formats}.",
        formats=SHOWN_FORMATS,
    )


def too_slow(seconds: float) -> ContentError:
    """Refuse what was not decoded within ``limits.seconds``."""
    return ContentError(
        "check_too_slow",
        "The content was not decoded within {seconds} seconds.",
        "Raise limits.seconds if this machine is slow or busy.",
        seconds=f"{seconds:g}",
    )


def out_of_memory(limit: int) -> ContentError:
    """Refuse what needs more than ``limits.memory``."""
    return ContentError(
        "check_out_of_memory",
        "Decoding the content needs more than {limit} bytes of memory.",
        "Raise limits.memory if contents of this size are usual.",
        limit=limit,
    )


def crashed() -> ContentError:
    """Refuse what made the decoding process end by itself."""
    return ContentError(
        "decoder_crashed",
        "The decoder broke on this content; nothing else was affected.",
        "The content may be made to attack decoders; treat it with care.",
    )


BY_CODE: dict[str, Callable[..., ContentError]] = {
    "content_empty": empty,
    "content_too_large": too_many_bytes,
    "picture_too_large": too_large,
    "picture_unreadable": unreadable,
    "picture_format_unknown": format_unknown,
    "check_too_slow": too_slow,
    "check_out_of_memory": out_of_memory,
    "decoder_crashed": crashed,
}
"""Every way in which a content can be refused, by code."""
