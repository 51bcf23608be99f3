"""Canaries are part of the format: another value would make every bank that is out there untrusted."""

from hashlib import sha256

import pytest

from kindward.banks.canaries import added, flipped, planted, strangers
from kindward.banks.kinds import KINDS, PDQ


def told(values):
    return sha256(b"".join(values)).hexdigest()[:16]


@pytest.mark.parametrize(
    ("name", "first", "all_of_them"),
    [
        ("pdq", "680448b9de215ee8", "a44db4f36e48267f"),
        ("sha256", "0f68c60bc40245d0", "1a3e48c4db5583b4"),
        ("sha1", "ae6c5fb7e1db3f0b", "2a78a1ae5e293581"),
        ("md5", "f65a27376e1a1f71", "3586ee8a15963477"),
    ],
)
def test_the_planted_canaries_never_change(name, first, all_of_them):
    values = planted(next(kind for kind in KINDS if kind.name == name))

    assert (8, first, all_of_them) == (len(values), values[0].hex()[:16], told(values))


def test_the_other_canaries_never_change():
    assert ("dac9384d1b843c0d", "bfe012e46a8753c6") == (told(added()), told(strangers(PDQ)))


@pytest.mark.parametrize("bits", [0, 1, 16, 31])
@pytest.mark.parametrize("turn", [0, 3, 15])
def test_a_flipped_value_is_so_many_bits_away_and_no_band_has_more_than_two(bits, turn):
    value = planted(PDQ)[0]
    apart = int.from_bytes(value) ^ int.from_bytes(flipped(value, bits, turn))

    assert bits == apart.bit_count()
    assert 2 >= max((apart >> (16 * band) & 0xFFFF).bit_count() for band in range(16))
