"""Digests of the bytes."""

import hashlib

import pytest

from kindward.signals import Signal, digest


def test_all_three_digests_come_strongest_first():
    data = b"some bytes"
    expected = [hashlib.sha256(data).digest(), hashlib.sha1(data).digest(), hashlib.md5(data).digest()]
    assert expected == [f.value for f in digest.fingerprints(data)]
    assert {"digest/1"} == {f.signal for f in digest.fingerprints(data)}


@pytest.mark.parametrize(("kind", "length"), [("md5", 16), ("sha1", 20), ("sha256", 32)])
def test_only_what_is_asked_for_is_computed(kind, length):
    assert [length] == [len(f.value) for f in digest.fingerprints(b"x", frozenset({kind}))]


def test_no_kind_gives_no_fingerprint():
    assert () == digest.fingerprints(b"x", frozenset())


def test_an_unknown_kind_is_an_error():
    with pytest.raises(ValueError, match="crc32"):
        digest.fingerprints(b"x", frozenset({"crc32"}))


def test_any_buffer_can_be_digested():
    assert (
        digest.fingerprints(b"abc") == digest.fingerprints(bytearray(b"abc")) == digest.fingerprints(memoryview(b"abc"))
    )


def test_the_signal_keeps_its_own_examples():
    signal = digest.DigestSignal()
    assert isinstance(signal, Signal)
    for content, expected in signal.examples():
        assert expected in signal.fingerprint(content)
