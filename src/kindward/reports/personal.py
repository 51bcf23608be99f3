"""Find what could lead to a person in a text that will be published: addresses, numbers, names that were handed in.

It errs on the side of refusing: whoever writes for the public can say it in other words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_EMAIL = re.compile(r"\S+@\S+")
_IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]*\d)")
_IPV6 = re.compile(r"(?<![0-9A-Za-z:])(?=[0-9a-fA-F:]*:[0-9a-fA-F:]*:)[0-9a-fA-F:]{3,45}(?![0-9A-Za-z:])")
_PHONE = re.compile(r"(?:\+|\b00)\d[\d\s()./-]{6,}\d|(?<![\w./-])0\d{2,5}[\s/-]?\d[\d\s-]{4,}\d")
_HANDLE = re.compile(r"(?<!\w)@\w{2,}")
_SHORTEST = 3
"""Shorter words that are handed in would forbid half the language."""


def holds_personal(text: str, forbidden: Iterable[str] = ()) -> bool:
    """Say whether a text seems to hold an address, a number or an account, or a word that must not stand in it.

    Words are compared as people read them: without regard to case, width and accents.
    """
    plain = _plain(text)
    if any(form.search(plain) for form in (_EMAIL, _IPV4, _IPV6, _PHONE, _HANDLE)):
        return True
    words = (_plain(word.strip()) for word in forbidden)
    return any(word in plain for word in words if len(word) >= _SHORTEST)


def _plain(text: str) -> str:
    spread = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in spread if not unicodedata.combining(sign) and sign.isprintable()).casefold()
