"""Take from a decoding process what the system takes without a filter for its calls.

Sources: Linux ``prctl(2)``, ``setrlimit(2)`` and ``Documentation/userspace-api/no_new_privs.rst``.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import resource
import signal
import sys

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_SPARE_SECONDS = 1


def give_up_privileges() -> None:
    """Refuse core dumps, other processes' looks into this one's memory, and new privileges through programs."""
    _prctl(_PR_SET_DUMPABLE, 0)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def die_with_parent(parent: int) -> None:
    """Be killed when the parent ends; end at once if it already has."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def set_limits(memory: int, highest_file: int) -> None:
    """Limit address space to ``memory`` bytes, and allow no written file, no core dump and hardly an open file.

    The last is a limit on numbers of files, no barrier: one who closes a file may open another.
    The number of processes stays as it is: the system counts a user's threads with it, and the decoder of HEIC needs
    one of its own.
    """
    _limit(resource.RLIMIT_AS, memory)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, highest_file + 1)


def limit_time(seconds: float) -> None:
    """Allow so much processor time from now on: a second fence, should the one who watches the clock be stalled."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = math.ceil(used.ru_utime + used.ru_stime + seconds) + _SPARE_SECONDS
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (until, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _limit(which: int, most: int) -> None:
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(which, (most, most))


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
