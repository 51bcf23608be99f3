"""What holds for any bytes and any picture."""

import io

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kindward.errors import ContentError
from kindward.kernel import pdq
from kindward.signals.pdq import PictureFindings, PictureOptions, fingerprints
from kindward.signals.picture import borders, rendering, sniff

HEADS = [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\0\0\0\0WEBP", b"II*\0", b"MM\0*", b"BM"]
HEADS += [b"\0\0\0\x18ftypavif\0\0\0\0avif", b"\0\0\0\x18ftypheic\0\0\0\0heic"]
SMALL = PictureOptions(pixels=1_000_000, frames=10)


@given(st.sampled_from(HEADS), st.binary(max_size=400))
def test_any_bytes_are_findings_or_a_refusal(head, tail):
    try:
        outcome = fingerprints(head + tail, SMALL)
    except ContentError as refused:
        outcome = refused
    assert isinstance(outcome, PictureFindings | ContentError)


@given(st.binary(max_size=400))
def test_any_bytes_have_a_header_or_none(tail):
    header = sniff.jpeg_header(b"\xff\xd8" + tail)
    assert header is None or 1 <= header.orientation <= 8
    assert 1 <= sniff.exif_orientation(tail) <= 8
    canvas = sniff.webp_canvas(b"RIFF\0\0\0\0WEBP" + tail)
    assert canvas is None or min(canvas) >= 0


pictures = st.builds(
    lambda high, wide, channels, seed: np.random.default_rng(seed).integers(
        0, 256, (high, wide, 3) if channels else (high, wide), dtype=np.uint8
    ),
    st.integers(1, 90),
    st.integers(1, 90),
    st.booleans(),
    st.integers(0, 2**32),
)


@settings(deadline=None)
@given(pictures, st.sampled_from(["PNG", "BMP", "TIFF", "WEBP"]))
def test_a_picture_stored_without_loss_has_the_fingerprints_of_its_pixels(pixels, kind):
    into = io.BytesIO()
    Image.fromarray(pixels).save(into, kind, **({"lossless": True} if kind == "WEBP" else {}))
    found = fingerprints(into.getvalue(), PictureOptions(borders=False))
    expected = pdq.hash_pixels(pixels)
    if kind == "WEBP" and pixels.ndim == 2:
        expected = pdq.hash_pixels(np.ascontiguousarray(np.stack([pixels] * 3, axis=2)))
    assert expected.views == tuple(f.value for f in found.fingerprints)
    assert {expected.quality} == {f.quality for f in found.fingerprints}


@given(pictures, st.integers(1, 8))
def test_turning_and_turning_back_changes_nothing(pixels, orientation):
    turned = rendering.turn(pixels, orientation)
    assert np.array_equal(pixels, rendering.unturn(turned, orientation))
    assert turned.flags["C_CONTIGUOUS"]


@given(pictures, st.tuples(*[st.tuples(st.integers(0, 60), st.integers(0, 60))] * 2), st.integers(0, 255))
def test_an_inside_is_a_part_of_the_picture(pixels, margins, level):
    framed = np.pad(pixels, (*margins, (0, 0))[: pixels.ndim], constant_values=level)
    for inside in borders.insides(framed):
        assert 0 <= inside.top < inside.bottom <= framed.shape[0]
        assert 0 <= inside.left < inside.right <= framed.shape[1]
        assert 1 <= inside.of(framed).size
