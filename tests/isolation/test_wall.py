"""What a decoding process may not do, what it leaves behind, and what it never tells."""

import gc
import os
import signal
import subprocess
import sys
import textwrap
import warnings
from pathlib import Path

import pytest
from hostile import jpeg_of_many_passes, tiff_announcing
from pictures import encoded, noise
from processes import alive, children, until
from samples import samples

from kindward.config import Limits
from kindward.errors import KindwardError
from kindward.isolation import DecoderPool, hardening
from kindward.signals.pdq import fingerprints

MARKER = b"MARKER-5d1f-in-the-content"


@pytest.fixture(scope="module")
def decoder(pool, picture):
    """One decoding process that has worked already."""
    pool.fingerprint(picture)
    return children(pool.processes()[0])[0]


def _open_files():
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))


def _proc(process, name):
    return Path(f"/proc/{process}/{name}").read_text()


def test_a_decoder_knows_nothing_of_its_users_environment(monkeypatch, picture):
    monkeypatch.setenv("KINDWARD_SECRET", "do not hand on")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["/nowhere", *sys.path]))
    with DecoderPool(workers=1) as pool:
        pool.fingerprint(picture)
        for process in (pool.processes()[0], *children(pool.processes()[0])):
            environment = {line.split("=")[0] for line in _proc(process, "environ").split("\0") if line}
            assert environment <= {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "LC_ALL", "LD_LIBRARY_PATH"}


def test_a_decoder_has_limits_and_no_way_to_new_privileges(decoder):
    limits = {line[:26].strip(): line[26:].split()[:2] for line in _proc(decoder, "limits").splitlines()[1:]}
    assert [str(Limits().memory)] * 2 == limits["Max address space"]
    for name in ("Max file size", "Max core file size"):
        assert ["0", "0"] == limits[name], name
    assert 10 > int(limits["Max open files"][0])
    assert "unlimited" != limits["Max cpu time"][0]
    status = dict(line.split(":", 1) for line in _proc(decoder, "status").splitlines())
    assert ("1", "1") == (status["NoNewPrivs"].strip(), status["Threads"].strip())


@pytest.mark.skipif(os.getuid() != 0, reason="only the superuser can become another user")
def test_decoding_works_under_the_limits_as_an_ordinary_user():
    expected = {kind: [fingerprints(data) for data in files] for kind, files in samples().items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # forking beside threads; nothing but decoding follows
        child = os.fork()
    if not child:
        right = False
        try:
            os.setgid(65_534)
            os.setuid(65_534)
            hardening.give_up_privileges()
            hardening.set_limits(Limits().memory, 0)
            right = all(
                fingerprints(d) == e for k, files in samples().items() for d, e in zip(files, expected[k], strict=True)
            )
        finally:
            os._exit(0 if right else 1)
    assert 0 == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_decoder_has_nowhere_to_write(decoder):
    open_files = {int(p.name): str(p.readlink()) for p in Path(f"/proc/{decoder}/fd").iterdir()}
    assert ["/dev/null"] * 3 == [open_files[n] for n in (0, 1, 2)]
    assert 5 == len(open_files)
    assert ["/memfd:kindward (deleted)", "socket:"] == sorted(
        name.split("[")[0] for n, name in open_files.items() if n > 2
    )
    assert "/" == str(Path(f"/proc/{decoder}/cwd").readlink())


def test_the_shared_memory_cannot_change_its_size(pool, picture):
    pool.fingerprint(picture)
    held = pool._roster._idle[0]
    for size in (4096, 2 * len(held.memory)):
        with pytest.raises(PermissionError):
            held.memory.resize(size)


def test_no_process_and_no_open_file_is_left_behind(picture):
    before = _open_files()
    for _ in range(3):
        with DecoderPool(Limits(seconds=0.3), workers=2) as pool:
            pool.fingerprint(picture)
            nursery = pool.processes()[0]
            for bad in (b"junk", picture[:99], jpeg_of_many_passes(8_000, 8_000, 300)):
                with pytest.raises(KindwardError):
                    pool.fingerprint(bad)
            decoders = children(nursery)
        assert not alive(nursery)
        assert until(lambda: not any(alive(d) for d in decoders))  # noqa: B023 - called before the next turn
    assert before == _open_files()


def test_hundreds_of_killed_decoders_leave_no_file_and_no_process(picture):
    with DecoderPool(workers=1) as pool:
        pool.fingerprint(picture)
        nursery, before = pool.processes()[0], _open_files()
        for _ in range(200):
            os.kill(children(nursery)[-1], signal.SIGKILL)
            with pytest.raises(KindwardError):
                pool.fingerprint(picture)
            pool.fingerprint(picture)
        assert before == _open_files()
        assert until(lambda: len(children(nursery)) == 1)


def test_a_decoder_is_replaced_after_its_term(picture, monkeypatch):
    monkeypatch.setattr("kindward.isolation.roster._RETIRE", 5)
    with DecoderPool(workers=1) as pool:
        seen = set()
        for _ in range(12):
            pool.fingerprint(picture)
            seen.update(d.number for d in pool._roster._idle)
        assert {1, 2, 3} == seen


def test_a_forgotten_pool_ends_with_its_last_reference(picture):
    pool = DecoderPool(workers=1)
    pool.fingerprint(picture)
    nursery = pool.processes()[0]
    del pool
    gc.collect()
    assert until(lambda: not alive(nursery))


def _script(text, *arguments):
    start = "import sys; sys.path[:0] = " + repr([p for p in sys.path if p]) + "\n"
    return subprocess.Popen(
        [sys.executable, "-c", start + textwrap.dedent(text), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_decoders_die_with_a_process_that_is_killed(tmp_path, picture):
    (tmp_path / "p.jpg").write_bytes(picture)
    script = _script(
        """
        import time
        from pathlib import Path
        from kindward.isolation import DecoderPool, hardening
        pool = DecoderPool(workers=2)
        pool.fingerprint(Path(sys.argv[1]).read_bytes())
        print(pool.processes()[0], flush=True)
        time.sleep(60)
        """,
        str(tmp_path / "p.jpg"),
    )
    nursery = int(script.stdout.readline())
    decoders = children(nursery)
    assert 1 <= len(decoders)
    script.kill()
    script.communicate()
    assert until(lambda: not any(alive(p) for p in (nursery, *decoders)))


def test_a_program_without_a_main_guard_works_and_ends_cleanly(tmp_path, picture):
    (tmp_path / "p.jpg").write_bytes(picture)
    script = _script(
        """
        from pathlib import Path
        from kindward.isolation import DecoderPool, hardening
        print(len(DecoderPool(workers=1).fingerprint(Path(sys.argv[1]).read_bytes()).fingerprints))
        """,
        str(tmp_path / "p.jpg"),
    )
    assert (b"8\n", b"") == script.communicate(timeout=30)
    assert 0 == script.returncode


def test_a_forked_process_gets_decoders_of_its_own(tmp_path, picture):
    (tmp_path / "p.jpg").write_bytes(picture)
    script = _script(
        """
        import os
        from pathlib import Path
        from kindward.isolation import DecoderPool, hardening
        data = Path(sys.argv[1]).read_bytes()
        pool = DecoderPool(workers=1)
        expected, mine = pool.fingerprint(data), pool.processes()
        child = os.fork()
        if not child:
            right = pool.fingerprint(data) == expected and pool.processes() != mine
            pool.close()
            os._exit(0 if right else 1)
        _, status = os.waitpid(child, 0)
        right = pool.fingerprint(data) == expected and pool.processes() == mine
        print(os.waitstatus_to_exitcode(status), right)
        pool.close()
        """,
        str(tmp_path / "p.jpg"),
    )
    assert (b"0 True\n", b"") == script.communicate(timeout=60)


def _marked():
    """Give contents that carry the marker in places decoders read, most of them broken in one way or another."""
    image = noise(64, 48)
    whole = {
        "jpeg": encoded(image, "JPEG", comment=MARKER),
        "png": encoded(image, "PNG"),
        "tiff": encoded(image, "TIFF", description=MARKER.decode()),
        "gif": encoded(image, "GIF", comment=MARKER),
        "webp": encoded(image, "WEBP", exif=b"Exif\0\0II*\0" + MARKER),
        "avif": encoded(image, "AVIF", speed=10, xmp=MARKER),
        "bmp": encoded(image, "BMP"),
        "tags": tiff_announcing(64, 48),
    }
    for data in whole.values():
        yield data
        yield data[: len(data) // 2] + MARKER
        yield data[:20] + MARKER + data[20:]
    yield MARKER
    yield MARKER * 1000


def test_no_content_shows_in_errors_or_outputs(pool, capfd):
    said = []
    for data in _marked():
        for check in (pool.fingerprint, fingerprints):
            try:
                check(data)
            except KindwardError as error:
                said += [str(error), error.hint, repr(error), repr(error.facts), repr(error.args)]
        said.append(repr(capfd.readouterr()) if check is pool.fingerprint else "")
    capfd.readouterr()
    assert 20 <= len([text for text in said if text])
    assert [] == [text for text in said if MARKER.decode()[:10] in text]


def test_a_decoder_says_nothing_on_this_process_outputs(pool, capfd):
    broken = encoded(noise(64, 48), "TIFF", compression="tiff_lzw", description=MARKER.decode())
    for cut in range(100, len(broken), 97):
        try:
            pool.fingerprint(broken[:cut] + MARKER)
        except KindwardError:
            continue
    assert ("", "") == tuple(capfd.readouterr())
