"""This side's hold on the process that forks decoders."""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import json
import mmap
import os
import socket
import subprocess
import sys
from pathlib import Path

from kindward.errors import StateError
from kindward.isolation import orders

_START = (
    "import json, sys; paths, *rest = json.loads(sys.argv[1]); sys.path[:] = paths; "
    "from kindward.isolation.worker import nurse; nurse(*rest)"
)
"""The interpreter starts isolated from its user's environment and then looks for modules where this process does."""
_KEPT = ("LD_LIBRARY_PATH",)
_SETTINGS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}
_LIBRARY_SECONDS = 5.0


class Decoder:
    """Hold one decoding process: the socket it answers on and the memory it reads contents from.

    The memory is sealed against change of size, because a process that shrank it could kill this one.
    """

    def __init__(self, number: int, size: int) -> None:
        self.number = number
        self.here, self.there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.file = os.memfd_create("kindward", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(self.file, max(size, mmap.PAGESIZE))
        fcntl.fcntl(self.file, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
        self.memory = mmap.mmap(self.file, 0)
        self.memory.madvise(mmap.MADV_DONTDUMP)
        self.answered = 0

    def put(self, data: bytes | bytearray | memoryview) -> None:
        """Lay a content into the shared memory."""
        self.memory[: len(data)] = data

    def forget(self, size: int) -> None:
        """Give the memory of a large content back at once."""
        with contextlib.suppress(OSError, ValueError):
            self.memory.madvise(mmap.MADV_REMOVE, 0, size)

    def close(self) -> None:
        """Let go of everything; an idle process ends by itself when its socket closes."""
        self.here.close()
        self.memory.close()
        self.handed_over()

    def handed_over(self) -> None:
        """Let go of what the other side has its own copy of by now."""
        self.there.close()
        if self.file >= 0:
            os.close(self.file)
            self.file = -1


class Nursery:
    """Start the process that forks decoders, and give it orders.

    Starting does not wait: requests may be sent to a decoder before it exists and lie in its socket until it does.
    """

    def __init__(self, memory: int, seconds: float) -> None:
        self._here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        paths = [path for path in sys.path if Path(path).is_absolute()]
        start = json.dumps([paths, there.fileno(), memory, seconds])
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own words
                [sys.executable, "-I", "-c", _START, start],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=_SETTINGS | {name: os.environ[name] for name in _KEPT if name in os.environ},
                pass_fds=(there.fileno(),),
                start_new_session=True,
            )
        except OSError as problem:
            self._here.close()
            raise unavailable() from problem
        finally:
            there.close()
        self._ready = False
        self._number = 0
        self.foreign = False
        """True after a fork: the process belongs to the parent."""

    @property
    def process(self) -> int:
        """Give the number of the process."""
        return self._process.pid

    def ready(self) -> bool:
        """Say whether the libraries are loaded, without waiting."""
        if not self._ready and not self.foreign:
            with contextlib.suppress(BlockingIOError, ConnectionError):
                self._ready = self._here.recv(len(orders.READY), socket.MSG_DONTWAIT) == orders.READY
        return self._ready

    def alive(self) -> bool:
        """Say whether the process runs and is this process's own.

        Its end of the socket is asked as well, because that closes before its decoders are killed and before the
        system reports the end; so a decoder that vanished with it is never blamed on a content.
        """
        self.ready()
        return not self.foreign and self._process.poll() is None and not self._hung_up()

    def _hung_up(self) -> bool:
        try:
            return not self._here.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def fork(self, size: int) -> Decoder:
        """Order a decoder for contents of up to ``size`` bytes.

        Raises:
            StateError: decoders_unavailable, if the process is gone.
        """
        self._number += 1
        decoder = Decoder(self._number, size)
        try:
            order = orders.ORDER.pack(orders.FORK, decoder.number)
            socket.send_fds(self._here, [order], [decoder.there.fileno(), decoder.file])
        except OSError as problem:
            decoder.close()
            raise unavailable() from problem
        decoder.handed_over()
        return decoder

    def kill(self, decoder: Decoder) -> None:
        """Kill a decoder at once, whatever it is doing."""
        decoder.close()
        with contextlib.suppress(OSError):
            self._here.send(orders.ORDER.pack(orders.KILL, decoder.number))

    def stop(self) -> None:
        """End the process and with it every decoder, and wait until it is gone."""
        if self.foreign:
            return
        self._here.close()
        try:
            self._process.wait(_LIBRARY_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def kill_all(self) -> None:
        """End the process at once; the kernel ends its decoders with it."""
        self._here.close()
        self._process.kill()
        self._process.wait()

    def abandon(self) -> None:
        """Let go without ending the process: after a fork it belongs to the parent."""
        self._here.close()
        self.foreign = True
        self._process.returncode = 0


def unavailable() -> StateError:
    """Say that no decoding process can be started."""
    return StateError(
        "decoders_unavailable",
        "The processes that decode pictures cannot be started.",
        "`kindward doctor` says what is wrong with this installation.",
    )


_early: dict[tuple[int, float], Nursery] = {}


def begin_early(memory: int, seconds: float) -> None:
    """Start a nursery for the next pool with these limits, while this process still loads its own libraries.

    A command that checks one picture would otherwise wait for both, one after the other. One that no pool took is
    ended with this process.
    """
    if not _early:
        atexit.register(_end_early)
        _early[memory, seconds] = Nursery(memory, seconds)


def begin(memory: int, seconds: float) -> Nursery:
    """Give the nursery that was started early with these limits, or start one."""
    return _early.pop((memory, seconds), None) or Nursery(memory, seconds)


def _end_early() -> None:
    while _early:
        _early.popitem()[1].kill_all()
