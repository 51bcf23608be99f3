"""Fixed inputs with fixed results: known hashes, the table of cosines, the oracle on photographs."""

import re
import runpy
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kindward.kernel import pdq
from kindward.kernel.reference import pdq as oracle

NATIVE = Path(__file__).parents[2] / "native"
LINE = re.compile(r'\{(\d+), (\d+), (\d+), (\d+), "([0-9a-f]{64})"\}')
KNOWN = [
    (*(int(fact) for fact in facts[:4]), facts[4])
    for facts in LINE.findall((NATIVE / "tests" / "pdq_known.h").read_text(encoding="utf-8"))
]

MACHINES = [
    pytest.param(
        name, marks=pytest.mark.skipif(name not in pdq.machines(), reason=f"this processor lacks the {name} path")
    )
    for name in ("portable", "avx2", "avx512")
]


def _drawn(height, width, channels):
    """Draw the picture that native/tests/test_pdq.c draws."""
    y, x, c = np.indices((height, width, channels))
    pixels = ((y * 7 // 5 + x * 3 // 4 + c * 50 + ((x // 23) ^ (y // 19)) * 37) & 255).astype(np.uint8)
    return pixels if channels == 3 else pixels[:, :, 0].copy()


def test_there_are_known_pictures():
    assert 6 == len(KNOWN)


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("known", KNOWN, ids=lambda known: f"{known[0]}x{known[1]}x{known[2]}")
def test_known_pictures_have_known_hashes(machine, known):
    *shape, quality, value = known
    found = pdq.hash_pixels(_drawn(*shape), machine=machine)

    assert (value, quality) == (found.value.hex(), found.quality)


def test_the_table_of_cosines_is_what_its_script_writes():
    script = runpy.run_path(str(NATIVE / "src" / "pdq_cosines.py"))

    assert script["header"]() == (NATIVE / "src" / "pdq_cosines.h").read_text(encoding="utf-8")


def test_the_table_of_cosines_is_the_dct_matrix():
    text = (NATIVE / "src" / "pdq_cosines.h").read_text(encoding="utf-8")
    table = [float.fromhex(number) for number in re.findall(r"-?0x1\.[0-9a-f]+p[-+]\d+", text)]
    rows = [*range(0, 16, 2), *range(1, 16, 2)]
    frequency = np.array(rows) + 1
    places = np.arange(32)[:, None]
    expected = np.sqrt(1 / 32) * np.cos(np.pi / 128 * frequency * (2 * places + 1))

    assert (32, 16) == np.reshape(table, (32, 16)).shape
    np.testing.assert_allclose(expected, np.reshape(table, (32, 16)), rtol=0, atol=1e-15)


def test_photographs_equal_the_oracle(package_photographs):
    for photograph in package_photographs:
        with Image.open(photograph) as picture:
            picture.thumbnail((700, 700))
            pixels = np.asarray(picture.convert("RGB"))
        views, quality = oracle.hash_pixels(pixels)

        assert pdq.Pdq(views, quality) == pdq.hash_pixels(pixels)
