import hashlib

import pytest

from kindward.banks import Bank, build_bank
from kindward.banks.simulation import simulate as simulate_bank
from kindward.config import Matching
from kindward.errors import TrustError
from kindward.model import BankVersion, Decision, Entry, Fingerprint, Risk, Trust, View
from kindward.pipeline import check
from kindward.policy import load_policy

MATCHING = Matching()
POLICY = load_policy()


def value(number: int, width: int = 32) -> bytes:
    return hashlib.sha256(f"entry {number}".encode()).digest()[:width]


def looks(number: int, flips: int = 0, quality: int | None = 100, turn: str = "original") -> Fingerprint:
    near = int.from_bytes(value(number)) ^ ((1 << flips) - 1)
    return Fingerprint("pdq/1", near.to_bytes(32), quality, View(turn=turn))


@pytest.fixture
def banks(tmp_path):
    build_bank(tmp_path / "one", [Entry("e1", "pdq/1", value(1)), Entry("d1", "digest/1", value(1, 16))])
    build_bank(tmp_path / "two", [Entry("x1", "pdq/1", value(1)), Entry("x2", "pdq/1", value(2))])
    opened = [Bank.open(tmp_path / "one"), Bank.open(tmp_path / "two")]
    yield opened
    for bank in opened:
        bank.close()


def verdict(banks, *fingerprints, **settings):
    given = {"policy": POLICY, "matching": MATCHING, "simulate": True} | settings
    return check(fingerprints, banks=banks, **given)


def test_nothing_known_passes(banks):
    found = verdict(banks, looks(9))
    assert (Decision.PASS, ()) == (found.decision, found.matches)


def test_a_likeness_is_held_and_the_same_bytes_are_blocked(banks):
    assert Decision.HOLD == verdict(banks, looks(1, 5)).decision
    assert Decision.BLOCK == verdict(banks, looks(9), Fingerprint("digest/1", value(1, 16))).decision


def test_matches_of_all_banks_stand_best_first(banks):
    found = verdict(banks, looks(2, 3), looks(1, 9), looks(1, 7, turn="mirror"))
    assert [("two", "x2", 3), ("one", "e1", 7), ("two", "x1", 7)] == [
        (match.bank, match.entry, match.distance) for match in found.matches
    ]


def test_the_same_in_gives_the_same_out(banks):
    given = (looks(1, 5), looks(2, 5), Fingerprint("digest/1", value(1, 16)))
    assert verdict(banks, *given) == verdict(banks, *given)


def test_a_verdict_names_everything_that_made_it(banks):
    found = verdict(banks, looks(1), Fingerprint("digest/1", value(3)), fast=True)
    assert ("digest/1", "pdq/1+fast") == found.versions.signals
    assert ("pdq/1",) == verdict(banks, looks(1)).versions.signals
    assert tuple(BankVersion(bank.name, bank.version, Trust.IMPORTED) for bank in banks) == found.versions.banks
    assert POLICY.version == found.versions.policy


@pytest.mark.parametrize("simulate", [True, False])
def test_simulation_is_told_and_changes_no_decision(banks, simulate):
    found = verdict(banks, looks(1), simulate=simulate)
    assert (simulate, Decision.HOLD) == (found.simulated, found.decision)


def test_a_picture_with_too_little_structure_is_noted_and_its_digests_still_count(banks):
    assert ("quality_low",) == verdict(banks, looks(1, quality=49)).notes
    assert () == verdict(banks, looks(1, quality=49)).matches
    found = verdict(banks, looks(1, quality=49), Fingerprint("digest/1", value(1, 16)))
    assert (["d1"], ("quality_low",)) == ([match.entry for match in found.matches], found.notes)


def test_one_view_of_enough_quality_is_enough(banks):
    found = verdict(banks, looks(9, quality=10), looks(1, quality=50))
    assert (["e1", "x1"], ()) == ([match.entry for match in found.matches], found.notes)


def test_fingerprints_without_a_quality_are_looked_up(banks):
    found = verdict(banks, looks(1, quality=None))
    assert (2, ()) == (len(found.matches), found.notes)


def test_notes_from_decoding_are_passed_on_once(banks):
    assert ("frames_left_out", "quality_low") == (
        verdict(banks, looks(1, quality=1), notes=("frames_left_out", "quality_low")).notes
    )


def test_the_settings_say_how_near_is_near(banks):
    near = Matching(pdq_distance=8)
    assert [] == [match.entry for match in verdict(banks, looks(1, 9), matching=near).matches]
    assert [8, 8] == [match.threshold for match in verdict(banks, looks(1, 8), matching=near).matches]


def test_a_risk_is_told_beside_the_matches_and_decides_nothing(banks):
    risk = Risk("nudity/1", "high", 0.9)
    found = verdict(banks, looks(9), risks=[risk])
    assert (Decision.PASS, (risk,)) == (found.decision, found.risks)


def refuse(bank):
    (bank.path / "manifest.json").write_text("{")
    with pytest.raises(TrustError):
        bank.refresh()


def test_nothing_found_is_no_answer_while_a_bank_is_refused(banks):
    refuse(banks[0])
    with pytest.raises(TrustError):
        verdict(banks, looks(9))


def test_a_match_stands_although_another_bank_is_refused(banks):
    refuse(banks[0])
    found = verdict(banks, looks(1))
    assert (["x1"], ("bank_refused",)) == ([match.entry for match in found.matches], found.notes)


def test_a_bank_that_changes_during_the_look_up_is_asked_again(banks):
    class Changing:
        """The real bank; before the first answer arrives, somebody withdraws the entry."""

        def __init__(self, bank):
            self.bank, self.asked = bank, 0

        def __getattr__(self, name):
            return getattr(self.bank, name)

        def lookup(self, *given):
            self.asked += 1
            found = self.bank.lookup(*given)
            if self.asked == 1:
                self.bank.withdraw("e1", "test")
            return found

    changing = Changing(banks[0])
    found = verdict([changing], looks(1))
    assert (2, (), banks[0].version) == (changing.asked, found.matches, found.versions.banks[0].version)


def test_a_bank_in_simulation_tells_its_matches_and_decides_nothing(banks):
    two = banks[1]
    simulate_bank(two.path, "over_budget")
    two.refresh()
    only_two = verdict(banks, looks(2), simulate=False)
    assert (Decision.HOLD, True, ["x2"]) == (only_two.decision, only_two.simulated, entries(only_two))
    assert [False, True] == [state.simulated for state in only_two.versions.banks]
    both = verdict(banks, looks(1), simulate=False)
    assert (Decision.HOLD, False, ["e1", "x1"]) == (both.decision, both.simulated, entries(both))
    nothing = verdict(banks, looks(9), simulate=False)
    assert (Decision.PASS, False) == (nothing.decision, nothing.simulated)
    everything = verdict(banks, looks(2), simulate=True)
    assert (Decision.HOLD, True) == (everything.decision, everything.simulated)


def test_the_decision_is_that_of_the_live_bank_and_not_of_the_graver_simulated_one(banks):
    one = banks[0]
    simulate_bank(one.path, "over_budget")
    one.refresh()
    found = verdict(banks, looks(1), Fingerprint("digest/1", value(1, 16)), simulate=False)
    assert (Decision.HOLD, False) == (found.decision, found.simulated)


def test_what_was_not_fully_checked_is_held_in_earnest_beside_a_bank_in_simulation(banks):
    simulate_bank(banks[1].path, "over_budget")
    banks[1].refresh()
    found = verdict(banks, looks(2), simulate=False, notes=("picture_damaged",))
    assert (Decision.HOLD, False) == (found.decision, found.simulated)


def entries(found):
    return sorted(match.entry for match in found.matches)
