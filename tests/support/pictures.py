"""What happens to a photograph on its way through messengers, phones and people, as functions on pictures."""

from __future__ import annotations

import functools
import io

import numpy as np
from PIL import Image, ImageDraw, ImageFont

PHONE = (1080, 2340)
DESKTOP = (1920, 1080)
BLACK, WHITE = (0, 0, 0), (255, 255, 255)
STORED_FOR = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How a camera stores an upright picture so that the orientation makes it upright again."""


def encoded(image, kind, **options):
    """Give a picture's bytes in a format."""
    into = io.BytesIO()
    image.save(into, kind, **options)
    return into.getvalue()


@functools.cache
def photograph(path, longest=None):
    """Open a photograph as RGB, made smaller if a side is longer than ``longest``; never change what it gives."""
    with Image.open(path) as file:
        image = file.convert("RGB")
    if longest and max(image.size) > longest:
        image.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return image


def resized(image, factor):
    """Scale both sides."""
    return image.resize([max(1, round(side * factor)) for side in image.size], Image.Resampling.LANCZOS)


def with_orientation(image, orientation, kind="JPEG", **options):
    """Store a picture turned, with the Exif orientation that says how to turn it back."""
    turn = STORED_FOR[orientation]
    stored = image if turn is None else image.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(stored, kind, exif=exif, **options)


def fitted(image, screen, colour, *, share=1.0):
    """Show a picture in the middle of a screen, as large as ``share`` of it allows."""
    factor = min(screen[0] / image.width, screen[1] / image.height) * share
    shown = image.resize([round(side * factor) for side in image.size], Image.Resampling.BICUBIC)
    ground = Image.new("RGB", screen, colour)
    ground.paste(shown, ((screen[0] - shown.width) // 2, (screen[1] - shown.height) // 2))
    return ground


def barred(image, above, below, colour, colour_below=None):
    """Add bars above and below, each a share of the picture's height."""
    high, low = round(image.height * above), round(image.height * below)
    ground = Image.new("RGB", (image.width, image.height + high + low), colour)
    if colour_below is not None:
        ground.paste(colour_below, (0, high, image.width, ground.height))
    ground.paste(image, (0, high))
    return ground


def screenshot(image, *, dark=True, tools=True, status=None):
    """Photograph a phone's screen: clock and battery at the top, the picture in the middle, buttons at the bottom.

    ``status`` is the colour of the strip behind the clock if it differs from the rest.
    """
    ground, ink = (BLACK, WHITE) if dark else (WHITE, (20, 20, 20))
    screen = fitted(image, PHONE, ground)
    top = (screen.height - round(image.height * PHONE[0] / image.width)) // 2
    draw = ImageDraw.Draw(screen)
    write = ImageFont.load_default(40)
    if top > 90:
        if status is not None:
            draw.rectangle((0, 0, screen.width, 80), fill=status)
        draw.text((60, 20), "14:27", fill=ink, font=write)
        draw.rectangle((940, 28, 1000, 56), outline=ink, width=4)
        draw.rectangle((944, 32, 980, 52), fill=ink)
        for bar in range(4):
            draw.rectangle((860 + 14 * bar, 50 - 8 * bar, 868 + 14 * bar, 56), fill=ink)
    if tools and top > 330:
        draw.text((150, 130), "Holiday 2019", fill=ink, font=ImageFont.load_default(56))
        draw.text((150, 200), "12 May, 16:03", fill=ink, font=ImageFont.load_default(36))
        draw.line(((60, 170), (90, 140)), fill=ink, width=6)
        draw.line(((60, 170), (90, 200)), fill=ink, width=6)
        for place in range(4):
            left = 120 + 260 * place
            draw.ellipse((left, 2130, left + 60, 2190), outline=ink, width=6)
    draw.rounded_rectangle((360, 2310, 720, 2322), 6, fill=ink)
    return screen


def distance(one, other):
    """Count the bits in which two fingerprints differ."""
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()


def nearest(findings, value):
    """Give (distance, view) of the fingerprint that is nearest to a known value."""
    return min((distance(f.value, value), str(f.view)) for f in findings.fingerprints)


def noise(width, height, seed=1):
    """Draw coarse coloured noise that no two seeds share."""
    random = np.random.default_rng(seed)
    small = random.integers(0, 256, (max(2, height // 16), max(2, width // 16), 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
