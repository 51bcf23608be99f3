"""A decision takes effect once enough distinct entries matched for an account, and not before."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindward.errors import ConfigError
from kindward.model import BankVersion, Decision, Match, Trust, Verdict, Versions, View
from kindward.policy import Policy, Threshold, decide, load_policy
from kindward.policy.threshold import Hit, counting, distinct, epoch_of, settled

DAY = 86_400
TABLE = 'name = "ours"\ndate = 2026-11-24\notherwise = "hold"\n'


def policy(**threshold) -> Policy:
    return Policy("ours", (), Decision.HOLD, {"picture_damaged": Decision.HOLD}, Threshold(**threshold))


def match(bank="known", entry="a", signal="pdq/1", trust=Trust.IMPORTED):
    return Match(bank, entry, signal, 0, 31, View(), trust)


def verdict(*matches, notes=(), simulated=(), table=None):
    banks = {found.bank: found.trust for found in matches}
    versions = Versions(
        ("pdq/1",), tuple(BankVersion(name, "1", trust, name in simulated) for name, trust in banks.items()), "ours"
    )
    deciding = [found for found in matches if found.bank not in simulated]
    decision = decide(deciding, (), notes, table or policy())
    return Verdict(decision, simulated=False, matches=matches, risks=(), versions=versions, notes=notes)


def hit(at, *names, looks=()):
    return Hit(at, frozenset(("known", name) for name in names), looks)


def look(number: int) -> bytes:
    return (number * 0x9E3779B97F4A7C15F39CC0605CEDC835 % (1 << 128)).to_bytes(16, "big") * 2


def test_below_the_threshold_the_verdict_passes_and_says_why():
    after = settled(verdict(match()), policy(distinct=3), 2)

    assert Decision.PASS == after.decision
    assert ("below_threshold",) == after.notes
    assert (match(),) == after.matches


@pytest.mark.parametrize("count", [3, 4])
def test_from_the_threshold_on_the_verdict_stands(count):
    before = verdict(match())

    assert before == settled(before, policy(distinct=3), count)


def test_a_threshold_of_one_changes_nothing():
    before = verdict(match())

    assert before == settled(before, policy(), 1)


def test_an_exempt_match_decides_at_once():
    table = policy(distinct=5, exempt=frozenset({("digest/1", Trust.FEDERATED)}))
    before = verdict(match(), match("signed", "b", "digest/1", Trust.FEDERATED))

    assert before == settled(before, table, 0)
    assert (match(),) == counting(before, table)


def test_the_same_bytes_from_an_imported_list_are_not_exempt_with_those_of_a_signed_one():
    table = policy(distinct=5, exempt=frozenset({("digest/1", Trust.FEDERATED)}))

    assert Decision.PASS == settled(verdict(match(signal="digest/1")), table, 1).decision


def test_what_a_note_decides_stands_below_the_threshold_too():
    after = settled(verdict(match(), notes=("picture_damaged",)), policy(distinct=5), 1)

    assert Decision.HOLD == after.decision


def test_a_table_can_hold_what_is_below_the_threshold():
    table = replace(policy(distinct=5), notes={"below_threshold": Decision.HOLD})

    assert Decision.HOLD == settled(verdict(match()), table, 1).decision


def test_a_verdict_that_passes_anyway_is_left_as_it_is():
    before = verdict()

    assert before == settled(before, policy(distinct=5), 0)


def test_matches_of_a_simulated_bank_and_those_that_pass_do_not_count():
    mild = Policy("mild", (), Decision.PASS, {}, Threshold(distinct=2))

    assert () == counting(verdict(match(), table=mild), mild)
    assert () == counting(verdict(match(), simulated={"known"}), policy(distinct=2))
    assert (match(),) == counting(verdict(match()), policy(distinct=2))


def test_an_exempt_match_of_a_simulated_bank_decides_nothing():
    table = policy(distinct=5, exempt=frozenset({("digest/1", Trust.FEDERATED)}))
    before = verdict(match(), match("signed", "b", "digest/1", Trust.FEDERATED), simulated={"signed"})

    assert Decision.PASS == settled(before, table, 1).decision


def test_distinct_entries_count_each():
    assert 3 == distinct([hit(0, "a"), hit(100, "b"), hit(200, "c")], 60)


def test_the_same_entry_counts_once_however_often_it_comes():
    assert 1 == distinct([hit(100 * number, "a") for number in range(10)], 60)


def test_entries_of_one_content_count_once():
    assert 1 == distinct([hit(0, "a", "b", "c")], 60)


def test_near_duplicates_of_one_picture_count_once():
    near = bytes([look(1)[0] ^ 0xFF, *look(1)[1:]])

    assert 1 == distinct([hit(0, "a", looks=(look(1),)), hit(100, "b", looks=(near,))], 60)
    assert 2 == distinct([hit(0, "a", looks=(look(1),)), hit(100, "b", looks=(look(2),))], 60)


def test_a_burst_counts_once_and_does_not_hide_what_comes_after_it():
    burst = [hit(second, f"b{second}") for second in range(0, 200, 10)]

    assert 1 == distinct(burst[:6], 60)
    assert 4 == distinct(burst, 60)
    assert len(burst) == distinct(burst, 0)


def test_nothing_counts_as_nothing():
    assert 0 == distinct([], 60)


hits = st.lists(st.builds(hit, st.integers(0, 1000), st.sampled_from("abcdef"), st.sampled_from("abcdef")), max_size=12)


@given(hits, st.integers(0, 200), st.sampled_from("abcdefgh"))
def test_a_later_hit_never_takes_anything_from_the_count(held, burst, name):
    before = distinct(held, burst)

    assert before <= distinct([*held, hit(1001, name)], burst) <= before + 1


@given(hits, st.integers(0, 200))
def test_the_count_is_at_most_that_of_hits_and_of_entries_and_at_least_one(held, burst):
    count = distinct(held, burst)
    entries = set().union(*(one.entries for one in held))

    assert (1 if held else 0) <= count <= min(len(held), len(entries))
    assert count == distinct(held[::-1], burst) or len({one.at for one in held}) < len(held)


@given(hits, st.integers(0, 200))
def test_a_longer_burst_never_counts_more(held, burst):
    assert distinct(held, 3600) <= 1 or not held
    assert distinct(held, burst) <= distinct(held, 0)


@given(st.integers(0, 20), st.integers(1, 20), st.integers(1, 20))
def test_a_larger_threshold_never_makes_a_verdict_graver(count, one, other):
    low, high = sorted((one, other))
    before = verdict(match())

    assert (
        settled(before, policy(distinct=high), count).decision.rank
        <= settled(before, policy(distinct=low), count).decision.rank
    )


def test_epochs_follow_each_other_without_a_gap():
    began, ends = epoch_of(1_795_000_000, 30)

    assert 30 * DAY == ends - began
    assert began <= 1_795_000_000 < ends
    assert (ends, ends + 30 * DAY) == epoch_of(ends, 30)
    assert (began, ends) == epoch_of(ends - 1, 30)


def test_a_threshold_is_read_from_the_table(tmp_path):
    text = TABLE + '[threshold]\ndistinct = 5\nepoch_days = 7\nburst_seconds = 0\nexempt = ["digest/1 federated"]\n'
    (tmp_path / "policy.toml").write_text(text, encoding="utf-8")

    expected = Threshold(5, 7, 0, frozenset({("digest/1", Trust.FEDERATED)}))
    assert expected == load_policy(tmp_path / "policy.toml").threshold


def test_the_shipped_table_has_the_threshold_off_and_exempts_the_very_same_bytes_of_a_signed_list():
    assert Threshold(1, 30, 60, frozenset({("digest/1", Trust.FEDERATED)})) == load_policy().threshold


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("distinct = 0", "policy_threshold_out_of_range"),
        ("distinct = 1001", "policy_threshold_out_of_range"),
        ("epoch_days = 0", "policy_threshold_out_of_range"),
        ("epoch_days = 401", "policy_threshold_out_of_range"),
        ("burst_seconds = -1", "policy_threshold_out_of_range"),
        ("distinct = 2.5", "policy_wrong_type"),
        ("distinct = true", "policy_wrong_type"),
        ('exempt = "digest/1 federated"', "policy_wrong_type"),
        ('exempt = ["digest/1"]', "policy_unknown_value"),
        ("exempt = [1]", "policy_unknown_value"),
        ("accounts = 5", "policy_unknown_key"),
    ],
)
def test_a_threshold_that_cannot_be_is_refused(tmp_path, line, code):
    (tmp_path / "policy.toml").write_text(f"{TABLE}[threshold]\n{line}\n", encoding="utf-8")

    with pytest.raises(ConfigError) as refused:
        load_policy(tmp_path / "policy.toml")
    assert code == refused.value.code
