"""D2: the first walk-through of a newcomer, one picture and one line in a file, ended in silence and success."""

import pytest


@pytest.mark.parametrize("spelled", [str.lower, str.upper])
def test_one_line_in_a_file_matches_its_own_picture(kindward, pictures, spelled):
    said = kindward("hash", str(pictures["astronaut.png"])).out.splitlines()
    (line,) = [line for line in said if line.startswith("pdq/1")][:1]
    value = next(word for word in line.split() if len(word) == 64)
    (kindward.folder / "hashes.txt").write_text(spelled(value) + "\n")
    built = kindward("bank", "build", "mine", "--from", "hashes.txt")
    same = kindward("check", str(pictures["astronaut.png"]), "--bank", "mine", "-o", "jsonl")

    assert (0, "1 entry in mine.\n") == (built.status, built.out)
    assert (1, 0) == (same.status, same.record["matches"][0]["distance"])


def test_another_picture_does_not_match_and_the_status_says_so(kindward, pictures, known):
    other = kindward("check", str(pictures["camera.png"]), "--bank", str(known))

    assert 0 == other.status
    assert other.out.strip()


def test_a_file_without_a_hash_is_no_list_that_matches_nothing(kindward):
    (kindward.folder / "empty.txt").write_text("# nothing yet\n")
    answer = kindward("bank", "build", "mine", "--from", "empty.txt")

    assert 75 == answer.status
    assert answer.err.strip()
