"""D5: tools of today ignore withdrawals. Here a withdrawal reaches every subscriber, whenever it began to follow."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as some
from signed_lists import PublishedList, Subscriber, entry

STEPS = some.lists(
    some.one_of(some.just("add"), some.integers(0, 8), some.just("release"), some.just("base")), max_size=14
)


@settings(max_examples=15, deadline=None)
@given(STEPS)
def test_every_subscriber_holds_exactly_what_was_added_and_not_withdrawn(steps):
    with tempfile.TemporaryDirectory() as folder:
        published = PublishedList(Path(folder) / "published")
        published.add(entry("first"))
        published.release()
        early = Subscriber(Path(folder) / "early", published)
        early.update()
        active, gone, number = {0: "first"}, set(), 0
        for step in [*steps, "base"]:
            if step == "add":
                number += 1
                (place,) = published.add(entry(f"entry {number}"))
                active[place] = f"entry {number}"
            elif isinstance(step, int) and active:
                place = sorted(active)[step % len(active)]
                published.remove(place)
                gone.add(place)
                del active[place]
            elif step in {"release", "base"}:
                published.release(base=step == "base" or None)
                early.update()
        late = Subscriber(Path(folder) / "late", published)
        late.update()

        for subscriber in (early, late):
            held = {int(name): item.entries[0].note for name, item in subscriber.entries.items()}
            assert active == held
            assert gone == {int(name) for name in subscriber.withdrawn}
            assert all(not item.entries and item.reason for item in subscriber.withdrawn.values())
