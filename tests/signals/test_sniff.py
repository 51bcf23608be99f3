"""What the first bytes say."""

import pytest
from pictures import encoded, with_orientation
from PIL import Image

from kindward.signals.picture import sniff

PICTURE = Image.new("RGB", (37, 23), (200, 100, 50))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "AVIF", "TIFF", "BMP"])
def test_each_format_is_known_by_its_first_bytes(kind):
    assert kind.lower() == sniff.format_of(encoded(PICTURE, kind))
    assert kind.lower() == sniff.format_of(memoryview(encoded(PICTURE, kind)))


@pytest.mark.parametrize(
    ("brands", "expected"),
    [
        (b"heic\0\0\0\0mif1heic", "heic"),
        (b"mif1\0\0\0\0mif1heic", "heic"),
        (b"msf1\0\0\0\0hevc", "heic"),
        (b"mif1\0\0\0\0mif1avif", "avif"),
        (b"avis\0\0\0\0msf1avif", "avif"),
        (b"isom\0\0\0\0mp41", None),
        (b"", None),
    ],
)
def test_files_of_one_container_are_told_apart_by_their_brands(brands, expected):
    assert expected == sniff.format_of((len(brands) + 8).to_bytes(4, "big") + b"ftyp" + brands)


@pytest.mark.parametrize("start", [b"", b"\xff", b"\xff\xd8", b"RIFF", b"RIFF\0\0\0\0WAVE", b"GIF88a", b"B"])
def test_too_little_or_something_else_is_no_picture(start):
    assert sniff.format_of(start) is None


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_header_gives_size_components_and_orientation(progressive):
    header = sniff.jpeg_header(with_orientation(PICTURE, 3, progressive=progressive))
    assert (37, 23, 3, True, 3) == (
        header.width,
        header.height,
        header.components,
        header.ordinary,
        header.orientation,
    )


def test_a_cmyk_jpeg_has_four_components():
    assert 4 == sniff.jpeg_header(encoded(PICTURE.convert("CMYK"), "JPEG")).components


def test_twelve_bits_or_arithmetic_coding_are_not_ordinary():
    data = bytearray(encoded(PICTURE, "JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 1] = 0xC9
    assert not sniff.jpeg_header(bytes(data)).ordinary
    data[at + 1], data[at + 4] = 0xC1, 12
    assert not sniff.jpeg_header(bytes(data)).ordinary


@pytest.mark.parametrize(
    "data", [b"\xff\xd8\xff", b"\xff\xd8\xff\xd9", b"\xff\xd8\xff\xda\0\2", b"\xff\xd8" + b"\xff" * 99]
)
def test_a_jpeg_without_a_frame_header_has_none(data):
    assert sniff.jpeg_header(data) is None


@pytest.mark.parametrize("size", [(1, 1), (37, 23), (500, 3)])
@pytest.mark.parametrize("options", [{}, {"lossless": True}, {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0"}])
def test_a_webp_says_its_size_before_it_is_decoded(size, options):
    assert size == sniff.webp_canvas(encoded(Image.new("RGB", size), "WEBP", **options))


def test_a_webp_that_is_cut_off_says_nothing():
    assert sniff.webp_canvas(encoded(PICTURE, "WEBP")[:20]) is None
