"""The same fingerprints as Meta's C++ reference, which pdqhash wraps."""

import numpy as np
import pytest
from PIL import Image

from kindward.kernel import pdq

pdqhash = pytest.importorskip("pdqhash", reason="pdqhash (dependency group oracles) is not installed")

VARIANTS = 4
MOST_PIXELS = 3_200_000


def _variants(path, rng):
    """Give a photograph as it is, resized twice and cropped, as RGB."""
    with Image.open(path) as opened:
        picture = opened.convert("RGB")
    if picture.width * picture.height > MOST_PIXELS:
        picture.thumbnail((2048, 1536))
    width, height = picture.size
    yield picture
    for factor in (0.37, 0.83):
        yield picture.resize((round(width * factor), round(height * factor)), Image.Resampling.BICUBIC)
    left, top, right, bottom = (int(rng.integers(0, side // 4)) for side in (width, height, width, height))
    yield picture.crop((left, top, width - right, height - bottom))


def _reference(pixels):
    vectors, quality = pdqhash.compute_dihedral(pixels)
    return tuple(np.packbits(vector.astype(np.uint8)).tobytes() for vector in vectors), quality


def _margins(pixels):
    """How far each bit's coefficient is from the median, in the order of the bits, for the first view."""
    coefficients, _ = pdq.coefficients(pixels)
    flat = coefficients.ravel()[::-1]
    return np.abs(flat - np.sort(flat)[127])


def _different(ours, theirs):
    return np.unpackbits(np.frombuffer(ours, np.uint8)) != np.unpackbits(np.frombuffer(theirs, np.uint8))


def test_photographs_have_the_hash_and_quality_of_the_reference(photographs, record_property):
    rng = np.random.default_rng(26)
    compared = other_views = 0
    for path in photographs:
        for picture in _variants(path, rng):
            pixels = np.ascontiguousarray(picture)
            views, quality = _reference(pixels)
            found = pdq.hash_pixels(pixels)

            assert (views[0].hex(), quality) == (found.value.hex(), found.quality), path.name
            compared += 1
            other_views += sum(ours != theirs for ours, theirs in zip(found.views, views, strict=True))
    record_property("photographs_compared", compared)

    assert VARIANTS * len(photographs) == compared
    assert other_views <= compared * 7 / 1000  # single precision may tip a bit of a turned view


@pytest.mark.parametrize("shape", [(64, 64, 3), (65, 127, 3), (480, 640, 3), (1080, 1920, 3), (31, 500, 3)])
def test_bits_of_random_pictures_differ_only_near_the_median(shape):
    rng = np.random.default_rng(shape[0])
    for _ in range(3):
        pixels = rng.integers(0, 256, shape, dtype=np.uint8)
        views, quality = _reference(pixels)
        found = pdq.hash_pixels(pixels)

        assert (_margins(pixels)[_different(found.value, views[0])] < pdq.REFERENCE_EPSILON).all()
        assert abs(quality - found.quality) <= 1


def _checkerboard(height, width, side):
    y, x = np.indices((height, width))
    return np.repeat((((y // side + x // side) % 2) * 255).astype(np.uint8)[..., None], 3, axis=2)


@pytest.mark.parametrize("side", [1, 2, 9, 25])
def test_coefficients_are_as_near_to_the_reference_as_promised(side):
    for shape in ((15, 8), (64, 64), (200, 200), (333, 1000)):
        for pixels in (_checkerboard(*shape, side), 255 - _checkerboard(*shape, side) // 8):
            theirs, _ = pdqhash.compute_float(pixels)
            ours, _ = pdq.coefficients(pixels)
            deviation = np.abs(np.asarray(theirs)[::-1] - ours.ravel()).max()

            assert deviation < pdq.REFERENCE_EPSILON / 2


def test_a_tiny_picture_has_the_zero_hash_of_the_reference():
    pixels = np.full((4, 9, 3), 200, np.uint8)
    vector, quality = pdqhash.compute(pixels)

    assert (np.packbits(vector.astype(np.uint8)).tobytes(), quality) == (
        pdq.hash_pixels(pixels).value,
        pdq.hash_pixels(pixels).quality,
    )
