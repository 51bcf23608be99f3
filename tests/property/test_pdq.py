"""Whatever the picture: all machine paths agree bit for bit, and all agree with the oracle."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kindward.kernel import pdq
from kindward.kernel.reference import pdq as oracle

MACHINES = [
    pytest.param(
        name, marks=pytest.mark.skipif(name not in pdq.machines(), reason=f"this processor lacks the {name} path")
    )
    for name in ("portable", "avx2", "avx512")
]
NEAR = 1e-9  # relative to 255, the range of luma, or to the largest coefficient


def _pixels(kind, shape, seed):
    rng = np.random.default_rng(seed)
    if kind == "noise":
        return rng.integers(0, 256, shape, dtype=np.uint8)
    if kind == "extremes":
        return rng.choice(np.array([0, 255], np.uint8), shape)
    if kind == "white":
        return np.full(shape, 255, np.uint8)
    slopes = rng.uniform(-2, 2, 3)
    return (sum(s * i for s, i in zip(slopes, np.indices(shape), strict=False)) % 256).astype(np.uint8)


@st.composite
def pictures(draw, *, longest=300, least=1):
    """Give pixels, often inside a larger array, and the full size they are a decode of."""
    sides = st.integers(least, longest) | st.sampled_from(
        [s for s in (63, 64, 65, 127, 128, 129, 256, 257) if s < longest]
    )
    full = (draw(sides), draw(sides))
    eighths = draw(st.sampled_from([8, 8, 8, 4, 2, 1, 3, 7]))
    height, width = (-(-side * eighths // 8) for side in full)
    left, right = draw(st.sampled_from([(0, 0), (0, 1), (5, 3), (64, 0)]))
    colour = draw(st.sampled_from([(), (3,)]))
    kind = draw(st.sampled_from(["noise", "extremes", "white", "slope"]))
    whole = _pixels(kind, (height, left + width + right, *colour), draw(st.integers(0, 2**32)))
    return whole[:, left : left + width], full


@pytest.mark.parametrize("machine", MACHINES)
@settings(max_examples=150, deadline=None)
@given(pictures())
def test_every_machine_path_gives_the_same_bits(machine, case):
    pixels, full = case

    assert pdq.hash_pixels(pixels, full_size=full, machine="portable") == pdq.hash_pixels(
        pixels, full_size=full, machine=machine
    )
    plain, quality = pdq.coefficients(pixels, full_size=full, machine="portable")
    found, same_quality = pdq.coefficients(pixels, full_size=full, machine=machine)
    assert plain.tobytes() == found.tobytes()
    assert quality == same_quality
    assert (
        pdq.luma64(pixels, full_size=full, machine="portable").tobytes()
        == pdq.luma64(pixels, full_size=full, machine=machine).tobytes()
    )


@settings(max_examples=150, deadline=None)
@given(pictures(longest=200))
def test_luma_and_coefficients_equal_the_oracle(case):
    pixels, full = case
    luma = oracle.luma64(pixels, full)
    coefficients = oracle.transform(luma)
    largest = max(float(np.abs(coefficients).max()), 1.0)

    np.testing.assert_allclose(luma, pdq.luma64(pixels, full_size=full), rtol=0, atol=255 * NEAR)
    np.testing.assert_allclose(coefficients, pdq.coefficients(pixels, full_size=full)[0], rtol=0, atol=largest * NEAR)


@settings(max_examples=150, deadline=None)
@given(pictures(longest=200, least=5))
def test_bits_of_all_views_equal_the_oracle_where_no_coefficient_is_at_the_median(case):
    pixels, full = case
    views, quality = oracle.hash_pixels(pixels, full)
    found = pdq.hash_pixels(pixels, full_size=full)
    luma = oracle.luma64(pixels, full)
    for turned, expected, value in zip(oracle.turns(luma), views, found.views, strict=True):
        flat = oracle.transform(turned).ravel()[::-1]
        clear = np.abs(flat - np.sort(flat)[127]) > NEAR * max(float(np.abs(flat).max()), 1.0)
        different = np.unpackbits(np.frombuffer(expected, np.uint8)) != np.unpackbits(np.frombuffer(value, np.uint8))

        assert not (different & clear).any()
    assert abs(quality - found.quality) <= 1


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([(513, 40), (40, 1025), (700, 300), (2100, 30)]))
def test_large_windows_equal_the_oracle(seed, shape):
    pixels = _pixels("noise", shape, seed)

    np.testing.assert_allclose(oracle.luma64(pixels), pdq.luma64(pixels), rtol=0, atol=255 * NEAR)
