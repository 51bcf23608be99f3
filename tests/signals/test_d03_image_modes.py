"""D3: palette numbers and amounts of ink were hashed as if they were colours; a GIF copy was 216 bits away."""

import statistics

import numpy as np
import pytest
from pictures import encoded, nearest, photograph
from PIL import Image

from kindward.signals.pdq import PictureOptions, fingerprints

EXACT = PictureOptions(fast=False)


def _sixteen_bits(image):
    return Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)


def _half_transparent(image):
    alpha = Image.new("L", image.size, 255)
    alpha.paste(0, (0, 0, image.width // 8, image.height // 8))
    return image.copy(), alpha


def _rgba(image):
    seen, alpha = _half_transparent(image)
    seen.putalpha(alpha)
    return seen


def _grey_alpha(image):
    seen, alpha = _half_transparent(image)
    seen = seen.convert("L")
    seen.putalpha(alpha)
    return seen


MODES = {
    "GIF": lambda i: encoded(i, "GIF"),
    "palette PNG": lambda i: encoded(i.convert("P"), "PNG"),
    "palette PNG of 64 colours": lambda i: encoded(i.quantize(64), "PNG"),
    "palette TIFF": lambda i: encoded(i.convert("P"), "TIFF"),
    "palette BMP": lambda i: encoded(i.convert("P"), "BMP"),
    "palette PNG with alpha": lambda i: encoded(_rgba(i).quantize(128), "PNG"),
    "CMYK JPEG": lambda i: encoded(i.convert("CMYK"), "JPEG", quality=95),
    "CMYK TIFF": lambda i: encoded(i.convert("CMYK"), "TIFF"),
    "1-bit PNG": lambda i: encoded(i.convert("1"), "PNG"),
    "1-bit TIFF": lambda i: encoded(i.convert("1"), "TIFF", compression="group4"),
    "grey JPEG": lambda i: encoded(i.convert("L"), "JPEG", quality=95),
    "grey PNG": lambda i: encoded(i.convert("L"), "PNG"),
    "16-bit grey PNG": lambda i: encoded(_sixteen_bits(i), "PNG"),
    "16-bit grey TIFF": lambda i: encoded(_sixteen_bits(i), "TIFF"),
    "32-bit integer TIFF": lambda i: encoded(i.convert("L").convert("I"), "TIFF"),
    "floating TIFF from 0 to 1": lambda i: encoded(
        Image.fromarray(np.asarray(i.convert("L")).astype(np.float32) / 255), "TIFF"
    ),
    "YCbCr TIFF": lambda i: encoded(i.convert("YCbCr"), "TIFF"),
    "LAB TIFF": lambda i: encoded(_lab(i), "TIFF"),
    "grey with alpha PNG": lambda i: encoded(_grey_alpha(i), "PNG"),
    "RGBA PNG": lambda i: encoded(_rgba(i), "PNG"),
    "RGBA WebP": lambda i: encoded(_rgba(i), "WEBP", lossless=True),
    "RGBA TIFF": lambda i: encoded(_rgba(i), "TIFF"),
    "RGBA AVIF": lambda i: encoded(_rgba(i), "AVIF", quality=80, speed=9),
    "PNG with one transparent colour": lambda i: encoded(i, "PNG", transparency=i.getpixel((0, 0))),
}


def _lab(image):
    from PIL import ImageCms

    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    return ImageCms.profileToProfile(image, srgb, lab, outputMode="LAB")


@pytest.mark.parametrize("mode", MODES)
def test_d03_a_picture_is_found_in_whatever_mode_it_is_stored(mode, package_photographs):
    worst = {}
    for path in package_photographs:
        image = photograph(path, 480)
        original = fingerprints(encoded(image, "PNG"), EXACT).fingerprints[0]
        worst[path.name] = nearest(fingerprints(MODES[mode](image), EXACT), original.value)
    print(mode, worst)
    distances = [away for away, _ in worst.values()]
    assert 31 >= max(distances)
    assert 10 >= statistics.median(distances)


def test_d03_a_deep_grey_picture_is_scaled_and_not_clipped():
    ramp = np.linspace(0, 65_535, 256, dtype=np.uint16).reshape(16, 16).repeat(8, 0).repeat(8, 1)
    deep = fingerprints(encoded(Image.fromarray(ramp), "PNG"), EXACT).fingerprints[0]
    shallow = fingerprints(encoded(Image.fromarray((ramp // 257).astype(np.uint8)), "PNG"), EXACT).fingerprints[0]
    assert (0, shallow.quality) == ((int(deep.hex, 16) ^ int(shallow.hex, 16)).bit_count(), deep.quality)


def test_d03_a_grey_picture_and_its_rgb_copy_have_one_fingerprint(package_photographs):
    for path in package_photographs:
        grey = photograph(path, 640).convert("L")
        one = fingerprints(encoded(grey, "PNG"), EXACT)
        other = fingerprints(encoded(grey.convert("RGB"), "PNG"), EXACT)
        assert [f.hex for f in one.fingerprints] == [f.hex for f in other.fingerprints]


def test_d03_an_adobe_jpeg_with_inverted_ink_is_seen_right():
    image = Image.effect_noise((256, 192), 90).resize((512, 384)).convert("RGB")
    inverted = encoded(image.convert("CMYK"), "JPEG", quality=95)
    assert b"Adobe" in inverted[:200]
    original = fingerprints(encoded(image, "PNG"), EXACT).fingerprints[0]
    assert 8 >= nearest(fingerprints(inverted, EXACT), original.value)[0]
