"""What is in force, and whether this installation is healthy."""

import json

import pytest

from kindward.config import describe


def test_every_setting_is_printed_with_its_origin(kindward, tmp_path):
    (tmp_path / "kindward.toml").write_text("[matching]\npdq_distance = 20\n", encoding="utf-8")
    records = kindward("config", "-o", "jsonl", environment={"KINDWARD__SERVICE__PORT": "9000"}).records
    assert [row[0] for row in describe()] == [record["name"] for record in records]
    told = {record["name"]: (record["value"], record["origin"]) for record in records}
    assert (20, "kindward.toml") == told["matching.pdq_distance"]
    assert (9000, "KINDWARD__SERVICE__PORT") == told["service.port"]
    assert (True, "default") == told["simulate"]


def test_people_can_paste_what_is_printed_into_a_file(kindward, tmp_path):
    import tomllib

    printed = kindward("config").out
    lines = [line for line in printed.splitlines() if not line.startswith("    #")]
    assert len(describe()) == len(
        tomllib.loads("\n".join(line.replace(".", "_", line.split(" = ")[0].count(".")) for line in lines))
    )


def test_a_right_configuration_is_called_right(kindward):
    answer = kindward("config", "--check")
    assert (0, "The configuration is right.\n") == (answer.status, answer.out)


@pytest.mark.parametrize("text", ["[banks]\npaths = ['nowhere']\n", "simulate = 3\n", "oops = 1\n", "oops\n"])
def test_a_wrong_configuration_is_refused_with_78(kindward, tmp_path, text):
    (tmp_path / "kindward.toml").write_text(text, encoding="utf-8")
    answer = kindward("config", "--check")
    assert (78, "") == (answer.status, answer.out)
    assert answer.err.startswith("kindward: ")


def test_a_healthy_installation_passes_every_examination(kindward, known):
    answer = kindward("doctor", "-o", "json", environment={"KINDWARD__BANKS__PATHS": str(known)})
    found = {record["check"]: record["state"] for record in json.loads(answer.out)}
    assert 0 == answer.status, answer
    parts = {"kernel", "banks", "sources", "decoding", "database", "cases", "help", "clock", "language", "space"}
    assert parts == set(found)
    assert {"ok"} == {state for part, state in found.items() if part != "space"}, answer


def test_a_missing_bank_is_a_warning_and_a_broken_one_a_failure(kindward):
    without = kindward("doctor")
    assert (0, "warn" in without.out, "No bank is configured" in without.out) == (without.status, True, True)
    broken = kindward("doctor", environment={"KINDWARD__BANKS__PATHS": "nowhere"})
    assert (77, "FAIL  banks" in broken.out) == (broken.status, True)


@pytest.mark.parametrize(("language", "word"), [("en", "warn"), ("de", "Warnung")])
def test_advice_stands_below_its_sentence(kindward, language, word):
    lines = kindward("--language", language, "doctor").out.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith(word) and "banks" in line)
    column = lines[at].index("banks") + len("banks".ljust(10)) + 2
    assert column == len(lines[at + 1]) - len(lines[at + 1].lstrip())


def test_an_unreachable_database_is_a_failure(kindward, tmp_path):
    (tmp_path / "kindward.db").write_bytes(
        b"this is no database, but long enough to look like a file with something in it"
    )
    answer = kindward("doctor", "-o", "jsonl", environment={"KINDWARD__STORE__URL": "sqlite:///kindward.db"})
    assert (69, "store_unreachable") == (
        answer.status,
        next(record["code"] for record in answer.records if record["check"] == "database"),
    )


def test_the_doctor_leaves_no_database_behind(kindward, tmp_path):
    kindward("doctor")
    assert [] == list(tmp_path.iterdir())


def test_a_clock_before_the_release_is_a_failure(monkeypatch):
    import time

    from kindward.cli import examinations
    from kindward.config import Settings

    monkeypatch.setattr(time, "time", lambda: 1_500_000_000.0)
    (finding,) = examinations.clock(Settings())
    assert ("fail", "clock_behind") == (str(finding.state), finding.problem.code)


def test_an_examination_that_breaks_is_a_finding_and_not_the_end():
    from kindward.cli import examinations
    from kindward.config import Settings

    def broken(_settings):
        raise RuntimeError

    (finding,) = examinations.carefully(broken, Settings())
    assert ("broken", "fail", "examination_failed") == (finding.part, str(finding.state), finding.problem.code)
