"""Break a file as damage, or somebody who is curious, would."""

import json

PIECES = [b"", b"null", b"[]", b"{}", b'"', b"0", b"-1", b"1e400", b"\xff", b"\x00" * 9, b"[" * 5_000, b"\xed\xa0\x80"]


def broken(data, rng):
    """Change some bytes, or a value of a JSON file."""
    if rng.random() < 0.3:
        return rng.choice(PIECES)
    if rng.random() < 0.5:
        try:
            record = json.loads(data)
        except ValueError:
            pass
        else:
            return json.dumps(_changed(record, rng)).encode()
    changed = bytearray(data or b"x")
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(changed) + 1)
        changed[at : at + rng.randrange(3)] = rng.randbytes(rng.randrange(4))
    return bytes(changed)


def _changed(value, rng):
    odd = [None, True, -1, 0, 10**30, "", "x", "\ud800", [], {}, [[]], 1.5]
    match value:
        case dict() if value and rng.random() < 0.8:
            key = rng.choice(list(value))
            return {**value, key: _changed(value[key], rng)}
        case list() if value and rng.random() < 0.8:
            at = rng.randrange(len(value))
            return [*value[:at], _changed(value[at], rng), *value[at + 1 :]]
    return rng.choice(odd)
