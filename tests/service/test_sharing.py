"""Equal bytes that are sent at the same time share one check."""

from __future__ import annotations

import asyncio
import io
import threading

import pytest
from PIL import Image

from kindward.app import open_checker
from kindward.config import Banks, Settings
from kindward.config import Service as ServiceSettings
from kindward.errors import ContentError
from kindward.service.checks import Checks
from kindward.service.refusals import Refusal


@pytest.fixture(scope="module")
def slow_picture():
    """Make a picture of few bytes that takes long to read: 60 megapixels."""
    out = io.BytesIO()
    Image.linear_gradient("L").resize((7800, 7800)).convert("RGB").save(out, "PNG", compress_level=1)
    return out.getvalue()


def test_eight_requests_for_the_same_bytes_cost_one_check(serve, slow_picture):
    service = serve()
    answers = []

    def send():
        answers.append(service.check(slow_picture))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [200] * 8 == [answer.status_code for answer in answers]
    assert 1 == len({answer.content for answer in answers})
    assert 1 == service.metric("kindward_checks_total")
    assert 7 == service.metric("kindward_checks_shared_total")


def test_the_same_bytes_sent_later_are_checked_again(serve, strange_pictures):
    service = serve()
    data = strange_pictures[0].read_bytes()
    assert service.check(data).json() == service.check(data).json()
    assert 2 == service.metric("kindward_checks_total")
    assert 0 == service.metric("kindward_checks_shared_total")


@pytest.fixture
def checks(bank):
    """Give a function that runs a scene with real checks."""

    def run(scene, **service):
        settings = Settings(banks=Banks(paths=[str(bank)]), service=ServiceSettings(**service))

        async def play():
            opened = Checks(lambda: open_checker(settings=settings, workers=1), settings, 1)
            await opened.refresh()
            assert opened.trouble is None
            try:
                return await scene(opened)
            finally:
                await opened.close()
                assert 0 == opened.under_way
                assert {} == opened._running

        return asyncio.run(play())

    return run


def test_a_caller_who_leaves_does_not_end_the_check_for_the_others(checks, slow_picture):
    async def scene(opened):
        leader = asyncio.create_task(opened.check(slow_picture))
        await asyncio.sleep(0.05)
        follower = asyncio.create_task(opened.check(slow_picture))
        await asyncio.sleep(0.05)
        leader.cancel()
        verdict, shared = await follower
        assert leader.cancelled()
        return verdict, shared

    verdict, shared = checks(scene)
    assert "pass" == verdict.decision
    assert shared


def test_when_every_caller_has_left_the_check_ends_and_nothing_stays(checks, slow_picture):
    async def scene(opened):
        callers = [asyncio.create_task(opened.check(slow_picture)) for _ in range(3)]
        await asyncio.sleep(0.05)
        for caller in callers:
            caller.cancel()
        await asyncio.gather(*callers, return_exceptions=True)
        await asyncio.wait([running.task for same in opened._running.values() for running in same])
        await asyncio.sleep(0)
        return opened._running

    assert {} == checks(scene)


def test_what_cannot_be_checked_is_told_to_all_who_share(checks):
    async def scene(opened):
        return await asyncio.gather(*(opened.check(b"no picture") for _ in range(3)), return_exceptions=True)

    errors = checks(scene)
    assert [ContentError] * 3 == [type(error) for error in errors]


def test_other_bytes_of_the_same_length_are_checked_for_themselves(checks, known_pictures):
    data = known_pictures[0].read_bytes()

    async def scene(opened):
        other = bytes(len(data))
        return await asyncio.gather(opened.check(data), opened.check(other), return_exceptions=True)

    (verdict, shared), error = checks(scene)
    assert "hold" == verdict.decision
    assert not shared
    assert isinstance(error, ContentError)


def test_joining_a_check_needs_no_room_but_starting_one_does(checks, slow_picture):
    async def scene(opened):
        first = asyncio.create_task(opened.check(slow_picture))
        await asyncio.sleep(0.05)
        second = asyncio.create_task(opened.check(slow_picture))
        with pytest.raises(Refusal) as caught:
            await opened.check(b"something else")
        assert 429 == caught.value.status
        return (await first)[1], (await second)[1]

    assert (False, True) == checks(scene, queue=0)
