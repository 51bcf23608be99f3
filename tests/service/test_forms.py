"""A form that two readers could understand in two ways is refused."""

from __future__ import annotations

import pytest

from kindward.service.forms import file_beside
from kindward.service.refusals import Refusal

KIND = b"multipart/form-data; boundary=b"
FILE = b'Content-Disposition: form-data; name="f"; filename="a.png"\r\nContent-Type: image/png\r\n\r\nAAAA'
OTHER = b'Content-Disposition: form-data; name="g"; filename="b.png"\r\n\r\nBBBB'


def form(*parts, after=b"\r\n"):
    return b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + b"--b--" + after


def refused(body, kind=KIND):
    with pytest.raises(Refusal) as caught:
        file_beside(body, kind, "person")
    return caught.value


@pytest.mark.parametrize("after", [b"", b"\r\n", b" \r\n\r\n"])
def test_the_only_part_is_taken(after):
    assert (b"AAAA", b"") == file_beside(form(FILE, after=after), KIND, "person")


@pytest.mark.parametrize("first", [True, False])
def test_what_is_known_of_the_account_may_stand_beside_the_file(first):
    person = b'Content-Disposition: form-data; name="person"\r\n\r\n{"id": "7"}'
    body = form(person, FILE) if first else form(FILE, person)

    assert (b"AAAA", b'{"id": "7"}') == file_beside(body, KIND, "person")
    assert "form_ambiguous" == refused(form(FILE, person, person)).code
    assert "question_unreadable" == refused(form(person)).code


def test_a_file_may_hold_what_looks_like_a_boundary_without_its_line_break():
    assert b"AAAA--b--BB" == file_beside(form(FILE + b"--b--BB"), KIND, "person")[0]


@pytest.mark.parametrize(
    "second",
    [
        OTHER,
        b'Content-Disposition: form-data; name="g"\r\n\r\nplain text',
        b'Content-Disposition: form-data; name="g"\r\nContent-Type: image/png\r\n\r\nBBBB',
        b"Content-Disposition: form-data; name=\"g\"; filename*=UTF-8''b.png\r\n\r\nBBBB",
        b"Content-Type: image/png\r\n\r\nBBBB",
    ],
)
def test_a_second_part_is_refused_whatever_it_is(second):
    for parts in ((FILE, second), (second, FILE)):
        error = refused(form(*parts))
        assert "form_ambiguous" == error.code
        assert 422 == error.status


@pytest.mark.parametrize(
    "head",
    [
        b"form-data; name=\"f\"; filename*=UTF-8''a.png",
        b'form-data; name="f"; filename="a.png"; filename*=UTF-8\'\'b.png',
        b'form-data; name="f"; filename*0="a"; filename*1=".png"',
        b'form-data; name="f"; filename="a.png"; FileName="b.png"',
        b'form-data; name="f"; filename="a"\r\nContent-Disposition: form-data; name="g"',
        b'form-data; name="g"\r\ncontent-disposition: form-data; name="f"; filename="a"',
        b'form-data; name="f"; filename="a"\r\nContent-Type: image/png\r\nContent-Type: text/plain',
    ],
)
def test_a_part_with_two_names_or_the_same_header_twice_is_refused(head):
    assert "form_ambiguous" == refused(form(b"Content-Disposition: " + head + b"\r\n\r\nAAAA")).code


def test_bytes_after_the_last_boundary_are_refused():
    assert "form_ambiguous" == refused(form(FILE, after=b"\r\nBBBB")).code
    assert "form_ambiguous" == refused(form(FILE, after=b"\r\n" + form(OTHER))).code


def test_bytes_before_the_first_boundary_are_refused():
    assert refused(b"BBBB\r\n" + form(FILE)).code in {"form_ambiguous", "question_unreadable"}


@pytest.mark.parametrize("second", [b"; boundary=c", b'; Boundary="c"', b"; boundary*=c", b"; boundary*0=c"])
def test_a_second_boundary_is_refused(second):
    assert "form_ambiguous" == refused(form(FILE), KIND + second).code


def test_a_boundary_that_holds_the_word_is_no_second_one():
    body = form(FILE).replace(b"--b", b"--WebKitFormBoundary")
    assert b"AAAA" == file_beside(body, b"multipart/form-data; boundary=WebKitFormBoundary", "person")[0]


def test_the_refusal_repeats_nothing_of_the_form():
    error = refused(form(FILE, OTHER))
    assert "b.png" not in error.sentence + error.hint
