"""Find the authority that the configuration names, among those that are built in and those that are installed."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import entry_points
from typing import cast

from kindward.reports import refusals
from kindward.reports.authority import AuthorityType

GROUP = "kindward.authorities"
"""Entry-point group in which plug-ins name their authorities."""
BUILT_IN: Mapping[str, str] = {
    "ncmec": "kindward.reports.ncmec:NcmecAuthority",
    "eu": "kindward.reports.eu:EuAuthority",
    "dryrun": "kindward.reports.dryrun:DryRun",
}
"""Our own authorities, as the project's entry points name them; they are found without being installed, too."""


def offered() -> dict[str, str]:
    """Give the place (``module:attribute``) of every authority that could be named.

    Raises: ConfigError if two installed packages claim one name, because it must be plain who gets a report.
    """
    places = dict(BUILT_IN)
    for point in entry_points(group=GROUP):
        if places.setdefault(point.name, point.value) != point.value:
            raise refusals.twice(point.name, places[point.name], point.value)
    return dict(sorted(places.items()))


def find(name: str) -> AuthorityType:
    """Load the authority with this name. Raises: ConfigError if there is none, or it cannot be loaded."""
    places = offered()
    if name not in places:
        raise refusals.unknown(name, ", ".join(places))
    module, _, attribute = places[name].partition(":")
    try:
        return cast("AuthorityType", getattr(import_module(module), attribute))
    except Exception as problem:
        raise refusals.broken(name, places[name], type(problem).__name__) from problem
