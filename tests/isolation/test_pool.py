"""Pictures decoded behind the wall: the same findings, every refusal, threads and event loops at once."""

import asyncio
import contextlib
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from heic import heic
from hostile import jpeg_of_many_passes, png
from pictures import encoded, noise, with_orientation
from PIL import Image
from processes import alive, children, until

from kindward.config import Limits
from kindward.errors import ContentError, StateError
from kindward.isolation import DecoderPool
from kindward.signals.pdq import PictureOptions, fingerprints

FORMATS = {
    "JPEG": lambda i: encoded(i, "JPEG"),
    "turned JPEG": lambda i: with_orientation(i, 6),
    "CMYK JPEG": lambda i: encoded(i.convert("CMYK"), "JPEG"),
    "PNG": lambda i: encoded(i, "PNG"),
    "GIF": lambda i: encoded(i, "GIF", save_all=True, append_images=[i.transpose(Image.Transpose.ROTATE_180)]),
    "WebP": lambda i: encoded(i, "WEBP"),
    "AVIF": lambda i: encoded(i, "AVIF", speed=10),
    "HEIC": heic,
    "TIFF": lambda i: encoded(i, "TIFF", compression="tiff_lzw"),
    "JPEG in TIFF": lambda i: encoded(i, "TIFF", compression="jpeg"),
    "BMP": lambda i: encoded(i, "BMP"),
}


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_gives_the_same_findings_as_in_this_process(kind, pool):
    data = FORMATS[kind](noise(320, 240))
    for options in (PictureOptions(), PictureOptions(fast=False), PictureOptions(views=False)):
        assert fingerprints(data, options) == pool.fingerprint(data, options)


def test_any_buffer_is_read(pool, picture):
    assert pool.fingerprint(picture) == pool.fingerprint(bytearray(picture)) == pool.fingerprint(memoryview(picture))


def _refusal(data, **limits):
    with DecoderPool(Limits(**limits), workers=1) as pool, pytest.raises(ContentError) as refused:
        pool.fingerprint(data)
    return refused.value.code, str(refused.value)


def test_an_empty_content_is_refused():
    assert ("content_empty", "The content is empty: zero bytes.") == _refusal(b"")


def test_a_content_above_the_limit_of_bytes_is_refused():
    expected = "The content has 1001 bytes; the limit is 1000."
    assert ("content_too_large", expected) == _refusal(b"x" * 1001, bytes=1000)


def test_a_picture_above_the_limit_of_pixels_is_refused():
    expected = "The picture is 20000 by 10000 pixels, 200000000 in all; the limit is 100000000."
    assert ("picture_too_large", expected) == _refusal(png(20_000, 10_000, depth=1, colour=0))


def test_a_damaged_picture_is_refused(picture):
    expected = "The JPEG picture is damaged or incomplete."
    assert ("picture_unreadable", expected) == _refusal(picture[:-500])


def test_an_unknown_format_is_refused():
    expected = "The content is no picture of a known format."
    assert ("picture_format_unknown", expected) == _refusal(b"some text")


def test_a_picture_that_needs_too_much_memory_is_refused_and_the_next_is_read(picture):
    bomb = png(9_000, 9_000)
    with DecoderPool(Limits(memory=400 << 20, seconds=30), workers=1) as pool:
        for _ in range(2):
            with pytest.raises(ContentError) as refused:
                pool.fingerprint(bomb)
            assert "check_out_of_memory" == refused.value.code
            assert "419430400 bytes" in str(refused.value)
            assert "jpeg" == pool.fingerprint(picture).format


def test_a_picture_that_takes_too_long_is_stopped_in_time_and_the_next_is_read_at_once(picture):
    with DecoderPool(Limits(seconds=0.5), workers=1) as pool:
        pool.fingerprint(picture)
        endless = jpeg_of_many_passes(8_000, 8_000, 300)
        start = time.monotonic()
        with pytest.raises(ContentError) as refused:
            pool.fingerprint(endless)
        assert ("check_too_slow", 0.5) == (refused.value.code, float(refused.value.facts["seconds"]))
        assert 2.5 > time.monotonic() - start
        start = time.monotonic()
        pool.fingerprint(picture)
        assert 0.5 > time.monotonic() - start


def test_a_decoder_that_dies_costs_its_own_check_only(picture):
    with DecoderPool(Limits(seconds=20), workers=1) as pool, ThreadPoolExecutor(1) as thread:
        pool.fingerprint(picture)
        (decoder,) = children(pool.processes()[0])
        slow = thread.submit(pool.fingerprint, jpeg_of_many_passes(8_000, 8_000, 300))
        time.sleep(0.2)
        _signal(decoder, "SEGV")
        with pytest.raises(ContentError) as refused:
            slow.result()
        assert "decoder_crashed" == refused.value.code
        assert "jpeg" == pool.fingerprint(picture).format
        assert until(lambda: len(children(pool.processes()[0])) == 1)


def test_the_loss_of_the_process_that_forks_decoders_blames_no_content(picture):
    with DecoderPool(workers=2) as pool:
        before = pool.fingerprint(picture)
        lost = pool.processes()[0]
        decoders = children(lost)
        _signal(lost, "KILL")
        assert until(lambda: not any(alive(process) for process in (lost, *decoders)))
        assert before == pool.fingerprint(picture)
        assert lost != pool.processes()[0]


def test_a_check_during_which_that_process_is_lost_is_made_again(picture):
    expected = fingerprints(picture)
    with DecoderPool(workers=1) as pool, ThreadPoolExecutor(1) as thread:
        for moment in range(12):
            pool.fingerprint(picture)
            under_way = thread.submit(pool.fingerprint, picture)
            time.sleep(moment * 0.0002)
            with contextlib.suppress(ProcessLookupError):
                _signal(pool.processes()[0], "KILL")
            assert expected == under_way.result()


def _signal(process, name):
    os.kill(process, getattr(signal, f"SIG{name}"))


def test_many_threads_get_each_their_own_findings(pool):
    pictures = [encoded(noise(64 + n, 48, seed=n), "PNG") for n in range(12)]
    expected = [fingerprints(data) for data in pictures]
    with ThreadPoolExecutor(8) as threads:
        for _ in range(5):
            assert expected == list(threads.map(pool.fingerprint, pictures))


def test_many_tasks_get_each_their_own_findings_without_a_thread(pool):
    pictures = [encoded(noise(64 + n, 48, seed=n), "PNG") for n in range(30)]
    expected = [fingerprints(data) for data in pictures]

    async def all_at_once():
        found = await asyncio.gather(*(pool.afingerprint(data) for data in pictures))
        return found, threading.active_count()

    before = threading.active_count()
    assert (expected, before) == asyncio.run(all_at_once())


def test_threads_and_event_loops_share_a_pool(pool):
    pictures = [encoded(noise(64 + n, 48, seed=n), "PNG") for n in range(10)]
    expected = [fingerprints(data) for data in pictures]

    async def tasks():
        return list(await asyncio.gather(*(pool.afingerprint(data) for data in pictures)))

    with ThreadPoolExecutor(6) as threads:
        loops = [threads.submit(asyncio.run, tasks()) for _ in range(3)]
        plain = [threads.submit(lambda: [pool.fingerprint(data) for data in pictures]) for _ in range(3)]
        assert [expected] * 6 == [future.result() for future in loops + plain]


def test_the_event_loop_goes_on_while_a_picture_is_decoded():
    async def beat(beats):
        while True:
            beats.append(time.monotonic())
            await asyncio.sleep(0.01)

    async def check():
        beats = []
        beating = asyncio.create_task(beat(beats))
        with DecoderPool(Limits(seconds=0.6), workers=1) as pool:
            await pool.afingerprint(encoded(noise(64, 48), "PNG"))
            with pytest.raises(ContentError) as refused:
                await pool.afingerprint(jpeg_of_many_passes(8_000, 8_000, 300))
            beating.cancel()
        return refused.value.code, sum(b > beats[-1] - 0.5 for b in beats)

    code, beats = asyncio.run(check())
    assert "check_too_slow" == code
    assert 10 <= beats


def test_a_cancelled_task_frees_its_decoder_for_the_next(picture):
    slow = jpeg_of_many_passes(8_000, 8_000, 300)

    async def check(pool):
        await pool.afingerprint(picture)
        working = asyncio.create_task(pool.afingerprint(slow))
        waiting = asyncio.create_task(pool.afingerprint(slow))
        patient = asyncio.create_task(pool.afingerprint(picture))
        await asyncio.sleep(0.1)
        for task in (waiting, working):
            task.cancel()
        cancelled = await asyncio.gather(working, waiting, return_exceptions=True)
        return [type(c) for c in cancelled], await asyncio.wait_for(patient, 5)

    with DecoderPool(Limits(seconds=30), workers=1) as pool:
        expected = [asyncio.CancelledError] * 2, fingerprints(picture)
        assert expected == asyncio.run(check(pool))
        assert until(lambda: len(children(pool.processes()[0])) == 1)


def test_a_task_cancelled_at_any_moment_loses_no_decoder(picture):
    async def check(pool):
        for moment in range(60):
            task = asyncio.create_task(pool.afingerprint(picture))
            other = asyncio.create_task(pool.afingerprint(picture))
            await asyncio.sleep(moment * 0.0001)
            task.cancel()
            await other
        return await asyncio.wait_for(pool.afingerprint(picture), 5)

    with DecoderPool(workers=1) as pool:
        assert fingerprints(picture) == asyncio.run(check(pool))


def test_a_closed_pool_says_so():
    pool = DecoderPool(workers=1)
    pool.close()
    pool.close()
    with pytest.raises(StateError) as refused:
        pool.fingerprint(b"x")
    assert "decoders_closed" == refused.value.code
    assert () == pool.processes()


def test_closing_ends_checks_that_are_under_way_or_wait(picture):
    pool = DecoderPool(Limits(seconds=30), workers=1)
    pool.fingerprint(picture)
    with ThreadPoolExecutor(2) as threads:
        under_way = [threads.submit(pool.fingerprint, jpeg_of_many_passes(8_000, 8_000, 300)) for _ in range(2)]
        time.sleep(0.2)
        start = time.monotonic()
        pool.close()
        for future in under_way:
            with pytest.raises(StateError) as refused:
                future.result()
            assert "decoders_closed" == refused.value.code
    assert 3 > time.monotonic() - start


def test_large_contents_do_not_stay_in_shared_memory():
    large = encoded(noise(2_000, 1_500), "BMP")
    with DecoderPool(workers=1) as pool:
        pool.fingerprint(large)
        (decoder,) = pool._roster._idle
        assert b"\0" * len(large) == decoder.memory[: len(large)]


def test_a_pool_without_an_interpreter_says_so(monkeypatch):
    monkeypatch.setattr("sys.executable", "/nonexistent/python")
    with pytest.raises(StateError) as refused:
        DecoderPool(workers=1)
    assert "decoders_unavailable" == refused.value.code


def test_a_pool_whose_processes_cannot_start_says_so(monkeypatch, picture):
    monkeypatch.setattr("sys.executable", "/bin/false")
    with DecoderPool(workers=1) as pool, pytest.raises(StateError) as refused:
        pool.fingerprint(picture)
    assert "decoders_unavailable" == refused.value.code
