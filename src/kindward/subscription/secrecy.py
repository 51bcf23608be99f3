"""Keep secrets out of every sentence: a source that quotes one in an error must not bring it into a log or a file."""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterable

from kindward.errors import ContentError, KindwardError

MASK = "***"
_SHORTEST = 4
"""Shorter texts are no secrets, and masking every "a" would make a sentence unreadable."""


def without(problem: Exception, secrets: Iterable[str], source: str) -> KindwardError:
    """Give an error as it may be told: ours without any secret, any other as a fault of the source."""
    if not isinstance(problem, KindwardError):
        return ContentError(
            "source_faulty",
            "The source {source} failed by a fault of its own ({kind}).",
            "Report it to whoever made the source; what was taken over before is kept.",
            source=source,
            kind=type(problem).__name__,
        )
    hidden = [form for secret in secrets if len(secret) >= _SHORTEST for form in {secret, urllib.parse.quote(secret)}]
    texts = [problem.template, problem.hint_template, *map(str, problem.facts.values())]
    if not any(secret in text for secret in hidden for text in texts):
        return problem
    facts = {name: _masked(str(fact), hidden) for name, fact in problem.facts.items()}
    template, hint = _masked(problem.template, hidden), _masked(problem.hint_template, hidden)
    return type(problem)(problem.code, template, hint, **facts)


def _masked(text: str, hidden: Iterable[str]) -> str:
    for secret in hidden:
        text = text.replace(secret, MASK)
    return text
