"""What humans say about an entry or a bank, on the command line."""

import json

VALUES = [f"{number:064x}" for number in (0x1234567890ABCDEF << 188, 0xFEDCBA0987654321 << 188)]


def built(kindward):
    assert 0 == kindward("bank", "build", "known", "--from", "-", stdin="\n".join(VALUES).encode()).status
    return [entry["entry"] for entry in kindward("bank", "show", "known", "-o", "json").record["shown"]]


def test_an_entry_is_quarantined_shown_and_reinstated(kindward):
    first, second = built(kindward)
    answer = kindward("bank", "quarantine", "known", first, "--reason", "a landscape", "--by", "Anna")
    assert (0, f"Entry {first} of known is quarantined: it matches no longer here.\n") == (answer.status, answer.out)
    shown = kindward("bank", "show", "known", "--states", "-o", "json").record
    assert {"quarantined": 1, "withdrawn": 0} == shown["states"]
    (state,) = shown["shown"]
    assert (first, "quarantined", "a landscape", ["Anna"]) == tuple(
        state[key] for key in ("entry", "state", "reason", "deciders")
    )
    text = kindward("bank", "show", "known", "--states").out
    assert all(word in text for word in ("quarantined 1", first, "a landscape", "by Anna"))
    assert second not in text
    assert "quarantined 1" in kindward("bank", "list", "known").out
    states = {e["entry"]: e["state"] for e in kindward("bank", "show", "known", "-o", "json").record["shown"]}
    assert {first: "quarantined", second: "active"} == states
    answer = kindward("bank", "reinstate", "known", first, "--reason", "right", "-o", "json")
    assert (0, first) == (answer.status, answer.record["reinstated"])
    assert 75 == kindward("bank", "reinstate", "known", first, "--reason", "right").status


def test_adding_what_was_withdrawn_is_told_with_its_day_and_reason(kindward):
    first, _ = built(kindward)
    assert 0 == kindward("bank", "withdraw", "known", first, "--reason", "not illegal").status
    answer = kindward("bank", "add", "known", *VALUES)
    assert (0, "1 new entry.\n") == (answer.status, answer.out)
    assert f"kindward: Entry {first} was withdrawn on 20" in answer.err
    assert "(not illegal) and is in force again.\n" in answer.err
    assert "" == kindward("bank", "add", "known", *VALUES).err


def test_a_bank_that_no_operator_signed_is_listed_as_in_simulation(kindward, tmp_path):
    built(kindward)
    live = {"KINDWARD__SIMULATE": "false", "KINDWARD__BANKS__OPERATOR_KEYS": str(tmp_path / "operator.pub")}
    made = kindward("bank", "sign", "--new-key", "operator", "-o", "json")
    assert (0, None) == (made.status, made.record["scope"])
    assert "other.pub" in kindward("bank", "sign", "--new-key", "other").out
    assert "in simulation: no operator" in kindward("bank", "list", "known", environment=live).out
    assert "in simulation" not in kindward("bank", "list", "known").out
    signed = kindward("bank", "sign", "known", "--key", "operator", "-o", "json")
    assert (0, "state") == (signed.status, signed.record["scope"])
    listed = kindward("bank", "list", "known", "-o", "jsonl", environment=live)
    assert [None] == [record["simulated"] for record in map(json.loads, listed.out.splitlines())]
    assert "known is signed: its present state.\n" == kindward("bank", "sign", "known", "--key", "operator").out


def test_signing_needs_a_bank_and_a_key_that_is_one(kindward, tmp_path):
    built(kindward)
    (tmp_path / "x").write_text("no key")
    assert 64 == kindward("bank", "sign").status
    assert 64 == kindward("bank", "sign", "known").status
    assert 78 == kindward("bank", "sign", "known", "--key", "x").status
    assert 78 == kindward("bank", "sign", "known", "--key", "nowhere").status
    assert 75 == kindward("bank", "sign", "known", "--new-key", "x").status
    assert 75 == kindward("bank", "sign", "known", "--new-key", "operator", "--feed").status
