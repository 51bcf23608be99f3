"""A plain list in a file is a source like any other."""

from __future__ import annotations

import os

import pytest
from providers import Followed, Provider, value

from kindward.banks import Bank
from kindward.banks.sources import file
from kindward.errors import ConfigError, ContentError, StateError
from kindward.subscription import rejects
from kindward.subscription.record import Subscription


@pytest.fixture
def listed(tmp_path):
    """A bank that follows a list, and a function that replaces the list."""
    followed = Followed(tmp_path / "bank", Provider())

    def write(*lines):
        (tmp_path / "new").write_text("".join(f"{line}\n" for line in lines))
        (tmp_path / "new").replace(tmp_path / "list.txt")

    write(value(1).hex(), value(2).hex())
    followed.subscribe(Subscription(source="file", settings={"path": str(tmp_path / "list.txt"), "origin": "ours"}))
    return followed, write


def values(followed):
    with Bank.open(followed.path) as bank:
        return {entry.value for entry in bank.entries()}


def test_what_is_new_is_added_and_what_is_gone_is_withdrawn(listed):
    followed, write = listed
    assert {value(1), value(2)} == values(followed)
    write(value(2).hex(), value(3).hex())
    report = followed.update()
    assert (1, 1) == (report.tally.put, report.tally.withdrawn)
    assert {value(2), value(3)} == values(followed)
    with Bank.open(followed.path) as bank:
        assert {"ours"} == {entry.source for entry in bank.entries()}
        assert ["gone_from_source"] == [life.reason for life in bank.states()]


def test_what_comes_back_is_in_force_again(listed):
    followed, write = listed
    write(value(2).hex())
    followed.update()
    write(value(2).hex(), value(1).hex())
    followed.update()
    assert {value(1), value(2)} == values(followed)


def test_an_unchanged_file_is_not_read(listed, tmp_path, monkeypatch):
    followed, _ = listed
    monkeypatch.setattr(file, "read_list", lambda *_args, **_more: pytest.fail("the list was read"))
    assert not followed.update().changed


def test_the_fingerprints_of_one_item_may_stand_anywhere_in_the_file(listed):
    followed, write = listed
    header = "id,pdq"
    lines = [f"one,{value(1).hex()}", *(f"n{number},{value(number).hex()}" for number in range(10, 30))]
    write(header, *lines, f"one,{value(2).hex()}")
    followed.update()
    with Bank.open(followed.path) as bank:
        assert {value(1), value(2)} == {entry.value for entry in bank.holding("one")}


def test_a_long_list_is_read_page_by_page(listed, monkeypatch):
    monkeypatch.setattr(file, "PAGE", 7)
    followed, write = listed
    write(*(value(number).hex() for number in range(30)), "nonsense")
    report = followed.update()
    assert (6, 28, 0, 1) == (report.tally.pages, report.tally.put, report.tally.withdrawn, report.tally.rejected)
    assert 30 == len(values(followed))
    write(value(5).hex())
    assert 29 == followed.update().tally.withdrawn
    assert [] == list(rejects.kept(followed.path))


def test_a_list_that_changes_while_it_is_read_withdraws_nothing(listed, tmp_path, monkeypatch):
    followed, write = listed
    write(value(2).hex(), value(3).hex())
    real = file.read_list

    def meanwhile(path, **more):
        yield from real(path, **more)
        os.utime(path, (1, 1))

    monkeypatch.setattr(file, "read_list", meanwhile)
    with pytest.raises(StateError) as told:
        followed.update()
    assert "list_changing" == told.value.code
    assert {value(1), value(2), value(3)} == values(followed)
    monkeypatch.setattr(file, "read_list", real)
    followed.update()
    assert {value(2), value(3)} == values(followed)


@pytest.mark.parametrize("lines", [[], ["nonsense"], ["", "# a comment"]])
def test_a_list_without_any_fingerprint_withdraws_nothing(listed, lines):
    followed, write = listed
    write(*lines)
    with pytest.raises(ContentError) as told:
        followed.update()
    assert "list_without_entries" == told.value.code
    assert {value(1), value(2)} == values(followed)


def test_a_list_that_is_gone_withdraws_nothing(listed, tmp_path):
    followed, _ = listed
    (tmp_path / "list.txt").unlink()
    with pytest.raises(ContentError, match="no such file"):
        followed.update()
    assert {value(1), value(2)} == values(followed)


@pytest.mark.parametrize(
    ("settings", "secrets", "code"),
    [
        ({}, {}, "source_setting_missing"),
        ({"path": ""}, {}, "source_setting_missing"),
        ({"path": "a", "url": "b"}, {}, "source_setting_unknown"),
        ({"path": "a"}, {"token": "b"}, "source_setting_unknown"),
        ({"path": "a"}, {"path": "b"}, "source_setting_unknown"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, secrets, code):
    with pytest.raises(ConfigError) as told:
        file.FileSource(settings, secrets)
    assert code == told.value.code
