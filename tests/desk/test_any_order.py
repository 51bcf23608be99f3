"""Whatever people and the clock do, the audit log that comes of it keeps the rules that outsiders check."""

import random
from contextlib import suppress
from dataclasses import replace

import pytest
from made_cases import match, versions

from kindward.cases import Ruling
from kindward.desk import Arrived
from kindward.errors import StateError
from kindward.ledger.conduct import Conduct
from kindward.model import Decision, Verdict
from kindward.store import deeds

PEOPLE = ("p-aaaaaa", "p-bbbbbb", "p-cccccc", "p-dddddd")
VERDICT = Verdict(Decision.HOLD, simulated=False, matches=(match(),), risks=(), versions=versions())


def look(desk, case, person):
    with desk._store.read() as connection:
        found = desk._vault.items(connection, case)
    for item in found[:1]:
        with desk.opened(case, item.id, person) as data:
            assert len(data)


def steps(desk, clock, rng, known, held):
    """Give what can be done, by name; every call of it is one thing that somebody does."""
    person = rng.choice(PEOPLE)
    any_case = rng.choice(known) if known else ""
    # Mostly people work on the case that they have, and now and then on one that they do not have.
    case = held.get(person, any_case) if rng.random() < 0.9 else any_case

    def take():
        found = desk.next(person, lead=rng.random() < 0.3)
        if found is not None:
            held[person] = found.id

    def alarm():
        content = b"content %d" % rng.randrange(6)
        far = replace(VERDICT, matches=(match(rng.randrange(32)),))
        known.append(desk.alarm(far, Arrived(content=content, person=b"p")).id)

    return {
        "alarm": alarm,
        "next": take,
        "look": lambda: look(desk, case, person),
        "confirm": lambda: desk.rule(case, person, Ruling.CONFIRM, "r"),
        "dismiss": lambda: desk.rule(case, person, Ruling.DISMISS, "r"),
        "undo": lambda: desk.undo(case, person),
        "back": lambda: desk.give_back(case, person),
        "hold": lambda: desk.hold(case, person, "law"),
        "resume": lambda: desk.resume(case, person),
        "release": lambda: desk.release(any_case, person, "ncmec"),
        "reopen": lambda: desk.reopen(any_case, person, "a"),
        "tick": desk.tick,
        "wait": lambda: clock.on(rng.choice([1, 30, 900])),
    }


@pytest.mark.parametrize("seed", range(6))
def test_every_history_of_the_desk_keeps_the_rules(desk, clock, store, seed):
    rng, known, held = random.Random(seed), [], {}
    often = ["next", "look", "confirm", "tick"]
    for _ in range(300):
        doing = steps(desk, clock, rng, known, held)
        with suppress(StateError):
            doing[rng.choice([*doing, *often])]()
        clock.on(rng.choice([0, 5, 31]))
    conduct = Conduct()
    with store.read() as connection:
        for raw in deeds.leaves(connection):
            conduct.take(raw)
    assert conduct.size > 40
    assert {"opened", "ruled", "settled"} <= conduct.standing(clock.now).counts.keys()
