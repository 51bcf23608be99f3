"""What is remembered of accounts whose pictures matched, on both databases."""

from __future__ import annotations

import threading

from kindward import config
from kindward.store import Store, Tallied
from kindward.store.tallies import MOST, Noted

EPOCH, NOW, WINDOW = 2_000_000, 1_000_000, 86_400
ONE, OTHER = b"\x01" * 32, b"\x02" * 32


def noted(*names, account=ONE, reached=(), expires_at=EPOCH):
    entries = [("known", name) for name in names]
    return Noted(account, expires_at, entries, {("known", name): account for name in reached})


def rows(store, table):
    with store.read() as connection:
        return connection.exec_driver_sql(f"SELECT * FROM {table}").all()  # one of two names


def test_entries_of_different_contents_are_hits_of_their_own(store):
    store.tallies.note(noted("a"), now=NOW, window=WINDOW)
    held, reached = store.tallies.note(noted("b", "c"), now=NOW + 5, window=WINDOW)

    a, b, c = ("known", "a"), ("known", "b"), ("known", "c")
    assert [Tallied(NOW, frozenset({a})), Tallied(NOW + 5, frozenset({b, c}))] == held
    assert {} == reached


def test_the_same_entry_is_remembered_once_with_its_first_time(store):
    for second in range(5):
        held, _ = store.tallies.note(noted("a"), now=NOW + second, window=WINDOW)

    assert [Tallied(NOW, frozenset({("known", "a")}))] == held
    assert 1 == len(rows(store, "tallies"))


def test_an_entry_that_comes_with_a_known_one_joins_its_hit(store):
    store.tallies.note(noted("a"), now=NOW, window=WINDOW)
    store.tallies.note(noted("z"), now=NOW + 1, window=WINDOW)
    held, _ = store.tallies.note(noted("b", "a"), now=NOW + 9, window=WINDOW)

    assert Tallied(NOW, frozenset({("known", "a"), ("known", "b")})) == held[0]
    assert 2 == len(held)


def test_accounts_do_not_see_each_others_hits(store):
    store.tallies.note(noted("a"), now=NOW, window=WINDOW)
    held, _ = store.tallies.note(noted("b", account=OTHER), now=NOW, window=WINDOW)

    assert [Tallied(NOW, frozenset({("known", "b")}))] == held


def test_entries_of_the_same_name_in_two_banks_are_two(store):
    both = Noted(ONE, EPOCH, [("known", "a"), ("other", "a")])
    held, _ = store.tallies.note(both, now=NOW, window=WINDOW)

    assert [Tallied(NOW, frozenset({("known", "a"), ("other", "a")}))] == held


def test_what_is_past_its_epoch_counts_no_more_even_before_it_is_deleted(store):
    store.tallies.note(noted("a"), now=NOW, window=WINDOW)
    held, _ = store.tallies.note(noted("a", expires_at=EPOCH * 2), now=EPOCH, window=WINDOW)

    assert [Tallied(EPOCH, frozenset({("known", "a")}))] == held


def test_what_is_past_its_time_is_deleted_and_nothing_else(store):
    store.tallies.note(noted("a", reached="a"), now=NOW, window=WINDOW)
    store.tallies.note(noted("b", account=OTHER, reached="b", expires_at=EPOCH * 2), now=EPOCH - 1, window=WINDOW)

    assert 0 == store.tallies.forget(now=NOW, window=WINDOW)
    assert 2 == store.tallies.forget(now=EPOCH, window=WINDOW)
    assert ["b"] == [row.entry for row in rows(store, "tallies")]
    assert ["b"] == [row.entry for row in rows(store, "reaches")]


def test_an_account_fills_no_more_than_its_share_of_the_table(store):
    held, _ = store.tallies.note(noted(*map(str, range(MOST + 50))), now=NOW, window=WINDOW)
    store.tallies.note(noted("one more"), now=NOW + 1, window=WINDOW)

    assert MOST == sum(len(hit.entries) for hit in held)
    assert MOST == len(rows(store, "tallies"))


def test_distinct_accounts_of_an_entry_are_counted_within_the_window(store):
    def reach(number, now):
        _, reached = store.tallies.note(noted(reached="a", account=bytes([number] * 32)), now=now, window=WINDOW)
        return reached["known", "a"]

    assert [1, 2, 2, 3] == [reach(number, NOW) for number in (1, 2, 2, 3)]
    assert 4 == reach(4, NOW + WINDOW - 1)
    assert 2 == reach(5, NOW + WINDOW)
    assert 3 == reach(1, NOW + WINDOW)


def test_what_is_remembered_of_a_frozen_entry_is_deleted(store):
    store.tallies.note(noted(reached="ab"), now=NOW, window=WINDOW)
    store.tallies.forget_reach(("known", "a"))

    assert ["b"] == [row.entry for row in rows(store, "reaches")]


def test_a_look_at_reach_alone_remembers_nothing_of_the_account(store):
    held, _ = store.tallies.note(noted(reached="a"), now=NOW, window=WINDOW)

    assert [] == held
    assert [] == rows(store, "tallies")


def test_of_requests_at_the_same_time_the_last_sees_all_and_no_two_see_the_same(url):
    stores = [Store.open(config.Store(url=url)) for _ in range(4)]
    seen, reached, failures = [], [], []

    def note(store, first):
        try:
            for number in range(first, first + 8):
                one = Noted(ONE, EPOCH, [("known", f"{number}")], {("known", "hot"): bytes([number]) * 32})
                held, counts = store.tallies.note(one, now=NOW, window=WINDOW)
                seen.append(len(held))
                reached.append(counts["known", "hot"])
        except Exception as problem:  # noqa: BLE001 - any failure fails the test
            failures.append(problem)

    threads = [threading.Thread(target=note, args=[store, 8 * place]) for place, store in enumerate(stores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store in stores:
        store.close()
    assert [] == failures
    assert list(range(1, 33)) == sorted(seen)
    assert list(range(1, 33)) == sorted(reached)
