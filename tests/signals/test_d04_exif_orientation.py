"""D4: the orientation of a photograph was ignored; the same photo stored turned was 122 bits away."""

import io

import numpy as np
import pytest
from pictures import distance, encoded, photograph, with_orientation
from PIL import Image, ImageOps

from kindward.signals.pdq import PictureOptions, fingerprints
from kindward.signals.picture import rendering, sniff

EXACT = PictureOptions(fast=False)


def _views(findings):
    return {str(f.view): f.value for f in findings.fingerprints}


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("options", [EXACT, PictureOptions()], ids=["exact", "fast"])
def test_d04_a_turned_photograph_has_the_upright_fingerprint_in_its_plain_view(
    orientation, options, package_photographs
):
    for path in package_photographs[:4]:
        image = photograph(path, 640)
        upright = fingerprints(encoded(image, "PNG"), EXACT).fingerprints[0].value
        turned = _views(fingerprints(with_orientation(image, orientation, quality=95), options))
        assert 8 >= distance(turned["original"], upright), path.name


@pytest.mark.parametrize("orientation", range(2, 9))
def test_d04_the_stored_orientation_is_looked_up_exactly_too(orientation, package_photographs):
    image = photograph(package_photographs[2], 640)
    data = with_orientation(image, orientation, quality=95)
    with Image.open(io.BytesIO(data)) as stored:
        unaware = fingerprints(encoded(stored.convert("RGB"), "PNG"), EXACT).fingerprints[0].value
    assert unaware == _views(fingerprints(data, EXACT))["stored"]


def test_d04_an_upright_photograph_has_no_stored_view(package_photographs):
    image = photograph(package_photographs[2], 640)
    assert "stored" not in _views(fingerprints(with_orientation(image, 1), EXACT))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "AVIF"])
def test_d04_every_format_that_carries_an_orientation_is_turned_once(orientation, kind, package_photographs):
    image = photograph(package_photographs[2], 480)
    upright = fingerprints(encoded(image, "PNG"), EXACT).fingerprints[0].value
    options = {"AVIF": {"quality": 90, "speed": 9}, "WEBP": {"quality": 90}}.get(kind, {})
    found = fingerprints(with_orientation(image, orientation, kind, **options), EXACT)
    assert 8 >= distance(_views(found)["original"], upright)
    assert (image.width, image.height) == (found.width, found.height)
    assert (orientation != 1) == ("stored" in _views(found))


def test_d04_turning_agrees_with_the_imaging_library():
    stored = np.arange(24, dtype=np.uint8).reshape(4, 6)
    for orientation in range(1, 9):
        image = Image.fromarray(stored)
        image.getexif()[0x0112] = orientation
        expected = np.asarray(ImageOps.exif_transpose(image))
        assert expected.tolist() == rendering.turn(stored, orientation).tolist()
        assert stored.tolist() == rendering.unturn(rendering.turn(stored, orientation), orientation).tolist()


@pytest.mark.parametrize("value", [0, 9, 255, 65_535])
def test_d04_a_senseless_orientation_means_upright(value):
    block = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01" + value.to_bytes(2, "big") + b"\0\0\0\0\0\0"
    assert 1 == sniff.exif_orientation(block)


@pytest.mark.parametrize(
    "block", [b"", b"II", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff", b"XX*\0\0\0\0\x08"]
)
def test_d04_a_damaged_exif_block_means_upright(block):
    assert 1 == sniff.exif_orientation(block)
