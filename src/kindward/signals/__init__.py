"""Content to fingerprints: what a content looks like to a list of known things.

A signal is a technique with a name and a version. The built-in ones go through the same seam as plug-ins do: an entry
point in the group ``kindward.signals`` that names a class with the surface of ``Signal``. A plug-in acts only if the
configuration names it.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from kindward.model import Content, Fingerprint


@runtime_checkable
class Signal(Protocol):
    """Turn a content into fingerprints.

    ``name`` carries a version (``pdq/1``), because fingerprints of different versions are never compared. ``kinds``
    says what it can read. Examples are part of the type, so that a demonstration and a test need no files.
    """

    name: str
    kinds: frozenset[str]

    def examples(self) -> tuple[tuple[Content, Fingerprint], ...]:
        """Give contents together with the fingerprint that each must have."""
        ...

    def fingerprint(self, content: Content) -> tuple[Fingerprint, ...]:
        """Give all fingerprints of a content, the plain view first.

        Raises:
            ContentError: if the content cannot be read.
        """
        ...
