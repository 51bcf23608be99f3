"""The far side of the wall: a nursery that loads the decoders once, and the decoding processes it forks.

The nursery never touches content. It is a single thread that waits for two kinds of message: fork a decoder on this
socket and this memory, or kill that one. A fork takes milliseconds where a fresh interpreter takes a fifth of a second,
so a decoder that had to be killed is replaced before anybody waits for it.
"""

from __future__ import annotations

import contextlib
import gc
import mmap
import os
import select
import signal
import socket

from kindward.errors import ContentError
from kindward.isolation import hardening, messages
from kindward.isolation.orders import FORK, ORDER, READY
from kindward.signals import pdq
from kindward.signals.picture import formats, refusal

_PATIENCE = 1_000
"""Milliseconds between looks at whether the parent still lives."""


def nurse(control_fd: int, memory: int, seconds: float) -> None:
    """Serve fork and kill orders until the other end of ``control_fd`` closes or the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    hardening.give_up_privileges()
    formats.settle_libraries()
    gc.freeze()
    control = socket.socket(fileno=control_fd)
    parent, decoders = os.getppid(), dict[int, int]()
    control.send(READY)
    poll = select.poll()
    poll.register(control, select.POLLIN)
    while os.getppid() == parent:
        ready = poll.poll(_PATIENCE)
        _reap(decoders)
        if not ready:
            continue
        message, files, _, _ = socket.recv_fds(control, ORDER.size, 2)
        if not message:
            break
        order, number = ORDER.unpack(message)
        if order == FORK:
            decoders[number] = _fork(control, files, memory, seconds)
        elif number in decoders:
            os.kill(decoders[number], signal.SIGKILL)
    for process in decoders.values():
        os.kill(process, signal.SIGKILL)
    for process in decoders.values():
        os.waitpid(process, 0)


def _reap(decoders: dict[int, int]) -> None:
    for number, process in list(decoders.items()):
        with contextlib.suppress(ChildProcessError):
            if os.waitpid(process, os.WNOHANG)[0]:
                del decoders[number]


def _fork(control: socket.socket, files: list[int], memory: int, seconds: float) -> int:
    parent = os.getpid()
    process = os.fork()
    if process:
        for file in files:
            os.close(file)
        return process
    status = 1
    try:
        hardening.die_with_parent(parent)
        control.close()
        hardening.set_limits(memory, max(files) + 1)  # one more for the duplicate that a mapping keeps
        _decode(files[0], files[1], memory, seconds)
        status = 0
    finally:
        os._exit(status)


def _decode(request_fd: int, content_fd: int, memory: int, seconds: float) -> None:
    """Answer requests until the other end closes; a reply too long for a datagram ends the process."""
    requests = socket.socket(fileno=request_fd)
    content = memoryview(mmap.mmap(content_fd, 0, prot=mmap.PROT_READ))
    os.close(content_fd)
    while message := requests.recv(messages.LARGEST):
        request = messages.read_request(message)
        hardening.limit_time(seconds)
        requests.send(_answer(content[: request.size], request, memory))


def _answer(content: memoryview, request: messages.Request, memory: int) -> bytes:
    try:
        return messages.write_findings(pdq.fingerprints(content, request.options))
    except ContentError as refused:
        return messages.write_refusal(refused)
    except MemoryError:
        gc.collect()
        return messages.write_refusal(refusal.out_of_memory(memory))
