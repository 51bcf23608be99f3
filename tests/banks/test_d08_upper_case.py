"""D8: elsewhere, upper-case hexadecimal digits of a PDQ fingerprint are refused and the entry is lost."""

import io

import pytest

from kindward.banks import build_bank, read_list


@pytest.mark.parametrize("change", [str.lower, str.upper, lambda text: text[:32].upper() + text[32:]])
@pytest.mark.parametrize("form", ["{}", "pdq {}", "PDQ {}", "signal,value\npdq,{}", "pdq\n{}"])
def test_large_and_small_letters_are_the_same_entry(made, change, form):
    text = form.format(change(made.value(1).hex()))
    report = build_bank(made.folder / "made", read_list(io.StringIO(text)))
    assert (1, []) == (report.entries, report.rejected)
    assert 1 == len(made.open().lookup([made.looks(1)]))


def test_the_same_fingerprint_in_both_forms_is_one_entry(made):
    text = f"{made.value(1).hex()}\n{made.value(1).hex().upper()}\n"
    report = build_bank(made.folder / "made", read_list(io.StringIO(text)))
    assert (1, 1) == (report.entries, report.duplicates)


@pytest.mark.parametrize(("name", "width"), [("sha256", 32), ("sha1", 20), ("md5", 16)])
def test_digests_may_have_large_letters_too(made, name, width):
    text = f"{name.upper()} {made.value(1, width).hex().upper()}"
    (entry,) = read_list(io.StringIO(text))
    assert ("digest/1", made.value(1, width)) == (entry.signal, entry.value)
