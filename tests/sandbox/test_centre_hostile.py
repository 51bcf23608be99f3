"""Whatever is sent to the reporting centre's stand-in, it answers with a code and goes on."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kindward.sandbox import centre as module

POSTED = ("submit", "upload", "fileinfo", "finish", "retract")
TYPES = (
    "text/xml; charset=utf-8",
    "multipart/form-data; boundary=b",
    "multipart/form-data",
    "multipart/form-data; boundary=" + "b" * 300,
    "",
)
PIECES = st.sampled_from(
    [
        b"--b\r\n",
        b"--b--\r\n",
        b'Content-Disposition: form-data; name="id"\r\n\r\n',
        b'Content-Disposition: form-data; name="file"; filename="a"\r\n\r\n',
        b"\r\n",
        b"4564655",
        b"<report>",
        b"</report>",
        b"<fileDetails><reportId>",
        b"<!DOCTYPE a>",
        b"\xff\xfe\x00",
    ]
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    call=st.sampled_from(POSTED),
    kind=st.sampled_from(TYPES),
    body=st.one_of(st.binary(max_size=200), st.lists(PIECES, max_size=12).map(b"".join)),
)
def test_any_body_gets_a_code(ask, centre, call, kind, body):
    answer = ask.client.post(f"/{call}", content=body, headers={"content-type": kind})

    assert ask.code(answer) in {4000, 4100, 4110, 5001}
    assert (400, {}) == (answer.status_code, centre.reports)


def test_there_is_a_most_that_is_taken(ask, centre, monkeypatch):
    number = ask.opened()
    monkeypatch.setattr(module, "LARGEST", 3_000)
    assert 0 == ask.code(ask.upload(number, bytes(2_000)))
    assert [4000, 4000, 4110] == [
        ask.code(answer)
        for answer in (
            ask.submit(bytes(3_001)),
            ask.upload(number, bytes(3_000)),
            ask.file_info(number, "0" * 32, bytes(3_000)),
        )
    ]
    assert [1] == [len(one.files) for one in centre.reports.values()]


@pytest.mark.parametrize("depth", [12, 13, 5_000])
def test_what_is_nested_without_end_is_refused(ask, depth):
    body = b"<report>" + b"<victim>" * (depth - 1) + b"</victim>" * (depth - 1) + b"</report>"

    assert (4100 if depth <= 12 else 4110) == ask.code(ask.submit(body))


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("call", POSTED)
def test_other_methods_are_not_known(ask, method, call):
    assert 405 == ask.client.request(method, f"/{call}").status_code
