"""Nothing goes out without the release of a human, and a release is for the very bytes."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_reports import NOW, attachment, content

from kindward.errors import ConfigError, ContentError, RemoteError, StateError, TrustError
from kindward.reports import Afterwards, Release, Report, afterwards, pack, refusals, unpack
from kindward.reports.authority import matched

REPORT = Report("ncmec", "0123456789ab", b"<report/>", "text/xml", (attachment(1), attachment(2)))


def test_a_report_without_release_is_not_sent():
    with pytest.raises(StateError) as refused:
        REPORT.require_release()

    assert "report_not_released" == refused.value.code


def test_a_release_names_a_person():
    with pytest.raises(StateError) as refused:
        REPORT.released("", NOW)

    assert "report_not_released" == refused.value.code


def test_a_release_names_who_when_and_which():
    assert Release("p-7f3a9c", NOW, REPORT.digest) == REPORT.released("p-7f3a9c", NOW).require_release()


@pytest.mark.parametrize(
    "changes",
    [
        {"body": b"<report></report>"},
        {"authority": "eu"},
        {"case": "ffffffffffff"},
        {"media_type": "application/json"},
        {"attachments": (attachment(1),)},
        {"attachments": (attachment(2), attachment(1))},
        {"attachments": (replace(attachment(1), details=b"other"), attachment(2))},
        {"attachments": (replace(attachment(1), sha256="0" * 64), attachment(2))},
    ],
)
def test_a_release_is_for_these_bytes_and_no_others(changes):
    changed = replace(REPORT.released("p-7f3a9c", NOW), **changes)

    with pytest.raises(StateError) as refused:
        changed.require_release()

    assert "report_changed" == refused.value.code


def test_the_digest_does_not_depend_on_who_released_it():
    assert REPORT.digest == REPORT.released("p-7f3a9c", NOW).digest


@pytest.mark.parametrize(
    "report", [REPORT, REPORT.released("p-7f3a9c", NOW), Report("eu", "0123456789ab", b"\x00\xff")]
)
def test_a_stored_report_comes_back_as_it_was(report):
    pieces = {one.item: one.pieces for one in report.attachments}

    assert report == unpack(pack(report), pieces.__getitem__)
    assert report.digest == unpack(pack(report), pieces.__getitem__).digest


def test_bytes_of_files_are_read_only_when_they_are_asked_for():
    asked = []
    back = unpack(pack(REPORT), lambda item: asked.append(item) or (lambda: iter([content(1)])))

    assert ["0000000000000001", "0000000000000002"] == asked
    assert content(1) == b"".join(back.attachments[0].pieces())
    assert content(1) not in pack(REPORT)


@given(st.binary(max_size=200))
def test_whatever_is_no_stored_report_is_refused(raw):
    with pytest.raises(TrustError) as refused:
        unpack(raw, lambda _item: lambda: iter(()))

    assert "report_unreadable" == refused.value.code


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"version":1', b'"version":2'),
        (b'"body":"', b'"body":"*'),
        (b'"case"', b'"cage"'),
        (b'"attachments":[[', b'"attachments":[[[],'),
    ],
)
def test_a_stored_report_of_another_form_is_refused(old, new):
    assert old in pack(REPORT)

    with pytest.raises(TrustError):
        unpack(pack(REPORT).replace(old, new), lambda _item: lambda: iter(()))


@pytest.mark.parametrize(
    ("problem", "then"),
    [
        (refusals.busy("ncmec", 1000), Afterwards.RETRY),
        (refusals.corrupted("ncmec"), Afterwards.RETRY),
        (refusals.unreadable("ncmec"), Afterwards.RETRY),
        (RemoteError("remote_timeout", "late"), Afterwards.RETRY),
        (RemoteError("remote_refused", "no"), Afterwards.STOP),
        (refusals.stopped("ncmec", 2000), Afterwards.STOP),
        (ConfigError("address_unsafe", "no"), Afterwards.STOP),
        (refusals.rejected("ncmec", 4100), Afterwards.BUG),
        (refusals.not_released("0123456789ab"), Afterwards.BUG),
        (ContentError("report_field_wrong", "no"), Afterwards.BUG),
    ],
)
def test_what_follows_from_a_failure_is_plain(problem, then):
    assert then is afterwards(problem)


def test_a_report_and_its_files_belong_together():
    from made_reports import full

    report, files = full()
    matched(report, files)

    for wrong in (files[:1], files[::-1], (*files, attachment(3)), (replace(files[0], size=1), files[1])):
        with pytest.raises(ContentError) as refused:
            matched(report, wrong)
        assert "report_attachments_differ" == refused.value.code
