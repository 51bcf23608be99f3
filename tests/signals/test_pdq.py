"""The signal as a whole: views, their order, and agreement with other people's tools."""

import io

import numpy as np
import pdqhash
import pytest
from pictures import encoded, noise, with_orientation
from PIL import Image

from kindward.errors import ContentError
from kindward.kernel import pdq as kernel
from kindward.model import TURNS, Content
from kindward.signals import Signal
from kindward.signals.pdq import NAME, PdqSignal, PictureOptions, fingerprints

EXACT = PictureOptions(fast=False)


def test_the_eight_turns_come_first_in_the_order_of_the_kernel():
    found = fingerprints(encoded(noise(320, 240), "PNG"))
    assert list(TURNS) == [f.view.turn for f in found.fingerprints[:8]]
    assert "original" == str(found.fingerprints[0].view)
    assert {NAME} == {f.signal for f in found.fingerprints}


def test_without_views_there_is_one_fingerprint_and_it_is_the_same():
    data = encoded(noise(320, 240), "PNG")
    assert fingerprints(data).fingerprints[:1] == fingerprints(data, PictureOptions(views=False)).fingerprints


def test_views_without_borders_leave_the_inside_out():
    image = Image.new("RGB", (400, 500))
    image.paste(noise(400, 300), (0, 100))
    with_borders, without = (fingerprints(encoded(image, "PNG"), PictureOptions(borders=b)) for b in (True, False))
    assert any(f.view.inside for f in with_borders.fingerprints)
    assert not any(f.view.inside for f in without.fingerprints)


def test_photographs_have_the_fingerprint_that_pdqhash_gives(photographs):
    for path in photographs[:24]:
        data = path.read_bytes()
        rgb = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
        bits, quality = pdqhash.compute(np.ascontiguousarray(rgb))
        found = next(f for f in fingerprints(data, EXACT).fingerprints if f.view.backdrop in ("", "dropped"))
        assert (np.packbits(bits).tobytes().hex(), quality) == (found.hex, found.quality), path.name


def test_the_size_is_that_of_the_picture_as_it_is_seen():
    for options in (EXACT, PictureOptions()):
        found = fingerprints(with_orientation(noise(1000, 600), 6), options)
        assert ("jpeg", 1000, 600) == (found.format, found.width, found.height)


def test_a_reduced_decode_of_a_turned_picture_keeps_its_full_size():
    data = with_orientation(noise(1001, 2003), 8, quality=90)
    fast, exact = (fingerprints(data, PictureOptions(fast=fast)) for fast in (True, False))
    away = (int(fast.fingerprints[0].hex, 16) ^ int(exact.fingerprints[0].hex, 16)).bit_count()
    assert 4 >= away


def test_a_buffer_is_as_good_as_bytes():
    for kind in ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "TIFF", "BMP"):
        data = encoded(noise(64, 48), kind)
        assert fingerprints(data) == fingerprints(memoryview(data)), kind


@pytest.mark.parametrize("size", [(70_000, 2), (2, 70_000)])
def test_a_side_that_no_picture_has_is_refused(size):
    with pytest.raises(ContentError) as refused:
        fingerprints(encoded(Image.new("1", size), "PNG"))
    assert "picture_too_large" == refused.value.code
    assert "65535" in str(refused.value)


def test_a_picture_of_200_megapixels_is_refused_with_a_clear_sentence():
    data = encoded(Image.new("1", (20_000, 10_000)), "PNG")
    with pytest.raises(ContentError) as refused:
        fingerprints(data)
    expected = "The picture is 20000 by 10000 pixels, 200000000 in all; the limit is 100000000."
    assert ("picture_too_large", expected) == (refused.value.code, str(refused.value))


def test_the_signal_keeps_its_own_examples():
    signal = PdqSignal()
    assert isinstance(signal, Signal)
    for content, expected in signal.examples():
        assert expected == signal.fingerprint(content)[0]


def test_the_turns_are_named_as_in_the_kernel():
    assert kernel.VIEW_NAMES == TURNS


def test_the_signal_reads_a_content():
    data = encoded(noise(320, 240), "PNG")
    assert fingerprints(data, EXACT).fingerprints == PdqSignal().fingerprint(Content(data))
