"""One small picture in every format and coding that is read: the seeds of fuzzing."""

from __future__ import annotations

import functools

from heic import heic
from pictures import encoded, noise, with_orientation


def _clear(image):
    image = image.convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 24, 24))
    return image


def _moving(kind, **options):
    frames = [noise(72, 56, seed=seed) for seed in range(3)]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options)


@functools.cache
def samples():
    """Give {format: [files]}; two to eight files each, so that every branch of a decoder is met."""
    image = noise(72, 56)
    grey = image.convert("L")
    return {
        "jpeg": [
            encoded(image, "JPEG"),
            encoded(image, "JPEG", progressive=True, subsampling=0),
            encoded(image.convert("CMYK"), "JPEG"),
            encoded(grey, "JPEG"),
            with_orientation(image, 6, subsampling=1),
            encoded(image, "JPEG", restart_marker_blocks=2),
        ],
        "png": [
            encoded(image, "PNG"),
            encoded(image.quantize(16), "PNG"),
            encoded(_clear(image), "PNG"),
            encoded(grey.convert("1"), "PNG"),
            encoded(grey.convert("I;16"), "PNG"),
            _moving("PNG"),
            with_orientation(image, 3, "PNG"),
        ],
        "gif": [encoded(image, "GIF"), encoded(image, "GIF", interlace=1), _moving("GIF", duration=[100, 300, 100])],
        "webp": [
            encoded(image, "WEBP"),
            encoded(image, "WEBP", lossless=True),
            encoded(_clear(image), "WEBP"),
            _moving("WEBP", duration=50),
            with_orientation(image, 8, "WEBP"),
        ],
        "avif": [
            encoded(image, "AVIF", speed=10),
            encoded(_clear(image), "AVIF", speed=10),
            _moving("AVIF", speed=10),
            with_orientation(image, 5, "AVIF", speed=10),
        ],
        "heic": [heic(image), heic(image, rotate=1, exif_orientation=6), heic(image, mirror=1)],
        "tiff": [
            encoded(image, "TIFF"),
            encoded(image, "TIFF", compression="tiff_lzw"),
            encoded(image, "TIFF", compression="jpeg"),
            encoded(image, "TIFF", compression="tiff_deflate"),
            encoded(grey.convert("1"), "TIFF", compression="group4"),
            encoded(grey.convert("F"), "TIFF"),
            encoded(image, "TIFF", big_tiff=True),
            _moving("TIFF"),
            with_orientation(image, 7, "TIFF"),
        ],
        "bmp": [
            encoded(image, "BMP"),
            encoded(image.quantize(16), "BMP"),
            encoded(grey.convert("1"), "BMP"),
            encoded(image.convert("RGBA"), "BMP"),
        ],
    }
