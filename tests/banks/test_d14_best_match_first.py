"""D14: elsewhere, the first match is shown instead of the best, so that an exact copy is reported as a likeness."""

from kindward.model import View


def test_the_best_match_stands_first(made):
    near = made.pdq(1, id="a likeness")
    exact = type(near)("z exact", "pdq/1", made.looks(1, flips=16).value)
    matches = made.bank(near, exact).lookup([made.looks(1, flips=16)])
    assert [("z exact", 0), ("a likeness", 16)] == [(match.entry, match.distance) for match in matches]


def test_an_entry_is_told_once_with_its_nearest_view(made):
    far, near = made.looks(1, flips=20), made.looks(1, flips=3)
    views = [type(far)("pdq/1", far.value, 100, View()), type(near)("pdq/1", near.value, 100, View(turn="mirror"))]
    assert [(3, "mirror")] == [(match.distance, str(match.view)) for match in made.bank(made.pdq(1)).lookup(views)]


def test_of_equally_near_views_the_first_is_told(made):
    same = made.looks(1, flips=5)
    views = [type(same)("pdq/1", same.value, 100, View(turn=turn)) for turn in ("original", "rotate90", "flip")]
    assert ["original"] == [str(match.view) for match in made.bank(made.pdq(1)).lookup(views)]


def test_equally_near_entries_stand_in_the_order_of_their_ids(made):
    bank = made.bank(made.pdq(1, id="c"), made.pdq(1, id="a"), made.pdq(1, id="b"))
    assert ["a", "b", "c"] == [match.entry for match in bank.lookup([made.looks(1, flips=2)])]


def test_an_exact_copy_stands_before_a_flood_of_likenesses(made):
    flood = [type(made.pdq(1))(f"flood {n}", "pdq/1", made.looks(1, flips=n % 20 + 1).value) for n in range(150)]
    flood += [type(made.pdq(1))(f"twin {n}", "pdq/1", made.looks(1, flips=30).value) for n in range(150)]
    matches = made.bank(*flood, made.pdq(1)).lookup([made.looks(1)])
    assert ("e1", 0) == (matches[0].entry, matches[0].distance)
    assert sorted(match.distance for match in matches) == [match.distance for match in matches]
