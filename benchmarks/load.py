"""Run the real service in processes of its own, send it load from another core, and read what it cost."""

from __future__ import annotations

import io
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image

from kindward.banks import build_bank
from kindward.isolation import DecoderPool
from kindward.model import Entry

TICK = os.sysconf("SC_CLK_TCK")
PHOTOGRAPHS = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "hubble_deep_field.jpg", "retina.jpg")
START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process tree has used: processor seconds, and megabytes of memory.

    ``megabytes`` divides shared pages among their users; ``private`` leaves them out. ``decoding`` are the seconds of
    the processes that decode and fingerprint, a part of all ``seconds``.
    """

    seconds: float
    decoding: float
    megabytes: float
    private: float
    processes: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the senders saw."""

    answered: int
    statuses: Mapping[int, int]
    seconds: float
    latencies: Sequence[float]


class Service:
    """A running service."""

    def __init__(self, process: subprocess.Popen[str], address: tuple[str, int], token: str) -> None:
        self.process = process
        self.address = address
        self.token = token

    def cost(self) -> Cost:
        """Read what the service and all its descendants have used so far."""
        tree = _tree(self.process.pid)
        memory = [_memory(process) for process in tree]
        return Cost(
            sum(map(_seconds, tree)),
            sum(_seconds(process) for process in tree if _decodes(process)),
            sum(shared for shared, _ in memory),
            sum(private for _, private in memory),
            len(tree),
        )

    def request(self, path: str, body: bytes, kind: str) -> bytes:
        """Write one request as bytes."""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self.address[0]}\r\nAuthorization: Bearer {self.token}\r\n"
            f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


@contextmanager
def service(
    bank: Path, *, cores: set[int], workers: int = 0, settings: Mapping[str, str] | None = None
) -> Iterator[Service]:
    """Start the service on the given cores, and stop it at the end."""
    with tempfile.TemporaryDirectory(prefix="kindward-benchmark-") as folder:
        environment = {
            **os.environ,
            "KINDWARD__STORE__URL": f"sqlite:///{folder}/kindward.db",
            "KINDWARD__SERVICE__MATCH_PER_MINUTE": "4000000000",
            "KINDWARD_LANGUAGE": "en",
            **(settings or {}),
        }
        command = [sys.executable, "-m", "kindward", "serve", "--bank", str(bank.resolve())]
        command += ["--port", "0", "--workers", str(workers), "--with-token"]
        with Path(folder, "log").open("w") as log:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
            os.sched_setaffinity(process.pid, cores)
            try:
                yield _ready(process)
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(START_SECONDS)


def drive(address: tuple[str, int], requests: Sequence[bytes], *, connections: int, seconds: float) -> Outcome:
    """Send requests over kept-open connections, each as soon as the last was answered, for so many seconds."""
    until = time.perf_counter() + seconds
    results: list[tuple[Counter[int], list[float]]] = []
    threads = [
        threading.Thread(target=lambda n=number: results.append(_send(address, requests, n, connections, until)))
        for number in range(connections)
    ]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses: Counter[int] = sum((counts for counts, _ in results), Counter())
    latencies = sorted(latency for _, taken in results for latency in taken)
    return Outcome(statuses.total(), statuses, time.perf_counter() - start, latencies)


def exchange(connection: socket.socket, request: bytes) -> tuple[int, bytes]:
    """Send one request, read its whole answer and give status and body."""
    connection.sendall(request)
    answer = bytearray()
    while (end := answer.find(b"\r\n\r\n")) < 0:
        answer += _received(connection)
    head = bytes(answer[:end]).lower()
    length = int(re.search(rb"content-length: (\d+)", head)[1])
    while len(answer) < end + 4 + length:
        answer += _received(connection)
    return int(head.split(b" ", 2)[1]), bytes(answer[end + 4 :])


def known_bank(folder: Path, entries: int) -> Path:
    """Build a bank of random values, among them one real photograph."""
    with DecoderPool(workers=1) as pool:
        known = pool.fingerprint((photograph_folder() / "chelsea.png").read_bytes()).fingerprints[0]
    random = np.random.default_rng(7).bytes(32 * (entries - 1))
    values = (random[at : at + 32] for at in range(0, len(random), 32))
    made = (Entry(f"r{number}", "pdq/1", value) for number, value in enumerate(values))
    build_bank(folder / "known", [Entry("chelsea", known.signal, known.value), *made], name="known")
    return folder / "known"


def photograph_folder() -> Path:
    """Give the folder of the photographs that scikit-image ships."""
    return Path(skimage.data.__file__).parent


def jpegs(width: int, height: int, size: int, count: int) -> list[bytes]:
    """Make ``count`` different JPEG files of about ``size`` bytes from enlarged photographs with sensor noise."""
    return [encoded(photograph(width, height, number), "JPEG", size) for number in range(count)]


def photograph(width: int, height: int, number: int) -> Image.Image:
    """Cut, enlarge and grain one of the photographs, always the same for the same number."""
    rng = np.random.default_rng(number)
    with Image.open(photograph_folder() / PHOTOGRAPHS[number % len(PHOTOGRAPHS)]) as opened:
        picture = opened.convert("RGB")
    share = rng.uniform(0.8, 1.0)
    across = int(min(picture.width, picture.height * width / height) * share)
    down = across * height // width
    left, top = int(rng.integers(picture.width - across + 1)), int(rng.integers(picture.height - down + 1))
    picture = picture.resize((width, height), Image.Resampling.BICUBIC, (left, top, left + across, top + down))
    noise = rng.normal(0, 3, (height, width, 1))
    return Image.fromarray(np.clip(np.asarray(picture) + noise, 0, 255).astype(np.uint8))


def encoded(picture: Image.Image, form: str, size: int) -> bytes:
    """Encode at the quality that comes nearest to ``size`` bytes."""
    low, high, best = 5, 98, b""
    while low <= high:
        quality = (low + high) // 2
        data = _encode(picture, form, quality)
        if not best or abs(len(data) - size) < abs(len(best) - size):
            best = data
        low, high = (quality + 1, high) if len(data) < size else (low, quality - 1)
    return best


def _encode(picture: Image.Image, form: str, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, quality=quality)
    return out.getvalue()


def _send(
    address: tuple[str, int], requests: Sequence[bytes], first: int, step: int, until: float
) -> tuple[Counter[int], list[float]]:
    statuses: Counter[int] = Counter()
    latencies: list[float] = []
    at = first
    with socket.create_connection(address) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while (now := time.perf_counter()) < until:
            statuses[exchange(connection, requests[at % len(requests)])[0]] += 1
            latencies.append(time.perf_counter() - now)
            at += step
    return statuses, latencies


def _received(connection: socket.socket) -> bytes:
    part = connection.recv(65536)
    if not part:
        raise ConnectionError("the service closed the connection")
    return part


def _ready(process: subprocess.Popen[str]) -> Service:
    text = ""
    while "Token" not in text:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError("the service did not start")
        text += line
    host, port = re.search(r"http://([\d.]+):(\d+)", text).groups()
    token = re.search(r"kindward_\w{12}_\S{43}", text)[0]
    address = (host, int(port))
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            with socket.create_connection(address) as connection:
                if exchange(connection, b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")[0] == 200:
                    return Service(process, address, token)
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError("the service did not become ready")


def _tree(root: int) -> list[int]:
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _fields(int(entry.name))):
            parents[int(entry.name)] = int(fields[1])
    found = [root]
    for process in found:
        found += [child for child, parent in parents.items() if parent == process]
    return found


def _fields(process: int) -> list[str]:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _decodes(process: int) -> bool:
    try:
        return b"kindward.isolation" in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False


def _seconds(process: int) -> float:
    """Give a process's own time and that of the children it has waited for."""
    fields = _fields(process)
    return sum(map(int, fields[11:15])) / TICK if fields else 0.0


def _memory(process: int) -> tuple[float, float]:
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0.0, 0.0
    kilobytes = {name: int(count) for name, count in re.findall(r"^(\w+):\s+(\d+) kB", text, re.MULTILINE)}
    return kilobytes["Pss"] / 1024, (kilobytes["Private_Clean"] + kilobytes["Private_Dirty"]) / 1024
