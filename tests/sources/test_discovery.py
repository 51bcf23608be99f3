"""Sources are found by the name a subscription gives, and by nothing else."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from kindward.banks.sources import discovery
from kindward.errors import ConfigError


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Give a function that installs a plug-in with these sources, as pip would."""

    def install(**places):
        package = tmp_path / "site" / "plug_in-1.0.dist-info"
        package.mkdir(parents=True)
        (package / "METADATA").write_text("Metadata-Version: 2.1\nName: plug-in\nVersion: 1.0\n")
        lines = [f"{name} = {place}\n" for name, place in places.items()]
        (package / "entry_points.txt").write_text("[kindward.sources]\n" + "".join(lines))
        monkeypatch.syspath_prepend(tmp_path / "site")

    return install


def refused(name):
    with pytest.raises(ConfigError) as told:
        discovery.find(name)
    return told.value


def test_our_own_sources_are_those_of_the_project():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["entry-points"]["kindward.sources"] == dict(discovery.BUILT_IN)


@pytest.mark.parametrize("name", sorted(discovery.BUILT_IN))
def test_every_source_of_ours_can_be_loaded_and_knows_its_name(name):
    assert name == discovery.find(name).name


def test_an_installed_source_is_offered_and_not_loaded_before_it_is_named(installed):
    installed(theirs="no_such_module:Source")
    assert {**discovery.BUILT_IN, "theirs": "no_such_module:Source"} == discovery.offered()
    assert sorted(discovery.offered()) == list(discovery.offered())


def test_an_installed_source_is_loaded_by_its_name(installed):
    installed(theirs="kindward.banks.sources.file:FileSource")
    assert "FileSource" == discovery.find("theirs").__name__


def test_an_unknown_name_is_answered_with_the_nearest_or_with_all():
    near = refused("fiel")
    assert ("source_unknown", "There is no source named fiel.", "Did you mean file?") == (
        near.code,
        str(near),
        near.hint,
    )
    assert f"These are installed: {', '.join(sorted(discovery.BUILT_IN))}." == refused("zzzzzzz").hint


def test_two_packages_that_claim_one_name_are_refused(installed):
    installed(file="theirs:Source")
    problem = refused("file")
    assert ("source_twice", "Two installed packages offer a source named file.") == (problem.code, str(problem))
    assert "kindward.banks.sources.file:FileSource or theirs:Source" in problem.hint


def test_one_package_may_name_a_source_of_ours_as_we_do(installed):
    installed(file=discovery.BUILT_IN["file"])
    assert discovery.BUILT_IN["file"] == discovery.offered()["file"]


@pytest.mark.parametrize(
    ("place", "kind"),
    [("no_such_module:Source", "ModuleNotFoundError"), ("kindward.banks.sources.file:Absent", "AttributeError")],
)
def test_a_source_that_cannot_be_loaded_is_told_with_its_place(installed, place, kind):
    installed(theirs=place)
    problem = refused("theirs")
    assert ("source_broken", f"The source theirs cannot be loaded from {place} ({kind}).") == (
        problem.code,
        str(problem),
    )
