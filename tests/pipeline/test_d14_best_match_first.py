"""D14 in a verdict: the best match of all banks and views stands first; an exact copy is never told as a likeness."""

import hashlib

from hypothesis import given, settings
from hypothesis import strategies as st

from kindward.banks import Bank, build_bank
from kindward.config import Matching
from kindward.model import Entry, Fingerprint
from kindward.pipeline import check
from kindward.policy import load_policy

VALUE = hashlib.sha256(b"d14").digest()


def flipped(bits: int) -> bytes:
    return (int.from_bytes(VALUE) ^ ((1 << bits) - 1)).to_bytes(32)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=6), st.lists(st.integers(0, 40), min_size=1, max_size=6))
def test_the_best_match_stands_first_whatever_the_order_of_banks_and_views(tmp_path_factory, held, asked):
    folder = tmp_path_factory.mktemp("banks")
    banks = []
    for number, bits in enumerate(held):
        build_bank(folder / f"b{number}", [Entry("e", "pdq/1", flipped(bits))])
        banks.append(Bank.open(folder / f"b{number}"))
    fingerprints = [Fingerprint("pdq/1", flipped(bits), 100) for bits in asked]
    verdict = check(fingerprints, banks=banks, policy=load_policy(), matching=Matching(), simulate=True)
    for bank in banks:
        bank.close()
    nearest = [min(abs(one - other) for other in asked) for one in held]
    expected = sorted((distance, number) for number, distance in enumerate(nearest) if distance <= 31)
    assert [(distance, f"b{number}") for distance, number in expected] == [
        (match.distance, match.bank) for match in verdict.matches
    ]
