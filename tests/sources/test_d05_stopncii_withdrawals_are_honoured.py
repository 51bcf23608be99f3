"""D5: the status was looked for in the wrong field, so whoever withdrew their consent was matched for ever."""

import pytest

from kindward.banks.sources.stopncii import item_id_of, read_record
from kindward.sandbox.stopncii import invented


def record(**fields):
    return {"signalType": "ImagePDQ", "hashValue": invented(1), "hashStatus": "Active", **fields}


@pytest.mark.parametrize(
    ("status", "matched", "reason"),
    [
        ("Received", True, ""),
        ("Active", True, ""),
        ("Withdrawn", False, "consent_withdrawn"),
        ("Deleted", False, "withdrawn_by_source"),
    ],
)
def test_every_status_means_what_it_says(status, matched, reason):
    item = read_record(record(hashStatus=status), 1)

    assert (matched, reason) == (bool(item.entries), item.reason)


@pytest.mark.parametrize("status", ["Withdrawn", "Deleted"])
@pytest.mark.parametrize("value", [invented(1), invented(1).upper(), "not a fingerprint"])
def test_a_withdrawal_never_fails_because_of_the_fingerprint(status, value):
    """Nothing is read of a withdrawn record but its name, so that nothing can keep it in force."""
    item = read_record(record(hashStatus=status, hashValue=value), 1)

    assert (item_id_of("ImagePDQ", value), ()) == (item.id, item.entries)


@pytest.mark.parametrize("name", ["hashValue", "signalType"])
def test_the_words_of_a_status_in_another_field_mean_nothing(name):
    item = read_record(record(**{name: "Withdrawn"}), 1)

    assert not getattr(item, "entries", ())
