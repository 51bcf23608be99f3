"""A pool shared by the tests that do it no harm."""

import pytest
from pictures import encoded, photograph

from kindward.isolation import DecoderPool


@pytest.fixture(scope="module")
def pool():
    with DecoderPool(workers=2) as pool:
        yield pool


@pytest.fixture(scope="session")
def picture(package_photographs):
    return encoded(photograph(package_photographs[2], 320), "JPEG")
