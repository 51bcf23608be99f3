"""From an alarm to a decision, with evidence and audit log, over real databases."""

from dataclasses import replace
from hashlib import sha256

import pytest
from made_cases import A, B, C, match, versions
from sqlalchemy import text

from kindward.cases import CaseState, Rules, Ruling
from kindward.cases.capacity import Capacity
from kindward.cases.exposure import Budget
from kindward.cases.notices import Concern, Notice, Teller
from kindward.desk import Arrived, Desk
from kindward.errors import StateError
from kindward.ledger.conduct import Conduct
from kindward.model import Decision, Verdict
from kindward.store import cases, deeds

CONTENT, PERSON = b"marker-content-77aa1" * 20, b"marker-person-5f0e2"
LARGE = CONTENT * 1_000
VERDICT = Verdict(Decision.HOLD, simulated=False, matches=(match(),), risks=(), versions=versions())


def raised(desk, clock, content=CONTENT, verdict=None, **fields):
    """Raise an alarm a second after the one before, so that cases have an order."""
    now = clock.on(1)
    return desk.alarm(verdict or VERDICT, arrived(content, **{"account": f"{now:064x}", **fields}))


def arrived(content=CONTENT, **fields):
    return Arrived(**{"account": "ab" * 32, "content": content, "person": PERSON, "source": "http", **fields})


def confirmed(desk, clock, case, by, kind="content"):
    """Let a person take the case, look at it and confirm it; the decision takes effect."""
    assert case.id == desk.next(by).id
    item = next(one.id for one in items(desk, case.id) if str(one.kind) == kind)
    with desk.opened(case.id, item, by) as data:
        assert len(data)
        clock.on(4)
    desk.rule(case.id, by, Ruling.CONFIRM, "same")
    clock.on(30)
    desk.tick()


def dismissed(desk, clock, case, by):
    assert case.id == desk.next(by).id
    desk.rule(case.id, by, Ruling.DISMISS, "harmless")
    clock.on(30)
    desk.tick()


def items(desk, case_id):
    with desk._store.read() as connection:
        return desk._vault.items(connection, case_id)


def state(desk, case_id):
    with desk._store.read() as connection:
        return cases.load(connection, case_id)


def audited(store, now):
    """Run the rules over the whole audit log, and give how things stand."""
    conduct = Conduct()
    with store.read() as connection:
        for raw in deeds.leaves(connection):
            conduct.take(raw)
    return conduct.standing(now)


def everything(store, folder):
    with store.read() as connection:
        sqlite = connection.dialect.name == "sqlite"
        named = "SELECT name FROM sqlite_master WHERE type = 'table'"
        tables = text(named if sqlite else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        names = list(connection.execute(tables).scalars())
        rows = [repr(row) for table in names for row in connection.execute(text(f'SELECT * FROM "{table}"'))]
    return "".join(rows).encode() + b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_two_people_confirm_and_a_third_releases_the_report(desk, clock, store):
    case = desk.alarm(VERDICT, arrived())
    confirmed(desk, clock, case, A)
    assert CaseState.IN_REVIEW == state(desk, case.id).state
    confirmed(desk, clock, case, B)
    desk.release(case.id, C, "ncmec")
    clock.on(30)
    desk.tick()
    standing = audited(store, clock.now)

    assert (CaseState.CONFIRMED, "ncmec") == (state(desk, case.id).state, state(desk, case.id).authority)
    assert ({"confirmed": 1}, 3, ()) == (dict(standing.states), standing.people, standing.overdue)
    assert [(A, 4, True), (B, 4, True)] == [(v.by, v.seconds, v.entire) for v in state(desk, case.id).viewings]


@pytest.mark.parametrize("content", [CONTENT, LARGE])
def test_what_was_dismissed_leaves_nothing_but_its_history(desk, clock, store, folder, content):
    case = desk.alarm(VERDICT, arrived(content))
    digest = sha256(content).hexdigest()
    dismissed(desk, clock, case, A)
    held = everything(store, folder) + b"".join(f.read_bytes() for f in folder.parent.rglob("*") if f.is_file())
    standing = audited(store, clock.now + 10**6)

    for marker in (CONTENT[:20], PERSON, digest.encode(), b"ab" * 32):
        assert marker not in held
    assert ({"dismissed": 1}, (), ()) == (dict(standing.states), standing.undestroyed, standing.overdue)
    assert [] == list(folder.iterdir())


def test_a_decision_that_is_undone_destroys_nothing(desk, clock):
    case = desk.alarm(VERDICT, arrived())
    desk.next(A)
    desk.rule(case.id, A, Ruling.DISMISS, "harmless")
    clock.on(29)
    desk.tick()
    desk.undo(case.id, A)
    clock.on(99)
    desk.tick()

    assert (2, None) == (len(items(desk, case.id)), state(desk, case.id).pending)


def test_the_same_bytes_are_decided_once(desk, clock, store):
    first, second = raised(desk, clock), raised(desk, clock, account="cd" * 32)
    confirmed(desk, clock, first, A)
    confirmed(desk, clock, first, B)
    third = desk.alarm(VERDICT, arrived(account="ef" * 32))

    assert [CaseState.CONFIRMED] * 2 == [state(desk, one.id).state for one in (second, third)]
    assert {first.id} == {state(desk, one.id).inherited_from for one in (second, third)}
    assert desk.next(C) is None
    desk.release(third.id, C, "ncmec")
    clock.on(30)
    desk.tick()
    assert {"confirmed": 3} == dict(audited(store, clock.now).states)


def test_likeness_inherits_nothing(desk, clock):
    first, second = raised(desk, clock), raised(desk, clock, CONTENT + b"!")
    dismissed(desk, clock, first, A)

    assert CaseState.OPEN == state(desk, second.id).state


def test_the_same_bytes_that_wait_are_dismissed_together(desk, clock, folder):
    first, second = raised(desk, clock, LARGE), raised(desk, clock, LARGE)
    dismissed(desk, clock, first, A)

    assert CaseState.DISMISSED == state(desk, second.id).state
    assert ([], []) == (items(desk, second.id), list(folder.iterdir()))


@pytest.mark.parametrize(
    "changed",
    [
        {"simulated": True},
        {"decision": Decision.PASS},
        {"matches": ()},
        {"matches": (match(severity="stopncii:adult"),)},
    ],
)
def test_what_needs_no_human_here_opens_nothing(desk, changed):
    assert desk.alarm(replace(VERDICT, **changed), arrived()) is None


def test_a_notice_is_sealed_and_its_danger_goes_first(desk, clock, store, folder):
    raised(desk, clock)
    told = Notice(Teller.CHILD, Concern.MEETING, "marker-notice-1b2c wants to meet me")
    case = desk.notice(told)

    assert case.id == desk.next(A).id
    assert b"marker-notice" not in everything(store, folder)
    (item,) = items(desk, case.id)
    with desk.opened(case.id, item.id, A) as data:
        assert b"text: marker-notice-1b2c wants to meet me" in bytes(data)


def test_a_person_gets_the_case_that_they_have_already(desk):
    desk.alarm(VERDICT, arrived())
    desk.alarm(VERDICT, arrived(b"other"))

    assert desk.next(A).id == desk.next(A).id
    assert desk.next(B).id != desk.next(A).id
    assert desk.next(C) is None


def test_nobody_opens_what_somebody_else_has(desk):
    case = desk.alarm(VERDICT, arrived())
    desk.next(A)
    with pytest.raises(StateError) as refused, desk.opened(case.id, items(desk, case.id)[0].id, B):
        raise AssertionError

    assert "case_not_yours" == refused.value.code


def test_it_is_enough_when_the_budget_is_used_up(store, vault, clock):
    desk = Desk(store, vault, clock=clock, budget=Budget(day=2, row=9))
    case = desk.alarm(VERDICT, arrived())
    desk.next(A)
    item = items(desk, case.id)[0].id
    for _ in range(2):
        with desk.opened(case.id, item, A):
            clock.on(2)
    with pytest.raises(StateError) as enough, desk.opened(case.id, item, A):
        raise AssertionError

    assert "exposure_enough" == enough.value.code
    assert Ruling.DISMISS == desk.rule(case.id, A, Ruling.DISMISS, "harmless").pending.ruling


def test_after_something_severe_comes_something_else(store, vault, clock):
    desk = Desk(store, vault, clock=clock, severe={"demo:a"})
    first, _ = raised(desk, clock), raised(desk, clock, b"severe too")
    easy = raised(desk, clock, b"easy", replace(VERDICT, matches=(match(severity="demo:c"),)))
    desk.next(A)
    with desk.opened(first.id, items(desk, first.id)[0].id, A):
        clock.on(2)
    desk.rule(first.id, A, Ruling.DISMISS, "harmless")

    assert easy.id == desk.next(A).id


def test_more_alarms_than_people_can_decide_leave_out_the_farthest_for_a_time(store, vault, clock):
    desk = Desk(store, vault, clock=clock, capacity=Capacity(1, 2))
    for number in range(4):
        desk.alarm(replace(VERDICT, matches=(match(number * 10),)), arrived(b"%d" % number))
    clock.on(1)
    desk.tick()

    assert desk.alarm(replace(VERDICT, matches=(match(25),)), arrived(b"far")) is None
    assert desk.alarm(replace(VERDICT, matches=(match(5),)), arrived(b"near")) is not None
    assert desk.alarm(replace(VERDICT, matches=(match(0, "digest/1"),)), arrived(b"exact")) is not None
    assert desk.alarm(replace(VERDICT, matches=(match(25),)), arrived(b"danger", urgent="live")) is not None
    with desk._store.read() as connection:
        assert 1 == cases.left_out_since(connection, 0)
    assert 1 == audited(store, clock.now).counts["tightened"]
    clock.on(86_400)
    assert desk.alarm(replace(VERDICT, matches=(match(25),)), arrived(b"far again")) is not None


def test_a_deadline_calls_a_lead_and_closes_nothing(desk, clock, store):
    case = desk.alarm(VERDICT, arrived())
    clock.on(3 * 86_400 + 1)
    assert {"settled": 0, "escalated": 1, "erased": 0} == desk.tick()
    assert {"settled": 0, "escalated": 0, "erased": 0} == desk.tick()

    assert (CaseState.OPEN, True) == (state(desk, case.id).state, state(desk, case.id).escalated)
    assert (case.id,) == audited(store, clock.now).overdue


def test_a_disagreement_goes_to_a_lead(desk, clock, store):
    case = desk.alarm(VERDICT, arrived())
    confirmed(desk, clock, case, A)
    dismissed(desk, clock, case, B)

    assert (CaseState.HELD, 2) == (state(desk, case.id).state, len(items(desk, case.id)))
    assert desk.next(C) is None
    assert case.id == desk.next(C, lead=True).id
    desk.rule(case.id, C, Ruling.DISMISS, "harmless")
    clock.on(30)
    desk.tick()
    assert CaseState.DISMISSED == state(desk, case.id).state
    assert () == audited(store, clock.now).undestroyed


def test_an_order_keeps_evidence_of_a_dismissed_case_until_it_ends(desk, clock, store):
    case = desk.alarm(VERDICT, arrived())
    with store.write() as connection:
        desk._vault.retain(connection, case.id, until=clock.now + 500, order="4711", by="p-lead", now=clock.now)
    dismissed(desk, clock, case, A)
    assert (2, False) == (len(items(desk, case.id)), state(desk, case.id).erased)
    clock.on(500)
    assert 1 == desk.tick()["erased"]
    assert ([], True) == (items(desk, case.id), state(desk, case.id).erased)


def test_an_item_of_another_case_is_not_opened(desk, clock):
    mine, other = raised(desk, clock), raised(desk, clock, b"other bytes")
    assert mine.id == desk.next(A).id
    (item,) = [one.id for one in items(desk, other.id) if str(one.kind) == "content"]
    with pytest.raises(StateError) as refused, desk.opened(mine.id, item, A):
        pytest.fail("it was opened")
    assert "evidence_unknown" == refused.value.code
    with pytest.raises(StateError):
        desk.look(mine.id, item, A, entire=False, seconds=10)


def test_the_same_bytes_of_the_same_account_are_one_case_until_somebody_decides(desk, clock):
    first, again = (raised(desk, clock, account="ab" * 32) for _ in range(2))
    other = raised(desk, clock, account="cd" * 32)
    dismissed(desk, clock, first, A)
    later = raised(desk, clock, account="ab" * 32)

    assert first.id == again.id
    assert 3 == len({first.id, other.id, later.id})


def test_an_appeal_is_decided_by_people_who_have_not_decided(desk, clock, store):
    first, second = raised(desk, clock), raised(desk, clock)
    confirmed(desk, clock, first, A)
    confirmed(desk, clock, first, B)
    desk.reopen(second.id, C, "appeal-1")
    assert (None, None) == (desk.next(A), desk.next(B))
    dismissed(desk, clock, second, "p-dddddd")

    assert CaseState.DISMISSED == state(desk, second.id).state
    assert {"confirmed": 1, "dismissed": 1} == dict(audited(store, clock.now).states)


def test_when_a_decision_turns_out_wrong_what_took_it_over_is_decided_by_people(desk, clock, store):
    first, second = raised(desk, clock), raised(desk, clock)
    confirmed(desk, clock, first, A)
    confirmed(desk, clock, first, B)
    desk.reopen(first.id, C, "appeal-1")
    dismissed(desk, clock, first, C)

    assert (CaseState.OPEN, 2) == (state(desk, second.id).state, state(desk, second.id).round)
    assert (None, None) == (desk.next(A), desk.next(B))
    dismissed(desk, clock, second, "p-dddddd")
    assert {"dismissed": 2} == dict(audited(store, clock.now).states)


def test_one_person_is_enough_where_the_rules_say_so_and_the_log_knows(store, vault, clock):
    desk = Desk(store, vault, clock=clock, rules=Rules(second_person=False))
    desk.begin()
    case = desk.alarm(VERDICT, arrived())
    confirmed(desk, clock, case, A)

    assert CaseState.CONFIRMED == state(desk, case.id).state
    assert {"confirmed": 1} == dict(audited(store, clock.now).states)
