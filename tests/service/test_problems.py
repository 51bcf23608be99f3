"""Errors as problem documents."""

from __future__ import annotations

import json

import pytest

from kindward.config import Policy, Settings
from kindward.errors import ConfigError, ContentError, RemoteError, StateError, TrustError
from kindward.locale import LANGUAGES
from kindward.service import problems, refusals
from kindward.service.problems import choose_language, problem

SETTINGS = Settings(policy=Policy(on_unreadable="hold", on_trust_error="block"))
REFUSALS = [
    refusals.token_missing(),
    refusals.token_wrong(),
    refusals.role_wrong("checker"),
    refusals.encrypted(),
    refusals.kind_wrong("image/*"),
    refusals.coding_wrong(),
    refusals.body_too_large(10),
    refusals.body_too_slow(1.5),
    refusals.busy(),
    refusals.rate_exceeded(10, 3),
    refusals.more_than_a_minute(10, 11),
    refusals.question_unreadable("it is wrong"),
    refusals.form_ambiguous("it is wrong"),
    refusals.header_repeated("Content-Type"),
    refusals.account_unusable(128),
    refusals.not_ready(),
    refusals.no_such_route(),
    refusals.wrong_method(),
    refusals.internal(),
]


def written(error, **more):
    return json.loads(problem(error, "en", **more).body)


@pytest.mark.parametrize("error", REFUSALS, ids=lambda error: error.code)
def test_every_refusal_has_all_members_of_a_problem_document(error):
    document = written(error)
    assert {"type", "title", "status", "detail", "code", "hint"} == set(document)
    assert f"urn:kindward:problem:{error.code}" == document["type"]
    assert document["detail"].endswith(".")
    assert "{" not in document["detail"] + document["hint"]
    assert error.status == document["status"]


def test_every_refusal_of_the_module_is_among_those_tested():
    made = {name for name, made in vars(refusals).items() if callable(made) and made.__module__ == refusals.__name__}
    assert len(REFUSALS) == len(made - {"Refusal", "ClientGoneError"})


@pytest.mark.parametrize(
    ("error", "status", "decision"),
    [
        (ContentError("x", "Sentence."), 422, "hold"),
        (TrustError("x", "Sentence."), 503, "block"),
        (StateError("x", "Sentence."), 503, "hold"),
        (RemoteError("x", "Sentence."), 502, "hold"),
        (ConfigError("x", "Sentence."), 500, "hold"),
        (refusals.internal(), 500, "hold"),
        (refusals.body_too_large(1), 413, "hold"),
        (refusals.body_too_slow(1), 408, "hold"),
        (refusals.kind_wrong("image/*"), 415, "hold"),
        (refusals.busy(), 429, "hold"),
        (refusals.rate_exceeded(1, 1), 429, "hold"),
        (refusals.form_ambiguous("it is wrong"), 422, "hold"),
        (refusals.not_ready(), 503, "block"),
    ],
)
def test_what_could_not_be_checked_gets_the_decision_of_the_policy(error, status, decision):
    document = written(error, settings=SETTINGS)
    assert status == document["status"]
    assert decision == document["decision"]
    assert document["simulated"] is True


def test_a_refusal_that_has_nothing_to_do_with_the_content_decides_nothing():
    for error in (refusals.token_missing(), refusals.encrypted(), refusals.header_repeated("x")):
        assert "decision" not in written(error, settings=SETTINGS)


def test_errors_of_the_installation_do_not_tell_its_files():
    error = TrustError("bank_damaged", "The bank {path} is damaged.", "Look at {path}.", path="/srv/secret/place")
    document = written(error)
    assert "bank_damaged" == document["code"]
    assert "/srv" not in document["detail"] + document["hint"]


def test_errors_of_the_content_keep_their_sentence():
    error = ContentError("picture_too_large", "The picture has {count} pixels.", "Less.", count=7)
    assert "The picture has 7 pixels." == written(error)["detail"]


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        (b"de", "de"),
        (b"de-AT, en;q=0.8", "de"),
        (b"en, de;q=0.9", "en"),
        (b"fr, de;q=0.1", "de"),
        (b"fr", "en"),
        (b"", "en"),
        (b"*", "en"),
        (b"de;q=0", "en"),
        (b"de;q=nonsense", "en"),
        (b"\xff\xfe, de", "de"),
        (b"de" * 1000, "de"),
        (b"fr," * 1000 + b"de", "en"),
    ],
)
def test_the_language_is_the_one_the_caller_likes_best(monkeypatch, accepted, expected):
    monkeypatch.setattr(problems, "SPOKEN", list(LANGUAGES))
    assert expected == choose_language(accepted)


def test_a_language_without_a_catalogue_is_not_spoken(monkeypatch):
    monkeypatch.setattr(problems, "SPOKEN", ["en"])
    assert "en" == choose_language(b"de")
