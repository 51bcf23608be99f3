"""Banks: lists of known fingerprints in, nearest entries out.

A bank is a folder with a manifest, immutable parts that every process maps, and a journal of changes since. It proves
itself at every opening and every change, and is refused when it does not find what it must.
"""

from __future__ import annotations

from kindward.banks.bank import Bank, Verified
from kindward.banks.blocks import Block, read_blocks
from kindward.banks.building import BuildReport, build_bank
from kindward.banks.doubts import Doubt
from kindward.banks.items import Item, Kept
from kindward.banks.lists import read_list
from kindward.banks.lives import Life
from kindward.banks.manifest import is_bank
from kindward.banks.proving import Proof
from kindward.banks.rejected import Rejected
from kindward.banks.taking import Taken

__all__ = [
    "Bank",
    "Block",
    "BuildReport",
    "Doubt",
    "Item",
    "Kept",
    "Life",
    "Proof",
    "Rejected",
    "Taken",
    "Verified",
    "build_bank",
    "is_bank",
    "read_blocks",
    "read_list",
]
