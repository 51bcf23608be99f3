"""``kindward budget`` as a person or a script runs it."""

from __future__ import annotations

import json
import os
import shutil

import pytest
from PIL import Image

NUMBERS = ("--messages", "1e9", "--accounts", "3e8", "--per-account", "100", "--epoch-days", "30")


@pytest.fixture(scope="session")
def corpus(tmp_path_factory, pictures):
    """Lawful pictures: two that the bank knows, one of them twice, two strangers, and one file that is none."""
    folder = tmp_path_factory.mktemp("corpus")
    for name in ("astronaut.png", "chelsea.png", "camera.png", "hubble_deep_field.jpg"):
        shutil.copy(pictures[name], folder / name)
    with Image.open(pictures["chelsea.png"]) as opened:
        opened.convert("RGB").save(folder / "chelsea again.jpg", quality=70)
    (folder / "notes.txt").write_text("no picture", encoding="utf-8")
    return folder


@pytest.fixture
def bank(tmp_path, known):
    """A copy of the bank that a test may change."""
    shutil.copytree(known, tmp_path / "bank")
    return tmp_path / "bank"


def measured(kindward, *arguments, status=0):
    answer = kindward("budget", *NUMBERS, *arguments, "-o", "jsonl")
    assert status == answer.status, answer
    return answer.record


def test_numbers_give_the_worked_example(kindward):
    record = measured(kindward, "--found", "0", "--pictures", "3000000")
    cases = {case["case"]: case["threshold_bound"] for case in record["cases"]}

    assert 0.0 == record["rate"]["measured"]
    assert 1e-6 == pytest.approx(record["rate"]["high"], rel=0.01)
    assert 1000 == pytest.approx(record["alarms_a_day_bound"], rel=0.01)
    assert {"as given": 3, "busy": 5, "uneven": 5, "bursts": 7} == cases
    assert 3 == record["threshold"]


def test_more_found_never_needs_a_lower_threshold(kindward):
    thresholds = [
        measured(kindward, "--found", str(found), "--pictures", "100000")["threshold"] for found in (0, 3, 30, 3000)
    ]

    assert sorted(thresholds) == thresholds
    assert thresholds[0] < thresholds[-1]


def test_the_text_says_what_the_numbers_mean_and_what_they_cannot_say(kindward):
    answer = kindward("budget", *NUMBERS, "--found", "3", "--pictures", "10000000", "--reviewers", "5")

    assert 0 == answer.status
    assert "10,000,000 distinct lawful pictures, 3 of them matched." in answer.out
    assert "3.00e-7 measured, at most 7.75e-7 (95 %)" in answer.out
    assert "at a single match: up to 775 false alarms a day; reviewers can decide 500: too few." in answer.out
    assert "enough." in answer.out
    assert "independent" in answer.out


def test_both_languages_are_spoken(kindward):
    said = [kindward("--language", each, "budget", "--found", "0", "--pictures", "9") for each in ("en", "de")]

    assert [0, 0] == [answer.status for answer in said]
    assert [True, True] == ["95 %" in answer.out for answer in said]


def test_a_corpus_is_looked_up_and_near_duplicates_count_once(kindward, corpus, known):
    record = measured(kindward, "--corpus", str(corpus), "-b", str(known), status=1)
    run = record["run"]

    assert (4, 2, 5, 1) == (run["pictures"], run["found"], run["files"], run["unread"])
    assert {"known": 2} == {name: bank["found"] for name, bank in run["banks"].items()}
    assert {1} == {entry["pictures"] for entry in run["entries"]}
    assert 2 == len(run["entries"])
    assert 0.5 == record["rate"]["measured"]
    assert [("known", "over")] == [(bank["bank"], bank["standing"]) for bank in record["banks"]]


def test_an_earlier_run_gives_the_same_numbers(kindward, corpus, known):
    first = kindward("budget", *NUMBERS, "--corpus", str(corpus), "-b", str(known), "-o", "json")
    (kindward.folder / "run.json").write_text(first.out, encoding="utf-8")
    again = kindward("budget", *NUMBERS, "--run", "run.json", "-o", "json")

    assert json.loads(first.out) == json.loads(again.out)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"run": {"pictures": 3}}', '{"run": 5}', "[" * 100_000, '{"run": {"pictures": "x"}}']
)
def test_a_file_that_is_no_run_is_refused(kindward, text):
    (kindward.folder / "run.json").write_text(text, encoding="utf-8")
    answer = kindward("budget", "--run", "run.json")

    assert 65 == answer.status
    assert "holds no run" in answer.err


def test_a_bank_over_its_budget_is_switched_to_simulation_and_says_so(kindward, corpus, bank):
    answer = kindward("budget", "--corpus", str(corpus), "-b", str(bank), "--write")
    kept = json.loads((bank / "budget.json").read_text(encoding="utf-8"))
    simulated = json.loads((bank / "simulated.json").read_text(encoding="utf-8"))

    assert 1 == answer.status
    assert "is switched to simulation" in answer.err
    assert (2, 4, 1e-6, 0.95) == (kept["found"], kept["pictures"], kept["allowed"], kept["confidence"])
    assert kept["bound"] > 0.5
    assert "over_budget" == simulated["reason"]
    assert 0.5 == simulated["facts"]["rate"]
    assert 0 == kindward("bank", "verify", str(bank)).status


def test_a_bank_within_its_budget_stays_as_it_is(kindward, corpus, bank):
    answer = kindward("budget", "--corpus", str(corpus), "-b", str(bank), "--write", "--allowed", "0.99")

    assert 0 == answer.status
    assert "within its budget" in answer.out
    assert (bank / "budget.json").exists()
    assert not (bank / "simulated.json").exists()


def test_a_small_corpus_without_a_match_shows_little_and_switches_nothing(kindward, corpus, bank, tmp_path):
    (tmp_path / "few").mkdir()
    shutil.copy(corpus / "hubble_deep_field.jpg", tmp_path / "few")
    answer = kindward("budget", "--corpus", "few", "-b", str(bank), "--write")

    assert 0 == answer.status
    assert "not shown to be within its budget" in answer.out
    assert "2,995,731 distinct" in answer.out
    assert not (bank / "simulated.json").exists()


def test_numbers_without_a_bank_and_runs_of_another_version_are_not_kept(kindward, corpus, bank):
    first = kindward("budget", "--corpus", str(corpus), "-b", str(bank), "-o", "json")
    (kindward.folder / "run.json").write_text(first.out, encoding="utf-8")
    kindward("bank", "add", str(bank), "ab" * 32)
    changed = kindward("budget", "--run", "run.json", "-b", str(bank), "--write")
    bare = kindward("budget", "--found", "0", "--pictures", "10", "-b", str(bank), "--write")

    assert 75 == changed.status
    assert 75 == bare.status
    assert not (bank / "budget.json").exists()


def test_the_threshold_of_the_policy_is_shown(kindward):
    (kindward.folder / "ours.toml").write_text(
        'name = "ours"\ndate = 2026-11-24\notherwise = "hold"\n[threshold]\ndistinct = 7\nepoch_days = 10\n',
        encoding="utf-8",
    )
    answer = kindward(
        *("budget", "--found", "0", "--pictures", "3000000", "-o", "jsonl"),
        environment={"KINDWARD__POLICY__FILE": "ours.toml"},
    )

    assert 7 == answer.record["threshold"]
    assert 10 == answer.record["asked"]["epoch_days"]


@pytest.mark.parametrize("form", ["png", "svg"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_plot_is_drawn(kindward, form, language):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed (pip install kindward[plots])")
    more = {name: os.environ[name] for name in ("MPLCONFIGDIR",) if name in os.environ} | {"PYTHONWARNINGS": "default"}
    answer = kindward(
        *("--language", language, "budget", "--found", "1", "--pictures", "1000000", "--reviewers", "3"),
        *("--plot", f"plot.{form}"),
        environment=more,
    )
    drawn = (kindward.folder / f"plot.{form}").read_bytes()

    assert 0 == answer.status, answer
    assert drawn.startswith(b"\x89PNG" if form == "png" else b"<?xml")
    assert len(drawn) > 10_000


def test_a_plot_of_an_unknown_form_and_one_without_a_place_are_told(kindward):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed (pip install kindward[plots])")
    numbers = ("--found", "0", "--pictures", "10")

    assert 78 == kindward("budget", *numbers, "--plot", "plot.txt").status
    assert 75 == kindward("budget", *numbers, "--plot", "nowhere/plot.png").status


def test_without_matplotlib_the_program_says_how_to_install_it(kindward):
    (kindward.folder / "without").mkdir()
    (kindward.folder / "without" / "matplotlib.py").write_text("raise ImportError('not here')\n", encoding="utf-8")
    path = os.pathsep.join([str(kindward.folder / "without"), kindward.environment["PYTHONPATH"]])
    answer = kindward("budget", "--found", "0", "--pictures", "10", "--plot", "p.png", environment={"PYTHONPATH": path})

    assert 78 == answer.status
    assert "pip install 'kindward[plots]'" in answer.err


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--found", "1"),
        ("--pictures", "10"),
        ("--found", "1", "--pictures", "10", "--corpus", "."),
        ("--found", "1", "--pictures", "10", "--messages", "many"),
        ("--found", "1", "--pictures", "10", "--messages", "nan"),
        ("--found", "1", "--pictures", "10", "--accounts", "0"),
        ("--found", "1", "--pictures", "10", "--accounts", "inf"),
        ("--found", "1", "--pictures", "10", "--allowed", "2"),
        ("--found", "1", "--pictures", "10", "--confidence", "1"),
    ],
)
def test_wrong_usage_is_told(kindward, arguments):
    assert 64 == kindward("budget", *arguments).status


def test_more_found_than_looked_up_is_refused(kindward):
    answer = kindward("budget", "--found", "11", "--pictures", "10")

    assert 65 == answer.status
    assert "cannot have matched" in answer.err


def test_a_folder_without_pictures_is_refused(kindward, known):
    (kindward.folder / "empty").mkdir()

    assert 65 == kindward("budget", "--corpus", "empty", "-b", str(known)).status
