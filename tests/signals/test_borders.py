"""Pictures inside uniform borders."""

import io

import numpy as np
import pytest
from pictures import BLACK, DESKTOP, WHITE, barred, encoded, fitted, noise
from PIL import Image

from kindward.signals.picture import borders

RED, BLUE = (200, 30, 40), (20, 40, 120)


def _pixels(image, quality=None):
    if quality is None:
        return np.asarray(image)
    return np.asarray(Image.open(io.BytesIO(encoded(image, "JPEG", quality=quality))))


def _best(image, expected, quality=None):
    """Give how far the nearest reading is from the true edges (top, bottom, left, right), in pixels."""
    found = borders.insides(_pixels(image, quality))
    return min(
        (max(abs(a - b) for a, b in zip((i.top, i.bottom, i.left, i.right), expected, strict=True)) for i in found),
        default=None,
    )


def test_a_picture_without_borders_has_no_inside():
    for seed in range(5):
        assert [] == borders.insides(_pixels(noise(300, 200, seed)))


@pytest.mark.parametrize("colours", [(BLACK, None), (WHITE, None), (RED, None), (RED, BLUE), (BLACK, WHITE)])
def test_bars_of_any_colour_are_cut_off_to_the_pixel(colours):
    image = barred(noise(300, 200), 0.2, 0.4, *colours)
    assert 0 == _best(image, (40, 240, 0, 300))


@pytest.mark.parametrize("quality", [30, 60, 90])
@pytest.mark.parametrize("colour", [BLACK, WHITE, RED])
def test_noise_in_a_bar_moves_its_edge_by_a_block_at_most(quality, colour):
    image = barred(noise(300, 200), 0.2, 0.4, colour)
    assert 8 >= _best(image, (40, 240, 0, 300), quality)


def test_bars_on_all_four_sides_are_cut_off():
    image = fitted(noise(300, 300), DESKTOP, (40, 40, 40), share=0.8)
    assert 0 == _best(image, (108, 972, 528, 1392))


def test_bars_at_the_sides_alone_are_cut_off():
    image = Image.new("RGB", (700, 200), BLACK)
    image.paste(noise(300, 200), (200, 0))
    assert 0 == _best(image, (0, 200, 200, 500))


def test_writing_in_a_bar_does_not_end_it():
    image = barred(noise(600, 400), 0.5, 0.5, BLACK)
    for left in range(20, 120, 8):
        image.paste(WHITE, (left, 20, left + 5, 45))
    assert 0 == _best(image, (200, 600, 0, 600))


def test_a_dark_picture_keeps_its_dark_edges_in_one_reading():
    dark = noise(400, 300)
    dark.paste((9, 9, 9), (0, 0, 400, 60))
    image = barred(dark, 0.2, 0.2, BLACK)
    assert 8 >= _best(image, (60, 360, 0, 400))


@pytest.mark.parametrize("share", [0.14, 0.3, 0.6])
def test_never_more_than_the_stated_share_is_cut_away(share):
    inside = max(1, round(500 * share))
    image = Image.new("RGB", (200, 500), BLACK)
    image.paste(noise(200, inside), (0, 250 - inside // 2))
    for found in borders.insides(_pixels(image)):
        assert 0.13 <= (found.bottom - found.top) / 500
    assert 1 >= _best(image, (250 - inside // 2, 250 - inside // 2 + inside, 0, 200))


@pytest.mark.parametrize("colour", [BLACK, WHITE, RED])
@pytest.mark.parametrize("size", [(1, 1), (5, 300), (300, 200)])
def test_a_blank_picture_has_no_inside(colour, size):
    assert [] == borders.insides(_pixels(Image.new("RGB", size, colour)))


def test_a_border_too_thin_to_matter_is_left():
    image = Image.new("RGB", (600, 600), BLACK)
    image.paste(noise(596, 596), (2, 2))
    assert [] == borders.insides(_pixels(image))


def test_there_are_at_most_three_readings():
    rng = np.random.default_rng(5)
    for _ in range(50):
        image = barred(noise(200, 150, int(rng.integers(99))), 0.2, 0.3, tuple(rng.integers(0, 255, 3)))
        assert 3 >= len(borders.insides(_pixels(image, int(rng.integers(20, 95)))))


def test_the_inside_is_no_copy():
    pixels = _pixels(barred(noise(300, 200), 0.2, 0.4, BLACK))
    assert np.shares_memory(pixels, borders.insides(pixels)[0].of(pixels))
