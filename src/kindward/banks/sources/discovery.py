"""Find the source that a subscription names, among those that are built in and those that are installed.

An installed plug-in does nothing by itself: its module is imported only when a subscription names it.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import entry_points
from typing import cast

from kindward.banks.sources import SourceType
from kindward.errors import ConfigError

GROUP = "kindward.sources"
"""Entry-point group in which plug-ins name their sources."""
BUILT_IN: Mapping[str, str] = {
    "file": "kindward.banks.sources.file:FileSource",
    "stopncii": "kindward.banks.sources.stopncii:StopNciiSource",
    "ncmec": "kindward.banks.sources.ncmec:NcmecSource",
    "tat": "kindward.banks.sources.tat:TatSource",
    "threatexchange": "kindward.banks.sources.threatexchange:ThreatExchangeSource",
}
"""Our own sources, as the project's entry points name them; they are found without being installed, too."""


def offered() -> dict[str, str]:
    """Give the place (``module:attribute``) of every source that could be named, by its name.

    Raises: ConfigError if two installed packages claim one name, because it must be plain whose word a bank takes.
    """
    places = dict(BUILT_IN)
    for point in entry_points(group=GROUP):
        if places.setdefault(point.name, point.value) != point.value:
            raise ConfigError(
                "source_twice",
                "Two installed packages offer a source named {source}.",
                "Remove one of them: {first} or {second}.",
                source=point.name,
                first=places[point.name],
                second=point.value,
            )
    return dict(sorted(places.items()))


def find(name: str) -> SourceType:
    """Load the source with this name. Raises: ConfigError if there is none, or it cannot be loaded."""
    places = offered()
    if name not in places:
        near = difflib.get_close_matches(name, places, 1, 0.5)
        raise ConfigError(
            "source_unknown",
            "There is no source named {source}.",
            "Did you mean {near}?" if near else "These are installed: {known}.",
            source=name,
            near=near[0] if near else "",
            known=", ".join(places),
        )
    module, _, attribute = places[name].partition(":")
    try:
        return cast("SourceType", getattr(import_module(module), attribute))
    except Exception as problem:
        raise ConfigError(
            "source_broken",
            "The source {source} cannot be loaded from {place} ({kind}).",
            "Install the package that offers it again, or remove it.",
            source=name,
            place=places[name],
            kind=type(problem).__name__,
        ) from problem
