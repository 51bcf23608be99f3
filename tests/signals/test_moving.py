"""Moving pictures: first, last, longest shown and all that differ clearly, in one pass."""

import pytest
from pictures import distance, encoded, noise, photograph
from PIL import Image

from kindward.errors import ContentError
from kindward.model import FRAMES_LEFT_OUT
from kindward.signals.pdq import PictureOptions, fingerprints

EXACT = PictureOptions(fast=False)
SIZE = (160, 120)
MOVING = {"GIF": {}, "PNG": {}, "WEBP": {"lossless": True}, "AVIF": {"quality": 90, "speed": 10}, "TIFF": {}}


def _moving(kind, frames, durations=None):
    options = dict(MOVING[kind])
    if durations and kind != "TIFF":
        options["duration"] = durations
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options)


def _frames(findings):
    return sorted({f.view.frame for f in findings.fingerprints})


def _dim(image, level):
    return Image.blend(image, Image.new("RGB", image.size, (128, 128, 128)), level)


@pytest.mark.parametrize("kind", MOVING)
def test_every_chosen_frame_is_found_by_its_own_fingerprint(kind, package_photographs):
    pictures = [photograph(path).resize((320, 240)) for path in package_photographs[:4]]
    found = fingerprints(_moving(kind, pictures, [100, 900, 100, 100]), EXACT)
    assert 4 == found.frames_seen
    assert {0, 3} <= set(_frames(found))
    for number in _frames(found):
        known = fingerprints(encoded(pictures[number], "PNG"), EXACT).fingerprints[0].value
        plain = next(f.value for f in found.fingerprints if f.view.frame == number and f.view.turn == "original")
        assert 12 >= distance(known, plain)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_the_longest_shown_and_the_most_different_frame_are_chosen(kind):
    first = noise(*SIZE, seed=1)
    pictures = [first, *[_dim(first, 0.01 * n) for n in range(1, 8)], first]
    pictures[3] = noise(*SIZE, seed=9)
    durations = [100] * 9
    durations[5] = 700
    found = fingerprints(_moving(kind, pictures, durations), EXACT)
    assert [0, 3, 5, 8] == _frames(found)


@pytest.mark.parametrize("kind", MOVING)
def test_a_known_picture_between_harmless_frames_is_looked_up(kind, package_photographs):
    """Neither first, last, longest nor farthest from the first: the cheapest hiding place."""
    known = photograph(package_photographs[1]).resize((320, 240))
    black, white = (Image.new("RGB", known.size, shade) for shade in ("black", "white"))
    found = fingerprints(_moving(kind, [black, known, white, black], [900, 100, 100, 100]), EXACT)
    assert {0, 1, 2, 3} == {*_frames(found)}
    value = fingerprints(encoded(known, "PNG"), EXACT).fingerprints[0].value
    assert 12 >= min(distance(value, f.value) for f in found.fingerprints if f.view.frame == 1)


def test_more_clearly_different_frames_than_are_looked_up_are_noted():
    shades = [Image.merge("RGB", [Image.new("L", SIZE, 120 * (n // 3**c % 3)) for c in range(3)]) for n in range(27)]
    few, many = (fingerprints(_moving("GIF", chosen), EXACT) for chosen in (shades[:13], shades))
    assert ((), (FRAMES_LEFT_OUT,)) == (few.notes, many.notes)
    assert (list(range(13)), 27) == (_frames(few), many.frames_seen)
    assert 16 >= len(_frames(many))


def test_slow_change_over_many_frames_is_no_reason_for_a_note():
    ends = noise(*SIZE, seed=1), noise(*SIZE, seed=2)
    found = fingerprints(_moving("GIF", [Image.blend(*ends, n / 80) for n in range(81)]), EXACT)
    assert () == found.notes


def test_a_picture_of_one_frame_has_no_frame_number():
    for kind, options in MOVING.items():
        found = fingerprints(encoded(noise(*SIZE), kind, **options), EXACT)
        assert ([None], 1) == ([f.view.frame for f in found.fingerprints[:1]], found.frames_seen)


def test_the_plain_view_of_the_first_frame_stands_first():
    found = fingerprints(_moving("GIF", [noise(*SIZE, seed=s) for s in range(3)]), EXACT)
    assert "frame0" == str(found.fingerprints[0].view)


def test_frames_above_the_limit_are_left_out_and_this_is_noted():
    data = _moving("GIF", [noise(*SIZE, seed=s) for s in range(6)])
    found = fingerprints(data, PictureOptions(frames=4))
    assert (4, (FRAMES_LEFT_OUT,)) == (found.frames_seen, found.notes)
    assert 3 == max(_frames(found))
    assert () == fingerprints(data, PictureOptions(frames=6)).notes


def test_without_views_only_the_first_frame_is_taken():
    data = _moving("GIF", [noise(*SIZE, seed=s) for s in range(6)])
    found = fingerprints(data, PictureOptions(views=False))
    assert (1, 1, ()) == (len(found.fingerprints), found.frames_seen, found.notes)


def test_pages_of_different_size_are_each_seen():
    pages = [noise(160, 120, 1), noise(90, 200, 2)]
    found = fingerprints(_moving("TIFF", pages), EXACT)
    known = fingerprints(encoded(pages[1], "PNG"), EXACT).fingerprints[0].value
    assert known in [f.value for f in found.fingerprints if f.view.frame == 1]


def test_a_large_page_behind_a_small_one_is_refused():
    data = _moving("TIFF", [noise(160, 120, 1), noise(400, 300, 2)])
    with pytest.raises(ContentError) as refused:
        fingerprints(data, PictureOptions(pixels=100_000))
    assert "picture_too_large" == refused.value.code


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF"])
def test_a_moving_picture_that_breaks_off_is_unreadable(kind):
    data = _moving(kind, [noise(*SIZE, seed=s) for s in range(4)])
    with pytest.raises(ContentError) as refused:
        fingerprints(data[: len(data) * 7 // 10])
    assert "picture_unreadable" == refused.value.code
