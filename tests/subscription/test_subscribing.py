"""Beginning to follow: what is refused before anything is made, and what is left when it fails."""

from __future__ import annotations

import json
import logging
import shutil

import pytest
from providers import Followed, Provider, record

from kindward.banks import build_bank
from kindward.errors import ConfigError, KindwardError, RemoteError, StateError
from kindward.subscription.record import Subscription, is_subscribed
from kindward.subscription.subscribing import subscribe

MARKER = "MARKER-fd2c0c/ü secret"
URL = {"url": "https://provider.test/list"}


@pytest.fixture
def bank(tmp_path, plug_in):
    return Followed(tmp_path / "bank", Provider(record(1), record(2)))


def refused(bank, kind=ConfigError, **fields):
    with pytest.raises(kind) as told:
        bank.subscribe(Subscription(**{"source": "paging", "settings": URL, **fields}))
    assert not bank.path.exists()
    return told.value


def test_an_unknown_source_is_answered_with_the_nearest(bank):
    problem = refused(bank, source="pagign")
    assert ("source_unknown", "Did you mean paging?") == (problem.code, problem.hint)


def test_an_unknown_source_like_no_other_is_answered_with_all(bank):
    assert "file" in refused(bank, source="zzzzzz").hint


def test_a_setting_that_is_missing_is_told_before_anything_is_made(bank):
    assert "source_setting_missing" == refused(bank, settings={}).code


def test_a_secret_in_a_setting_is_refused_without_repeating_it(bank):
    problem = refused(bank, settings={**URL, "password": MARKER})
    assert "setting_secret" == problem.code
    assert MARKER not in f"{problem} {problem.hint}"


def test_an_address_with_a_password_is_refused_without_repeating_it(bank):
    problem = refused(bank, settings={"url": "https://user:hunter2@provider.test/list"})
    assert "address_secret" == problem.code
    assert "hunter2" not in f"{problem} {problem.hint}"


@pytest.mark.parametrize(
    ("content", "code"), [(None, "secret_unreadable"), ("", "secret_empty"), ("\n", "secret_empty")]
)
def test_a_secret_without_its_file_is_told(bank, tmp_path, content, code):
    if content is not None:
        (tmp_path / "password").write_text(content)
    problem = refused(bank, secrets={"password": str(tmp_path / "password")})
    assert code == problem.code
    assert "password" in str(problem)


def test_a_name_cannot_be_a_setting_and_a_secret(bank, tmp_path):
    (tmp_path / "file").write_text("x")
    assert "setting_twice" == refused(bank, secrets={"url": str(tmp_path / "file")}).code


def test_what_is_there_already_is_never_replaced(bank, made_entry, tmp_path):
    build_bank(bank.path, [made_entry("mine", 1)])
    with pytest.raises(StateError) as told:
        bank.subscribe()
    assert "bank_exists_unsubscribed" == told.value.code
    full = Followed(tmp_path / "full", Provider())
    full.path.mkdir()
    (full.path / "letter.txt").write_text("mine")
    with pytest.raises(StateError) as told:
        full.subscribe()
    assert "bank_folder_not_empty" == told.value.code
    assert ["letter.txt"] == [file.name for file in full.path.iterdir()]


def test_subscribing_twice_is_answered_with_how_to_update(bank):
    bank.subscribe()
    with pytest.raises(StateError, match="follows a source already") as told:
        bank.subscribe()
    assert "kindward bank update" in told.value.hint


def test_a_provider_out_of_reach_leaves_nothing_behind(bank):
    bank.provider.out_of_reach(after=0)
    with pytest.raises(RemoteError):
        bank.subscribe()
    assert not bank.path.exists()
    bank.provider.fault = lambda _request: None
    assert 2 == bank.subscribe().tally.put


def test_a_provider_that_breaks_off_leaves_what_it_had_sent(bank):
    bank.provider.events += [record(number) for number in range(3, 9)]
    bank.provider.out_of_reach(after=1)
    with pytest.raises(RemoteError):
        bank.subscribe()
    assert is_subscribed(bank.path)
    bank.provider.fault = lambda _request: None
    assert 5 == bank.update().tally.put


def test_killed_while_subscribing_nothing_is_in_the_way_of_going_on(bank, killer):
    turn = 1
    while killer(bank.subscribe, turn):
        if is_subscribed(bank.path):
            bank.update()
        else:
            bank.subscribe()
        assert 2 == len(bank.contents()["entries"])
        assert 1 == bank.contents()["checkpoint"]["after"] // 2
        shutil.rmtree(bank.path)
        turn += 1
    assert turn > 20


def test_a_folder_that_cannot_be_written_is_told(bank, tmp_path):
    (tmp_path / "file").write_text("")
    inside = Followed(tmp_path / "file" / "bank", bank.provider)
    with pytest.raises(StateError) as told:
        inside.subscribe()
    assert "bank_not_writable" == told.value.code


def test_a_full_disk_is_told_and_what_was_there_stays(bank, monkeypatch):
    bank.subscribe()
    before = bank.contents()
    bank.provider.events.append(record(3))

    def full(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("kindward.banks.manifest.os.fsync", full)
        with pytest.raises(StateError, match="No space left on device") as told:
            bank.update()
    assert "bank_not_writable" == told.value.code
    assert set(before["entries"]) <= set(bank.contents()["entries"])
    bank.update()
    assert ["e1", "e2", "e3"] == [entry_id for entry_id, *_ in bank.contents()["entries"]]


def test_a_secret_reaches_the_source_and_nothing_else(bank, tmp_path, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    (tmp_path / "password").write_text(MARKER + "\n", encoding="utf-8")
    seen = []

    def fault(request):
        seen.append(request.headers["authorization"])
        if len(seen) > 1:
            raise RemoteError(
                "remote_refused", "{host} refused {MARKER}." + MARKER, f"Not {MARKER}", host=MARKER, MARKER=1
            )

    bank.provider.fault = fault
    followed = Subscription(source="paging", settings=URL, secrets={"password": str(tmp_path / "password")})
    with pytest.raises(KindwardError) as told:
        subscribe(bank.path, followed, bank.means)
    assert MARKER == seen[0]
    assert MARKER not in f"{told.value!r} {told.value} {told.value.hint} {told.value.facts}"
    assert "***" in str(told.value)
    assert told.value.__cause__ is None
    written = b"".join(file.read_bytes() for file in bank.path.rglob("*") if file.is_file())
    assert MARKER.encode() not in written
    assert json.dumps(MARKER).encode() not in written
    assert MARKER not in caplog.text + "".join(capfd.readouterr())
