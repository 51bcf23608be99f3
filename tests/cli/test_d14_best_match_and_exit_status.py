"""D14: a peer prints the first match instead of the best, and its exit status is 0 whether something matched or not.

There an exact duplicate is told as distance 16 because an entry at distance 16 stands earlier in the list, and scripts
cannot branch. Here the best match is first in every form, and the status says what happened.
"""

import pytest


@pytest.fixture(scope="module")
def crowded(tmp_path_factory, pictures, program):
    """A bank with many entries near one photograph, the farthest first, and the photograph itself last."""
    folder = tmp_path_factory.mktemp("crowded")
    run = program(folder)
    value = next(
        r["value"] for r in run("hash", pictures["coffee.png"], "-o", "jsonl").records if r["signal"] == "pdq/1"
    )
    number = int(value, 16)
    near = [f"{number ^ (1 << flips) - 1:064x}" for flips in (31, 16, 8, 2, 0)]
    (folder / "list.txt").write_text("".join(f"{each}\n" for each in near), encoding="utf-8")
    assert 0 == run("bank", "build", "crowded", "--from", "list.txt").status
    return folder / "crowded"


def test_the_best_match_stands_first_whatever_the_order_of_the_list(kindward, crowded, pictures):
    answer = kindward("check", pictures["coffee.png"], "--bank", crowded, "--exact", "-o", "jsonl")
    assert [0, 2, 8, 16, 31] == [match["distance"] for match in answer.record["matches"]]


def test_people_are_told_the_best_match(kindward, crowded, pictures):
    answer = kindward("check", pictures["coffee.png"], "--bank", crowded, "--exact")
    assert "distance 0 of 31" in answer.out
    assert "4 more" in answer.out


def test_the_best_match_stands_first_across_banks(kindward, crowded, known, pictures):
    answer = kindward("check", pictures["chelsea.png"], "-b", crowded, "-b", known, "--exact", "-o", "jsonl")
    assert ("known", 0) == (answer.record["matches"][0]["bank"], answer.record["matches"][0]["distance"])


def test_scripts_can_branch_on_found_not_found_and_not_checked(kindward, crowded, pictures):
    found = kindward("check", pictures["coffee.png"], "--bank", crowded)
    nothing = kindward("check", pictures["camera.png"], "--bank", crowded)
    unreadable = kindward("check", "nowhere.png", "--bank", crowded)
    assert [1, 0, 65] == [found.status, nothing.status, unreadable.status]


def test_no_match_is_said_in_words(kindward, crowded, pictures):
    assert "nothing found" in kindward("check", pictures["camera.png"], "--bank", crowded).out
