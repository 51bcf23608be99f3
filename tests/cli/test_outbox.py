"""``kindward outbox``."""

import json
import time

import click
import pytest
from click.testing import CliRunner

from kindward import config
from kindward.cli.outbox import WORDS, outbox
from kindward.errors import StateError
from kindward.store import Store
from kindward.store import outbox as rows
from kindward.store.outbox import OutboxState, Outgoing


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with a database that holds reports in every state."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("KINDWARD__STORE__URL", f"sqlite:///{tmp_path}/kindward.db")
    with Store.open(config.Store(url=f"sqlite:///{tmp_path}/kindward.db")) as store, store.write() as connection:
        for number, state in enumerate([*OutboxState, OutboxState.STOPPED]):
            one = Outgoing(f"{number:016x}", f"{number:012x}", "ncmec", state, "d" * 64, "i" * 16, created_at=number)
            rows.add(connection, one)
        rows.add(connection, Outgoing("f" * 16, "f" * 12, "eu", OutboxState.REFUSED, "d" * 64, "i" * 16, problem="why"))
    return tmp_path


def run(*arguments, environment=None):
    """Run the command as the program does, and give what it wrote."""
    answer = CliRunner().invoke(outbox, arguments, env=environment, catch_exceptions=False, standalone_mode=False)
    return answer.stdout, answer.stderr


def test_reports_are_counted_by_where_they_stand_and_nothing_says_whose_they_are(here):
    out, _ = run("list", "-o", "jsonl")
    records = [json.loads(line) for line in out.splitlines()]

    assert {"authority", "state", "problem", "count", "since"} == set(records[0])
    assert ("eu", "refused", "why", 1) == tuple(records[0][name] for name in ("authority", "state", "problem", "count"))
    assert {str(state): 2 if state is OutboxState.STOPPED else 1 for state in OutboxState} == {
        one["state"]: one["count"] for one in records[1:]
    }
    assert "ffffffffffff" not in out


def test_every_state_has_words(here):
    assert {str(state) for state in OutboxState} == set(WORDS)
    out, err = run("list")

    assert all(word in out for word in WORDS.values())
    assert "Nothing is sent, because simulate is true." in err
    assert "" == run("list", environment={"KINDWARD__SIMULATE": "false"})[1]


def test_what_stopped_goes_on(here):
    began = int(time.time())
    out, _ = run("resume", "ncmec")
    assert "Reports to ncmec that are tried again: 3.\n" == out
    with Store.open(config.Store(url=f"sqlite:///{here}/kindward.db")) as store, store.write() as connection:
        assert {"waiting": 4, "draft": 1, "sent": 1, "withdrawn": 1, "refused": 1} == dict(rows.counts(connection))
        assert None is not rows.take(connection, "ncmec", "w", began + 60, 60)


@pytest.mark.parametrize("authority", ["dryrun", "", "nobody"])
def test_where_nothing_stopped_nothing_goes_on(here, authority):
    with pytest.raises(StateError) as refused:
        run("resume", authority)

    assert "outbox_nothing_stopped" == refused.value.code


def test_an_authority_must_be_named(here):
    with pytest.raises(click.UsageError):
        run("resume")
