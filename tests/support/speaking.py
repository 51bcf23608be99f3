"""Errors that can be read: every one that a test causes has a code, translated sentences and all their facts."""

import re
import sys
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po

import kindward
from kindward.errors import KindwardError

CATALOGUE = Path(kindward.__file__).parent / "locale/de/LC_MESSAGES/kindward.po"
PLAIN = frozenset({"canary_reserved", "fingerprint_empty", "signal_unsupported"})
"""What says everything already: the value itself can be no entry."""
CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", re.ASCII)


@cache
def _sentences():
    with CATALOGUE.open("rb") as file:
        return frozenset(text for one in read_po(file) for text in (one.id if isinstance(one.id, tuple) else (one.id,)))


def wrongs(code, template, hint, facts):
    """List what is wrong with an error, so that a reader could do nothing with it."""
    told = [text for text in (template, hint) if text]
    asked = {name.split(".")[0].split("[")[0] for text in told for _, name, *_ in Formatter().parse(text) if name}
    return [
        *([] if CODE.fullmatch(code) else [f"{code!r} is no code"]),
        *([] if template else ["no sentence"]),
        *([] if hint or code in PLAIN else ["nothing that one could do"]),
        *(f"not in the catalogue: {text!r}" for text in told if text not in _sentences()),
        *(f"no fact {name}" for name in sorted(asked - facts.keys())),
        *(f"fact {name} says nothing" for name, value in facts.items() if value is None),
    ]


@pytest.fixture(autouse=True)
def errors_can_be_read(monkeypatch):
    """Hold every error that is raised during a test against the rules."""
    begin = KindwardError.__init__

    def checked(self, code, template, hint="", /, **facts):
        begin(self, code, template, hint, **facts)
        if "tests" in Path(sys._getframe(1).f_code.co_filename).parts:
            return  # a stand-in of the tests speaks for itself
        found = wrongs(code, template, hint, facts)
        assert not found, f"{code}: {found}"

    monkeypatch.setattr(KindwardError, "__init__", checked)
