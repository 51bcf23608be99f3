"""Photographs and places that many tests share."""

import os
from pathlib import Path

import pytest
import skimage.data

PACKAGE_PHOTOGRAPHS = (
    "astronaut.png",
    "camera.png",
    "chelsea.png",
    "coffee.png",
    "hubble_deep_field.jpg",
    "motorcycle_left.png",
    "retina.jpg",
    "rocket.jpg",
)
FURTHER_FOLDERS = ("ordinary", "art_clothed_2d_public_domain", "art_nude_2d_public_domain")


def _photographs() -> list[Path]:
    """Give real photographs: those a package ships, and those of KINDWARD_TEST_PICTURES if it is set."""
    home = Path(skimage.data.__file__).parent
    found = [home / name for name in PACKAGE_PHOTOGRAPHS]
    further = os.environ.get("KINDWARD_TEST_PICTURES", "")
    if further:
        found += [file for folder in FURTHER_FOLDERS for file in sorted((Path(further) / folder).iterdir())]
    return found


@pytest.fixture(scope="session")
def photographs() -> list[Path]:
    """Real photographs and paintings, at least eight."""
    return _photographs()


@pytest.fixture(scope="session")
def package_photographs() -> list[Path]:
    """The eight photographs that scikit-image ships under a free licence."""
    return _photographs()[: len(PACKAGE_PHOTOGRAPHS)]
