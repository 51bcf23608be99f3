"""The short way through JPEG: exact to the pixel, and fast within a few bits."""

import io
import statistics

import numpy as np
import pytest
from pictures import distance, encoded, photograph, resized
from PIL import Image

from kindward.errors import ContentError
from kindward.signals.pdq import PictureOptions, fingerprints
from kindward.signals.picture import jpeg

PIXELS = 100_000_000
SAMPLINGS = {"4:4:4": 0, "4:2:2": 1, "4:2:0": 2}


@pytest.mark.parametrize("sampling", SAMPLINGS)
@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("quality", [30, 75, 95])
def test_the_exact_way_gives_the_very_pixels_of_the_imaging_library(
    sampling, progressive, quality, package_photographs
):
    for path in package_photographs[:4]:
        image = photograph(path, 333)
        data = encoded(image, "JPEG", quality=quality, subsampling=SAMPLINGS[sampling], progressive=progressive)
        expected = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
        assert np.array_equal(expected, jpeg.decode(data, fast=False, pixels=PIXELS).pixels), path.name


def test_the_exact_way_gives_the_very_pixels_of_photographs_as_they_came(photographs):
    compared = 0
    for path in photographs:
        data = path.read_bytes()
        decoded = jpeg.decode(data, fast=False, pixels=PIXELS) if data.startswith(b"\xff\xd8") else None
        if decoded is None:
            continue
        mode = "L" if decoded.pixels.ndim == 2 else "RGB"
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(data)).convert(mode)), decoded.pixels), path.name
        compared += 1
    assert 3 <= compared


@pytest.mark.parametrize(
    ("size", "by"),
    [
        ((640, 480), 1),
        ((510, 2000), 1),
        ((511, 2000), 2),
        ((512, 512), 2),
        ((1920, 1080), 4),
        ((2048, 2048), 8),
        ((4000, 3000), 8),
        ((9, 9), 1),
    ],
)
def test_a_decode_is_reduced_only_while_its_short_side_keeps_256_pixels(size, by):
    assert by == jpeg.reduction(*size) == jpeg.reduction(*reversed(size))
    assert by == 1 or 256 <= -(-min(size) // by)


def _deviation(data):
    """Give how many bits the fast way is away from the exact one; None where there is too little to see."""
    exact, fast = (fingerprints(data, PictureOptions(fast=fast, views=False)).fingerprints[0] for fast in (False, True))
    return distance(exact.value, fast.value) if exact.quality >= 50 else None


def _summary(name, deviations):
    known = [bits for bits in deviations if bits is not None]
    exact = sum(bits == 0 for bits in known) / len(known)
    print(f"{name}: n = {len(known)}, exact {exact:.0%}, mean {statistics.mean(known):.2f}, max {max(known)} bits")
    return statistics.mean(known), max(known)


def test_the_fast_way_stays_within_a_few_bits_on_photographs_as_they_came(photographs):
    files = [data for data in (path.read_bytes() for path in photographs) if data.startswith(b"\xff\xd8")]
    mean, most = _summary("as they came", [_deviation(data) for data in files])
    assert 4 >= most
    assert len(files) < 20 or 0.6 >= mean


@pytest.mark.parametrize("longest", [640, 1100, 1920])
def test_the_fast_way_stays_within_a_few_bits_on_enlarged_crops_too(longest, package_photographs):
    deviations = []
    for path in package_photographs:
        whole = photograph(path)
        for part in range(4):
            left, top = whole.width * part // 12, whole.height * part // 16
            crop = whole.crop((left, top, left + whole.width * 2 // 3, top + whole.height * 3 // 4))
            crop = resized(crop, longest / max(crop.size))
            deviations.append(_deviation(encoded(crop, "JPEG", quality=88)))
    mean, most = _summary(f"crops at {longest}", deviations)
    assert 1.2 >= mean
    assert 8 >= most


@pytest.mark.parametrize("fast", [True, False])
def test_uncommon_jpegs_take_the_careful_way(fast):
    image = Image.effect_noise((320, 200), 80).convert("RGB")
    assert jpeg.decode(encoded(image.convert("CMYK"), "JPEG"), fast=fast, pixels=PIXELS) is None
    with pytest.raises(jpeg.DamagedError):
        jpeg.decode(encoded(image, "JPEG")[:-9], fast=fast, pixels=PIXELS)
    assert jpeg.decode(b"\xff\xd8\xff\xe0", fast=fast, pixels=PIXELS) is None


def test_a_jpeg_whose_colours_are_rgb_is_read_as_such():
    image = Image.effect_noise((320, 200), 80).convert("RGB")
    data = encoded(image, "JPEG", keep_rgb=True, quality=95)
    expected = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    assert np.array_equal(expected, jpeg.decode(data, fast=False, pixels=PIXELS).pixels)
    assert jpeg.decode(data, fast=True, pixels=PIXELS) is None


def test_a_picture_above_the_limit_is_refused_from_its_header_with_the_numbers():
    data = encoded(Image.new("RGB", (2000, 1000)), "JPEG")
    with pytest.raises(ContentError) as refused:
        jpeg.decode(data, fast=True, pixels=1_999_999)
    assert "picture_too_large" == refused.value.code
    assert "2000 by 1000 pixels, 2000000 in all; the limit is 1999999" in str(refused.value)


def test_of_several_pictures_in_one_jpeg_the_first_is_seen(package_photographs):
    first, second = (photograph(path, 320) for path in package_photographs[2:4])
    several = encoded(first, "MPO", save_all=True, append_images=[second])
    assert b"MPF\0" in several
    for fast in (True, False):
        options = PictureOptions(fast=fast)
        found = fingerprints(several, options)
        assert 1 == found.frames_seen
        assert fingerprints(encoded(first, "JPEG"), options).fingerprints == found.fingerprints


def test_a_damaged_block_that_viewers_forgive_is_still_looked_up(package_photographs):
    image = photograph(package_photographs[2], 480)
    data = bytearray(encoded(image, "JPEG", quality=90))
    data[len(data) * 9 // 10] ^= 0x55
    shown = Image.open(io.BytesIO(bytes(data))).convert("RGB")
    expected = fingerprints(encoded(shown, "PNG")).fingerprints[0]
    for fast in (True, False):
        assert 4 >= distance(expected.value, fingerprints(bytes(data), PictureOptions(fast=fast)).fingerprints[0].value)
