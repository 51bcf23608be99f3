"""What sources that speak JSON share: every refusal says what is wrong and what to do."""

import pytest

from kindward.banks.sources import Response
from kindward.banks.sources.asking import circling, object_in, settled, text_in, unreadable, wrong_setting
from kindward.errors import ConfigError, ContentError

KNOWN = {"url": "https://there.example", "name": None}


def told(problem):
    return type(problem), problem.code, problem.sentence, problem.hint


def test_settings_get_their_defaults_and_what_is_given_holds():
    assert {"url": "https://there.example", "name": "n"} == settled("some", {"name": "n"}, KNOWN)
    assert {"url": "u", "name": "n"} == settled("some", {"name": "n", "url": "u"}, KNOWN)


def test_an_unknown_setting_is_told_with_those_that_there_are():
    with pytest.raises(ConfigError) as wrong:
        settled("some", {"name": "n", "nmae": "n"}, KNOWN)
    assert (
        ConfigError,
        "source_setting_unknown",
        "The source some has no setting nmae.",
        "It has these: url, name.",
    ) == told(wrong.value)
    with pytest.raises(ConfigError) as wrong:
        settled("some", {"name": "n"}, {})
    assert "It has these: -." == wrong.value.hint


@pytest.mark.parametrize("given", [{}, {"name": ""}])
def test_a_missing_setting_is_told(given):
    with pytest.raises(ConfigError) as wrong:
        settled("some", given, KNOWN)
    assert (
        ConfigError,
        "source_setting_missing",
        "The source some needs the setting name.",
        "Give it with --set name=VALUE, or as a file with --secret if it is one.",
    ) == told(wrong.value)


def test_a_wrong_setting_is_told_with_its_right_form_and_without_its_value():
    assert (
        ConfigError,
        "source_setting_wrong",
        "The setting url of the source some is wrong.",
        "It must be an address.",
    ) == told(wrong_setting("some", "url", "an address"))


def test_an_answer_is_read_if_it_is_one_object():
    assert {"a": [1]} == object_in(Response(200, {}, b'{"a": [1]}'), "some")


@pytest.mark.parametrize("body", [b"", b"[]", b"5", b"null", b"{", b"\xff", b"[" * 100_000, b"9" * 10_000])
def test_an_answer_of_another_form_is_refused_as_a_whole(body):
    with pytest.raises(ContentError) as refused:
        object_in(Response(200, {}, body), "some")
    assert told(unreadable("some")) == told(refused.value)


def test_what_a_provider_cannot_mean_is_told_in_full():
    assert (
        ContentError,
        "answer_unreadable",
        "The answer of the source some has not the form its protocol prescribes; nothing of it was taken over.",
        "Check the address of the subscription; if it is right, tell the provider.",
    ) == told(unreadable("some"))
    assert (
        ContentError,
        "answers_without_end",
        "The source some names a next page that was read already, so the update was ended.",
        "What was read before is kept. Try again later; if it stays so, tell the provider.",
    ) == told(circling("some"))


@pytest.mark.parametrize(
    ("given", "text"),
    [(" a ", "a"), (5, "5"), (0, "0"), (True, "True"), (None, ""), (1.5, ""), ([], ""), ({}, ""), ("", "")],
)
def test_texts_and_whole_numbers_are_texts_and_nothing_else_is(given, text):
    assert text == text_in({"name": given}, "name")
    assert not text_in({}, "name")
