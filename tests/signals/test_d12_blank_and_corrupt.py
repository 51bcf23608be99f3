"""D12: a blank picture was refused as an "invalid hash", a corrupt file was a server error."""

import pytest
from pictures import encoded, photograph
from PIL import Image

from kindward.errors import ContentError
from kindward.signals.pdq import PictureOptions, fingerprints

KINDS = {"JPEG": {}, "PNG": {}, "GIF": {}, "WEBP": {}, "AVIF": {"speed": 9}, "TIFF": {}, "BMP": {}}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (90, 120, 40)])
def test_d12_a_blank_picture_has_a_fingerprint_of_quality_zero(kind, colour):
    found = fingerprints(encoded(Image.new("RGB", (320, 240), colour), kind))
    assert {0} == {f.quality for f in found.fingerprints}
    assert 8 <= len(found.fingerprints)


def test_d12_a_picture_of_one_pixel_has_a_fingerprint_of_quality_zero():
    assert 0 == fingerprints(encoded(Image.new("RGB", (1, 1)), "PNG")).fingerprints[0].quality


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("fast", [True, False], ids=["fast", "exact"])
def test_d12_a_truncated_picture_is_unreadable(kind, share, fast, package_photographs):
    data = encoded(photograph(package_photographs[2], 320), kind, **KINDS[kind])
    with pytest.raises(ContentError) as refused:
        fingerprints(data[: int(len(data) * share)], PictureOptions(fast=fast))
    assert "picture_unreadable" == refused.value.code


@pytest.mark.parametrize("cut", [1, 2, 3, 10, 100])
@pytest.mark.parametrize("progressive", [False, True])
def test_d12_both_ways_agree_that_a_jpeg_without_its_end_is_unreadable(cut, progressive, package_photographs):
    data = encoded(photograph(package_photographs[2], 320), "JPEG", progressive=progressive)[:-cut]
    for fast in (True, False):
        with pytest.raises(ContentError) as refused:
            fingerprints(data, PictureOptions(fast=fast))
        assert "picture_unreadable" == refused.value.code


@pytest.mark.parametrize("fast", [True, False], ids=["fast", "exact"])
@pytest.mark.parametrize("progressive", [False, True])
def test_d12_a_cut_jpeg_with_an_end_set_behind_it_is_noted_as_damaged(fast, progressive, package_photographs):
    whole = encoded(photograph(package_photographs[2], 320), "JPEG", progressive=progressive)
    found = fingerprints(whole[: len(whole) // 3] + b"\xff\xd9", PictureOptions(fast=fast))
    assert ("picture_damaged",) == found.notes
    assert () == fingerprints(whole, PictureOptions(fast=fast)).notes


def test_d12_superfluous_bytes_before_the_end_of_a_jpeg_are_no_damage(package_photographs):
    whole = encoded(photograph(package_photographs[2], 320), "JPEG")
    assert () == fingerprints(whole[:-2] + b"abc\xff\xd9").notes


def test_d12_zero_bytes_are_refused_by_name():
    with pytest.raises(ContentError) as refused:
        fingerprints(b"")
    assert "content_empty" == refused.value.code


@pytest.mark.parametrize(
    "data",
    [
        b"\0" * 100,
        b"plain text",
        b"%PDF-1.7",
        b"%!PS-Adobe-3.0 EPSF-3.0",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\0\0\0\x0cJXL \r\n\x87\n",
        b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom",
        b"\0\0\1\0\1\0",
        b"8BPS\0\1",
        b"P6 1 1 255 abc",
    ],
)
def test_d12_what_is_no_picture_of_a_known_format_is_refused_by_name(data):
    with pytest.raises(ContentError) as refused:
        fingerprints(data)
    assert "picture_format_unknown" == refused.value.code


def test_d12_what_follows_a_whole_picture_changes_nothing(package_photographs):
    image = photograph(package_photographs[2], 320)
    for kind in ("JPEG", "PNG", "GIF", "BMP"):
        data = encoded(image, kind)
        assert fingerprints(data) == fingerprints(data + b"PK\3\4 and more" * 50), kind
