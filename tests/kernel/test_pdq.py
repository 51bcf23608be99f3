"""What callers of the PDQ kernel rely on."""

import dataclasses
import sys
import threading
import time

import numpy as np
import pytest
from PIL import Image

from kindward.kernel import pdq


def _noise(*shape):
    return np.random.default_rng(sum(shape)).integers(0, 256, shape, dtype=np.uint8)


def test_a_picture_has_eight_views_of_32_bytes_and_a_quality():
    found = pdq.hash_pixels(_noise(100, 120, 3))

    assert [32] * 8 == [len(view) for view in found.views]
    assert 8 == len(set(found.views)) == len(pdq.VIEW_NAMES)
    assert found.views[0] == found.value
    assert 0 <= found.quality <= 100


def test_a_fingerprint_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        pdq.hash_pixels(_noise(10, 10)).quality = 3


def test_fewer_views_are_the_first_views():
    pixels = _noise(90, 80)
    every = pdq.hash_pixels(pixels)

    assert [every.views[:n] for n in range(1, 9)] == [pdq.hash_pixels(pixels, views=n).views for n in range(1, 9)]


TURNS = {
    "original": lambda a: a,
    "rotate90": np.rot90,
    "rotate180": lambda a: np.rot90(a, 2),
    "rotate270": lambda a: np.rot90(a, 3),
    "flip": np.flipud,
    "mirror": np.fliplr,
    "rotate90+flip": lambda a: np.flipud(np.rot90(a)),
    "rotate90+mirror": lambda a: np.fliplr(np.rot90(a)),
}


@pytest.mark.parametrize("name", pdq.VIEW_NAMES)
def test_a_view_is_the_hash_of_the_turned_picture(name, package_photographs):
    for photograph in package_photographs:
        with Image.open(photograph) as picture:
            pixels = np.asarray(picture.convert("RGB"))
        view = pdq.hash_pixels(pixels).views[pdq.VIEW_NAMES.index(name)]
        turned = pdq.hash_pixels(np.ascontiguousarray(TURNS[name](pixels))).value
        distance = (int.from_bytes(view) ^ int.from_bytes(turned)).bit_count()

        assert distance <= 31  # sampling is not quite symmetric; strangers are about 128 away


def test_grey_colours_have_the_hash_of_their_luma():
    luma = _noise(77, 140)

    assert pdq.hash_pixels(luma) == pdq.hash_pixels(np.repeat(luma[..., None], 3, axis=2))


def test_a_crop_needs_no_copy():
    whole = _noise(200, 300, 3)
    crop = whole[13:150, 31:290]

    assert not crop.flags.c_contiguous
    assert pdq.hash_pixels(crop.copy()) == pdq.hash_pixels(crop)


def test_a_read_only_picture_can_be_hashed():
    pixels = _noise(60, 70)
    pixels.flags.writeable = False

    assert pdq.hash_pixels(pixels.copy()) == pdq.hash_pixels(pixels)


@pytest.mark.parametrize("shape", [(4, 100), (100, 4), (1, 1), (4, 4, 3)])
def test_a_side_under_five_pixels_gives_zeros(shape):
    pixels = _noise(*shape)

    assert pdq.Pdq((bytes(32),) * 8, 0) == pdq.hash_pixels(pixels)
    assert not pdq.luma64(pixels).any()
    assert not pdq.coefficients(pixels)[0].any()


def test_a_flat_picture_has_no_quality_and_exactly_its_own_grey():
    pixels = np.full((501, 333, 3), 93, dtype=np.uint8)

    assert 0 == pdq.hash_pixels(pixels).quality
    assert (pdq.luma64(pixels) == 93.0).all()


def test_a_reduced_decode_is_nearer_with_its_full_size_than_as_a_small_picture(package_photographs):
    with Image.open(package_photographs[0]) as picture:
        grey = picture.convert("L")
    pixels = np.asarray(grey)
    height, width = pixels.shape
    cells = pixels.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3)).round().astype(np.uint8)
    exact = int.from_bytes(pdq.hash_pixels(pixels).value)
    told = int.from_bytes(pdq.hash_pixels(cells, full_size=pixels.shape).value)
    untold = int.from_bytes(pdq.hash_pixels(cells).value)

    assert (exact ^ told).bit_count() <= 6 < (exact ^ untold).bit_count()


def test_every_machine_path_is_named_and_the_chosen_one_is_among_them():
    assert "portable" == pdq.machines()[0]
    assert pdq.chosen_machine() in pdq.machines()


@pytest.mark.parametrize(
    ("pixels", "sentence"),
    [
        (np.zeros((9, 9)), "unsigned bytes"),
        ([[1, 2], [3, 4]], "unsigned bytes"),
        (np.zeros((9, 9, 4), np.uint8), "shape"),
        (np.zeros(9, np.uint8), "shape"),
        (np.zeros((1, 9, 9, 3), np.uint8), "shape"),
        (np.zeros((0, 9), np.uint8), "0 by 9"),
        (np.zeros((5, 70000), np.uint8), "70000"),
        (np.zeros((9, 9), np.uint8).T[:, ::2], "contiguous"),
        (np.zeros((9, 9), np.uint8)[::-1], "contiguous"),
        (np.zeros((9, 9, 3), np.uint8)[:, :, ::-1], "contiguous"),
        (np.broadcast_to(np.zeros((1, 9), np.uint8), (9, 9)), "contiguous"),
    ],
)
def test_what_is_no_picture_is_refused_with_a_reason(pixels, sentence):
    with pytest.raises(ValueError, match=sentence):
        pdq.hash_pixels(pixels)


@pytest.mark.parametrize("full_size", [(99, 200), (201, 201), (100, 250), (1000, 1000), (70000, 70000), (800, 0)])
def test_a_full_size_that_does_not_fit_is_refused(full_size):
    for call in (pdq.hash_pixels, pdq.coefficients, pdq.luma64):
        with pytest.raises(ValueError, match=r"full"):
            call(_noise(100, 100), full_size=full_size)


@pytest.mark.parametrize("eighths", range(1, 9))
def test_every_scale_of_a_jpeg_decoder_is_accepted(eighths):
    full = (803, 1201)
    pixels = np.full(tuple(-(-side * eighths // 8) for side in full), 40, dtype=np.uint8)

    assert (np.abs(pdq.luma64(pixels, full_size=full) - 40) < 1e-12).all()


def test_an_unknown_machine_path_and_a_wrong_number_of_views_are_refused():
    with pytest.raises(ValueError, match="abacus"):
        pdq.hash_pixels(_noise(9, 9), machine="abacus")
    for views in (0, 9):
        with pytest.raises(ValueError, match="views"):
            pdq.hash_pixels(_noise(9, 9), views=views)


def test_other_threads_run_while_a_picture_is_hashed():
    pixels = np.zeros((60000, 3000), np.uint8)
    span = []

    def work():
        began = time.perf_counter()
        pdq.hash_pixels(pixels, machine="portable")
        span.extend((began, time.perf_counter()))

    worker = threading.Thread(target=work)
    ticks = []
    worker.start()
    while worker.is_alive():
        ticks.append(time.perf_counter())
    worker.join()
    began, ended = span
    pause = sys.getswitchinterval()

    assert any(began + 2 * pause < tick < ended - 2 * pause for tick in ticks)


def test_a_result_does_not_depend_on_how_many_threads_ask():
    pixels = [_noise(100 + n, 90, 3) for n in range(8)]
    alone = [pdq.hash_pixels(p) for p in pixels]
    together = [None] * 8

    def work(n):
        for _ in range(50):
            together[n] = pdq.hash_pixels(pixels[n])

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert alone == together
