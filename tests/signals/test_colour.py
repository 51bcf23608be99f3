"""Transparent pictures, on every ground they may be shown on."""

import numpy as np
import pytest
from pictures import distance, encoded, noise, photograph
from PIL import Image

from kindward.signals.pdq import PictureOptions, fingerprints
from kindward.signals.picture import colour

EXACT = PictureOptions(fast=False)


def _backdrops(findings):
    return {f.view.backdrop for f in findings.fingerprints}


def test_a_transparent_picture_is_seen_on_white_on_black_and_without_alpha():
    image = noise(160, 120).convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    seen = dict(colour.seen(image))
    assert ["white", "black", "dropped"] == list(seen)
    alpha = np.asarray(image.getchannel("A"), dtype=float)[:, :, None] / 255
    plain = np.asarray(image.convert("RGB"), dtype=float)
    assert 1 >= np.abs(plain * alpha + 255 * (1 - alpha) - seen["white"]).max()
    assert 1 >= np.abs(plain * alpha - seen["black"]).max()
    assert np.array_equal(plain, seen["dropped"])


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_an_alpha_channel_without_a_transparent_pixel_adds_no_views(mode):
    image = noise(64, 48).convert(mode)
    assert [""] == [name for name, _ in colour.seen(image)]


def test_a_picture_hidden_behind_full_transparency_is_found(package_photographs):
    image = photograph(package_photographs[2], 400)
    hidden = image.convert("RGBA")
    hidden.putalpha(0)
    found = fingerprints(encoded(hidden, "PNG"), EXACT)
    known = fingerprints(encoded(image, "PNG"), EXACT).fingerprints[0].value
    assert {"white", "black", "dropped"} == _backdrops(found)
    assert known in [f.value for f in found.fingerprints if f.view.backdrop == "dropped"]


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "TIFF", "AVIF"])
def test_transparency_is_known_in_every_format_that_has_it(kind):
    image = noise(160, 120).convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 80, 60))
    options = {"AVIF": {"speed": 9}}.get(kind, {})
    assert {"white", "black", "dropped"} == _backdrops(fingerprints(encoded(image, kind, **options)))


def test_one_transparent_grey_of_a_deep_picture_is_known():
    values = np.full((64, 64), 40_000, dtype=np.uint16)
    values[:32] = 1_234
    data = encoded(Image.fromarray(values), "PNG", transparency=1_234)
    assert {"white", "black", "dropped"} == _backdrops(fingerprints(data))


def test_a_profile_is_left_alone(package_photographs):
    image = photograph(package_photographs[2], 400)
    plain = fingerprints(encoded(image, "PNG"), EXACT).fingerprints
    assert plain == fingerprints(encoded(image, "PNG", icc_profile=b"not a profile at all"), EXACT).fingerprints


@pytest.mark.parametrize(
    "values",
    [[[0.0, 1.0]], [[0.0, 200.0]], [[0.0, 60_000.0]], [[-5.0, 5.0]], [[float("nan"), 1.0]], [[7.0, 7.0]], [[1e9, 2e9]]],
)
def test_numbers_of_any_range_become_grey(values):
    grey = colour.opaque(Image.fromarray(np.asarray(values, dtype=np.float32)))
    assert (np.uint8, 2) == (grey.dtype, grey.ndim)


def test_the_views_of_a_half_transparent_picture_differ():
    image = noise(160, 120).convert("RGBA")
    image.putalpha(noise(160, 120, seed=7).convert("L"))
    found = {f.view.backdrop: f.value for f in fingerprints(encoded(image, "PNG"), EXACT).fingerprints[::-1]}
    assert 20 <= distance(found["white"], found["black"])


@pytest.mark.parametrize("outlier", [1e9, -1e9, np.inf, -np.inf, np.nan])
def test_one_pixel_far_outside_does_not_hide_a_deep_picture(outlier):
    plain = np.tile(np.linspace(0, 1, 200, dtype=np.float32), (150, 1))
    spoilt = plain.copy()
    spoilt[3, 5] = outlier
    expected, taken = (colour.opaque(Image.fromarray(each)).astype(int) for each in (plain, spoilt))
    assert 1 >= np.count_nonzero(expected != taken)


def test_a_deep_picture_of_one_value_is_blank():
    assert {0} == {*colour.opaque(Image.fromarray(np.full((9, 9), 7e4, np.float32))).flat}


def test_twelve_bits_in_sixteen_are_seen_in_full_range():
    values = np.tile(np.linspace(0, 4095, 200).astype(np.uint16), (150, 1))
    taken = colour.opaque(Image.fromarray(values))
    assert (0, 255) == (taken.min(), taken.max())
