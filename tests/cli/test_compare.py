"""Two pictures side by side."""

from hypothesis import given
from hypothesis import strategies as some

from kindward.cli.compare import Side, distance, draw, find_nearest
from kindward.model import Fingerprint, View

values = some.binary(min_size=32, max_size=32)


def test_a_picture_is_within_the_threshold_of_its_mirror_image(kindward, pictures, changed_copies):
    answer = kindward("compare", changed_copies / "mirrored.jpg", pictures["chelsea.png"], "-o", "jsonl")
    assert (1, True, "mirror", 31) == (
        answer.status,
        answer.record["within"],
        answer.record["view"].rpartition("/")[2],
        answer.record["threshold"],
    )
    assert ["a", "b", "distance", "threshold", "within", "view"] == list(answer.record)
    assert ["path", "value", "quality"] == list(answer.record["a"])


def test_two_different_photographs_are_beyond_the_threshold(kindward, pictures):
    answer = kindward("compare", pictures["camera.png"], pictures["rocket.jpg"])
    assert 0 == answer.status
    assert "beyond the threshold of 31" in answer.out


def test_fingerprints_can_be_compared_without_pictures(kindward):
    answer = kindward("compare", "0" * 64, "F" * 64, "-o", "jsonl")
    assert (0, 256, None) == (answer.status, answer.record["distance"], answer.record["a"]["quality"])


def test_a_picture_can_be_compared_with_a_fingerprint(kindward, pictures):
    value = kindward("hash", pictures["camera.png"], "-o", "jsonl").records[0]["value"]
    answer = kindward("compare", pictures["camera.png"], value, "-o", "jsonl")
    assert (1, 0, value) == (answer.status, answer.record["distance"], answer.record["a"]["value"])


def test_people_see_both_matrices_with_differences_marked(kindward):
    answer = kindward("compare", "8" + "0" * 63, "0" * 64)
    lines = answer.out.splitlines()
    rows = [line for line in lines if line.startswith("   ") and set(line) <= set(" ·█▓░")]
    assert (16, 1, 1) == (len(rows), answer.out.count("▓▓") - 1, answer.out.count("░░") - 1)
    assert rows[15].split()[0].endswith("▓▓"), "the first digit's highest bit is the last of the matrix"
    assert "Distance 1 of 256 bits: within the threshold of 31, view original." == lines[-1]


def test_the_file_that_cannot_be_read_is_named(kindward, pictures):
    answer = kindward("compare", pictures["camera.png"], "nowhere.png")
    assert (65, "kindward: nowhere.png: There is no such file. Check the path.\n") == (answer.status, answer.err)


@given(values, values)
def test_the_distance_is_the_same_both_ways_and_zero_only_for_equals(first, second):
    assert distance(first, second) == distance(second, first)
    assert (distance(first, second) == 0) is (first == second)


@given(values, values)
def test_the_drawing_marks_as_many_cells_as_the_distance(first, second):
    drawn = "".join(draw(first, second)[1:])
    assert 2 * 2 * distance(first, second) == drawn.count("▓") + drawn.count("░")


@given(some.lists(values, min_size=1, max_size=5), values)
def test_the_nearest_view_is_found(views, plain):
    first = Side("a", tuple(Fingerprint("pdq/1", value, 100, View()) for value in views))
    nearest = find_nearest(first, Side("b", (Fingerprint("pdq/1", plain),)))
    assert min(distance(value, plain) for value in views) == nearest.distance
