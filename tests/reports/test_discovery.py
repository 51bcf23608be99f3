"""Authorities are found by their name, and act only if they are named."""

import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from kindward.errors import ConfigError
from kindward.reports import discovery, find, offered
from kindward.reports.dryrun import DryRun
from kindward.reports.eu import EuAuthority
from kindward.reports.ncmec import NcmecAuthority

ROOT = Path(__file__).parents[2]


def test_our_own_authorities_are_found():
    assert {"dryrun": DryRun, "eu": EuAuthority, "ncmec": NcmecAuthority} == {name: find(name) for name in offered()}


def test_the_project_names_the_same_entry_points():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert dict(discovery.BUILT_IN) == project["entry-points"]["kindward.authorities"]


def test_an_unknown_authority_is_refused_with_those_that_are_known():
    with pytest.raises(ConfigError) as refused:
        find("nowhere")

    assert "authority_unknown" == refused.value.code
    assert "dryrun, eu, ncmec" in refused.value.hint


@pytest.mark.parametrize("place", ["kindward.reports.nowhere:Nothing", "kindward.reports:Nothing"])
def test_a_plug_in_that_cannot_be_loaded_says_so(monkeypatch, place):
    point = EntryPoint("broken", place, discovery.GROUP)
    monkeypatch.setattr(discovery, "entry_points", lambda group: [point] if group == discovery.GROUP else [])

    with pytest.raises(ConfigError) as refused:
        find("broken")

    assert "authority_broken" == refused.value.code


def test_nobody_can_take_the_name_of_an_authority(monkeypatch):
    point = EntryPoint("ncmec", "somebody.else:Authority", discovery.GROUP)
    monkeypatch.setattr(discovery, "entry_points", lambda **_asked: [point])

    with pytest.raises(ConfigError) as refused:
        find("ncmec")

    assert "authority_twice" == refused.value.code
