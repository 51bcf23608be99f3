"""Open a picture with the one decoder its magic number calls for, never by a library's own guess.

Pillow knows some forty formats, one of which starts an interpreter for PostScript; eight are sent between people. Their
plug-ins are called directly, so that the others are out of reach whatever the bytes say.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pi_heif
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from kindward.signals.picture import refusal, sniff

_ORIENTATION = 0x0112
_LAST_ORIENTATION = 8
_MILLISECONDS = 1000.0

Open = Callable[[io.BytesIO], ImageFile.ImageFile]

_OPENERS: dict[sniff.Format, Open] = {
    "jpeg": JpegImagePlugin.JpegImageFile,
    "png": PngImagePlugin.PngImageFile,
    "gif": GifImagePlugin.GifImageFile,
    "webp": WebPImagePlugin.WebPImageFile,
    "avif": AvifImagePlugin.AvifImageFile,
    "tiff": TiffImagePlugin.TiffImageFile,
    "bmp": BmpImagePlugin.BmpImageFile,
}
_MOVING = frozenset({"png", "gif", "webp", "avif", "tiff"})


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame, decoded: how long it is shown (seconds), how it is held, and whether it was turned already.

    ``moving`` says that others follow the first one.
    """

    image: Image.Image
    seconds: float
    orientation: int
    upright: bool
    moving: bool


def settle_libraries() -> None:
    """Set the libraries' switches for a process that decodes one picture at a time under limits of its own.

    Pillow's limit of pixels is replaced by one with a clear sentence, checked before any decoding. One thread each,
    because as many processes run as there are cores.
    """
    Image.MAX_IMAGE_PIXELS = None
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    pi_heif.options.DECODE_THREADS = 1
    pi_heif.options.THUMBNAILS = False
    pi_heif.options.DEPTH_IMAGES = False
    pi_heif.options.AUX_IMAGES = False


def frames(data: sniff.Buffer, kind: sniff.Format, pixels: int) -> Iterator[Frame]:
    """Decode frame after frame; each is valid only until the next one is asked for.

    Raises:
        ContentError: picture_too_large, from the header and before each frame is decoded.
        Exception: whatever the decoder raises on a damaged picture.
    """
    if kind == "heic":
        yield from _heic(data, pixels)
        return
    if kind == "webp":
        require_size(sniff.webp_canvas(data), pixels)
    image = _OPENERS[kind](io.BytesIO(data))
    require_size(image.size, pixels)
    moving = kind in _MOVING and bool(getattr(image, "is_animated", False))
    index = 0
    while True:
        held = _orientation(image)
        image.load()
        require_size(image.size, pixels)
        shown = float(image.info.get("duration", 0) or 0) / _MILLISECONDS
        yield Frame(image, shown, held, upright=kind == "tiff", moving=moving)
        index += 1
        if not moving:
            return
        try:
            image.seek(index)
        except EOFError:
            return
        require_size(image.size, pixels)


def require_size(size: tuple[int, int] | None, pixels: int) -> None:
    """Refuse a picture whose header announces more than may be decoded.

    Raises:
        ContentError: picture_too_large, with the numbers.
    """
    if size is None:
        return
    width, height = size
    if width * height > pixels or max(width, height) > refusal.LONGEST_SIDE:
        raise refusal.too_large(width, height, pixels)


def _heic(data: sniff.Buffer, pixels: int) -> Iterator[Frame]:
    """Decode the primary picture first, then the others of a burst.

    The container's own rotation is already applied and rules over Exif (ISO/IEC 23008-12, section 6.5.10), so a
    picture is never turned a second time here.
    """
    file = pi_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=True)
    for held in file:
        require_size(held.size, pixels)
    first = file.primary_index
    for index in (first, *(i for i in range(len(file)) if i != first)):
        image = file[index].to_pillow()
        require_size(image.size, pixels)
        yield Frame(image, 0.0, 1, upright=True, moving=len(file) > 1)


def _orientation(image: ImageFile.ImageFile) -> int:
    """Read the orientation Pillow knows; for AVIF that is the container's own, which rules over Exif."""
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001 - a damaged note about a picture does not make the picture unreadable
        return 1
    return value if isinstance(value, int) and 1 <= value <= _LAST_ORIENTATION else 1
