"""One report about many accounts that pass on the same file: what the stand-in takes, and what it refuses."""

import pytest


def text(answer, name):
    return answer.text.partition(f"<{name}>")[2].partition("<")[0]


def test_a_batched_report_with_one_file_is_taken(ask, centre):
    number = ask.opened(ask.viral.body)
    file_id = text(ask.upload(number), "fileId")

    assert 0 == ask.code(ask.file_info(number, file_id, ask.viral.attachments[0].details))
    assert 0 == ask.code(ask.of("finish", number))
    assert [True] == [one.batched for one in centre.finished]


@pytest.mark.parametrize("files", [0, 2])
def test_more_or_fewer_than_one_file_fail_at_the_end_and_can_only_be_taken_back(ask, centre, files):
    number = ask.opened(ask.viral.body)
    for _ in range(files):
        ask.upload(number)
    refused = ask.of("finish", number)

    assert (400, 4100) == (refused.status_code, ask.code(refused))
    assert 0 == ask.code(ask.of("retract", number))
    assert [] == centre.finished


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"</reporter>", b"</reporter><personOrUserReported><screenName>x</screenName></personOrUserReported>"),
        (b"</report>", b"<additionalInfo>more</additionalInfo></report>"),
        (
            b"<incidentDateTime>",
            b"<escalateToHighPriority>now</escalateToHighPriority><incidentDateTime>",
        ),
        (b"</report>", b"<victim><victimPerson/></victim></report>"),
    ],
)
def test_what_a_batched_report_must_not_say_is_refused(ask, centre, old, new):
    assert old in ask.viral.body
    assert 4100 == ask.code(ask.submit(ask.viral.body.replace(old, new)))
    assert {} == centre.reports


def test_a_batched_report_names_accounts(ask):
    start, _, rest = ask.viral.body.partition(b"<personOrUserReported>")
    end = rest.rpartition(b"</personOrUserReported>")[2]

    assert 4100 == ask.code(ask.submit(start + end))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<viral>true</viral>", b"<infant>true</infant>"),
        (b"<fileViewedByEsp>", b"<fileName>a.png</fileName><fileViewedByEsp>"),
    ],
)
def test_the_file_of_a_batched_report_is_marked_and_unnamed(ask, old, new):
    number = ask.opened(ask.viral.body)
    file_id = text(ask.upload(number), "fileId")
    details = ask.viral.attachments[0].details
    assert old in details

    assert 4100 == ask.code(ask.file_info(number, file_id, details.replace(old, new)))
