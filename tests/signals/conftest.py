"""Decoders set as in a decoding process."""

import pytest

from kindward.signals.picture import formats


@pytest.fixture(scope="session", autouse=True)
def settled_libraries():
    formats.settle_libraries()
