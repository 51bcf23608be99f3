"""Whatever the ledger refuses, it says so in whole sentences."""

import re

import pytest
from made_logs import MadeLog

from kindward.errors import KindwardError, StateError, TrustError

SENTENCE = re.compile(r"(?:[A-Z]|\{\w+\})(?![A-Z]).*\.", re.DOTALL)


@pytest.fixture(autouse=True, scope="module")
def sentences():
    """Collect what is said while the tests of a module run."""
    said, original = set(), KindwardError.__init__

    def noting(self, code, template, hint="", /, **facts):
        if isinstance(self, TrustError | StateError):
            said.update((template, hint))
        original(self, code, template, hint, **facts)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(KindwardError, "__init__", noting)
        yield
    assert [] == sorted(text for text in said if not SENTENCE.fullmatch(text) or "XX" in text)


@pytest.fixture
def log():
    """A log of one whole release of three entries."""
    made = MadeLog()
    made.add(2)
    made.add(1, category="B2")
    made.release({"list/0-3.kwc": "a" * 64})
    return made
