"""What this side and the process that forks decoders say to each other; nothing heavy, because both start with it."""

from __future__ import annotations

import struct

READY = b"ready"
ORDER = struct.Struct("=cQ")
"""What is wanted (fork or kill) and the number of the decoder."""
FORK, KILL = b"f", b"k"
