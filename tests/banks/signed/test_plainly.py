"""What python-tuf finds wrong is said in plain words, each kind with a code of its own."""

import pytest
from signed_lists import PublishedList, entry
from tuf.api import exceptions
from tuf.api.serialization import DeserializationError

from kindward.banks.signed.metadata import LIMITS, ListFetcher
from kindward.banks.signed.plainly import explained
from kindward.errors import RemoteError, TrustError

PATH = "metadata/7.snapshot.json"


@pytest.mark.parametrize(
    ("problem", "code", "what"),
    [
        (exceptions.DownloadHTTPError("x", 404), "list_file_missing", "7.snapshot.json"),
        (exceptions.ExpiredMetadataError("timestamp.json is expired"), "list_expired", "timestamp"),
        (exceptions.ExpiredMetadataError("Final root.json is expired"), "list_expired", "root"),
        (exceptions.ExpiredMetadataError("New authorities is expired"), "list_expired", "authorities"),
        (exceptions.ExpiredMetadataError(), "list_expired", "7.snapshot.json"),
        (exceptions.UnsignedMetadataError("targets was signed by 1/2 keys"), "list_too_few_signatures", "targets"),
        (exceptions.UnsignedMetadataError(), "list_too_few_signatures", "7.snapshot.json"),
        (exceptions.UnsignedMetadataError("root was signed by 1/2 keys"), "list_root_not_following", "7.snapshot.json"),
        (exceptions.BadVersionNumberError("Expected root version 2 instead"), "list_root_not_following", None),
        (exceptions.BadVersionNumberError("New timestamp version 1 must be >= 2"), "list_rollback", None),
        (exceptions.BadVersionNumberError("New snapshot version must be >= 2, got"), "list_rollback", None),
        (exceptions.BadVersionNumberError("Expected targets.json version 1, got 2."), "list_rollback", None),
        (exceptions.RepositoryError("New snapshot is missing info for 'targets.json'"), "list_rollback", None),
        (exceptions.BadVersionNumberError("Expected targets v2, got v1."), "list_mixed", None),
        (exceptions.BadVersionNumberError("Expected snapshot version 2, got 1"), "list_mixed", None),
        (exceptions.RepositoryError("Role x was delegated but is not part of snapshot"), "list_mixed", None),
        (exceptions.RepositoryError("Snapshot does not contain information for 'x'"), "list_mixed", None),
        (exceptions.LengthOrHashMismatchError("x"), "list_damaged", None),
        (DeserializationError("x"), "list_damaged", None),
        (exceptions.RepositoryError("Expected 'timestamp', got 'root'"), "list_damaged", None),
    ],
)
def test_each_finding_has_its_code_and_names_the_file(problem, code, what):
    told = explained(problem, (PATH, b""))

    assert (code, what or "7.snapshot.json") == (told.code, told.facts["what"])
    assert told.facts["what"] in told.sentence


def test_signatures_are_counted():
    told = explained(exceptions.UnsignedMetadataError("targets was signed by 1/2 keys"), (PATH, b""))
    bare = explained(exceptions.UnsignedMetadataError(), (PATH, b""))

    assert "targets has 1 valid signatures of the 2 that are needed." == told.sentence
    assert "7.snapshot.json has 0 valid signatures of the 1 that are needed." == bare.sentence


@pytest.mark.parametrize(("version", "code"), [(6, "list_mixed"), (7, "list_damaged")])
def test_a_file_of_another_version_is_a_mixture_and_one_of_the_same_is_damaged(tmp_path, version, code):
    published = PublishedList(tmp_path)
    published.versions["snapshot"] = version - 1
    published.add(entry("a"))
    published.release()
    data = (tmp_path / "metadata" / f"{version}.snapshot.json").read_bytes()

    assert code == explained(exceptions.LengthOrHashMismatchError("x"), (PATH, data)).code
    assert "list_damaged" == explained(exceptions.LengthOrHashMismatchError("x"), ("timestamp.json", data)).code


def given(pieces, asked):
    def fetch(path, most):
        asked.append((path, most))
        yield from pieces

    return fetch


def test_a_fetcher_gives_files_whole_and_remembers_the_last():
    asked = []
    fetcher = ListFetcher(given([b"a", b"b"], asked))

    assert b"ab" == fetcher.download_bytes("metadata/x.json", 2)
    assert ("metadata/x.json", b"ab") == fetcher.last
    assert [b"a", b"b"] == list(fetcher.fetch("y"))
    assert [("metadata/x.json", 2), ("y", LIMITS.targets_max_length)] == asked


def test_a_fetcher_counts_for_itself():
    with pytest.raises(TrustError) as refused:
        ListFetcher(given([b"a", b"b"], [])).download_bytes("x.json", 1)

    assert ("list_too_large", "x.json", 1) == (
        refused.value.code,
        refused.value.facts["what"],
        refused.value.facts["most"],
    )


@pytest.mark.parametrize("status", [404, 410])
def test_a_file_that_is_not_there_is_told_in_the_words_of_tuf(status):
    def fetch(_path, _most):
        raise RemoteError("remote_failed", "status {status}", status=status)
        yield

    with pytest.raises(exceptions.DownloadHTTPError) as missing:
        ListFetcher(fetch).download_bytes("x", 1)

    assert 404 == missing.value.status_code


@pytest.mark.parametrize(
    "problem", [RemoteError("remote_failed", "status {status}", status=500), RemoteError("remote_refused", "no")]
)
def test_other_failures_stay_what_they_are(problem):
    def fetch(_path, _most):
        raise problem
        yield

    with pytest.raises(RemoteError) as failed:
        ListFetcher(fetch).download_bytes("x", 1)

    assert failed.value is problem
