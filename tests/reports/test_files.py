"""What may be said of who looked at a file comes from the view log, and from nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindward.reports.files import Look, Viewed, viewed


@pytest.mark.parametrize(
    ("looks", "said"),
    [
        ([], Viewed(file=False, exif=False)),
        ([Look("a")], Viewed(file=False, exif=False)),
        ([Look("a", entire=True)], Viewed(file=True, exif=False)),
        ([Look("a", exif=True)], Viewed(file=False, exif=False)),
        ([Look("a", entire=True, exif=True)], Viewed(file=True, exif=True)),
        ([Look("a", entire=True), Look("a", exif=True)], Viewed(file=True, exif=True)),
        ([Look("b", entire=True, exif=True)], Viewed(file=False, exif=False)),
        ([Look("a"), Look("b", entire=True)], Viewed(file=False, exif=False)),
    ],
)
def test_nothing_is_assumed_that_the_log_does_not_show(looks, said):
    assert said == viewed("a", looks)


LOOKS = st.lists(st.builds(Look, st.sampled_from("abc"), st.booleans(), st.booleans()))


@given(LOOKS)
def test_metadata_never_count_as_seen_where_the_file_was_not(looks):
    said = viewed("a", looks)

    assert said.file or not said.exif


@given(LOOKS, LOOKS)
def test_looking_more_often_never_takes_back_what_was_seen(before, after):
    assert not viewed("a", before).file or viewed("a", before + after).file
