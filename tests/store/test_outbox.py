"""The outbox: every report has one row, one worker at a time, and steps that are noted once."""

import threading
from dataclasses import replace

import pytest

from kindward.errors import RemoteError
from kindward.store import outbox
from kindward.store.outbox import OutboxState, Outgoing

NOW, LEASE = 1_790_000_000, 60


def report(number=1, **changes):
    made = Outgoing(
        f"{number:016x}", f"{number:012x}", "ncmec", OutboxState.WAITING, "d" * 64, "i" * 16, created_at=NOW + number
    )
    return replace(made, **changes)


def add(store, *reports):
    with store.write() as connection:
        for one in reports:
            outbox.add(connection, one)


def take(store, worker="w-1", now=NOW, authority="ncmec"):
    with store.write() as connection:
        return outbox.take(connection, authority, worker, now, LEASE)


def row(store, number=1):
    with store.read() as connection:
        (found,) = outbox.of_case(connection, f"{number:012x}")
    return found


def test_what_was_kept_is_given_back_whole(store):
    one = report(tries=3, next_at=NOW + 9, problem="remote_timeout", reference="4711")
    add(store, one)

    assert one == row(store)


def test_a_draft_waits_for_its_release_and_can_be_forgotten(store):
    add(store, report(state=OutboxState.DRAFT), report(2, state=OutboxState.DRAFT))
    assert None is take(store)
    with store.write() as connection:
        assert report(state=OutboxState.DRAFT) == outbox.draft_of(connection, report().case)
        assert True is outbox.queue(connection, report().case, NOW)
        assert False is outbox.queue(connection, report().case, NOW)
        outbox.note(connection, report(2).id, "opened-1", "4711")
        outbox.forget(connection, report(2).id)
        assert [] == outbox.of_case(connection, report(2).case)
        assert None is outbox.seen(connection, report(2).id, "opened-1")

    assert report().id == take(store).id


def test_the_one_that_is_due_longest_goes_first(store):
    add(store, report(1, next_at=NOW - 5), report(2, next_at=NOW - 9), report(3, next_at=NOW + 1))

    assert [2, 1, None] == [int(one.id, 16) if one else None for one in (take(store), take(store), take(store))]
    assert 3 == int(take(store, now=NOW + 1).id, 16)


def test_no_authority_ever_gets_the_report_to_another_one(store):
    add(store, report(authority="dryrun"))
    assert None is take(store, authority="ncmec")
    assert report().id == take(store, authority="dryrun").id


def test_a_report_is_with_one_worker_until_its_lease_is_over(store):
    add(store, report())
    assert 1 == take(store).tries
    assert None is take(store, "w-2", NOW + LEASE - 1)
    assert 2 == take(store, "w-2", NOW + LEASE).tries


def test_whoever_was_slower_than_the_lease_has_no_say_any_more(store):
    add(store, report())
    take(store, "slow")
    take(store, "next", NOW + LEASE)
    with store.write() as connection:
        assert False is outbox.put_off(connection, report().id, "slow", NOW, "remote_timeout")
        assert False is outbox.park(connection, report().id, "slow", OutboxState.REFUSED, "authority_rejected")
    assert None is take(store, "third", NOW + LEASE + 1)
    with store.write() as connection:
        assert True is outbox.put_off(connection, report().id, "next", NOW + 500, "remote_timeout")

    assert ("remote_timeout", NOW + 500) == (row(store).problem, row(store).next_at)


def test_that_an_authority_has_a_report_is_noted_whoever_has_the_row(store):
    add(store, report())
    take(store, "slow")
    take(store, "next", NOW + LEASE)
    with store.write() as connection:
        outbox.sent(connection, report().id, "4711")

    assert (OutboxState.SENT, "4711", "") == (row(store).state, row(store).reference, row(store).problem)
    assert None is take(store, now=NOW + 10**6)


def test_a_stopped_report_stops_all_of_its_authority_and_nothing_else(store):
    add(store, report(1), report(2), report(3, authority="eu"))
    take(store)
    with store.write() as connection:
        outbox.park(connection, report().id, "w-1", OutboxState.STOPPED, "authority_refused")
    assert None is take(store)
    assert 3 == int(take(store, authority="eu").id, 16)
    with store.write() as connection:
        assert 0 == outbox.resume(connection, "eu", NOW)
        assert 1 == outbox.resume(connection, "ncmec", NOW)

    assert {1, 2} == {int(take(store).id, 16), int(take(store).id, 16)}


def test_a_refused_report_holds_nothing_up_and_can_be_tried_again(store):
    add(store, report(1), report(2))
    take(store)
    with store.write() as connection:
        outbox.park(connection, report().id, "w-1", OutboxState.REFUSED, "authority_rejected")
    assert 2 == int(take(store).id, 16)
    with store.write() as connection:
        assert {"refused": 1, "waiting": 1} == dict(outbox.counts(connection))
        assert 1 == outbox.resume(connection, "ncmec", NOW)

    assert ("", OutboxState.WAITING) == (row(store).problem, row(store).state)


@pytest.mark.parametrize(
    ("state", "begun", "taken", "after"),
    [
        (OutboxState.WAITING, False, False, OutboxState.WITHDRAWN),
        (OutboxState.STOPPED, False, False, OutboxState.WITHDRAWN),
        (OutboxState.REFUSED, True, False, OutboxState.WITHDRAWN),
        (OutboxState.WAITING, True, False, OutboxState.WAITING),
        (OutboxState.WAITING, False, True, OutboxState.WAITING),
        (OutboxState.STOPPED, True, False, OutboxState.STOPPED),
        (OutboxState.SENT, False, False, OutboxState.SENT),
    ],
)
def test_what_is_withdrawn_is_what_nobody_began_to_send(store, state, begun, taken, after):
    add(store, report(state=state), report(2))
    with store.write() as connection:
        if begun:
            outbox.note(connection, report().id, "opened-1", "4711")
        assert begun == outbox.begun(connection, report().id)
    if taken:
        assert report().id == take(store).id
    with store.write() as connection:
        assert (after is OutboxState.WITHDRAWN) == outbox.withdraw(connection, report().case, NOW)

    assert (after, OutboxState.WAITING) == (row(store).state, row(store, 2).state)


def test_a_step_is_noted_once_and_never_changed(store):
    add(store, report())
    with store.write() as connection:
        outbox.note(connection, report().id, "opened-1", "4711")
    with pytest.raises(RemoteError), store.write() as connection:
        outbox.note(connection, report().id, "opened-1", "4712")
    with store.read() as connection:
        assert ("4711", None) == (
            outbox.seen(connection, report().id, "opened-1"),
            outbox.seen(connection, report().id, "opened-2"),
        )


def test_a_step_of_no_report_is_refused(store):
    with pytest.raises(RemoteError), store.write() as connection:
        outbox.note(connection, "f" * 16, "opened-1", "4711")


def test_many_workers_never_take_the_same_report(store):
    add(store, *(report(number) for number in range(1, 25)))
    taken, lock = [], threading.Lock()

    def work(name):
        while (one := take(store, name)) is not None:
            with lock:
                taken.append(one.id)

    workers = [threading.Thread(target=work, args=(f"w-{number}",)) for number in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert [report(number).id for number in range(1, 25)] == sorted(taken)
