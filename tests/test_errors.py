"""Errors: what each kind means to a caller, and that every sentence in the code can be said."""

import ast
import pickle
import string
from pathlib import Path

import pytest

import kindward
from kindward.cli import exits
from kindward.errors import ConfigError, ContentError, KindwardError, RemoteError, StateError, TrustError
from kindward.locale import explain

SOURCE = Path(kindward.__file__).parent


@pytest.mark.parametrize(
    ("kind", "exit_status", "http_status"),
    [
        (ConfigError, 78, 500),
        (ContentError, 65, 422),
        (TrustError, 77, 503),
        (StateError, 75, 409),
        (RemoteError, 69, 502),
    ],
)
def test_each_kind_has_its_exit_status_and_its_http_status(kind, exit_status, http_status):
    assert (exit_status, http_status) == (kind.exit_status, kind.http_status)


def test_every_kind_has_a_place_in_the_order_of_gravity():
    kinds = {kind.exit_status for kind in (KindwardError, *KindwardError.__subclasses__())}
    assert set(exits.GRAVITY) == kinds


def test_an_error_fills_its_facts_into_sentence_and_hint():
    error = ContentError("too_big", "More than {limit} bytes.", "Stay below {limit}.", limit=10)
    assert ("More than 10 bytes.", "Stay below 10.", "More than 10 bytes.") == (error.sentence, error.hint, str(error))


def test_an_error_without_hint_has_an_empty_one():
    assert not StateError("odd", "This is odd.").hint


def test_an_error_survives_pickling_with_its_facts():
    error = pickle.loads(
        pickle.dumps(TrustError("bad_bank", "The bank {bank} failed.", "Build {bank} anew.", bank="b"))
    )
    assert (TrustError, "bad_bank", "The bank b failed.", "Build b anew.") == (
        type(error),
        error.code,
        error.sentence,
        error.hint,
    )


def test_an_error_within_an_error_is_translated_too():
    inner = ContentError("content_missing", "There is no such file.", "Check the path.")
    outer = ContentError("content_missing", "{name}: {problem}", inner.hint_template, name="a", problem=inner)
    assert ("a: Diese Datei gibt es nicht.", "Prüfen Sie den Pfad.") == explain(outer, "de")


def _is_text(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _raised():
    """Give (file, line, call) of every error that the code makes with a code written out."""
    for file in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id.endswith("Error") and len(node.args) > 1 and _is_text(node.args[0]):
                yield f"{file.relative_to(SOURCE)}:{node.lineno}", node


def _texts(nodes):
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.IfExp):
            yield from _texts([node.body, node.orelse])


def test_every_fact_that_a_sentence_names_is_given():
    lacking = [
        f"{place} {name}"
        for place, call in _raised()
        if not any(keyword.arg is None for keyword in call.keywords)
        for text in _texts(call.args[1:3])
        for _, name, _, _ in string.Formatter().parse(text)
        if name and name.partition(".")[0] not in {keyword.arg for keyword in call.keywords}
    ]
    assert [] == lacking


def test_every_code_is_lower_case_with_underscores():
    codes = {call.args[0].value for _, call in _raised()}
    assert len(codes) > 20
    assert set() == {code for code in codes if not (code.replace("_", "").isalnum() and code == code.lower())}


def test_every_sentence_and_every_hint_ends_like_a_sentence():
    open_ended = [
        f"{place} {text!r}"
        for place, call in _raised()
        for text in _texts(call.args[1:3])
        if text and text[-1] not in ".?!}"
    ]
    assert [] == open_ended
