from dataclasses import replace
from pathlib import Path

import pytest

from kindward.errors import ConfigError
from kindward.model import NOTES, Decision, Match, Risk, Trust, View
from kindward.policy import Policy, Row, decide, load_policy

TOTAL = """
name = "ours"
date = 2026-11-01
otherwise = "hold"
"""


def match(signal="pdq/1", distance=0, trust=Trust.IMPORTED, severity=""):
    return Match("bank", "entry", signal, distance, 31, View(), trust, "", severity)


def written(tmp_path: Path, text: str) -> Path:
    (tmp_path / "policy.toml").write_text(text, encoding="utf-8")
    return tmp_path / "policy.toml"


def row(**keys: object) -> str:
    filled = {"signal": "pdq/1", "trust": "imported", "distance": [0, 31], "decision": "block"} | keys
    return "[[row]]\n" + "\n".join(f"{key} = {value!r}" for key, value in filled.items() if value is not None) + "\n"


@pytest.mark.parametrize(
    ("found", "decision"),
    [
        ([], Decision.PASS),
        ([match(distance=0)], Decision.HOLD),
        ([match(distance=31)], Decision.HOLD),
        ([match("digest/1")], Decision.BLOCK),
        ([match(trust=Trust.FEDERATED, distance=15)], Decision.BLOCK),
        ([match(trust=Trust.FEDERATED, distance=16)], Decision.HOLD),
        ([match(distance=31), match("digest/1")], Decision.BLOCK),
    ],
)
def test_the_shipped_table_decides(found, decision):
    assert decision == decide(found, (), (), load_policy())


def test_the_shipped_table_holds_and_never_blocks_a_likeness_from_an_imported_list():
    assert {Decision.HOLD} == {load_policy().of(match(distance=distance)) for distance in range(32)}


def test_the_gravest_of_all_decisions_wins_whatever_the_order():
    table = load_policy()
    found = [match(distance=31), match("digest/1"), match(distance=3)]
    assert Decision.BLOCK == decide(found, (), (), table) == decide(found[::-1], (), (), table)


def test_a_risk_alone_never_stops_what_a_person_sends():
    grave = Risk("nudity/1", "high", 0.99, ("a reason",))
    assert Decision.PASS == decide((), [grave], (), load_policy())
    assert Decision.HOLD == decide([match()], [grave], (), load_policy())


def test_a_note_decides_only_if_the_table_says_so(tmp_path):
    assert Decision.PASS == decide((), (), ["quality_low"], load_policy())
    table = load_policy(written(tmp_path, TOTAL + '[notes]\nquality_low = "hold"\n'))
    assert Decision.HOLD == decide((), (), ["quality_low"], table)
    assert Decision.PASS == decide((), (), ["frames_left_out"], table)


def test_the_shipped_table_holds_what_was_not_fully_checked():
    decisions = {note: str(decide((), (), [note], load_policy())) for note in NOTES}
    assert {
        "quality_low": "pass",
        "frames_left_out": "hold",
        "picture_damaged": "hold",
        "bank_refused": "hold",
        "bank_stale": "pass",
        "below_threshold": "pass",
    } == decisions


def test_a_misspelt_note_is_refused_with_the_nearest_one(tmp_path):
    with pytest.raises(ConfigError) as refused:
        load_policy(written(tmp_path, TOTAL + '[notes]\nframes_left_oot = "hold"\n'))
    assert "Did you mean frames_left_out?" == refused.value.hint


def test_the_first_row_that_fits_decides(tmp_path):
    table = load_policy(written(tmp_path, TOTAL + row(distance=[0, 7], decision="pass") + row(distance=[0, 31])))
    assert [Decision.PASS, Decision.BLOCK] == [table.of(match(distance=distance)) for distance in (7, 8)]


def test_a_row_may_speak_about_one_severity_only(tmp_path):
    table = load_policy(written(tmp_path, TOTAL + row(severity="iwf:A") + row(decision="pass")))
    assert Decision.BLOCK == table.of(match(severity="iwf:A"))
    assert Decision.BLOCK == table.of(match(severity="ncmec:B2 | iwf:A"))
    assert Decision.PASS == table.of(match(severity="iwf:AB"))
    assert Decision.PASS == table.of(match())


def test_the_version_names_the_table_and_its_exact_text(tmp_path):
    one = load_policy(written(tmp_path, TOTAL)).version
    other = load_policy(written(tmp_path, TOTAL + "# changed\n")).version
    assert one.startswith("ours/2026-11-01.")
    assert other.startswith("ours/2026-11-01.")
    assert one != other
    assert load_policy().version.startswith("shipped/")


def test_a_signal_the_table_does_not_know_is_held_unless_it_says_otherwise():
    assert Decision.HOLD == Policy("x", ()).of(match("video/9", 400))
    assert Decision.PASS == Policy("x", (), Decision.PASS).of(match("video/9", 400))


def test_a_table_without_otherwise_is_accepted_if_nothing_is_open(tmp_path):
    text = TOTAL.replace('otherwise = "hold"', "") + "".join(
        row(signal=signal, trust=trust, distance=distance)
        for signal, distance in (("pdq/1", [0, 31]), ("digest/1", 0))
        for trust in ("imported", "federated")
    )
    assert load_policy(written(tmp_path, text)).otherwise is None


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("name =", "policy_unreadable", "cannot be read"),
        ("\n", "policy_unnamed", "must give its name"),
        ('name = "x"\ndate = "today"', "policy_unnamed", "must give its name"),
        (TOTAL + "simulated = true", "policy_unknown_key", "has simulated, which means nothing there"),
        (TOTAL + row(distanse=3), "policy_unknown_key", "row 1 has distanse"),
        (TOTAL + row(signal="pdq"), "policy_unknown_value", "gives signal the value pdq"),
        (TOTAL + row(decision="blok"), "policy_unknown_value", "gives decision the value blok"),
        (TOTAL + row(trust=3), "policy_unknown_value", "gives trust the value 3"),
        (TOTAL.replace("hold", "stop"), "policy_unknown_value", "gives otherwise the value stop"),
        (TOTAL + '[notes]\nquality_low = "stop"', "policy_unknown_value", "notes.quality_low"),
        (TOTAL + row(decision=None), "policy_key_missing", "row 1 does not give decision"),
        (TOTAL + row(distance="near"), "policy_wrong_type", "not a number or"),
        (TOTAL + row(distance=[1, 2, 3]), "policy_wrong_type", "not a number or"),
        (TOTAL + row(severity=3), "policy_wrong_type", "not a text"),
        (TOTAL + "row = 3", "policy_wrong_type", "not [[row]]"),
        (TOTAL + '[notes]\nframes_left_oot = "hold"', "policy_unknown_key", "frames_left_oot"),
        (TOTAL + "notes = 3", "policy_wrong_type", "not [notes]"),
        (TOTAL + row(distance=[0, 32]), "policy_out_of_range", "0 to 32; possible are 0 to 31"),
        (TOTAL + row(distance=[9, 8]), "policy_out_of_range", "9 to 8"),
        (TOTAL + row(signal="digest/1", distance=1), "policy_out_of_range", "possible are 0 to 0"),
        (TOTAL + row() + row(distance=3), "policy_row_idle", "row 2 can never apply"),
        (TOTAL + row(distance=[0, 9]) + row(distance=[10, 31]) + row(), "policy_row_idle", "row 3 can never apply"),
        (TOTAL + row() + row(severity="iwf:A"), "policy_row_idle", "row 2 can never apply"),
        (
            TOTAL.replace('otherwise = "hold"', "") + row(distance=[0, 30]),
            "policy_not_total",
            "a match of pdq/1 with an imported bank at distance 31",
        ),
    ],
)
def test_a_table_that_is_wrong_or_leaves_something_open_is_refused(tmp_path, text, code, said):
    with pytest.raises(ConfigError) as told:
        load_policy(written(tmp_path, text))
    assert code == told.value.code
    assert said in str(told.value)
    assert str(tmp_path / "policy.toml") in str(told.value)
    assert told.value.hint


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (TOTAL + row(distanse=3), "Did you mean distance?"),
        (TOTAL + row(decision="blok"), "Did you mean block?"),
        (TOTAL + row(trust="nobody"), "Possible are imported, federated."),
    ],
)
def test_an_unknown_word_is_answered_with_the_nearest_known_one(tmp_path, text, hint):
    with pytest.raises(ConfigError) as told:
        load_policy(written(tmp_path, text))
    assert hint == told.value.hint


def test_a_table_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_policy(tmp_path / "none.toml")


def test_a_row_fits_exactly_its_distances():
    speaking = Row("pdq/1", Trust.IMPORTED, 5, 9, Decision.BLOCK)
    assert [4 < distance < 10 for distance in range(32)] == [speaking.fits(match(distance=d)) for d in range(32)]
    assert not speaking.fits(match("digest/1", 5))
    assert not speaking.fits(match(distance=5, trust=Trust.FEDERATED))


def test_a_row_can_be_about_one_bank_or_one_source_only(tmp_path):
    apart = row(bank="adults", decision="hold") + row(source="StopNCII", decision="pass") + row()
    table = load_policy(written(tmp_path, TOTAL + apart))
    assert Decision.HOLD == table.of(replace(match(), bank="adults", source="StopNCII"))
    assert Decision.PASS == table.of(replace(match(), source="Other | StopNCII"))
    assert Decision.BLOCK == table.of(replace(match(), source="StopNCII too", bank="adults 2"))


@pytest.mark.parametrize("key", ["severity", "bank", "source"])
def test_a_row_with_a_condition_leaves_the_others_open_and_hides_only_those_of_its_kind(tmp_path, key):
    only = row(**{key: "x"})
    with pytest.raises(ConfigError) as told:
        load_policy(written(tmp_path, 'name = "ours"\ndate = 2026-11-01\n' + only))
    assert "policy_not_total" == told.value.code
    for rows in (only + only, row() + only):
        with pytest.raises(ConfigError) as told:
            load_policy(written(tmp_path, TOTAL + rows))
        assert "policy_row_idle" == told.value.code
    assert 3 == len(load_policy(written(tmp_path, TOTAL + only + row(**{key: "y"}) + row())).rows)
    with pytest.raises(ConfigError) as told:
        load_policy(written(tmp_path, TOTAL + row(**{key: 1})))
    assert "policy_wrong_type" == told.value.code
