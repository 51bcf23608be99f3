import json
from dataclasses import replace

import pytest

from kindward import wire
from kindward.errors import ContentError
from kindward.model import BankVersion, Decision, Fingerprint, Match, Risk, Trust, Verdict, Versions, View

VERDICT = Verdict(
    Decision.HOLD,
    simulated=True,
    matches=(Match("known", "e1", "pdq/1", 4, 31, View(turn="mirror", inside=True), Trust.IMPORTED, "S", "iwf:A"),),
    risks=(Risk("nudity/1", "high", 0.5, ("skin",)),),
    versions=Versions(("digest/1", "pdq/1"), (BankVersion("known", "2026-11-23.abc", Trust.IMPORTED),), "shipped/1"),
)


def test_a_verdict_has_exactly_the_published_keys():
    assert {
        "path": "a.jpg",
        "decision": "hold",
        "simulated": True,
        "matches": [
            {
                "bank": "known",
                "entry": "e1",
                "signal": "pdq/1",
                "distance": 4,
                "threshold": 31,
                "view": "inside/mirror",
            }
        ],
        "risks": [{"signal": "nudity/1", "level": "high", "score": 0.5, "reasons": ["skin"]}],
        "versions": {
            "signal": ["digest/1", "pdq/1"],
            "bank": {"known": {"version": "2026-11-23.abc", "trust": "imported", "simulated": False}},
            "policy": "shipped/1",
        },
        "notes": [],
        "error": None,
    } == wire.verdict_record("a.jpg", VERDICT)


@pytest.mark.parametrize(("given", "decision"), [("block", "block"), (Decision.PASS, "pass"), (None, "hold")])
def test_what_could_not_be_checked_has_the_same_keys_and_a_reason(given, decision, monkeypatch):
    monkeypatch.setenv("KINDWARD_LANGUAGE", "en")
    error = ContentError("content_empty", "The content has {count} bytes.", "Send {what}.", count=0, what="more")
    record = wire.verdict_record(None, None, error, given, simulated=False)
    assert set(wire.verdict_record("a", VERDICT)) == set(record)
    assert (None, decision, False, [], []) == tuple(
        record[key] for key in ("path", "decision", "simulated", "matches", "risks")
    )
    assert {"code": "content_empty", "message": "The content has 0 bytes.", "hint": "Send more."} == record["error"]


@pytest.mark.parametrize("note", ["frames_left_out", "picture_damaged"])
def test_a_verdict_on_a_part_keeps_its_matches_and_says_that_it_is_one(note):
    record = wire.verdict_record("a.gif", replace(VERDICT, notes=(note,)))
    assert (note, "e1") == (record["error"]["code"], record["matches"][0]["entry"])
    assert wire.verdict_record("a", replace(VERDICT, notes=("quality_low",)))["error"] is None


def test_every_record_can_be_written_as_json():
    fingerprint = Fingerprint("pdq/1", bytes(range(32)), 77)
    records = [wire.verdict_record("a", VERDICT), wire.fingerprint_record("a", fingerprint)]
    assert records == json.loads(json.dumps(records))


def test_a_fingerprint_is_written_in_small_hexadecimal_digits():
    fingerprint = Fingerprint("digest/1", bytes.fromhex("AB" * 16))
    assert {"path": None, "signal": "digest/1", "value": "ab" * 16, "quality": None} == (
        wire.fingerprint_record(None, fingerprint)
    )
