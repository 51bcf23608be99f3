"""One request as the routes see it."""

from __future__ import annotations

import pytest

from kindward.service.asked import Asked
from kindward.service.refusals import Refusal


def asked(*headers, query=b""):
    return Asked({"headers": list(headers), "query_string": query}, None)


@pytest.mark.parametrize("values", [(b"true", b"false"), (b"false", b"true"), (b"",), (b"false, true",)])
def test_one_mark_of_several_is_enough(values):
    with pytest.raises(Refusal) as caught:
        asked(*((b"kindward-encrypted", value) for value in values)).require_open()
    assert 403 == caught.value.status


@pytest.mark.parametrize(
    "query", [b"encrypted", b"encrypted=", b"%65ncrypted=1", b"Encrypted=1", b"encrypted=1&encrypted=0", b"x&encrypted"]
)
def test_a_mark_in_the_query_counts_however_it_is_written(query):
    with pytest.raises(Refusal) as caught:
        asked(query=query).require_open()
    assert 403 == caught.value.status


@pytest.mark.parametrize("query", [b"", b"encrypted=no", b"encrypted=%30&encrypted=false", b"notencrypted=1"])
def test_content_that_is_not_marked_is_open(query):
    assert asked((b"kindward-encrypted", b" False "), query=query).require_open() is None


@pytest.mark.parametrize("name", [b"authorization", b"content-type", b"content-encoding"])
def test_a_header_that_decides_how_a_request_is_read_may_occur_once(name):
    asked((name, b"x"), (b"accept", b"x"), (b"accept", b"y")).require_single()
    with pytest.raises(Refusal) as caught:
        asked((name, b"x"), (name, b"x")).require_single()
    assert 400 == caught.value.status
    assert "header_repeated" == caught.value.code
