"""What the server's own protocol does not do."""

from __future__ import annotations

import asyncio
import subprocess
import sys

from kindward.service.protocol import OnePacket


class Line:
    """A transport that notes what is sent and when it is closed."""

    def __init__(self):
        self.sent = []

    def write(self, data):
        self.sent.append(data)

    def close(self):
        self.sent.append("closed")

    def is_closing(self):
        return "closed" in self.sent

    def get_extra_info(self, name):
        return name


def play(scene):
    async def run():
        line = Line()
        await scene(OnePacket(line, asyncio.get_running_loop()))
        return line.sent

    return asyncio.run(run())


def test_what_is_written_in_one_turn_is_sent_together():
    async def scene(transport):
        transport.write(b"head")
        transport.write(b"body")
        await asyncio.sleep(0)
        transport.write(b"next")
        await asyncio.sleep(0)

    assert [b"headbody", b"next"] == play(scene)


def test_nothing_is_lost_when_the_connection_is_closed_at_once():
    async def scene(transport):
        transport.write(b"last words")
        transport.close()
        assert transport.is_closing()
        await asyncio.sleep(0)

    assert [b"last words", "closed"] == play(scene)


def test_everything_else_is_the_transports_own():
    async def scene(transport):
        assert "peername" == transport.get_extra_info("peername")

    assert [] == play(scene)


def test_an_answer_arrives_in_one_piece(service, raw):
    raw.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    piece = raw.recv(65536)
    assert piece.startswith(b"HTTP/1.1 200")
    assert piece.endswith(b'{"alive":true}')


def test_a_worker_spares_the_collector_what_was_loaded_at_its_start():
    program = (
        "import gc; from kindward.service.life import COLLECTED_AFTER, settle_memory; settle_memory()\n"
        "print(gc.get_freeze_count() > 10_000, gc.get_threshold() == COLLECTED_AFTER)"
    )
    out = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert "True True" == out.strip()
