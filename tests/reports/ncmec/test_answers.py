"""Answers come from outside: small, shallow, without tricks, or they are not read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindward.banks.sources import Response
from kindward.errors import RemoteError
from kindward.reports.ncmec.answers import LARGEST, Answer, read_answer


def said(inside, root="reportResponse", status=200):
    return Response(status, {}, f"<{root}>{inside}</{root}>".encode())


def unreadable(response, root="reportResponse"):
    with pytest.raises(RemoteError) as refused:
        read_answer(response, root)
    assert "authority_unreadable" == refused.value.code
    return True


def test_numbers_and_digests_are_read():
    inside = (
        "<responseCode>0</responseCode><responseDescription>Success</responseDescription>"
        f"<reportId>4711</reportId><fileId>{'ab' * 16}</fileId><hash>{'AB' * 16}</hash>"
    )
    answer = read_answer(said(inside))

    assert (0, "4711", "ab" * 16, "ab" * 16) == (answer.code, answer.report_id, answer.file_id, answer.md5)


def test_the_files_of_a_finished_report_are_read():
    files = "<files><fileId>a1</fileId><fileId>b2</fileId></files>"
    answer = read_answer(
        said(f"<responseCode>0</responseCode><reportId>1</reportId>{files}", "reportDoneResponse"), "reportDoneResponse"
    )

    assert ("a1", "b2") == answer.files


def test_an_error_may_come_in_the_other_root():
    assert 4100 == read_answer(said("<responseCode>4100</responseCode>", status=400), "reportDoneResponse").code


def test_descriptions_in_words_are_not_taken_over():
    words = "value max.muster@example.net is not valid"
    answer = read_answer(said(f"<responseCode>4100</responseCode><responseDescription>{words}</responseDescription>"))

    assert words not in repr(answer)


@pytest.mark.parametrize(
    ("status", "code"), [(401, 2000), (403, 3000), (404, 1210), (400, 4000), (500, 1000), (502, 1000), (418, 4000)]
)
def test_a_refusal_without_a_body_means_what_its_status_says(status, code):
    assert Answer(code) == read_answer(Response(status, {}, b"  "))


@pytest.mark.parametrize(("status", "code"), [(500, 1000), (502, 1000), (401, 2000), (403, 3000), (404, 1210)])
def test_the_page_of_a_server_in_between_means_what_its_status_says(status, code):
    assert code == read_answer(Response(status, {}, b"<html><body>Bad gateway</body></html>")).code


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"not xml",
        b"<reportResponse>",
        b"<reportResponse/>",
        b"<html/>",
        b"\xff\xfe",
        b"<reportResponse><responseCode>zero</responseCode></reportResponse>",
        b"<reportResponse><responseCode>-1</responseCode></reportResponse>",
        b"<reportResponse><responseCode>100000</responseCode></reportResponse>",
        b"<reportResponse><responseCode>0</responseCode><reportId>../x</reportId></reportResponse>",
        b"<reportResponse><responseCode>0</responseCode><reportId>1 OR 1</reportId></reportResponse>",
        b"<reportResponse><responseCode>0</responseCode><fileId>a b</fileId></reportResponse>",
        b"<reportResponse><responseCode>0</responseCode><fileId>" + b"a" * 65 + b"</fileId></reportResponse>",
        b"<reportResponse><responseCode>0</responseCode><hash>xyz</hash></reportResponse>",
        b'<reportResponse xmlns="urn:other"><responseCode>0</responseCode></reportResponse>',
        "<reportResponse><responseCode>\u0660</responseCode></reportResponse>".encode(),
    ],
)
def test_what_is_no_answer_is_not_read(body):
    assert unreadable(Response(200, {}, body))


@pytest.mark.parametrize(
    "before",
    [
        '<!DOCTYPE reportResponse [<!ENTITY a "b">]>',
        '<!DOCTYPE reportResponse SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE reportResponse [<!ENTITY a SYSTEM "http://192.0.2.1/">]>',
        "<!DOCTYPE reportResponse>",
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;">]>',
    ],
)
def test_type_definitions_and_entities_end_the_reading(before):
    body = f"{before}<reportResponse><responseCode>0</responseCode></reportResponse>".encode()

    assert unreadable(Response(200, {}, body))


def test_an_unknown_entity_ends_the_reading():
    assert unreadable(said("<responseCode>&zero;</responseCode>"))


def test_deep_answers_are_not_read():
    assert unreadable(said("<a>" * 5 + "</a>" * 5))
    assert unreadable(said("<a>" * 100_000 + "</a>" * 100_000))


def test_answers_of_too_many_elements_are_not_read():
    assert unreadable(said("<a/>" * 20_001))


def test_answers_that_are_too_large_are_not_read():
    assert unreadable(said(f"<responseCode>0</responseCode><a>{'x' * LARGEST}</a>"))


def test_a_thousand_files_are_no_trouble():
    files = "".join(f"<fileId>{number:032x}</fileId>" for number in range(1000))
    answer = read_answer(
        said(f"<responseCode>0</responseCode><files>{files}</files>", "reportDoneResponse"), "reportDoneResponse"
    )

    assert 1000 == len(answer.files)


def code_of(response):
    """Read an answer; give its code, or that of the refusal."""
    try:
        return read_answer(response).code
    except RemoteError as refused:
        return refused.code


@given(st.binary(max_size=300), st.sampled_from([200, 400, 401, 404, 500]))
def test_any_bytes_are_an_answer_or_a_refusal(body, status):
    assert code_of(Response(status, {}, body)) in {"authority_unreadable", 1000, 1210, 2000, 4000}


@given(st.text("<>/&;![]\"'abc responseCode0", max_size=120))
def test_any_markup_is_an_answer_or_a_refusal(text):
    assert code_of(said(text)) in {"authority_unreadable", 0}
