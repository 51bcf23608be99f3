"""HEIC: the container's own rotation rules, and nothing is turned twice."""

import pytest
from heic import heic
from pictures import distance, encoded, photograph
from PIL import Image

from kindward.errors import ContentError
from kindward.signals.pdq import PictureOptions, fingerprints

EXACT = PictureOptions(fast=False)


@pytest.fixture(scope="module")
def image(package_photographs):
    whole = photograph(package_photographs[2], 320)
    return whole.crop((0, 0, whole.width // 2 * 2, whole.height // 2 * 2))


def _plain(data):
    found = fingerprints(data, EXACT)
    return found.fingerprints[0].value, (found.width, found.height), {str(f.view) for f in found.fingerprints}


def test_an_heic_is_read(image):
    value, size, _ = _plain(heic(image))
    assert 8 >= distance(_plain(encoded(image, "PNG"))[0], value)
    assert image.size == size
    assert "heic" == fingerprints(heic(image)).format


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_the_rotation_of_the_container_is_applied_once(quarters, image):
    stored = image.rotate(-90 * quarters, expand=True)
    value, size, _ = _plain(heic(stored, rotate=quarters))
    assert 8 >= distance(_plain(encoded(image, "PNG"))[0], value)
    assert image.size == size


@pytest.mark.parametrize("orientation", range(2, 9))
def test_an_exif_orientation_beside_the_rotation_turns_nothing_again(orientation, image):
    stored = image.rotate(-90, expand=True)
    value, size, views = _plain(heic(stored, rotate=1, exif_orientation=orientation))
    assert 8 >= distance(_plain(encoded(image, "PNG"))[0], value)
    assert image.size == size
    assert "stored" not in views


@pytest.mark.parametrize(("axis", "turn"), [(0, Image.Transpose.FLIP_TOP_BOTTOM), (1, Image.Transpose.FLIP_LEFT_RIGHT)])
def test_the_mirror_of_the_container_is_applied_once(axis, turn, image):
    value, _, _ = _plain(heic(image.transpose(turn), mirror=axis))
    assert 8 >= distance(_plain(encoded(image, "PNG"))[0], value)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.9, 0.99])
def test_a_truncated_heic_is_unreadable(share, image):
    data = heic(image)
    with pytest.raises(ContentError) as refused:
        fingerprints(data[: int(len(data) * share)])
    assert "picture_unreadable" == refused.value.code


def test_an_heic_above_the_limit_is_refused_from_its_header(image):
    with pytest.raises(ContentError) as refused:
        fingerprints(heic(image), PictureOptions(pixels=1000))
    assert ("picture_too_large", image.width) == (refused.value.code, refused.value.facts["width"])
