"""Cases in the database: appended, found in order, and never given to two people."""

from dataclasses import replace
from threading import Barrier, Thread

import pytest
from made_cases import NOW, RULES, A, B, case

from kindward.cases import CaseKind, CaseState, Ruling, acts
from kindward.errors import StateError
from kindward.store import cases


def begin(store, made):
    with store.write() as connection:
        return cases.begin(connection, made, acts.opened(made))


def do(store, case_id, act):
    with store.write() as connection:
        one = cases.load(connection, case_id, lock=True)
        return cases.append(connection, one, act(one))


def take_next(store, person, now=NOW, **how):
    with store.write() as connection:
        found = cases.next_for(connection, person, now, **how)
        if found is None:
            return None
        one = cases.load(connection, found)
        return cases.append(connection, one, acts.take(one, person, now, RULES, lead=how.get("lead", False))).id


def test_a_case_comes_back_as_it_was_kept(store):
    made = case("000000000001", digest="ab" * 32, account="cd" * 32)
    begin(store, made)
    with store.read() as connection:
        assert made == cases.load(connection, made.id)


def test_a_case_comes_back_after_everything_that_happened(store):
    begin(store, case("000000000001"))
    do(store, "000000000001", lambda one: acts.take(one, A, NOW, RULES))
    do(store, "000000000001", lambda one: acts.view(one, A, NOW, item="i", seconds=4, entire=True))
    after = do(store, "000000000001", lambda one: acts.rule(one, A, Ruling.CONFIRM, NOW, rules=RULES, reason="same"))
    with store.read() as connection:
        assert after == cases.load(connection, "000000000001")
        assert 4 == len(cases.history(connection, "000000000001"))


def test_there_is_no_case_without_a_beginning(store):
    with store.read() as connection, pytest.raises(StateError) as refused:
        cases.load(connection, "00000000000f")

    assert "case_unknown" == refused.value.code


def test_the_second_of_two_writers_is_refused(store):
    begin(store, case("000000000001"))
    with store.read() as connection:
        seen = cases.load(connection, "000000000001")
    do(store, "000000000001", lambda one: acts.take(one, A, NOW, RULES))
    with store.write() as connection, pytest.raises(StateError) as refused:
        cases.append(connection, seen, acts.take(seen, B, NOW, RULES))

    assert "case_history_broken" == refused.value.code


def test_urgent_cases_come_first_then_those_for_leads_then_partners_then_by_deadline(store):
    begin(store, case("000000000001", deadline=NOW + 100))
    begin(store, case("000000000002", deadline=NOW + 50))
    begin(store, case("000000000003", kind=CaseKind.NOTICE, matches=(), source="notice:partner", deadline=NOW + 900))
    begin(store, case("000000000004", urgent="meeting", deadline=NOW + 999))
    begin(store, case("000000000005", deadline=NOW + 800))
    do(store, "000000000005", lambda one: acts.escalate(one, one.deadline, RULES))

    assert [f"00000000000{n}" for n in (4, 5, 3, 2, 1)] == [take_next(store, f"p-{n}") for n in range(5)]
    assert take_next(store, "p-9") is None


def test_whoever_handed_a_case_back_is_not_given_it_again(store):
    begin(store, case("000000000001"))
    take_next(store, A)
    do(store, "000000000001", lambda one: acts.give_back(one, A, NOW))

    assert take_next(store, A) is None
    assert "000000000001" == take_next(store, B)


def test_whoever_decided_is_not_given_the_case_for_the_second_decision(store):
    begin(store, case("000000000001"))
    take_next(store, A)
    do(store, "000000000001", lambda one: acts.view(one, A, NOW, item="i", seconds=4, entire=True))
    do(store, "000000000001", lambda one: acts.rule(one, A, Ruling.CONFIRM, NOW, rules=RULES, reason="same"))

    assert take_next(store, B) is None
    with store.read() as connection:
        assert [] == cases.due(connection, NOW + 29)
        assert ["000000000001"] == cases.due(connection, NOW + 30)
    do(store, "000000000001", lambda one: acts.settle(one, NOW + 30, RULES))
    assert take_next(store, A, NOW + 31) is None
    assert "000000000001" == take_next(store, B, NOW + 31)


def test_a_lease_that_ran_out_lets_another_person_take_the_case(store):
    begin(store, case("000000000001"))
    take_next(store, A)

    assert take_next(store, B, NOW + RULES.lease_seconds - 1) is None
    assert "000000000001" == take_next(store, B, NOW + RULES.lease_seconds)
    with store.read() as connection:
        assert "000000000001" == cases.held_by(connection, B, NOW + RULES.lease_seconds)
        assert cases.held_by(connection, A, NOW + RULES.lease_seconds) is None


def test_only_leads_are_given_held_cases(store):
    begin(store, case("000000000001"))
    do(store, "000000000001", lambda one: acts.hold(one, A, "law", NOW))

    assert take_next(store, A) is None
    assert "000000000001" == take_next(store, B, lead=True)


def test_after_something_severe_nothing_severe_is_given_unless_a_child_is_in_danger(store):
    begin(store, case("000000000001", severe=True))

    assert take_next(store, A, severe=False) is None
    begin(store, case("000000000002", severe=True, urgent="threat"))
    assert "000000000002" == take_next(store, A, severe=False)


def test_fifty_people_at_once_get_fifty_cases(store):
    for number in range(50):
        begin(store, case(f"{number:012x}"))
    got, wait = [], Barrier(10)

    def work(first):
        wait.wait()
        got.extend(take_next(store, f"p-{first}-{n}") for n in range(5))

    threads = [Thread(target=work, args=(n,)) for n in range(10)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert 50 == len(set(got) - {None})


def test_a_decision_is_found_by_the_same_bytes(store):
    begin(store, case("000000000001", digest="ab" * 32))
    begin(store, case("000000000002", digest="ab" * 32))
    with store.read() as connection:
        assert cases.decided_alike(connection, "ab" * 32) is None
        assert ["000000000001", "000000000002"] == cases.waiting_alike(connection, "ab" * 32)
    take_next(store, A)
    do(store, "000000000001", lambda one: acts.rule(one, A, Ruling.DISMISS, NOW, rules=RULES, reason="harmless"))
    do(store, "000000000001", lambda one: acts.settle(one, NOW + 30, RULES))
    with store.read() as connection:
        assert "000000000001" == cases.decided_alike(connection, "ab" * 32)
        assert ["000000000002"] == cases.waiting_alike(connection, "ab" * 32)
        assert cases.decided_alike(connection, "") is None


def test_neighbours_are_about_the_same_entry(store):
    one = case("000000000001")
    begin(store, one)
    begin(store, case("000000000002"))
    begin(store, replace(one, id="000000000003", matches=(replace(one.matches[0], entry="other"),)))
    with store.read() as connection:
        assert ["000000000002"] == [other.id for other in cases.neighbours(connection, one)]


def test_an_erased_case_keeps_its_history_and_nothing_that_points_at_anybody(store):
    begin(store, case("000000000001", digest="ab" * 32, account="cd" * 32))
    take_next(store, A)
    do(store, "000000000001", lambda one: acts.rule(one, A, Ruling.DISMISS, NOW, rules=RULES, reason="harmless"))
    do(store, "000000000001", lambda one: acts.settle(one, NOW + 30, RULES))
    after = do(store, "000000000001", lambda one: acts.erase(one, NOW + 31, "not_confirmed"))

    assert ("", "", True) == (after.digest, after.account, after.erased)
    with store.read() as connection:
        from sqlalchemy import text

        rows = [
            str(row) for table in ("cases", "case_events") for row in connection.execute(text(f"SELECT * FROM {table}"))
        ]
    assert not [row for row in rows if "ab" * 32 in row or "cd" * 32 in row]


def test_counts_and_alarms_say_how_much_there_is(store):
    begin(store, case("000000000001", deadline=NOW - 1))
    begin(store, case("000000000002", urgent="threat"))
    with store.read() as connection:
        counts, alarms = cases.counts(connection, NOW), cases.alarms_since(connection, NOW - 1)

    assert {str(CaseState.OPEN): 2, "overdue": 1} == dict(counts)
    assert (1, {9: 1}) == (alarms.always, dict(alarms.by_distance))


def test_near_deadlines_are_found_once(store):
    begin(store, case("000000000001", deadline=NOW + 10))
    with store.read() as connection:
        assert [] == cases.near_deadline(connection, NOW + 9)
        assert ["000000000001"] == cases.near_deadline(connection, NOW + 10)
    do(store, "000000000001", lambda one: acts.escalate(one, NOW + 10, RULES))
    with store.read() as connection:
        assert [] == cases.near_deadline(connection, NOW + 10)
