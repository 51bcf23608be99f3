"""What becomes of a photograph between people, and that it is still found: distances at most 31."""

import pytest
from pictures import BLACK, DESKTOP, WHITE, barred, encoded, fitted, nearest, photograph, resized, screenshot
from PIL import Image

from kindward.signals.pdq import PictureOptions, fingerprints

T = Image.Transpose
SILHOUETTES = {"horse.png"}
"""Drawings on blank paper: where the paper ends and a white bar begins, nobody can tell."""
TEXTURES = {"brick.png", "grass.png", "gravel.png", "leonardo_vitruvian_head_arms.jpg"}
"""Pictures of nothing but repeated fine lines, which scaling alone moves farther than a match allows."""


def _jpeg(image, quality=75):
    return encoded(image, "JPEG", quality=quality)


KEPT = {
    "recompressed at 30": lambda i: _jpeg(i, 30),
    "recompressed at 60": lambda i: _jpeg(i, 60),
    "recompressed at 95": lambda i: _jpeg(i, 95),
    "half as large": lambda i: _jpeg(resized(i, 0.5)),
    "twice as large": lambda i: _jpeg(resized(i, 2)),
    "GIF": lambda i: encoded(i, "GIF"),
    "WebP": lambda i: encoded(i, "WEBP", quality=60),
    "CMYK": lambda i: _jpeg(i.convert("CMYK")),
    "palette": lambda i: encoded(i.convert("P"), "PNG"),
    "grey": lambda i: _jpeg(i.convert("L")),
}
TURNED = {
    "mirrored": lambda i: _jpeg(i.transpose(T.FLIP_LEFT_RIGHT)),
    "upside down": lambda i: _jpeg(i.transpose(T.ROTATE_180)),
    "on its side": lambda i: _jpeg(i.transpose(T.ROTATE_90)),
    "mirrored on its side": lambda i: _jpeg(i.transpose(T.TRANSPOSE)),
}
BORDERED = {
    "letterboxed": lambda i: _jpeg(barred(i, 0.2, 0.2, BLACK), 60),
    "letterboxed in white": lambda i: _jpeg(barred(i, 0.1, 0.3, WHITE), 60),
    "letterboxed in two colours": lambda i: _jpeg(barred(i, 0.15, 0.2, (200, 30, 40), (20, 40, 120)), 40),
    "pillarboxed": lambda i: _jpeg(fitted(i, (i.height * 2, i.height), BLACK), 50),
    "framed on a desktop": lambda i: _jpeg(fitted(i, DESKTOP, (40, 40, 40), share=0.8)),
    "letterboxed and mirrored": lambda i: _jpeg(barred(i, 0.2, 0.2, BLACK).transpose(T.FLIP_LEFT_RIGHT), 60),
    "screenshot of a dark screen": lambda i: encoded(screenshot(i), "PNG"),
    "screenshot of a light screen": lambda i: _jpeg(screenshot(i, dark=False)),
    "screenshot with a coloured strip": lambda i: _jpeg(screenshot(i, dark=False, status=(60, 60, 70))),
    "screenshot, half as large": lambda i: _jpeg(resized(screenshot(i, dark=False), 0.5), 70),
}


def _look_up(name, change, photographs, left_out):
    found = {}
    for path in photographs:
        image = photograph(path, 640)
        known = fingerprints(encoded(image, "PNG"), PictureOptions(views=False)).fingerprints[0]
        if known.quality >= 50 and path.name not in left_out and image.height <= 1.6 * image.width:
            found[path.name] = nearest(fingerprints(change(image)), known.value)
    distances = sorted(away for away, _ in found.values())
    print(f"{name}: median {distances[len(distances) // 2]}, max {distances[-1]} bits, n = {len(distances)}")
    return found


@pytest.mark.parametrize("change", KEPT)
def test_a_photograph_that_was_saved_again_is_found_as_it_stands(change, package_photographs):
    found = _look_up(change, KEPT[change], package_photographs, TEXTURES)
    assert {} == {name: hit for name, hit in found.items() if hit[0] > 31}


@pytest.mark.parametrize("change", TURNED)
def test_a_turned_photograph_is_found_in_that_turn(change, package_photographs):
    found = _look_up(change, TURNED[change], package_photographs, TEXTURES)
    assert {} == {name: hit for name, hit in found.items() if hit[0] > 31 or hit[1] == "original"}


@pytest.mark.parametrize("change", BORDERED)
def test_a_photograph_within_borders_is_found_inside_them(change, package_photographs):
    found = _look_up(change, BORDERED[change], package_photographs, TEXTURES | SILHOUETTES)
    assert {} == {name: hit for name, hit in found.items() if hit[0] > 31 or "inside" not in hit[1]}


@pytest.mark.long
@pytest.mark.parametrize("change", KEPT | TURNED | BORDERED)
def test_every_photograph_at_hand_is_found(change, photographs):
    found = _look_up(change, (KEPT | TURNED | BORDERED)[change], photographs, TEXTURES | SILHOUETTES)
    missed = {name: hit for name, hit in found.items() if hit[0] > 31}
    print(missed)
    assert 0.02 * len(found) >= len(missed)
