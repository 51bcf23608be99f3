"""Whatever people and the clock do in whatever order, some things never happen."""

from hypothesis import given, settings
from hypothesis import strategies as st
from made_cases import NOW, RULES, A, B, C, case

from kindward.cases import CaseState, Ruling, acts, replay
from kindward.cases.events import EventKind
from kindward.errors import StateError

people = st.sampled_from([A, B, C, "p-dddddd"])


STEPS = (
    *("take", "lead", "view", "small", "confirm", "dismiss", "undo", "back", "settle"),
    *("hold", "resume", "escalate", "release", "report", "ack", "reopen", "erase"),
)


def _steps():
    return st.lists(
        st.tuples(st.sampled_from(STEPS), people, st.sampled_from([0, 1, 29, 30, 900, 86_400])), max_size=60
    )


def _try(step, one, by, now):
    acts_by_name = {
        "take": lambda: acts.take(one, by, now, RULES),
        "lead": lambda: acts.take(one, by, now, RULES, lead=True),
        "view": lambda: acts.view(one, by, now, item="i", seconds=3, entire=True),
        "small": lambda: acts.view(one, by, now, item="i", seconds=3, entire=False),
        "confirm": lambda: acts.rule(one, by, Ruling.CONFIRM, now, rules=RULES, reason="r"),
        "dismiss": lambda: acts.rule(one, by, Ruling.DISMISS, now, rules=RULES, reason="r"),
        "undo": lambda: acts.undo(one, by, now),
        "back": lambda: acts.give_back(one, by, now),
        "settle": lambda: acts.settle(one, now, RULES),
        "hold": lambda: acts.hold(one, by, "law", now),
        "resume": lambda: acts.resume(one, by, now),
        "escalate": lambda: acts.escalate(one, now, RULES),
        "release": lambda: acts.release(one, by, "ncmec", now, RULES),
        "report": lambda: acts.reported(one, now, authority="ncmec", reference="1"),
        "ack": lambda: acts.acknowledged(one, now, "accepted"),
        "reopen": lambda: acts.reopen(one, by, now, rules=RULES, appeal="a"),
        "erase": lambda: acts.erase(one, now, "reason"),
    }
    try:
        return acts_by_name[step]()
    except StateError:
        return None


def _confirmed_by(events):
    """Give who confirmed in the last round, as far as it took effect."""
    people_of = []
    for event in events:
        if event.kind is EventKind.REOPENED:
            people_of = []
        if event.kind is EventKind.SETTLED and event.facts["ruling"] == "confirm":
            people_of.append(event.facts["person"])
    return people_of


@settings(max_examples=300)
@given(_steps())
def test_what_never_happens(steps):
    events, now = [acts.opened(case())], NOW
    for step, by, pause in steps:
        now += pause
        before = replay(events)
        event = _try(step, before, by, now)
        if event is None:
            continue
        events.append(event)
        after = replay(events)
        if after.state is CaseState.CONFIRMED and before.state is not CaseState.CONFIRMED:
            assert len(set(_confirmed_by(events))) >= 2, "one person alone confirmed"
            assert after.viewed, "a likeness was confirmed that nobody looked at"
        if after.state is CaseState.REPORTED:
            assert acts.is_released(after)
        if event.kind is EventKind.RULED and event.facts["ruling"] != "release":
            assert by not in before.decided_before
            assert by not in {ruled.by for ruled in before.rulings}
        if event.kind is EventKind.SETTLED:
            ruled = next(e for e in reversed(events[:-1]) if e.kind is EventKind.RULED)
            assert event.at - ruled.at >= RULES.undo_seconds
        assert not (after.erased and after.waits)
    assert len(events) == replay(events).number
