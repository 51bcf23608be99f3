from itertools import combinations

import numpy as np
import pytest

from kindward.banks import Bank, build_bank, canaries
from kindward.banks.blocks import read_blocks
from kindward.banks.generation import Generation
from kindward.banks.kinds import KINDS, MD5, PDQ
from kindward.banks.lists import read_list
from kindward.banks.proving import prove
from kindward.errors import StateError, TrustError
from kindward.model import Entry, Fingerprint


def generation(bank) -> Generation:
    return bank._generation


def test_canaries_never_appear_in_matches_counts_or_lists(made):
    bank = made.bank(made.pdq(1), made.digest(1, 16))
    assert {"pdq/1": 1, "digest/1": 1} == bank.counts()
    assert ["e1", "d1"] == [entry.id for entry in bank.entries()]
    looks = [Fingerprint("pdq/1", value, 100) for value in (*canaries.planted(PDQ), *canaries.added())]
    digests = [Fingerprint("digest/1", value) for kind in KINDS[1:] for value in canaries.planted(kind)]
    assert [] == bank.lookup(looks + digests)


def test_canaries_follow_from_a_published_seed():
    import hashlib

    assert hashlib.sha256(b"kindward canary 0 for pdq").digest() == canaries.planted(PDQ)[0]
    assert hashlib.sha256(b"kindward stranger 7 for md5").digest()[:16] == canaries.strangers(MD5)[7]
    everything = [v for kind in KINDS for v in (*canaries.planted(kind), *canaries.strangers(kind))]
    assert len(everything) == len(set(everything))


def test_canaries_and_strangers_are_far_from_each_other():
    values = [*canaries.planted(PDQ), *canaries.added(), *canaries.strangers(PDQ)]
    distances = [
        (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()
        for place, one in enumerate(values)
        for other in values[:place]
    ]
    assert min(distances) > 64


def test_no_entry_can_come_so_near_a_reserved_value_that_a_bank_would_fail_its_proof(made):
    """Neither a list nor an added entry can take a bank down: such a value never gets in."""
    reserved = (*canaries.strangers(PDQ), *canaries.planted(PDQ), *canaries.added())
    near = [canaries.flipped(value, bits % 33) for bits, value in enumerate(reserved)]
    near += [(int.from_bytes(reserved[0]) ^ ((1 << bits) - 1) << 9).to_bytes(32) for bits in (1, 31, 62)]
    path = made.folder / "list.txt"
    path.write_text("".join(f"{value.hex()}\n" for value in (made.value(1), *near)))
    for number, records in enumerate((read_list(path), read_blocks(path), map(entry_of, (made.value(1), *near)))):
        report = build_bank(made.folder / f"bank{number}", records)
        assert (1, {"canary_reserved": len(near)}) == (report.entries, report.reasons)
        with Bank.open(made.folder / f"bank{number}") as bank:
            bank.verify()
            for value in near:
                with pytest.raises(StateError, match="reserved"):
                    bank.add([entry_of(value)])
            assert 1 == bank.add([entry_of(made.value(2))])
            assert 2 == bank.verify().proof.own


def test_an_entry_further_away_than_any_proof_looks_is_welcome(made):
    value = (int.from_bytes(canaries.strangers(PDQ)[0]) ^ (1 << 63) - 1).to_bytes(32)
    assert [False] == canaries.refused(PDQ, np.frombuffer(value, np.uint8).reshape(1, 32)).tolist()
    with made.bank(entry_of(value)) as bank:
        assert 1 == bank.verify().proof.own


def entry_of(value) -> Entry:
    return Entry("", "pdq/1", value)


@pytest.mark.parametrize("bits", [0, 1, 16, 31, 32])
def test_flipping_turns_over_exactly_so_many_bits_spread_over_all_bands(bits):
    value = canaries.planted(PDQ)[0]
    for turn in range(20):
        difference = int.from_bytes(value) ^ int.from_bytes(canaries.flipped(value, bits, turn))
        assert bits == difference.bit_count()
        assert all((difference >> 16 * band & 0xFFFF).bit_count() <= 2 for band in range(16))


def test_a_proof_counts_what_it_found(made):
    proof = made.bank(made.pdq(1), made.digest(1, 16)).prove()
    assert (10 + 8, 2, 8 + 3 * 8) == (proof.canaries, proof.own, proof.strangers)
    assert 20 == proof.found
    assert proof.seconds > 0


def test_a_bank_that_lost_a_canary_is_refused(made):
    bank = made.bank(made.pdq(1))
    index = generation(bank).pdq
    index.withdraw(index.slot_of(canaries.planted(PDQ)[3]))
    with pytest.raises(TrustError, match="a known harmless pdq value was not found at distance 0") as told:
        bank.prove()
    assert "canary_missed" == told.value.code


def test_a_bank_that_lost_an_entry_is_refused(made):
    bank = made.bank(made.pdq(1))
    index = generation(bank).pdq
    index.withdraw(index.slot_of(made.value(1)))
    with pytest.raises(TrustError, match="one of its own pdq entries was not found") as told:
        bank.prove()
    assert "entry_missed" == told.value.code


def test_a_bank_that_lost_an_added_entry_is_refused(made):
    bank = made.bank(made.pdq(1))
    bank.add([made.pdq(2)])
    index = generation(bank).pdq
    index.withdraw(index.slot_of(made.value(2)))
    with pytest.raises(TrustError) as told:
        bank.prove()
    assert "entry_missed" == told.value.code


def test_a_bank_that_finds_a_stranger_is_refused(made):
    bank = made.bank(made.pdq(1))
    generation(bank).pdq.add(canaries.flipped(canaries.strangers(PDQ)[5], 20))
    with pytest.raises(TrustError, match="that nobody put there") as told:
        bank.prove()
    assert "stranger_found" == told.value.code


def test_a_bank_that_finds_a_strange_digest_is_refused(made):
    bank = made.bank(made.digest(1, 16))
    generation(bank).changed[MD5][canaries.strangers(MD5)[2]] = {}
    with pytest.raises(TrustError) as told:
        bank.prove()
    assert "stranger_found" == told.value.code


def test_an_index_that_answers_with_too_much_is_refused(made):
    """A search that also gives what is 32 bits away would find strangers as well."""
    bank = made.bank(made.pdq(1))
    inner = generation(bank)

    class Careless(Generation):
        def __init__(self):
            self.__dict__.update(inner.__dict__)

        def near(self, values, distance, limit):
            return Generation.near(self, values, distance + 1, limit)

    with pytest.raises(TrustError, match="distance 32"):
        prove("made", Careless())


def test_a_crowd_of_likenesses_does_not_make_a_bank_fail(made):
    """The first entry of the sample, turned over in 31 bits, is nearer to 200 others, which fill the answer."""
    turned = [bit for bit in range(256) if int.from_bytes(canaries.flipped(bytes(32), 31)) >> bit & 1]
    pairs = list(combinations(turned, 2))[:201]
    number = int.from_bytes(made.value(1))
    crowd = [Entry(f"c{a}-{b}", "pdq/1", (number ^ 1 << a ^ 1 << b).to_bytes(32)) for a, b in pairs]
    assert 9 == made.bank(*crowd).prove().own


def test_proving_is_cheap_enough_for_every_refresh(made):
    bank = made.bank(*map(made.pdq, range(2000)))
    assert min(bank.prove().seconds for _ in range(5)) < 0.02
