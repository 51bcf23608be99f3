"""One root and five kinds of error; everything a caller can handle is here.

A finding is data, an impossibility is an error: a match never raises, an unreadable file does. Each error has a
stable ``code`` for machines, a sentence for people and a ``hint`` that says what to do. The sentence is kept as an
English template with named facts, so that the outer walls can translate it.
"""

from __future__ import annotations

from typing import ClassVar


class KindwardError(Exception):
    """Say what is wrong, where, and what to do.

    ``code`` is stable and lower-case with underscores. ``template`` and ``hint_template`` are English sentences with
    ``{named}`` facts; ``str(error)`` fills them in. Facts must never hold content: sizes, limits, names of settings
    and paths the caller gave are fine, bytes and texts of messages are not.
    """

    exit_status: ClassVar[int] = 70
    http_status: ClassVar[int] = 500
    kind: ClassVar[str] = "internal"

    def __init__(self, code: str, template: str, hint: str = "", /, **facts: object) -> None:
        self.code = code
        self.template = template
        self.hint_template = hint
        self.facts = facts
        super().__init__(code, template)

    @property
    def sentence(self) -> str:
        """Give the English sentence with its facts filled in."""
        return self.template.format(**self.facts)

    @property
    def hint(self) -> str:
        """Give the English advice with its facts filled in; empty if there is none."""
        return self.hint_template.format(**self.facts)

    def __str__(self) -> str:
        return self.sentence

    def __reduce__(self) -> tuple[object, ...]:
        """Survive pickling with facts, because executors carry errors between processes."""
        return (_rebuild, (type(self), self.code, self.template, self.hint_template, self.facts))


def _rebuild(kind: type[KindwardError], code: str, template: str, hint: str, facts: dict[str, object]) -> KindwardError:
    return kind(code, template, hint, **facts)


class ConfigError(KindwardError):
    """The configuration is wrong; nothing was started."""

    exit_status = 78
    http_status = 500
    kind = "config"


class ContentError(KindwardError):
    """The content could not be checked; it is not thereby harmless."""

    exit_status = 65
    http_status = 422
    kind = "content"


class TrustError(KindwardError):
    """A bank, signature or proof cannot be trusted, so it was not used."""

    exit_status = 77
    http_status = 503
    kind = "trust"


class StateError(KindwardError):
    """The request does not fit the present state of a bank, case or service."""

    exit_status = 75
    http_status = 409
    kind = "state"


class RemoteError(KindwardError):
    """Something outside this process did not answer as it should."""

    exit_status = 69
    http_status = 502
    kind = "remote"
