"""Both languages: nothing is left untranslated, nothing is lost in translation."""

import importlib.util
import io
import os
import re
import string
import subprocess
import sys
from pathlib import Path

import click
import pytest
from babel.messages.pofile import read_po

from kindward.cli import click_texts
from kindward.config import describe
from kindward.locale import FOLDER, language, several, translate

ROOT = Path(__file__).parents[1]
SPEC = importlib.util.spec_from_file_location("catalogue", ROOT / "tools" / "catalogue.py")
catalogue = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(catalogue)


@pytest.fixture(scope="module")
def german():
    """The German catalogue as the code needs it, with what is translated."""
    return catalogue.refreshed("de")


def _messages(one):
    return [message for message in one if message.id]


def test_every_text_of_the_program_is_found():
    found = catalogue.extract()
    assert len(found) > 150
    assert {"content_missing", "config_unknown_key"}.isdisjoint(found), "codes are not texts"
    assert {meaning for *_, meaning in describe()} <= set(found)


def test_every_text_has_a_german_translation(german):
    assert [] == catalogue.missing(german)


def test_the_german_catalogue_holds_just_the_texts_of_the_program(german):
    stored = read_po(io.BytesIO((FOLDER / "de/LC_MESSAGES/kindward.po").read_bytes()), locale="de")
    assert {m.id for m in _messages(german)} == {m.id for m in _messages(stored)}


def test_the_compiled_catalogue_equals_the_readable_one(german):
    readable, compiled = catalogue.written(german)
    stored = FOLDER / "de/LC_MESSAGES"
    assert (readable, compiled) == (
        stored.joinpath("kindward.po").read_bytes(),
        stored.joinpath("kindward.mo").read_bytes(),
    )


def _forms(message):
    ids, strings = message.id, message.string
    return zip(ids, strings, strict=True) if isinstance(ids, tuple) else [(ids, strings)]


def _facts(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_no_fact_is_lost_or_invented_in_translation(german):
    wrong = [
        original
        for message in _messages(german)
        for original, translated in _forms(message)
        if translated
        and _facts(original) != _facts(translated)
        and not (isinstance(message.id, tuple) and _facts(translated) <= set().union(*map(_facts, message.id)))
    ]
    assert [] == wrong


def test_commands_and_settings_keep_their_names_in_translation(german):
    wrong = [
        original
        for message in _messages(german)
        for original, translated in _forms(message)
        if translated
        and set(re.findall(r"`[^`]+`|--[a-z-]+", original)) != set(re.findall(r"`[^`]+`|--[a-z-]+", translated))
    ]
    assert [] == wrong


def test_the_german_texts_avoid_the_words_that_the_house_avoids(german):
    avoided = re.compile(r"\b(Scan|gescannt|scannen|KI|AI|Täter\w*|CSAM)\b")
    assert [] == [s for m in _messages(german) for _, s in _forms(m) if avoided.search(s)]


def test_every_text_that_click_says_is_known_to_click():
    home = Path(click.__file__).parent
    source = "".join(file.read_text(encoding="utf-8") for file in home.glob("*.py"))
    joined = re.sub(r'"\s*\n\s*"', "", source)
    texts = [*click_texts.TEXTS, *(text for pair in click_texts.PLURALS for text in pair)]
    assert [] == [text for text in texts if repr(text)[1:-1] not in joined and text != "required"]


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "de"),
        ({"LANG": "de_AT.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({"LC_MESSAGES": "de_CH", "LANG": "en_GB"}, "de"),
        ({"KINDWARD_LANGUAGE": "en", "LC_ALL": "de_DE"}, "en"),
    ],
)
def test_the_language_comes_from_the_environment(environment, expected, monkeypatch):
    for name in ("KINDWARD_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert expected == language()


def test_an_unknown_text_stays_as_it_is():
    assert "no such text" == translate("no such text", "de")


def test_an_empty_text_stays_empty():
    assert "" == translate("", "de")


def test_numbers_choose_singular_and_plural_in_both_languages():
    texts = ("{count} duplicate", "{count} duplicates")
    assert ("1 duplicate", "2 duplicates") == (several(*texts, 1, "en"), several(*texts, 2, "en"))
    assert ("1 Doppelter", "0 Doppelte") == (several(*texts, 1, "de"), several(*texts, 0, "de"))


def test_the_tool_says_that_the_catalogues_are_up_to_date():
    answer = subprocess.run(
        [sys.executable, ROOT / "tools" / "catalogue.py", "--check"],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ,
    )
    assert (0, "") == (answer.returncode, answer.stdout)
