"""Everything a person reads exists in English and in German, and says the same."""

import importlib.util
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("page_catalogues", ROOT / "docs" / "catalogues.py")
catalogues = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(catalogues)
pytestmark = pytest.mark.xdist_group("docs")


@pytest.fixture(scope="module")
def translated():
    """Every sentence of the pages with its German translation."""
    found = []
    for file in sorted(catalogues.GERMAN.glob("*.po")):
        with file.open("rb") as opened:
            found += [(m.id, m.string) for m in read_po(opened, locale="de") if m.id]
    return found


def test_every_sentence_of_the_pages_is_translated():
    catalogues.extract()

    assert [] == catalogues.untranslated()


def test_no_translation_is_left_of_a_sentence_that_is_gone():
    pages = {template.stem for template in catalogues.TEMPLATES.glob("*.pot")}

    assert {file.stem for file in catalogues.GERMAN.glob("*.po")} == pages


def test_names_and_commands_are_the_same_in_both_languages(translated):
    def names(text):
        return set(re.findall(r"`[^`]+`", text))

    assert len(translated) > 500
    assert [] == [german for english, german in translated if names(english) != names(german)]


def test_links_lead_to_the_same_places_in_both_languages(translated):
    target = re.compile(r"\]\(([^)]*)\)")

    assert [] == [german for english, german in translated if target.findall(english) != target.findall(german)]


def test_words_that_we_avoid_stand_nowhere(translated):
    avoided = re.compile(r"\b(scan\w*|AI|KI|CSAM|flag\w*|offender\w*|Täter\w*)\b", re.IGNORECASE)
    texts = [text for pair in translated for text in pair]
    texts += [(ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.de.md")]

    # Names that others gave, such as the settings of a provider, stand between backticks.
    own = [re.sub(r"`[^`]*`", "", text).replace("plain scan", "") for text in texts]
    assert [] == [text for text in own if avoided.search(text)]


def test_the_german_pages_are_german(built):
    page = (built / "de" / "explanation" / "limits.html").read_text(encoding="utf-8")

    assert '<html class="no-js" lang="de"' in page
    assert "Was kindward nicht tut" in page
    assert "What kindward does not do" not in page


def test_each_page_links_to_itself_in_the_other_language(built):
    for page in (built / "en").rglob("*.html"):
        if "_static" in page.parts or page.name in {"genindex.html", "search.html"}:
            continue
        place = page.relative_to(built / "en")
        assert f"../de/{place}" in page.read_text(encoding="utf-8")
        assert (built / "de" / place).is_file()
