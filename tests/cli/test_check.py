"""The main job on the command line, with real photographs."""

import json
import shutil

import pytest
from PIL import Image

KEYS = ["path", "decision", "simulated", "matches", "risks", "versions", "notes", "error"]
MATCH_KEYS = ["bank", "entry", "signal", "distance", "threshold", "view"]


def test_a_known_photograph_is_found(kindward, known, pictures):
    answer = kindward("check", pictures["rocket.jpg"], "--bank", known)
    assert 1 == answer.status, answer
    assert answer.out.startswith(f"hold   {pictures['rocket.jpg']}  match with imported bank known, entry ")
    assert answer.out.endswith("view original, simulated\n")
    assert "" == answer.err


def test_an_unknown_photograph_is_not_found(kindward, known, pictures):
    answer = kindward("check", pictures["camera.png"], "--bank", known)
    assert (0, f"pass   {pictures['camera.png']}  nothing found, simulated\n", "") == (
        answer.status,
        answer.out,
        answer.err,
    )


def test_changed_copies_are_found_and_told_with_their_view(kindward, known, changed_copies):
    answer = kindward("check", changed_copies, "--bank", known, "-o", "jsonl")
    assert 1 == answer.status, answer
    views = {record["path"].rpartition("/")[2]: record["matches"][0]["view"] for record in answer.records}
    assert ["cmyk.jpg", "half.png", "mirrored.jpg", "recompressed.jpg", "saved.gif", "saved.webp"] == list(views)
    assert "mirror" == views.pop("mirrored.jpg").rpartition("/")[2]
    assert {"original"} == {view.rpartition("/")[2] for name, view in views.items() if name != "saved.gif"}


def test_a_record_has_exactly_the_documented_keys(kindward, known, pictures):
    record = kindward("check", pictures["rocket.jpg"], "--bank", known, "-o", "jsonl").record
    assert KEYS == list(record)
    assert MATCH_KEYS == list(record["matches"][0])
    assert ["signal", "bank", "policy"] == list(record["versions"])
    state = record["versions"]["bank"]["known"]
    assert {"trust": "imported", "version": state["version"], "simulated": False} == state
    assert (str(pictures["rocket.jpg"]), "hold", True, [], None) == (
        record["path"],
        record["decision"],
        record["simulated"],
        record["risks"],
        record["error"],
    )


def test_json_is_one_array_in_the_order_of_the_inputs(kindward, known, pictures):
    names = ["camera.png", "rocket.jpg", "coffee.png", "camera.png", "astronaut.png", "retina.jpg"]
    answer = kindward("check", *(pictures[name] for name in names), "--bank", known, "-o", "json")
    records = json.loads(answer.out)
    assert [str(pictures[name]) for name in names] == [record["path"] for record in records]
    assert ["pass", "hold", "hold", "pass", "hold", "pass"] == [record["decision"] for record in records]
    assert 1 == answer.status


def test_standard_input_is_read_for_a_dash(kindward, known, pictures):
    answer = kindward("check", "-", "--bank", known, "-o", "jsonl", stdin=pictures["coffee.png"].read_bytes())
    assert (1, "-", 0) == (answer.status, answer.record["path"], answer.record["matches"][0]["distance"])


def test_a_folder_stands_for_all_its_files_in_a_stable_order(kindward, known, pictures, tmp_path):
    for name in ("b/2.png", "b/10.png", "a.png", "c.png", "b/deep/x.png"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(pictures["camera.png"], tmp_path / "in" / name)
    whole = kindward("check", "in", "--bank", known, "-o", "jsonl")
    assert ["in/a.png", "in/c.png", "in/b/10.png", "in/b/2.png", "in/b/deep/x.png"] == [
        r["path"] for r in whole.records
    ]
    flat = kindward("check", "in", "--no-recursive", "--bank", known, "-o", "jsonl")
    assert ["in/a.png", "in/c.png"] == [r["path"] for r in flat.records]
    assert (0, 0) == (whole.status, flat.status)


def test_several_banks_are_all_looked_up(kindward, known, pictures, tmp_path):
    built = kindward("bank", "build", "second", "--from-pictures", pictures["camera.png"])
    assert 0 == built.status, built
    answer = kindward(
        "check", pictures["camera.png"], pictures["rocket.jpg"], "-b", known, "-b", "second", "-o", "jsonl"
    )
    assert ["second", "known"] == [record["matches"][0]["bank"] for record in answer.records]
    assert {"known", "second"} == set(answer.records[0]["versions"]["bank"])


def test_the_banks_of_the_configuration_are_looked_up_without_bank_options(kindward, known, pictures, tmp_path):
    (tmp_path / "kindward.toml").write_text(f"[banks]\npaths = ['{known}']\n", encoding="utf-8")
    assert 1 == kindward("check", pictures["rocket.jpg"]).status


def test_fast_and_exact_are_told_in_the_versions(kindward, known, pictures):
    fast = kindward("check", pictures["rocket.jpg"], "--bank", known, "--fast", "-o", "jsonl").record
    exact = kindward("check", pictures["rocket.jpg"], "--bank", known, "--exact", "-o", "jsonl").record
    assert (["pdq/1+fast"], ["pdq/1"]) == (fast["versions"]["signal"], exact["versions"]["signal"])
    assert 0 == exact["matches"][0]["distance"]


def test_the_same_input_gives_the_same_bytes(kindward, known, changed_copies):
    first, second = (kindward("check", changed_copies, "--bank", known, "-o", "jsonl") for _ in range(2))
    assert first.raw == second.raw


def test_live_use_is_called_simulated_until_an_operator_signed_the_bank(kindward, known, pictures, tmp_path):
    live = {"KINDWARD__SIMULATE": "false", "KINDWARD__BANKS__OPERATOR_KEYS": str(tmp_path / "operator.pub")}
    assert 0 == kindward("bank", "sign", "--new-key", tmp_path / "operator").status
    answer = kindward("check", pictures["rocket.jpg"], "--bank", known, environment=live)
    assert (1, True) == (answer.status, "simulated" in answer.out)
    shutil.copytree(known, tmp_path / "signed")
    assert 0 == kindward("bank", "sign", tmp_path / "signed", "--key", tmp_path / "operator").status
    answer = kindward("check", pictures["rocket.jpg"], "--bank", tmp_path / "signed", environment=live)
    assert (1, False) == (answer.status, "simulated" in answer.out)


def test_one_unreadable_input_decides_the_status_and_the_others_are_still_checked(kindward, known, pictures):
    answer = kindward(
        "check", "nowhere.jpg", pictures["rocket.jpg"], pictures["camera.png"], "--bank", known, "-o", "jsonl"
    )
    assert 65 == answer.status
    assert [("hold", "content_missing"), ("hold", None), ("pass", None)] == [
        (record["decision"], record["error"] and record["error"]["code"]) for record in answer.records
    ]
    assert "kindward: nowhere.jpg: There is no such file. Check the path.\n" == answer.err


def test_what_could_not_be_checked_is_decided_as_configured(kindward, known):
    answer = kindward(
        "check", "nowhere.jpg", "--bank", known, "-o", "jsonl", environment={"KINDWARD__POLICY__ON_UNREADABLE": "block"}
    )
    assert ("block", []) == (answer.record["decision"], answer.record["matches"])


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_machine_forms_hold_one_record_for_an_error_too(kindward, known, form):
    answer = kindward("check", "nowhere.jpg", "--bank", known, "-o", form)
    record = json.loads(answer.out)[0] if form == "json" else answer.record
    assert KEYS == list(record)
    assert ["code", "message", "hint"] == list(record["error"])


def test_a_picture_with_frames_that_were_not_checked_is_held_and_told(kindward, known, tmp_path):
    """Two thousand black frames, then more: whatever stands there must not come out as passed."""
    shades = [Image.new("L", (64, 64), 8 * (number % 2)) for number in range(2_003)]
    shades[0].save(tmp_path / "long.gif", save_all=True, append_images=shades[1:], duration=40)
    answer = kindward("check", tmp_path / "long.gif", "--bank", known, "-o", "jsonl")
    record = json.loads(answer.out)
    assert (65, KEYS, "hold", "frames_left_out") == (
        answer.status,
        list(record),
        record["decision"],
        record["error"]["code"],
    ), answer
    answer = kindward("check", tmp_path / "long.gif", "--bank", known)
    assert 65 == answer.status
    assert "not all frames or pages were checked" in answer.out
