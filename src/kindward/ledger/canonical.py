"""One way to write a record as bytes, so that whoever hashes or signs it means the same.

Keys sorted, no spaces, ASCII, integers and texts only: a subset of RFC 8785 that cannot be written in two ways.
"""

from __future__ import annotations

import json
from typing import Any


def canonical(record: Any, *, booleans: bool = False) -> bytes:  # noqa: ANN401 - any record
    """Write a record in its one form; ``booleans`` lets true and false stand in it, which leaves of a log never hold.

    Raises: TypeError or ValueError for what has no one form, such as a fraction.
    """
    _plain(record, booleans=booleans)
    return json.dumps(record, separators=(",", ":"), sort_keys=True, allow_nan=False).encode("ascii")


def _plain(value: Any, *, booleans: bool) -> None:  # noqa: ANN401 - any record
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise TypeError("a key is not a text")
            _plain(inner, booleans=booleans)
    elif isinstance(value, list | tuple):
        for inner in value:
            _plain(inner, booleans=booleans)
    elif (isinstance(value, bool) and not booleans) or not isinstance(value, int | str):
        raise TypeError("only integers, texts, lists and records have one form")


def read(raw: bytes, *, booleans: bool = False) -> Any:  # noqa: ANN401 - any record
    """Read a record that stands in its one form. Raises: ValueError if it does not."""
    try:
        record = json.loads(raw)
        if canonical(record, booleans=booleans) == raw:
            return record
    except (ValueError, TypeError, RecursionError):
        pass
    raise ValueError("not in its one form")
