"""German and English for everything a person reads.

The source language is English; ``de/LC_MESSAGES/kindward.mo`` holds the German catalogue. The language comes from
``KINDWARD_LANGUAGE``, else from the usual ``LC_ALL``, ``LC_MESSAGES`` and ``LANG``.
"""

from __future__ import annotations

import gettext
import os
from functools import cache
from pathlib import Path

from kindward.errors import KindwardError

LANGUAGES = ("en", "de")
FOLDER = Path(__file__).parent
"""Where the catalogues lie, in the layout gettext expects."""


def language() -> str:
    """Choose German or English from the environment; English when in doubt."""
    for name in ("KINDWARD_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return "de" if value.lower().startswith("de") else "en"
    return "en"


@cache
def _catalogue(chosen: str) -> gettext.NullTranslations:
    return gettext.translation("kindward", localedir=FOLDER, languages=[chosen], fallback=chosen == "en")


def translate(text: str, chosen: str | None = None) -> str:
    """Give ``text`` in the chosen language (by default the one of the environment)."""
    return _catalogue(chosen or language()).gettext(text) if text else ""


_ = translate


def several(one: str, many: str, count: int, chosen: str | None = None, **facts: object) -> str:
    """Give the singular or plural sentence for ``count`` in the chosen language, facts and ``{count}`` filled in."""
    return _catalogue(chosen or language()).ngettext(one, many, count).format(count=count, **facts)


def N_(text: str) -> str:  # noqa: N802 - the name that every gettext tool knows
    """Mark a text for the catalogues where it stands; it is translated later, when it is shown."""
    return text


def explain(error: KindwardError, chosen: str | None = None) -> tuple[str, str]:
    """Give an error's sentence and hint in the chosen language, facts filled in.

    A fact that itself has a ``template`` and ``facts`` (an error within an error, a rejected line) is translated too.
    """
    facts = {name: _spoken(fact, chosen) for name, fact in error.facts.items()}
    return translate(error.template, chosen).format(**facts), translate(error.hint_template, chosen).format(**facts)


def _spoken(fact: object, chosen: str | None) -> object:
    template, facts = getattr(fact, "template", None), getattr(fact, "facts", None)
    if isinstance(template, str) and isinstance(facts, dict):
        return translate(template, chosen).format(**facts)
    return fact
